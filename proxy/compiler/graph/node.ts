/** What stands in a graph: values that are read, and who has read them. */
import type { User, Users } from "./users";

export abstract class Node {
    /** The tick in which the value became what it is. */
    changedAt = 0;
    /** Who has read it. */
    users: Users;

    /** 0: it depends on no lookup; else it is above those that it depends on. */
    abstract readonly level: number;

    /** Afterwards the value is that of now. */
    abstract refresh(): void;

    /** Nobody reads it any more: it is forgotten. */
    abstract release(): void;
}

/** What can be read, and looked things up in. */
export interface Value<V> extends Node {
    get(): V;
    /** Without being read. */
    peek(): V;
}

/** A computation that is under way. */
export interface Frame {
    readonly owner: User;
    readonly outer: Frame | undefined;
    readonly firstRead: number;
    said: unknown[] | undefined;
    until: number;
}

/** A lookup, as the graph settles it. */
export interface Pending {
    readonly level: number;
    settle(): void;
}

/** The graph as those that it is made of see it. */
export interface Revisions {
    tick: number;
    readonly now: number;
    /** The level of the lowest lookup whose source may have changed. */
    readonly lowest: number;
    track(one: Node): void;
    open(owner: User): Frame;
    close(frame: Frame): readonly Node[];
    adopt(user: User, before: readonly Node[], now: readonly Node[]): void;
    leave(node: Node, user: User): void;
    await(lookup: Pending): void;
    settle(level: number): void;
    speak(cell: Speaker, before: readonly unknown[], now: readonly unknown[]): void;
    time(cell: Timed, until: number): void;
}

/** Who says something besides its value. */
export interface Speaker {
    readonly said: readonly unknown[];
}

/** Whose value holds until a time. */
export interface Timed {
    expire(): void;
}

/** One list for all that read or said nothing. */
export const NOTHING: readonly never[] = [];

/** So many are compared one by one. */
const FEW = 16;

/** Who is in a list. */
export function memberOf<T>(list: readonly T[]): (one: T) => boolean {
    if (list.length <= FEW) return (one) => list.includes(one);
    const set = new Set(list);
    return (one) => set.has(one);
}
