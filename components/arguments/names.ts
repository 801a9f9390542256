/** Names as Kubernetes takes them. */
import { LABEL, MAX_LABEL, OBJECT_NAME, shown, type Code } from "../../istio";
import { fault, type Fault } from "./faults";
import { mentionsUnknown } from "./unknown";

/** RFC 1123 label: what Istio takes as a Gateway's name and Kubernetes as a Service's or namespace's. */
export function isDnsLabel(text: unknown): boolean {
    return typeof text === "string" && text.length <= MAX_LABEL && LABEL.test(text);
}

/** What Kubernetes takes as a label's value that says anything. */
export const LABEL_VALUE = /^[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$/;

export function nameFaults(path: string, name: unknown): Fault[] {
    if (mentionsUnknown(name) || isDnsLabel(name)) return [];
    return [
        fault(
            "GH0201",
            path,
            `${JSON.stringify(name)} is not a name that Kubernetes takes.`,
            "Use at most 63 of a-z, 0-9 and -, beginning and ending with a letter or digit.",
        ),
    ];
}

/** A Secret is looked up in the gateway's namespace, by its name alone. */
export function secretNameFaults(code: Code, path: string, name: unknown): Fault[] {
    if (mentionsUnknown(name)) return [];
    if (typeof name !== "string" || name === "")
        return [fault(code, path, "the Secret has no name.", "Give the name of a Secret in the gateway's namespace.")];
    if (name.length <= OBJECT_NAME.max && OBJECT_NAME.shape.test(name)) return [];
    const fix = name.includes("/")
        ? "Give its name alone; it is looked up in the gateway's namespace."
        : `Use at most ${OBJECT_NAME.max} of a-z, 0-9, - and ., beginning and ending with a letter or digit.`;
    return [fault(code, path, `${shown(name)} is not the name of a Secret.`, fix)];
}

/** The argument that says what a component's objects are called. */
export function namePath(metadata: { readonly name?: unknown } | undefined): string {
    return metadata?.name === undefined ? "name" : "metadata.name";
}
