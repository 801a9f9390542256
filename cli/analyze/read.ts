/** Reads the objects of folders and files. What cannot be read is a finding, and the rest is read all the same. */
import { readFileSync, statSync } from "node:fs";
import { finding, parseDocuments, type AnalysisInput, type Finding } from "../../istio";
import type { PlacedObject } from "../../proxy/resources/placed-object";
import { closedPoliciesOf } from "../../proxy/resources/closed-policies";
import { reasonOf, walk } from "../../proxy/source/walk";

export interface ReadObjects {
    readonly objects: readonly AnalysisInput[];
    readonly findings: readonly Finding[];
    /** Policies that could not be read as objects, which refuse whom they could be for. */
    readonly closed: readonly PlacedObject[];
    readonly files: number;
}

const MAX_BYTES = 32 * 1024 * 1024;

function unreadable(file: string, reason: string): Finding {
    return finding("GH0401", { place: { file, line: 1 } }, `${file} can't be read: ${reason}`);
}

function readText(file: string): { readonly text: string } | { readonly fault: Finding } {
    try {
        const { size } = statSync(file);
        if (size > MAX_BYTES)
            return {
                fault: finding(
                    "GH0116",
                    { place: { file, line: 1 } },
                    `the file has ${size} bytes, more than the ${MAX_BYTES} that are read`,
                    "Split it into several files.",
                ),
            };
        return { text: readFileSync(file, "utf8") };
    } catch (error) {
        return { fault: unreadable(file, reasonOf(error)) };
    }
}

/** The objects of a file, or of every YAML and JSON file of a folder. */
export function readPath(path: string): ReadObjects {
    const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
    const found = isFolder ? walk(path) : { files: new Map([[path, undefined]]), faults: new Map<string, string>() };
    const findings = [...found.faults].map(([file, reason]) => unreadable(file, reason));
    const objects: AnalysisInput[] = [];
    const closed: PlacedObject[] = [];
    for (const file of found.files.keys()) {
        const read = readText(file);
        if ("fault" in read) {
            findings.push(read.fault);
            continue;
        }
        const parsed = parseDocuments(read.text, file);
        objects.push(...parsed.documents);
        findings.push(...parsed.findings);
        closed.push(...closedPoliciesOf(parsed));
    }
    return { objects, findings, closed, files: found.files.size };
}
