/**
 * What workers are sent: the tables that were compiled, but for what a worker refused, in versions. It knows which of
 * them a worker has, so that each can be told no more than what it lacks.
 */
import { diffTables, isEmptyDelta, type Tables, type TablesDelta } from "../tables";
import type { Finding } from "../../istio/findings";
import { Refusals, type Refused } from "./refusals";

/** What a worker has acknowledged. */
export interface TakenTables {
    /** 0: nothing yet. */
    readonly version: number;
    /** Absent also when it is too long ago: then it is told everything. */
    readonly tables: Tables | undefined;
}

export const NOTHING_TAKEN: TakenTables = { version: 0, tables: undefined };

/** So many versions are kept for workers that have not answered yet. */
const MAX_PENDING = 16;

export class Served {
    #compiled: Tables | undefined;
    #tables: Tables | undefined;
    #version = 0;
    /** By version, those that a worker may still answer to. */
    readonly #pending = new Map<number, Tables>();
    /** What was acknowledged last. */
    #good: Tables | undefined;
    readonly #refusals = new Refusals();

    get tables(): Tables | undefined {
        return this.#tables;
    }

    get version(): number {
        return this.#version;
    }

    get findings(): readonly Finding[] {
        return this.#refusals.findings;
    }

    /** What leads from the version before to this one; undefined: nothing changed. */
    update(compiled: Tables): TablesDelta | undefined {
        this.#compiled = compiled;
        const tables = this.#refusals.applied(compiled);
        const delta = diffTables(this.#tables, tables, this.#version + 1);
        this.#tables = tables;
        const isChanged = !isEmptyDelta(delta);
        if (isChanged) this.#version++;
        this.#pending.set(this.#version, tables);
        for (const version of this.#pending.keys()) {
            if (this.#pending.size <= MAX_PENDING) break;
            this.#pending.delete(version);
        }
        return isChanged ? delta : undefined;
    }

    /** Undefined: nothing of what was refused is served any more. Otherwise what is served from now on differs by this. */
    refuse(version: number, refused: readonly Refused[]): TablesDelta | undefined {
        if (!this.#tables || !this.#compiled) return undefined;
        const isNews = this.#refusals.add(refused, this.#pending.get(version) ?? this.#tables, this.#tables, this.#good);
        return isNews ? this.update(this.#compiled) : undefined;
    }

    /** Everything that a worker lacks. */
    deltaFrom({ version, tables }: TakenTables): TablesDelta | undefined {
        if (!this.#tables) return undefined;
        return { ...diffTables(tables, this.#tables, this.#version), ...(tables ? { base: version } : {}) };
    }

    /** `all` are the versions that workers have now. */
    taken(version: number, before: TakenTables, all: readonly TakenTables[]): TakenTables {
        const tables = version === before.version && before.tables ? before.tables : this.#pending.get(version);
        this.#good = tables ?? this.#good;
        const oldest = Math.min(version, ...all.map((one) => one.version));
        for (const known of this.#pending.keys()) if (known < oldest) this.#pending.delete(known);
        return { version, tables };
    }
}
