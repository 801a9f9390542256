/** Tables of redirects as people keep them: comma-separated (RFC 4180) or tab-separated lines, or JSON. */
import { redirectOf, type BulkRedirect } from "./redirects";
import { jsonOf } from "./json-text";
import { Unreadable } from "./setting-reader";

export type RedirectFormat = "csv" | "tsv" | "json";

export interface ReadRows {
    readonly rows: readonly { readonly redirect: BulkRedirect /** `line 3`, `entry 2`. */; readonly at: string }[];
    readonly faults: readonly { readonly at: string; readonly fault: string }[];
}

/** `fault`: nothing of it can be read. */
export function readRedirectText(text: string, format: RedirectFormat): ReadRows | { readonly fault: string } {
    switch (format) {
        case "json":
            return readJson(text);
        case "csv":
            return readLines(text, splitCommas);
        case "tsv":
            return readLines(text, (line) => line.split("\t"));
        default:
            return format satisfies never;
    }
}

interface Reading {
    readonly rows: { redirect: BulkRedirect; at: string }[];
    readonly faults: { at: string; fault: string }[];
}

/** A list of `{ from, to, status }`, or an object of `from` to `to`. */
function readJson(text: string): ReadRows | { readonly fault: string } {
    const json = jsonOf(text);
    if ("fault" in json) return json;
    const { value } = json;
    const read: Reading = { rows: [], faults: [] };
    if (Array.isArray(value)) (value as readonly unknown[]).forEach((one, index) => take(read, one, `entry ${index + 1}`));
    else if (typeof value === "object" && value !== null)
        Object.entries(value).forEach(([from, to], index) => take(read, { from, to: to as unknown }, `entry ${index + 1}`));
    else return { fault: "wanted a list of redirects, or an object of paths to where they lead" };
    return read;
}

/** Empty lines, those that begin with a `#`, and a first one that names the columns are none. */
function readLines(text: string, split: (line: string) => readonly string[] | undefined): ReadRows {
    const read: Reading = { rows: [], faults: [] };
    const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
    lines.forEach((line, index) => {
        const at = `line ${index + 1}`;
        if (line.trim() === "" || line.startsWith("#")) return;
        const cells = split(line)?.map((cell) => cell.trim());
        if (cells === undefined) read.faults.push({ at, fault: "has a quote that does not end" });
        else if (cells[0]?.toLowerCase() === "from" && read.rows.length === 0) return;
        else if (cells.length < 2 || cells.length > 3)
            read.faults.push({ at, fault: `has ${cells.length} columns, wanted from, to and perhaps status` });
        else take(read, { from: cells[0], to: cells[1], ...(cells[2] ? { status: cells[2] } : {}) }, at);
    });
    return read;
}

function take({ rows, faults }: Reading, value: unknown, at: string): void {
    try {
        rows.push({ redirect: redirectOf(value, ""), at });
    } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        faults.push({ at, fault: error.message.replace(/^\./, "") });
    }
}

/** Undefined: a quote does not end on its line. */
function splitCommas(line: string): readonly string[] | undefined {
    if (!line.includes('"')) return line.split(",");
    const cells: string[] = [];
    let cell = "";
    let isQuoted = false;
    for (let at = 0; at < line.length; at++) {
        const character = line[at]!;
        if (character === '"') {
            if (isQuoted && line[at + 1] === '"') cell += line[++at]!;
            else isQuoted = !isQuoted;
        } else if (character === "," && !isQuoted) {
            cells.push(cell);
            cell = "";
        } else cell += character;
    }
    return isQuoted ? undefined : [...cells, cell];
}
