/** All connections of a worker, each with whoever serves it now, so that a drain finds them. */
import type net from "node:net";
import { reviewed, type Fronts, type Tenancy } from "./tenancy";

export interface ConnectionOwner {
    /** Nothing is under way now, though more may come at any time. Absent: never known. */
    readonly idle?: boolean;
    /** Bytes that wait here, for either side. Absent: nobody counts them. */
    readonly held?: number;
    /** Its next response is to be the last, and says so. Absent where nothing could say it. */
    retire?(): void;
    /** Ends as soon as nothing is under way. */
    drain(): void;
    destroy(): void;
}

/**
 * Closing an idle connection may cross its client's next request, and nothing on HTTP/1 can prevent that. So idle ones
 * stay for the first part of the time: who asks in it is answered and told to go. Only who asks seldom is left then, and
 * is closed over the second part, one after the other, so that not all connect elsewhere at once.
 */
const PATIENT_SHARE = 0.5;
const SPREAD_SHARE = 0.25;
const STEP_MS = 50;

export class Connections {
    readonly #owners = new Map<net.Socket, ConnectionOwner>();
    #retiring = false;
    #draining = false;
    #onEmpty: (() => void) | undefined;
    #closing: NodeJS.Timeout | undefined;
    readonly #tenancies = new Map<net.Socket, Tenancy>();
    /** Told to go, as they would not be let in any more as they were. */
    readonly #outdated = new WeakSet<net.Socket>();

    get active(): number {
        return this.#owners.size;
    }

    get draining(): boolean {
        return this.#draining;
    }

    has(socket: net.Socket): boolean {
        return this.#owners.has(socket);
    }

    /** Enters a connection. It leaves when `socket` closes. */
    add(socket: net.Socket, owner: ConnectionOwner): void {
        this.#owners.set(socket, owner);
        socket.once("close", () => {
            this.#owners.delete(socket);
            this.#tenancies.delete(socket);
            if (this.#owners.size === 0) this.#onEmpty?.();
        });
    }

    /** Another one serves the connection from now on. */
    hand(socket: net.Socket, owner: ConnectionOwner): void {
        if (this.#owners.has(socket)) this.#owners.set(socket, owner);
        if (this.#retiring) owner.retire?.();
        if (this.#draining) owner.drain();
    }

    /** From now on `review` looks at it. */
    settle(socket: net.Socket, tenancy: Tenancy): void {
        if (this.#owners.has(socket)) this.#tenancies.set(socket, tenancy);
    }

    /**
     * Those that would not be let in any more as they were, go: as in a drain of their own, which takes `withinMs`. On whom
     * nothing may be asked any more nobody waits.
     */
    review(fronts: Fronts, withinMs: number, among: Iterable<readonly [net.Socket, Tenancy]> = this.#tenancies): void {
        const leaving: net.Socket[] = [];
        for (const [socket, tenancy] of [...among]) {
            const standing = reviewed(tenancy, fronts);
            const owner = this.#owners.get(socket);
            if (standing === "stays" || owner === undefined) continue;
            const isNews = !this.#outdated.has(socket);
            this.#outdated.add(socket);
            if (isNews) leaving.push(socket);
            if (standing === "leaves" && owner.idle === true) owner.retire?.();
            else owner.drain();
        }
        if (leaving.length === 0) return;
        setTimeout(() => this.#closeIdle(withinMs * SPREAD_SHARE, leaving), withinMs * PATIENT_SHARE).unref();
        setTimeout(() => {
            for (const socket of leaving) this.#owners.get(socket)?.destroy();
        }, withinMs).unref();
    }

    /** A part of those on which nothing is under way go, the oldest first. Returns how many. */
    closeIdle(share: number): number {
        const idle = [...this.#owners.values()].filter((owner) => owner.idle === true);
        const leaving = idle.slice(0, Math.ceil(idle.length * share));
        for (const owner of leaving) owner.drain();
        return leaving.length;
    }

    /** Cuts those that hold most, of those that hold so much at least. Returns how many. */
    cutLargest(most: number, leastBytes: number): number {
        const large: { readonly owner: ConnectionOwner; readonly held: number }[] = [];
        for (const owner of this.#owners.values()) {
            const held = owner.held ?? 0;
            if (held >= leastBytes) large.push({ owner, held });
        }
        const cut = large.sort((a, b) => b.held - a.held).slice(0, most);
        for (const { owner } of cut) owner.destroy();
        return cut.length;
    }

    /** Clients are told with their next response to go elsewhere. New ones may still come. */
    retire(): void {
        this.#retiring = true;
        for (const owner of this.#owners.values()) owner.retire?.();
    }

    /** Resolves when all are gone; those that are not after `withinMs` are cut. Idle ones stay for `patienceMs`. */
    async drain(withinMs: number, patienceMs = withinMs * PATIENT_SHARE): Promise<void> {
        this.#draining = true;
        for (const owner of [...this.#owners.values()]) {
            if (owner.idle === true) owner.retire?.();
            else owner.drain();
        }
        if (this.#owners.size === 0) return;
        const patience = setTimeout(() => {
            this.#closing = this.#closeIdle(withinMs * SPREAD_SHARE, [...this.#owners.keys()]);
        }, patienceMs);
        await new Promise<void>((resolve) => {
            const timer = setTimeout(() => {
                for (const owner of [...this.#owners.values()]) owner.destroy();
                resolve();
            }, withinMs);
            this.#onEmpty = () => {
                clearTimeout(timer);
                resolve();
            };
        });
        clearTimeout(patience);
        clearInterval(this.#closing);
    }

    #closeIdle(spreadMs: number, among: readonly net.Socket[]): NodeJS.Timeout {
        const sockets = among.filter((socket) => this.#owners.get(socket)?.idle === true);
        const perStep = Math.ceil(sockets.length / Math.max(1, Math.floor(spreadMs / STEP_MS)));
        let next = 0;
        const step = (): void => {
            const end = Math.min(sockets.length, next + perStep);
            while (next < end) this.#owners.get(sockets[next++]!)?.drain();
            if (next === sockets.length) clearInterval(closing);
        };
        // After the loop has read what has arrived: a request that is here already is no longer idle.
        const closing = setInterval(() => setImmediate(step), STEP_MS);
        return closing;
    }
}
