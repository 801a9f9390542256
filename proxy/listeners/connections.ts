/** All connections of a worker, each with whoever serves it now, so that a drain finds them. */
import type net from "node:net";

export interface ConnectionOwner {
    /** Nothing is under way now, though more may come at any time. Absent: never known. */
    readonly idle?: boolean;
    /** Its next response is to be the last, and says so. Absent where nothing could say it. */
    retire?(): void;
    /** Ends as soon as nothing is under way. */
    drain(): void;
    destroy(): void;
}

/**
 * Idle connections are closed one after the other: their clients all connect elsewhere at once if they have to. Those
 * who ask meanwhile are answered, told to go, and never meet a closing connection.
 */
const SPREAD_MS = 5_000;
/** They get no more than this part of the time for all. */
const SPREAD_SHARE = 0.25;
const STEP_MS = 50;

export class Connections {
    readonly #owners = new Map<net.Socket, ConnectionOwner>();
    #retiring = false;
    #draining = false;
    #onEmpty: (() => void) | undefined;

    get active(): number {
        return this.#owners.size;
    }

    get draining(): boolean {
        return this.#draining;
    }

    /** Enters a connection. It leaves when `socket` closes. */
    add(socket: net.Socket, owner: ConnectionOwner): void {
        this.#owners.set(socket, owner);
        socket.once("close", () => {
            this.#owners.delete(socket);
            if (this.#owners.size === 0) this.#onEmpty?.();
        });
    }

    /** Another one serves the connection from now on. */
    hand(socket: net.Socket, owner: ConnectionOwner): void {
        if (this.#owners.has(socket)) this.#owners.set(socket, owner);
        if (this.#retiring) owner.retire?.();
        if (this.#draining) owner.drain();
    }

    /** Clients are told with their next response to go elsewhere. New ones may still come. */
    retire(): void {
        this.#retiring = true;
        for (const owner of this.#owners.values()) owner.retire?.();
    }

    /** Resolves when all are gone; those that are not after `withinMs` are cut. */
    async drain(withinMs: number): Promise<void> {
        this.#draining = true;
        const idle: net.Socket[] = [];
        for (const [socket, owner] of [...this.#owners]) {
            if (owner.idle === true) {
                idle.push(socket);
                owner.retire?.();
            } else {
                owner.drain();
            }
        }
        if (this.#owners.size === 0) return;
        const closing = this.#closeIdle(idle, Math.min(SPREAD_MS, withinMs * SPREAD_SHARE));
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
        clearInterval(closing);
    }

    #closeIdle(sockets: readonly net.Socket[], spreadMs: number): NodeJS.Timeout {
        const perStep = Math.ceil(sockets.length / Math.max(1, Math.floor(spreadMs / STEP_MS)));
        let next = 0;
        const step = (): void => {
            const end = Math.min(sockets.length, next + perStep);
            while (next < end) this.#owners.get(sockets[next++]!)?.drain();
            if (next === sockets.length) clearInterval(timer);
        };
        // After the loop has read what has arrived: a request that is here already is no longer idle.
        const timer = setInterval(() => setImmediate(step), STEP_MS);
        return timer;
    }
}
