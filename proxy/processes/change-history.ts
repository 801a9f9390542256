/**
 * The last changes of what is served, and what was rejected, for people. Bounded, each kind by itself: an endpoint that
 * comes and goes must not push out what was changed, nor a thousand rejects each other's cause.
 */
import { refKey, type ObjectRef, type RefKey } from "../../istio/types";
import { findingText, type Finding } from "../../istio/findings";
import type { AppliedChange, ChangesReport, Reject } from "../admin";
import { TABLE_NAMES, type Origin, type TableEntries, type TableName, type Tables, type TablesDelta } from "../tables";

const MOST_CHANGES = 100;
const MOST_REJECTS = 200;
const MOST_OBJECTS = 20;

/** The first tables that there are come from all objects: none of them is named. */
const EVERYTHING = { objects: [], more: 0 };

export class ChangeHistory {
    readonly #changes: AppliedChange[] = [];
    readonly #rejects: Reject[] = [];
    /** What was in force before the next change. */
    #tables: Tables | undefined;
    #version = 0;
    #findings: readonly Finding[] = [];
    #known: ReadonlyMap<string, Finding> = new Map();
    readonly #now: () => Date;

    constructor(now = () => new Date()) {
        this.#now = now;
    }

    get report(): ChangesReport {
        return { version: this.#version, changes: this.#changes.toReversed(), rejects: this.#rejects.toReversed() };
    }

    /** `tables` are in force from now on. */
    applied(delta: TablesDelta, tables: Tables): void {
        const { objects, more } = delta.full ? EVERYTHING : objectsOf(delta, this.#tables, tables);
        const counts = countsOf(delta);
        this.#tables = tables;
        this.#version = delta.version;
        const before = this.#changes.at(-1);
        const times = before && isOfEndpoints(counts) && isOfEndpoints(before.tables) ? before.times + 1 : 1;
        if (times > 1) this.#changes.pop();
        push(this.#changes, MOST_CHANGES, { at: this.#at, version: delta.version, tables: counts, objects, more, times });
    }

    /** `findings` are all that hold now: the same list as long as they are the same. */
    found(findings: readonly Finding[]): void {
        if (findings === this.#findings) return;
        this.#findings = findings;
        const now = new Map(findings.filter(({ level }) => level === "Error").map((one) => [findingText(one), one]));
        for (const [text, one] of this.#known) if (!now.has(text)) this.#tell("resolved", one);
        for (const [text, one] of now) if (!this.#known.has(text)) this.#tell("rejected", one);
        this.#known = now;
    }

    failed(what: string, error: unknown): void {
        const reason = `${what}: ${error instanceof Error ? error.message : String(error)}`;
        push(this.#rejects, MOST_REJECTS, { at: this.#at, kind: "failed", reason });
    }

    get #at(): string {
        return this.#now().toISOString();
    }

    #tell(kind: "rejected" | "resolved", { code, object, field, message, fix }: Finding): void {
        push(this.#rejects, MOST_REJECTS, { at: this.#at, kind, code, ...(object ? { object } : {}), field, reason: message, fix });
    }
}

function push<Item>(list: Item[], most: number, item: Item): void {
    list.push(item);
    if (list.length > most) list.shift();
}

function countsOf({ set, remove }: TablesDelta): AppliedChange["tables"] {
    return Object.fromEntries(
        TABLE_NAMES.flatMap((name) => {
            const counts = { set: set[name]?.length ?? 0, removed: remove[name]?.length ?? 0 };
            return counts.set + counts.removed === 0 ? [] : [[name, counts]];
        }),
    );
}

function isOfEndpoints(tables: AppliedChange["tables"]): boolean {
    return Object.keys(tables).every((name) => name === "endpoints");
}

function objectsOf(delta: TablesDelta, before: Tables | undefined, now: Tables): { objects: ObjectRef[]; more: number } {
    const found = new Map<RefKey, ObjectRef>();
    const note = (origin: Origin | undefined): void => {
        if (!origin) return;
        const { group, kind, namespace, name } = origin;
        found.set(refKey(origin), { group, kind, namespace, name });
    };
    for (const name of TABLE_NAMES) {
        for (const entry of delta.set[name] ?? []) note(originOf(entry, now));
        for (const key of delta.remove[name] ?? []) note(originOf(before?.[name].get(key), before));
    }
    const objects = [...found.values()];
    return { objects: objects.slice(0, MOST_OBJECTS), more: Math.max(0, objects.length - MOST_OBJECTS) };
}

/** Endpoints know only their cluster. */
function originOf(entry: TableEntries[TableName] | undefined, tables: Tables | undefined): Origin | undefined {
    if (!entry) return undefined;
    return "origin" in entry ? entry.origin : tables?.clusters.get(entry.key)?.origin;
}
