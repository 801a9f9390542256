/**
 * Results as JSON and YAML, which people read on terminals too: what a terminal would obey, or show in another order, is escaped
 * there, and the same text to whoever parses it (ECMA-48 C1; Unicode's marks of direction, its line ends, and blanks that nobody
 * can tell from others, which the writer of YAML leaves bare).
 */
import { stringify, type ToStringOptions } from "yaml";

const OBEYED = /[\u007f-\u00a0\u061c\u1680\u2000-\u200f\u2028-\u202f\u205f\u2060-\u2069\u3000\ufeff]/;
const ALL_OBEYED = new RegExp(OBEYED, "g");

export function jsonText(value: unknown, indent: number | string = 2): string {
    return JSON.stringify(value, null, indent).replace(ALL_OBEYED, escaped);
}

/** Without the end of its last line, which whoever prints it writes. */
export function yamlText(value: unknown, options: ToStringOptions = {}): string {
    const text = withoutEnd(stringify(value, options));
    if (!OBEYED.test(text)) return text;
    // Only between double quotes an escape is one.
    const quoted = stringify(value, { ...options, defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "QUOTE_DOUBLE" });
    return withoutEnd(quoted).replace(ALL_OBEYED, escaped);
}

/** One line end alone: of a text the last may be its own. */
function withoutEnd(text: string): string {
    return text.endsWith("\n") ? text.slice(0, -1) : text;
}

function escaped(character: string): string {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
