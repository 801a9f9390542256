/** Names as Kubernetes takes them. */
import { LABEL, MAX_LABEL } from "./derived";
import { fault, type Fault } from "./faults";
import { mentionsUnknown } from "./unknown";

/** RFC 1123 label: what Istio takes as a Gateway's name and Kubernetes as a Service's or namespace's. */
export function isDnsLabel(text: unknown): boolean {
    return typeof text === "string" && text.length <= MAX_LABEL && LABEL.test(text);
}

export function nameFaults(path: string, name: unknown): Fault[] {
    if (mentionsUnknown(name) || isDnsLabel(name)) return [];
    return [fault("GH0201", path, `${JSON.stringify(name)} is not a name that Kubernetes takes.`, "Use at most 63 of a-z, 0-9 and -, beginning and ending with a letter or digit.")];
}

/** The argument that says what a component's objects are called. */
export function namePath(metadata: { readonly name?: unknown } | undefined): string {
    return metadata?.name === undefined ? "name" : "metadata.name";
}
