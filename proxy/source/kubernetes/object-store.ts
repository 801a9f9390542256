/**
 * The objects of one kind as the API server has them, and of each the version in force: its newest good one. Taking up
 * a change costs what changed, however many objects there are.
 */
import { isDeepStrictEqual } from "node:util";
import { finding, type Finding } from "../../../istio/findings";
import { isMeshConfigMap, meshOf } from "../../../istio/semantics/root-namespace";
import { refOf, type KubeObject } from "../../../istio/types";
import { outlineFaults, unsupportedFields, validateObject } from "../../../istio/validation";
import { certificatePaths } from "../../resources/files";
import type { PlacedObject } from "../../resources/placed-object";
import { isReadKind } from "../../resources/model";
import { closedPolicy } from "../../resources/closed-policies";
import { badFinding, lastGood } from "../../resources/last-good";
import { slim } from "./slim";

/** An object as it came, and what became of it. */
export interface Stored {
    readonly key: string;
    readonly resourceVersion: string;
    /** What is in force; absent: nothing has been good yet, or nobody reads the kind. Of a policy that has never been good what closes. */
    readonly placed?: PlacedObject;
    readonly findings: readonly Finding[];
    /** Mounted files that it names. */
    readonly files: readonly string[];
}

const NONE: readonly never[] = [];

export class ObjectStore {
    readonly #kind: string;
    readonly #metadataOnly: boolean;
    #stored = new Map<string, Stored>();
    #objects: readonly PlacedObject[] | undefined;
    #findings: readonly Finding[] | undefined;
    #files: readonly string[] | undefined;

    constructor(kind: string, metadataOnly: boolean) {
        this.#kind = kind;
        this.#metadataOnly = metadataOnly;
    }

    get size(): number {
        return this.#stored.size;
    }

    /** The objects in force; the same list while none changed. */
    get objects(): readonly PlacedObject[] {
        return (this.#objects ??= [...this.#stored.values()].flatMap(({ placed }) => placed ?? NONE));
    }

    get findings(): readonly Finding[] {
        return (this.#findings ??= [...this.#stored.values()].flatMap(({ findings }) => findings));
    }

    /** Mounted files that any of them names. */
    get files(): readonly string[] {
        return (this.#files ??= [...new Set([...this.#stored.values()].flatMap(({ files }) => files))]);
    }

    /** Looks an object over without taking it up. One that is held in this very version is not looked over again. */
    examine(value: unknown, apiVersion: string): Stored | undefined {
        const { name, namespace, resourceVersion } = metadataOf(value);
        if (typeof name !== "string" || name === "") return undefined;
        const key = `${typeof namespace === "string" ? namespace : ""}/${name}`;
        const version = typeof resourceVersion === "string" ? resourceVersion : "";
        const before = this.#stored.get(key);
        if (before && version !== "" && before.resourceVersion === version) return before;
        try {
            return check(
                key,
                version,
                slim(value as Readonly<Record<string, unknown>>, apiVersion, this.#kind, this.#metadataOnly),
                before,
            );
        } catch (error) {
            // One object never takes the others down, nor the watch that brought it.
            const reason = error instanceof Error ? error.message : String(error);
            const object = { kind: this.#kind, namespace: typeof namespace === "string" ? namespace : "default", name };
            const fault = finding("GH0459", { object }, `The object could not be read: ${reason}.`, "Please report this with the object.");
            return {
                key,
                resourceVersion: version,
                findings: [fault],
                files: NONE,
                ...lastOrClosed(before, { apiVersion, kind: this.#kind, metadata: object }),
            };
        }
    }

    /** Takes one object up. Whether anything differs for those who read. */
    put(stored: Stored): boolean {
        const before = this.#stored.get(stored.key);
        this.#stored.set(stored.key, stored);
        return this.#note(before, stored);
    }

    /** An object is gone. */
    remove(value: unknown): boolean {
        const { name, namespace } = metadataOf(value);
        const key = `${typeof namespace === "string" ? namespace : ""}/${String(name)}`;
        const before = this.#stored.get(key);
        return this.#stored.delete(key) && this.#note(before, undefined);
    }

    /** These are all there are. */
    replace(all: readonly Stored[]): boolean {
        const before = this.#stored;
        this.#stored = new Map(all.map((one) => [one.key, one]));
        let isChanged = false;
        for (const [key, stored] of this.#stored) isChanged = this.#note(before.get(key), stored) || isChanged;
        for (const [key, stored] of before) if (!this.#stored.has(key)) isChanged = this.#note(stored, undefined) || isChanged;
        return isChanged;
    }

    #note(before: Stored | undefined, after: Stored | undefined): boolean {
        const isObject = before?.placed !== after?.placed;
        const isFinding = !isDeepStrictEqual(before?.findings ?? NONE, after?.findings ?? NONE);
        const isFile = !isDeepStrictEqual(before?.files ?? NONE, after?.files ?? NONE);
        if (isObject) this.#objects = undefined;
        if (isFinding) this.#findings = undefined;
        if (isFile) this.#files = undefined;
        return isObject || isFinding;
    }
}

function check(key: string, resourceVersion: string, value: Readonly<Record<string, unknown>>, before: Stored | undefined): Stored {
    const outline = outlineFaults(value);
    const object = value as unknown as KubeObject;
    if (outline.length > 0)
        return { key, resourceVersion, findings: outline, files: NONE, ...lastOrClosed(before, { ...object, metadata: namesOf(object) }) };
    if (isMeshConfigMap(object)) return meshConfig({ key, resourceVersion, findings: NONE, files: NONE }, object, before);
    const { object: valid, findings } = validateObject(object);
    if (!isReadKind(object.apiVersion, object.kind)) return { key, resourceVersion, findings, files: NONE };
    if (valid === undefined) {
        const kept = lastOrClosed(before, object);
        return {
            key,
            resourceVersion,
            findings: [...findings, badFinding(refOf(object), kept.placed)],
            files: before?.files ?? NONE,
            ...kept,
        };
    }
    return {
        key,
        resourceVersion,
        placed: placedAs(before, valid),
        findings: [...findings, ...unsupportedFields(valid)],
        files: certificatePaths([valid]),
    };
}

/** Where its text is none, what it said before holds: nobody is let in because a root namespace was lost. */
function meshConfig(stored: Stored, object: KubeObject, before: Stored | undefined): Stored {
    if (meshOf(object) === undefined)
        return { ...stored, findings: [badFinding(refOf(object), before?.placed)], ...lastOrClosed(before, object) };
    return { ...stored, placed: placedAs(before, object) };
}

/** An object that says the same is the same object: what was computed from it holds on. */
function placedAs(before: Stored | undefined, object: KubeObject): PlacedObject {
    const last = lastGood(before?.placed);
    return last && isDeepStrictEqual(last.object, object) ? last : { object };
}

/** Its last good version; of a policy or VirtualService without one what can be read of it, which is no good version. */
function lastOrClosed(before: Stored | undefined, object: KubeObject): Pick<Stored, "placed"> {
    const placed = lastGood(before?.placed) ?? closedPolicy(object, undefined);
    return placed ? { placed } : {};
}

/** Of metadata that is none what names the object. */
function namesOf({ metadata }: KubeObject): KubeObject["metadata"] {
    const { name, namespace } = metadataOf({ metadata });
    return { name: String(name), ...(typeof namespace === "string" ? { namespace } : {}) };
}

function metadataOf(value: unknown): Readonly<Record<string, unknown>> {
    const { metadata } = (value ?? {}) as { metadata?: unknown };
    return typeof metadata === "object" && metadata !== null ? (metadata as Readonly<Record<string, unknown>>) : {};
}
