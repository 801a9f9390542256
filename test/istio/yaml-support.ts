/** What a text of YAML is to kubectl and to Gatehouse, in the same words. */
import { execFileSync } from "node:child_process";
import * as path from "node:path";
import { writeFileSync } from "node:fs";
import { parseDocuments } from "../../istio";
import { childPath, itemPath } from "../../istio/paths";

/** The value as JSON with its keys in order; null where the text is refused. */
export type Answer = string | null;

function canonical(value: unknown): string {
    return JSON.stringify(value, (_key, part: unknown) =>
        typeof part === "object" && part !== null && !Array.isArray(part)
            ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
            : part,
    );
}

/** kubectl reads the file by itself; no cluster is asked. */
export function kubectlAnswer(kubectl: string, folder: string, text: string): Answer {
    const file = path.join(folder, "text.yaml");
    writeFileSync(file, text);
    try {
        const printed = execFileSync(kubectl, ["annotate", "--local", "-f", file, "a=b", "-o", "json"], {
            encoding: "utf8",
            stdio: "pipe",
        });
        return canonical((JSON.parse(printed) as { spec?: unknown }).spec ?? null);
    } catch {
        return null;
    }
}

export function ownAnswer(text: string): Answer {
    const {
        documents: [first],
    } = parseDocuments(text, "text.yaml");
    return first ? canonical((first.object as unknown as { spec?: unknown }).spec ?? null) : null;
}

/** Paths of everything in a value, and of some that are not in it. */
export function askedFields(value: unknown, at = ""): readonly string[] {
    const absent = [`${at}[7]`, at === "" ? "absent.x" : `${at}.absent.x`];
    if (typeof value !== "object" || value === null) return [at, ...absent];
    const below = Array.isArray(value)
        ? value.flatMap((item, index) => askedFields(item, itemPath(at, index)))
        : Object.entries(value).flatMap(([key, item]) => askedFields(item, childPath(at, key)));
    return [at, ...absent, ...below];
}
