/**
 * Computations that remember what they read. A change is told to those that read what changed, and to those that read them; only
 * these are asked again whether anything that they read came out otherwise, and done again where it did. All others hold on, with
 * what they said besides, at no cost however many they are. A value that comes out as before counts as unchanged, so that nothing
 * behind it is done again either. What nobody reads any more is forgotten, and what it said with it.
 *
 * A computation may depend on nothing but its key, what it reads from the graph, and `now` within the bounds it gives by
 * `holdsUntil`. Then the outcome never depends on what was asked before: reads are checked in the order in which they were made,
 * so that one is checked only when all before it are as they were, and the computation would make it again.
 */
import { Cell, Family, type Same } from "./graph-cells";
import { KeyedList } from "./keyed-list";
import { Lookup, Picked } from "./lookup";
import { memberOf, Node, NOTHING, type Frame, type Pending, type Revisions, type Speaker, type Timed, type Value } from "./node";
import { Speech } from "./speech";
import { sameList } from "./lists";
import { touchAll, withoutUser, withUser, type User } from "./users";

export type { Family } from "./graph-cells";
export type { Lookup } from "./lookup";
export type { Value } from "./node";

/** A value from outside. */
export class Input<V> extends Node implements Value<V> {
    readonly level = 0;
    #value: V;
    readonly #graph: Revisions;

    constructor(graph: Revisions, value: V) {
        super();
        this.#graph = graph;
        this.#value = value;
    }

    get(): V {
        this.#graph.track(this);
        return this.#value;
    }

    peek(): V {
        return this.#value;
    }

    set(value: V): void {
        if (value === this.#value) return;
        this.#value = value;
        this.changedAt = ++this.#graph.tick;
        touchAll(this.users);
    }

    refresh(): void {
        /* Set before anything that reads it is asked. */
    }

    release(): void {
        /* It is there as long as whoever sets it. */
    }
}

export class Graph<S> implements Revisions {
    /** Counts whatever changes. */
    tick = 0;
    /** Milliseconds since the epoch. */
    now = 0;
    /** The last of the times given to `holdsUntil` that has come: what is known does not hold before it. */
    passed = Number.NEGATIVE_INFINITY;
    lowest = Number.POSITIVE_INFINITY;
    #revision = 0;
    #frame: Frame | undefined;
    /** The reads of all frames, the innermost last. */
    readonly #reads: Node[] = [];
    /** What was asked for from outside of any computation, and when last. */
    readonly #roots = new Map<Node, number>();
    /** What may have nobody left that reads it. */
    #orphans: Node[] = [];
    readonly #pending = new Set<Pending>();
    readonly #timed = new Map<Timed, number>();
    #nextTime = Number.POSITIVE_INFINITY;
    readonly #speech: Speech<S>;

    /** `kindOf`: as what something is said, so that it is found by that. */
    constructor(kindOf: (said: S) => string = () => "") {
        this.#speech = new Speech(kindOf);
    }

