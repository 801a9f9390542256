/** The tables of docs/differences.md, as the tests have them: a difference that is not tested is not written there. */
import { DIFFERENCES } from "../istio/analysis/corpus/differences";
import { MILDER, STRICTER } from "../istio/corpus";

const begin = (name: string): string => `<!-- ${name}: written by the tests -->`;
const END = "<!-- end -->";

function table(head: readonly [string, string], rows: readonly (readonly [string, string])[]): string {
    return [`| ${head.join(" | ")} |`, "| --- | --- |", ...rows.map((row) => `| ${row.join(" | ")} |`)].join("\n");
}

const TABLES: Readonly<Record<string, string>> = {
    analysis: table(
        ["configuration", "why"],
        Object.entries(DIFFERENCES).map(([title, { why }]) => [title, why]),
    ),
    stricter: table(["object", "why it is refused"], Object.entries(STRICTER)),
    milder: table(["object", "why it is taken"], Object.entries(MILDER)),
};

/** The page with its tables as they should be. */
export function withTables(page: string): string {
    return Object.entries(TABLES).reduce((text, [name, rows]) => {
        const from = text.indexOf(begin(name));
        const to = text.indexOf(END, from);
        if (from < 0 || to < 0) throw new Error(`docs/differences.md has no place for the table ${name}`);
        return `${text.slice(0, from)}${begin(name)}\n\n${rows}\n\n${text.slice(to)}`;
    }, page);
}
