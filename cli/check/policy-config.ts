/** Reads the file with the configuration of policies: YAML, of which JSON is a part. Whatever is wrong has its line. */
import { readFileSync } from "node:fs";
import { LineCounter, parseDocument, type Document } from "yaml";
import { finding, type Finding } from "../../istio";
import { readConfig, type ConfigFault, type PolicySettings } from "../../policy/config";
import { CommandError, errnoText, EXIT } from "../exit";

/** A configuration is a page; what is longer is something else. */
const MAX_BYTES = 1 << 20;

function readText(file: string): string {
    try {
        const text = readFileSync(file, "utf8");
        if (text.length > MAX_BYTES) throw new Error(`it has ${text.length} bytes, more than the ${MAX_BYTES} of a configuration`);
        return text;
    } catch (error) {
        throw new CommandError(EXIT.unable, "", [
            finding(
                "GH0602",
                { field: file },
                `The configuration of the policies can't be read: ${errnoText(error)}.`,
                "Name a YAML or JSON file with --policy-config.",
            ),
        ]);
    }
}

/** The line of the key at the end of a path, or of what is above it. */
function lineOf(document: Document, lines: LineCounter, path: readonly string[]): number {
    for (let depth = path.length; depth > 0; depth -= 1) {
        const parent = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
        const pairs = (parent as { items?: unknown } | null)?.items;
        const pair = (Array.isArray(pairs) ? (pairs as { key?: { value?: unknown; range?: readonly number[] } }[]) : []).find(
            ({ key }) => key?.value === path[depth - 1],
        );
        const at = pair?.key?.range?.[0];
        if (at !== undefined) return lines.linePos(at).line;
    }
    return 1;
}

export function readPolicyConfig(file: string | undefined): PolicySettings {
    if (file === undefined) return readConfig(undefined).settings;
    const lines = new LineCounter();
    const document = parseDocument(readText(file), { lineCounter: lines, prettyErrors: false });
    const [malformed] = document.errors;
    if (malformed) {
        const line = lines.linePos(malformed.pos[0]).line || 1;
        throw new CommandError(EXIT.usage, "", [
            finding(
                "GH0602",
                { place: { file, line } },
                `The configuration of the policies is neither YAML nor JSON: ${malformed.message}.`,
            ),
        ]);
    }
    const { settings, faults } = readConfig(valueOf(document, file));
    if (faults.length > 0)
        throw new CommandError(
            EXIT.usage,
            "",
            faults.map((one) => asFinding(one, file, lineOf(document, lines, one.path))),
        );
    return settings;
}

/** An alias may lead nowhere, or to more than any configuration holds. */
function valueOf(document: Document, file: string): unknown {
    try {
        return document.toJS({ maxAliasCount: 100 });
    } catch (error) {
        const reason = error instanceof Error ? error.message : "its aliases cannot be followed";
        throw new CommandError(EXIT.usage, "", [
            finding(
                "GH0602",
                { place: { file, line: 1 } },
                `The configuration of the policies can't be read: ${reason}.`,
                "Write it without aliases.",
            ),
        ]);
    }
}

function asFinding({ path, message, fix }: ConfigFault, file: string, line: number): Finding {
    return finding("GH0601", { field: path.join("."), place: { file, line } }, `${message}.`, fix);
}
