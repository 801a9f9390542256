/** Tables as istioctl writes them: each column as wide as its widest cell and a gap, the last one as it is. */
import { inOneLine } from "../terminal";

export interface TextTable {
    readonly header: readonly string[];
    readonly rows: readonly (readonly string[])[];
    /** Blanks between columns. */
    readonly gap: number;
}

/** istioctl's usual one. */
export const GAP = 5;

export function tableText({ header, rows, gap }: TextTable): string {
    const lines = [header, ...rows].map((line) => line.map(inOneLine));
    const widths = header.map((_, column) => lines.reduce((most, line) => Math.max(most, line[column]?.length ?? 0), 0) + gap);
    return lines
        .map((line) =>
            line
                .map((text, column) => (column === line.length - 1 ? text : text.padEnd(widths[column] ?? 0)))
                .join("")
                .trimEnd(),
        )
        .join("\n");
}
