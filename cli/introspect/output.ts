/** How a result is written: as tables, or as one document. */
import { jsonText, yamlText } from "../documents";
import type { Terminal } from "../terminal";
import { tableText, type TextTable } from "./table";

export type Format = "table" | "short" | "json" | "yaml";

/** Of one proxy. */
export interface Section {
    readonly proxy: string;
    readonly tables: readonly TextTable[];
    readonly document: unknown;
}

/** `isMany`: several proxies were asked for, however many there are; then each document says whose it is. */
export function printSections(sections: readonly Section[], isMany: boolean, output: Format, terminal: Terminal): void {
    const document = isMany ? sections.map((one) => ({ proxy: one.proxy, config: one.document })) : sections[0]?.document;
    switch (output) {
        case "json":
            return terminal.print(jsonText(document));
        case "yaml":
            return terminal.print(yamlText(document));
        case "table":
        case "short":
            return terminal.print(
                sections.map(({ proxy, tables }) => `${isMany ? `${proxy}:\n` : ""}${tables.map(tableText).join("\n\n")}`).join("\n\n"),
            );
        default:
            return output satisfies never;
    }
}
