/** What is wrong with a set of objects: each by itself, and between them, as the proxy would report it. */
import { isRestrictingKind } from "../../istio/semantics/policy-effect";
import type { PlacedObject } from "../../proxy/resources/placed-object";
import { refKey, validateObject, type Finding, type KubeObject, type Place, type RefKey } from "../../istio";

/** In a folder of rendered files nothing has endpoints, and what is not in this stack may be in another. */
const NOT_KNOWN_HERE: ReadonlySet<string> = new Set(["GH0431", "GH0436", "GH0454"]);

export interface ExaminedGateway {
    readonly labels: Readonly<Record<string, string>>;
    readonly namespace: string;
}

export interface Examined {
    /** The objects without an error of their own, and every policy that may keep requests out. */
    readonly sound: readonly KubeObject[];
    readonly findings: readonly Finding[];
}

/** One object at a time. */
export function examineEach(objects: readonly KubeObject[]): Examined {
    const sound: KubeObject[] = [];
    const findings: Finding[] = [];
    for (const object of objects) {
        const { findings: own } = validateObject(object);
        findings.push(...own);
        // A policy that cannot be taken as it is counts none the less: whom it could be for is refused.
        if (isRestrictingKind(object.kind) || !own.some(({ level }) => level === "Error")) sound.push(object);
    }
    return { sound, findings };
}

/** Findings without repeats: two gateways report the same fault of one object, and each once more after a reload. */
export function distinct(findings: readonly Finding[]): Finding[] {
    const known = new Map<string, Finding>();
    for (const one of findings) {
        const key = [one.code, one.object ? refKey(one.object) : "", one.cluster ?? "", one.field, one.message].join("\n");
        if (!known.has(key)) known.set(key, one);
    }
    return [...known.values()];
}

/** Findings about generated files say where the object was made in the program instead, if that is known. */
export function placed(findings: readonly Finding[], places: ReadonlyMap<RefKey, Place>): Finding[] {
    return findings.map((one) => {
        const place = one.object && places.get(refKey(one.object));
        return place ? { ...one, place } : one;
    });
}

/**
 * Compiles the objects as each of the gateways would see them, and gives what is wrong between them. `files` are those
 * that the gateways mount.
 */
export function examineTogether(
    sound: readonly KubeObject[],
    gateways: readonly (ExaminedGateway & { readonly files: ReadonlyMap<string, { readonly text: string }> })[],
): Finding[] {
    const { compile } = require("../../proxy/compiler") as typeof import("../../proxy/compiler"); // oxlint-disable-line typescript/no-require-imports -- loaded when it is to run
    const { closedPolicy } = require("../../proxy/resources/closed-policies") as typeof import("../../proxy/resources/closed-policies"); // oxlint-disable-line typescript/no-require-imports -- loaded when it is to run
    const isBad = (object: KubeObject): boolean =>
        isRestrictingKind(object.kind) && validateObject(object).findings.some(({ level }) => level === "Error");
    const objects = sound.map((object): PlacedObject => (isBad(object) ? closedPolicy(object, undefined) : undefined) ?? { object });
    return distinct(
        gateways.flatMap(({ labels, namespace, files }) => compile({ objects, labels, namespace, files, now: Date.now() }).findings),
    ).filter(({ code }) => !NOT_KNOWN_HERE.has(code));
}
