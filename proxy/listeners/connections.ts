/** All connections of a worker, each with whoever serves it now, so that a drain finds them. */
import type net from "node:net";

export interface ConnectionOwner {
    /** Its next response is to be the last, and says so. Absent where nothing could say it. */
    retire?(): void;
    /** Ends as soon as nothing is under way. */
    drain(): void;
    destroy(): void;
}

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
        for (const owner of [...this.#owners.values()]) owner.drain();
        if (this.#owners.size === 0) return;
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
    }
}
