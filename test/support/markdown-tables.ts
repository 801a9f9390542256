/** Tables of pages that are written by what they are about: between `<!-- name: written by the tests -->` and `<!-- end -->`. */

const begin = (name: string): string => `<!-- ${name}: written by the tests -->`;
const END = "<!-- end -->";

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
    const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
    return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The page with these tables in their places. */
export function withTables(page: string, tables: Readonly<Record<string, string>>): string {
    return Object.entries(tables).reduce((text, [name, rows]) => {
        const from = text.indexOf(begin(name));
        const to = text.indexOf(END, from);
        if (from < 0 || to < 0) throw new Error(`the page has no place for the table ${name}`);
        return `${text.slice(0, from)}${begin(name)}\n\n${rows}\n\n${text.slice(to)}`;
    }, page);
}
