/**
 * A fault in what serves one connection costs that connection and no other: whatever a peer sends, its handlers never
 * throw past themselves, for what is thrown there ends the worker and with it everybody's connections. Costs nothing
 * while nothing is thrown.
 */
import type net from "node:net";

/** Who is told. Without one a fault is thrown again, apart from the connection: no test passes over it. */
let tell: ((error: unknown) => void) | undefined;

export function onConnectionFault(told: ((error: unknown) => void) | undefined): void {
    tell = told;
}

/** Ends the connection; its `close` handlers tell whoever waits for it. */
export function connectionFault(socket: net.Socket | undefined, error: unknown): void {
    socket?.destroy();
    if (tell !== undefined) tell(error);
    else
        setImmediate(() => {
            throw error;
        });
}

/** For `socket.on(…)`. */
export function guarded<A extends unknown[]>(socket: net.Socket, handler: (...args: A) => void): (...args: A) => void {
    return (...args) => {
        try {
            handler(...args);
        } catch (error) {
            connectionFault(socket, error);
        }
    };
}
