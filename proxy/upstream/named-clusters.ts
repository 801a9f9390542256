/**
 * The parts of a cluster that is whatever name it is asked for: one for each name that is in use, with its addresses, its
 * connections and its bounds. Names are the clients' to invent, so all of a worker are counted together, and those that
 * nobody uses are forgotten.
 */
import { withoutBrackets } from "../net/address";
import { isAskable } from "../net/askable-name";
import type { ClusterEntry, DynamicEntry, SecretEntry } from "../tables";

/** What a part tells and is told; a Cluster. */
export interface NamedPart {
    /** There are connections, or somebody waits for one or for the first answer of DNS. */
    readonly isInUse: boolean;
    update(entry: ClusterEntry, secrets: ReadonlyMap<string, SecretEntry>): void;
    drain(): void;
}

/** Of all clusters of a worker. */
export interface NameCount {
    names: number;
    readonly most: number;
}

/** Names that are in use at once, with their addresses kept fresh. */
const MAX_NAMES = 4_096;
/** Envoy's host_ttl: how long a name is kept that nobody asks for. */
const UNUSED_MS = 5 * 60_000;
const SWEEP_MS = 30_000;

export function nameCount(most = MAX_NAMES): NameCount {
    return { names: 0, most };
}

interface Kept<Part> {
    readonly part: Part;
    usedAt: number;
}

export class NamedClusters<Part extends NamedPart> {
    readonly #make: (name: string, port: number) => Part;
    readonly #count: NameCount;
    /** Last those that were asked for last. */
    readonly #parts = new Map<string, Kept<Part>>();
    #sweep: NodeJS.Timeout | undefined;

    constructor(count: NameCount, make: (name: string, port: number) => Part) {
        this.#count = count;
        this.#make = make;
    }

    get size(): number {
        return this.#parts.size;
    }

    get all(): readonly Part[] {
        return [...this.#parts.values()].map(({ part }) => part);
    }

    /** `host`: lower-case, without port and trailing dot. Undefined: it is none of the names. `full`: too many others are in use. */
    find(host: string, asked: number, { hosts, port }: DynamicEntry): Part | "full" | undefined {
        if (!isAmong(hosts, host) || !isAskable(host)) return undefined;
        const number = port === 0 ? asked : port;
        const key = `${host} ${number}`;
        const now = performance.now();
        const present = this.#parts.get(key);
        if (present !== undefined) {
            // In the order of use, but not at each of many uses.
            if (now - present.usedAt > 1_000) {
                this.#parts.delete(key);
                this.#parts.set(key, present);
            }
            present.usedAt = now;
            return present.part;
        }
        if (this.#count.names >= this.#count.most && !this.#forgetOne()) return "full";
        const part = this.#make(withoutBrackets(host), number);
        this.#parts.set(key, { part, usedAt: now });
        this.#count.names++;
        this.#sweep ??= setInterval(() => this.#forgetUnused(), SWEEP_MS).unref();
        return part;
    }

    update(entry: ClusterEntry, secrets: ReadonlyMap<string, SecretEntry>): void {
        for (const { part } of this.#parts.values()) part.update(entry, secrets);
    }

    drain(): void {
        for (const key of [...this.#parts.keys()]) this.#forget(key);
    }

    #forgetOne(): boolean {
        for (const [key, { part }] of this.#parts) {
            if (part.isInUse) continue;
            this.#forget(key);
            return true;
        }
        return false;
    }

    #forgetUnused(): void {
        const since = performance.now() - UNUSED_MS;
        for (const [key, { part, usedAt }] of this.#parts) if (usedAt < since && !part.isInUse) this.#forget(key);
    }

    #forget(key: string): void {
        this.#parts.get(key)?.part.drain();
        this.#parts.delete(key);
        this.#count.names--;
        if (this.#parts.size > 0) return;
        clearInterval(this.#sweep);
        this.#sweep = undefined;
    }
}

function isAmong(hosts: readonly string[], host: string): boolean {
    for (let at = 0; at < hosts.length; at++) {
        const pattern = hosts[at]!;
        if (pattern === "*" || pattern === host) return true;
        // At least one character before the dot.
        if (pattern.startsWith("*.") && host.length >= pattern.length && host.endsWith(pattern.slice(1))) return true;
    }
    return false;
}
