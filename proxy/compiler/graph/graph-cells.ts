/** Computations by their keys. */
import { isDeepStrictEqual } from "node:util";
import { Node, NOTHING, type Revisions, type Speaker, type Timed, type Value } from "./node";
import { raiseAll, touchAll, type User } from "./users";

export type Same<V> = (before: V, after: V) => boolean;

/** `previous` may be reused in parts, and decides nothing. */
export class Family<K, V> {
    readonly graph: Revisions;
    readonly compute: (key: K, previous: V | undefined) => V;
    readonly same: Same<V>;
    readonly #cells = new Map<K, Cell<K, V>>();

    constructor(graph: Revisions, compute: (key: K, previous: V | undefined) => V, same: Same<V>) {
        this.graph = graph;
        this.compute = compute;
        this.same = same;
    }

    get(key: K): V {
        let cell = this.#cells.get(key);
        if (cell === undefined) this.#cells.set(key, (cell = new Cell(this, key)));
        return cell.get();
    }

    forget(key: K): void {
        this.#cells.delete(key);
    }
}

/** What came of a computation that threw. */
class Failure {
    readonly error: unknown;

    constructor(error: unknown) {
        this.error = error;
    }
}

/** `new`: never computed, or forgotten. `touched`: what it rests on may have changed. `expired`: it held until now. */
type State = "new" | "clean" | "touched" | "expired" | "running";

export class Cell<K, V> extends Node implements Value<V>, User, Speaker, Timed {
    level = 0;
    said: readonly unknown[] = NOTHING;
    readonly #family: Family<K, V>;
    readonly #key: K;
    #state: State = "new";
    /** The tick in which it was found to be as it is. */
    #checkedAt = 0;
    #value: V | Failure | undefined;
    #reads: readonly Node[] = NOTHING;

    constructor(family: Family<K, V>, key: K) {
        super();
        this.#family = family;
        this.#key = key;
    }

    get(): V {
        // Before it may fail: who copes with the failure must learn when it is over.
        this.#family.graph.track(this);
        return this.peek();
    }

    /** Without being read. */
    peek(): V {
        this.refresh();
        if (this.#value instanceof Failure) throw this.#value.error;
        return this.#value as V;
    }

    touch(): void {
        if (this.#state !== "clean") return;
        this.#state = "touched";
        touchAll(this.users);
    }

    expire(): void {
        this.touch();
        if (this.#state === "touched") this.#state = "expired";
    }

    raise(level: number): void {
        if (level <= this.level) return;
        this.level = level;
        raiseAll(this.users, level);
    }

    refresh(): void {
        const { graph } = this.#family;
        // What is settled may raise this one's own level.
        while (graph.lowest <= this.level) graph.settle(this.level);
        if (this.#state === "clean") return;
        if (this.#state !== "touched" || this.#hasChangedReads()) this.#run();
        if (this.#isClean) return;
        this.#checkedAt = graph.tick;
        this.#state = "clean";
    }

    release(): void {
        const { graph } = this.#family;
        graph.adopt(this, this.#reads, NOTHING);
        graph.speak(this, this.said, NOTHING);
        graph.time(this, Number.POSITIVE_INFINITY);
        this.#reads = NOTHING;
        this.said = NOTHING;
        this.#value = undefined;
        this.changedAt = 0;
        this.#state = "new";
        this.#family.forget(this.#key);
    }

    /** Also while it is computed: a lookup that rests on it was settled meanwhile, for which it was computed already. */
    get #isClean(): boolean {
        return this.#state === "clean";
    }

    #hasChangedReads(): boolean {
        for (const one of this.#reads) {
            one.refresh();
            if (one.changedAt > this.#checkedAt) return true;
        }
        return false;
    }

    #run(): void {
        const { graph, compute, same } = this.#family;
        const before = this.#value;
        const frame = graph.open(this);
        this.#state = "running";
        let after: V | Failure;
        try {
            after = compute(this.#key, before instanceof Failure ? undefined : before);
        } catch (error) {
            after = new Failure(error);
        }
        const reads = graph.close(frame);
        if (this.#isClean) return;
        this.#adopt(reads);
        this.#speak(frame.said ?? NOTHING);
        graph.time(this, frame.until);
        const isBad = after instanceof Failure || before instanceof Failure;
        if (this.changedAt > 0 && !isBad && same(before as V, after as V)) return;
        this.#value = after;
        this.changedAt = ++graph.tick;
    }

    #adopt(reads: readonly Node[]): void {
        this.#family.graph.adopt(this, this.#reads, reads);
        this.#reads = reads;
        let level = 0;
        for (const one of reads) if (one.level > level) level = one.level;
        this.raise(level);
    }

    #speak(said: readonly unknown[]): void {
        if (this.said === said || isDeepStrictEqual(this.said, said)) return;
        const before = this.said;
        // A copy has room for no more than there is.
        this.said = said.slice();
        this.#family.graph.speak(this, before, this.said);
    }
}
