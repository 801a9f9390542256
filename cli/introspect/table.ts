/** Tables as istioctl writes them: each column as wide as its widest cell and a gap, the last one as it is. */
export interface TextTable {
    readonly header: readonly string[];
    readonly rows: readonly (readonly string[])[];
    /** Blanks between columns. */
    readonly gap: number;
}

/** istioctl's usual one. */
export const GAP = 5;

/** Nothing here can end a line or move the cursor: names come from objects that anybody may write. */
function cell(text: string): string {
    return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, "?");
}

export function tableText({ header, rows, gap }: TextTable): string {
    const lines = [header, ...rows].map((line) => line.map(cell));
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
