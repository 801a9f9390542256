/** The tables of docs/differences.md, as the tests have them: a difference that is not tested is not written there. */
import { DIFFERENCES } from "../istio/analysis/corpus/differences";
import { MILDER, STRICTER } from "../istio/corpus";
import { table } from "./markdown-tables";

export const DIFFERENCE_TABLES: Readonly<Record<string, string>> = {
    analysis: table(
        ["configuration", "why"],
        Object.entries(DIFFERENCES).map(([title, { why }]) => [title, why]),
    ),
    stricter: table(["object", "why it is refused"], Object.entries(STRICTER)),
    milder: table(["object", "why it is taken"], Object.entries(MILDER)),
};
