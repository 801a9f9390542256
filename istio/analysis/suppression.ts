/**
 * What the user does not want to hear: by the annotation on an object, or by `CODE=Kind name.namespace`. Both are
 * istioctl's own, and so are their wildcards.
 */
import type { Finding } from "../findings";
import { quotedPattern } from "../quoted-pattern";
import { refKey, type ObjectRef } from "../types";
import type { ObjectIndex } from "./object-index";
import type { IndexedObject } from "./indexed-object";

export interface Suppression {
    readonly code: string;
    /**
     * `Kind name.namespace`; `*` stands for any characters. A kind alone is that of any API group, as for istioctl; with its
     * group, as messages show it where it is ambiguous, it is that group's alone.
     */
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
    return new RegExp(`^${text.split("*").map(quotedPattern).join(".*")}$`);
}

/** What a suppression may call an object. */
function namesOf({ group, kind, namespace, name }: ObjectRef): string[] {
    const kinds = group === "" ? [kind] : [kind, `${kind}.${group}`];
    return kinds.map((one) => (namespace === "" ? `${one} ${name}` : `${one} ${name}.${namespace}`));
}

export function unsuppressed(findings: readonly Finding[], index: ObjectIndex, suppressions: readonly Suppression[]): Finding[] {
    const patterns = suppressions.map(({ code, object }) => ({ code, pattern: asPattern(object) }));
    const annotated = new Map<string, ReadonlySet<string>>();
    for (const object of index.objects) {
        const codes = codesOf(object);
        if (codes) {
            annotated.set(refKey(object.ref), codes);
        }
    }
    return findings.filter(({ code, object }) => {
        if (!object) {
            return true;
        }
        const codes = annotated.get(refKey(object));
        if (codes?.has(code) || codes?.has("*")) {
            return false;
        }
        const meant = patterns.filter((one) => one.code === code);
        return meant.length === 0 || !namesOf(object).some((name) => meant.some(({ pattern }) => pattern.test(name)));
    });
}

function codesOf({ annotations }: IndexedObject): ReadonlySet<string> | undefined {
    const text = annotations[ANNOTATION];
    return text === undefined ? undefined : new Set(text.split(",").map((code) => code.trim()));
}
