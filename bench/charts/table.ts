/** Results as a table of the page. Pure. */
import { OURSELVES, type Results } from "../report";
import { figureText, standing, targetText } from "./words";

export function tableOf({ rows, machine }: Results): string {
    const names = [...new Set(rows.flatMap(({ peers }) => Object.keys(peers)))];
    const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
    const heads = ["work", "unit", OURSELVES, ...names, "target", "as measured"];
    return [
        line(heads),
        line(heads.map(() => "---")),
        ...rows.map((row) =>
            line([
                row.work,
                row.unit,
                figureText(row.gatehouse),
                ...names.map((name) => (row.peers[name] === undefined ? "" : figureText(row.peers[name]))),
                targetText(row),
                standing(row),
            ]),
        ),
        "",
        `Measured on: ${machine}.`,
    ].join("\n");
}
