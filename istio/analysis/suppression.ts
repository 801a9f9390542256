/**
 * What the user does not want to hear: by the annotation on an object, or by `CODE=Kind name.namespace`. Both are
 * istioctl's own, and so are their wildcards.
 */
import type { Finding } from "../findings";
import type { ObjectRef } from "../types";
import type { ObjectIndex } from "./object-index";
import type { IndexedObject } from "./indexed-object";

export interface Suppression {
    readonly code: string;
    /** `Kind name.namespace`; `*` stands for any characters. */
    readonly object: string;
}

const ANNOTATION = "galley.istio.io/analyze-suppress";

/** `IST0101=Gateway web.shop`; undefined where it is none. */
export function parseSuppression(text: string): Suppression | undefined {
    const parts = text.split("=");
    const [code = "", object = ""] = parts;
    return parts.length === 2 && code !== "" && object !== "" ? { code, object } : undefined;
}

function asPattern(text: string): RegExp {
    return new RegExp(
        `^${text
            .split("*")
            .map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"))
            .join(".*")}$`,
    );
}

function nameOf({ kind, namespace, name }: ObjectRef): string {
    return namespace === "" ? `${kind} ${name}` : `${kind} ${name}.${namespace}`;
}

export function unsuppressed(findings: readonly Finding[], index: ObjectIndex, suppressions: readonly Suppression[]): Finding[] {
    const patterns = suppressions.map(({ code, object }) => ({ code, pattern: asPattern(object) }));
    const annotated = new Map<string, ReadonlySet<string>>();
    for (const object of index.objects) {
        const codes = codesOf(object);
        if (codes) {
            annotated.set(nameOf(object.ref), codes);
        }
    }
    return findings.filter(({ code, object }) => {
        if (!object) {
            return true;
        }
        const name = nameOf(object);
        const codes = annotated.get(name);
        return !(codes?.has(code) || codes?.has("*")) && !patterns.some((one) => one.code === code && one.pattern.test(name));
    });
}

function codesOf({ annotations }: IndexedObject): ReadonlySet<string> | undefined {
    const text = annotations[ANNOTATION];
    return text === undefined ? undefined : new Set(text.split(",").map((code) => code.trim()));
}