    /** Everything from here on is about new inputs. */
    begin(now: number): void {
        this.#revision++;
        this.now = now;
        this.#speech.begin();
        if (now >= this.#nextTime) this.#expire();
    }

    /** Forgets what was not asked for since `begin`. */
    end(): void {
        for (const [root, asked] of this.#roots) {
            if (asked === this.#revision) continue;
            this.#roots.delete(root);
            this.#orphans.push(root);
        }
        this.#collect();
    }

    /**
     * What all that is asked for says of a kind, in no order: of what was asked for so far in this revision, and of roots that
     * are still to be asked what they said before. The same list as long as nothing of it changed.
     */
    said(kind = ""): readonly S[] {
        this.#collect();
        return this.#speech.of(kind);
    }

    input<V>(value: V): Input<V> {
        return new Input<V>(this, value);
    }

    family<K, V>(compute: (key: K, previous: V | undefined) => V, same: Same<V> = Object.is): Family<K, V> {
        return new Family<K, V>(this, compute, same);
    }

    /** `pick` looks into the source and reads nothing else. */
    lookup<F, K, V>(source: Value<F>, pick: (source: F, key: K) => V, same: Same<V> = Object.is): Lookup<F, K, V> {
        return new Lookup(this, source, new Picked(pick), same);
    }

    /** Items of a list by their keys, in the order of the list. `keysOf` gives the same for the same item, and reads nothing else. */
    index<T>(list: Value<readonly T[]>, keysOf: (item: T) => readonly string[]): Lookup<readonly T[], string, readonly T[]> {
        return new Lookup(this, list, new KeyedList(keysOf), sameList);
    }

    /** A computation that there is one of. */
    value<V>(compute: (previous: V | undefined) => V, same: Same<V> = Object.is): Value<V> {
        return new Cell<"", V>(new Family<"", V>(this, (_key, previous) => compute(previous), same), "");
    }

    /** Says something besides the value of what is being computed. */
    say(one: S): void {
        if (!this.#frame) this.#speech.add(one);
        else if (this.#frame.said) this.#frame.said.push(one);
        else this.#frame.said = [one];
    }

    /** What is being computed may come out otherwise from this time on. */
    holdsUntil(time: number): void {
        if (time <= this.now) this.passed = Math.max(this.passed, time);
        else if (this.#frame && time < this.#frame.until) this.#frame.until = time;
    }

    // --- for what it is made of ------------------------------------------------------------------------------------

    track(one: Node): void {
        if (this.#frame === undefined) this.#roots.set(one, this.#revision);
        else if (this.#reads.at(-1) !== one) this.#reads.push(one);
    }

    open(owner: User): Frame {
        return (this.#frame = {
            owner,
            outer: this.#frame,
            firstRead: this.#reads.length,
            said: undefined,
            until: Number.POSITIVE_INFINITY,
        });
    }

    /** What it has read. */
    close({ outer, firstRead }: Frame): readonly Node[] {
        this.#frame = outer;
        const reads = this.#reads.length > firstRead ? this.#reads.slice(firstRead) : NOTHING;
        this.#reads.length = firstRead;
        return reads;
    }

    /** Who read these before reads those now. */
    adopt(user: User, before: readonly Node[], now: readonly Node[]): void {
        if (sameList(before, now)) return;
        const isOld = memberOf(before);
        for (const one of now) if (!isOld(one)) one.users = withUser(one.users, user);
        const isKept = memberOf(now);
        for (const one of before) if (!isKept(one)) this.leave(one, user);
    }

    leave(node: Node, user: User): void {
        node.users = withoutUser(node.users, user);
        if (node.users === undefined) this.#orphans.push(node);
    }

    await(lookup: Pending): void {
        this.#pending.add(lookup);
        if (lookup.level < this.lowest) this.lowest = lookup.level;
    }

    /**
     * The lowest first: their sources rest on none that is above. What is being computed rests on something of this level, and
     * lookups whose sources rest on it are above that: they are not settled here.
     */
    settle(level: number): void {
        const frame = this.#frame;
        for (let one = frame; one !== undefined; one = one.outer) one.owner.raise(level);
        this.#frame = undefined;
        for (let first = this.#lowest(); first !== undefined && first.level <= level; first = this.#lowest()) {
            this.#pending.delete(first);
            this.#lowest();
            first.settle();
        }
        this.#frame = frame;
    }

    #lowest(): Pending | undefined {
        let first: Pending | undefined;
        for (const one of this.#pending) if (first === undefined || one.level < first.level) first = one;
        this.lowest = first?.level ?? Number.POSITIVE_INFINITY;
        return first;
    }

    speak(cell: Speaker, before: readonly unknown[], now: readonly unknown[]): void {
        this.#speech.change(cell, before as readonly S[], now as readonly S[]);
    }

    time(cell: Timed, until: number): void {
        if (until === Number.POSITIVE_INFINITY) {
            if (this.#timed.size > 0) this.#timed.delete(cell);
            return;
        }
        this.#timed.set(cell, until);
        this.#nextTime = Math.min(this.#nextTime, until);
    }

    #expire(): void {
        this.#nextTime = Number.POSITIVE_INFINITY;
        for (const [cell, until] of this.#timed) {
            if (until > this.now) this.#nextTime = Math.min(this.#nextTime, until);
            else {
                this.#timed.delete(cell);
                cell.expire();
            }
        }
    }

    #collect(): void {
        for (let one = this.#orphans.pop(); one !== undefined; one = this.#orphans.pop())
            if (one.users === undefined && !this.#roots.has(one)) one.release();
    }
}
