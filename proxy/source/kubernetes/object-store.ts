/**
 * The objects of one kind as the API server has them; which version of an object is in force says `LastGood`. Taking up a
 * change costs what changed, however many objects there are.
 */
import { isDeepStrictEqual } from "node:util";
import { finding, type Finding } from "../../../istio/findings";
import { meantGroup } from "../../../istio/semantics/api-groups";
import { refOf, type KubeObject } from "../../../istio/types";
import { outlineFaults } from "../../../istio/validation";
import { closedPolicy } from "../../resources/closed-policies";
import { NamedFiles } from "../../resources/files";
import { LastGood } from "../../resources/last-good";
import { badVersion, readVersion, type ObjectVersion } from "../../resources/object-version";
import type { PlacedObject } from "../../resources/placed-object";
import { slim } from "./slim";

/** An object as it came. */
export interface ExaminedObject {
    readonly key: string;
    readonly resourceVersion: string;
    /** Absent: nobody reads the kind. */
    readonly version?: ObjectVersion;
    readonly findings: readonly Finding[];
}

const NONE: readonly never[] = [];

export class ObjectStore {
    readonly #kind: string;
    readonly #metadataOnly: boolean;
    readonly #lastGood = new LastGood();
    #held = new Map<string, ExaminedObject>();
    /** What is wrong with objects by themselves. */
    #own: readonly Finding[] | undefined;
    #findings: { readonly own: readonly Finding[]; readonly kept: readonly Finding[]; readonly all: readonly Finding[] } | undefined;
    readonly #named = new NamedFiles();
    #files: { readonly of: readonly PlacedObject[]; readonly paths: readonly string[] } | undefined;

    constructor(kind: string, metadataOnly: boolean) {
        this.#kind = kind;
        this.#metadataOnly = metadataOnly;
    }

    get size(): number {
        return this.#held.size;
    }

    /** The objects in force; the same list while none changed. */
    get objects(): readonly PlacedObject[] {
        return this.#lastGood.objects;
    }

    /** The same list while none changed. */
    get findings(): readonly Finding[] {
        const own = (this.#own ??= [...this.#held.values()].flatMap(({ findings }) => findings));
        const kept = this.#lastGood.findings;
        if (this.#findings?.own !== own || this.#findings.kept !== kept) this.#findings = { own, kept, all: [...own, ...kept] };
        return this.#findings.all;
    }

    /** Mounted files that any of those in force names. */
    get files(): readonly string[] {
        const { objects } = this;
        if (this.#files?.of !== objects) this.#files = { of: objects, paths: this.#named.of(objects) };
        return this.#files.paths;
    }

    /** Looks an object over without taking it up. One that is held in this very version is not looked over again. */
    examine(value: unknown, apiVersion: string): ExaminedObject | undefined {
        const { name, namespace, resourceVersion } = metadataOf(value);
        if (typeof name !== "string" || name === "") return undefined;
        const key = `${typeof namespace === "string" ? namespace : ""}/${name}`;
        const version = typeof resourceVersion === "string" ? resourceVersion : "";
        const before = this.#held.get(key);
        if (before && version !== "" && before.resourceVersion === version) return before;
        const named = { key, resourceVersion: version };
        try {
            const object = slim(value as Readonly<Record<string, unknown>>, apiVersion, this.#kind, this.#metadataOnly);
            return { ...named, ...check(object, this.#lastGood.good(key)) };
        } catch (error) {
            // One object never takes the others down, nor the watch that brought it.
            const reason = error instanceof Error ? error.message : String(error);
            const object = {
                group: meantGroup(apiVersion, this.#kind),
                kind: this.#kind,
                namespace: typeof namespace === "string" ? namespace : "default",
                name,
            };
            const fault = finding("GH0459", { object }, `The object could not be read: ${reason}.`, "Please report this with the object.");
            return {
                ...named,
                version: toldVersion({ apiVersion, kind: this.#kind, metadata: { namespace: object.namespace, name } }),
                findings: [fault],
            };
        }
    }

    /** Takes one object up. Whether anything differs for those who read. */
    put(examined: ExaminedObject): boolean {
        const before = this.#held.get(examined.key);
        this.#held.set(examined.key, examined);
        return this.#note(before, examined);
    }

    /** An object is gone. */
    remove(value: unknown): boolean {
        const { name, namespace } = metadataOf(value);
        const key = `${typeof namespace === "string" ? namespace : ""}/${String(name)}`;
        const before = this.#held.get(key);
        return this.#held.delete(key) && this.#note(before, undefined);
    }

    /** These are all there are. */
    replace(all: readonly ExaminedObject[]): boolean {
        const before = this.#held;
        this.#held = new Map(all.map((one) => [one.key, one]));
        let isChanged = false;
        for (const [key, examined] of this.#held) isChanged = this.#note(before.get(key), examined) || isChanged;
        for (const [key, examined] of before) if (!this.#held.has(key)) isChanged = this.#note(examined, undefined) || isChanged;
        return isChanged;
    }

    #note(before: ExaminedObject | undefined, after: ExaminedObject | undefined): boolean {
        const key = (after ?? before)?.key ?? "";
        const isCounted = after?.version ? this.#lastGood.take(key, after.version) : this.#lastGood.forget(key);
        const isOwn = !isDeepStrictEqual(before?.findings ?? NONE, after?.findings ?? NONE);
        if (isOwn) this.#own = undefined;
        return isCounted || isOwn;
    }
}

function check(value: Readonly<Record<string, unknown>>, before: PlacedObject | undefined): Pick<ExaminedObject, "version" | "findings"> {
    const object = value as unknown as KubeObject;
    const outline = outlineFaults(value);
    return outline.length > 0
        ? { version: toldVersion({ ...object, metadata: namesOf(object) }), findings: outline }
        : readVersion(object, before);
}

/** Of an object that can't be read as one, which is said already. */
function toldVersion(object: KubeObject): ObjectVersion {
    return { ...badVersion(refOf(object), undefined, closedPolicy(object, undefined)), isTold: true };
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
