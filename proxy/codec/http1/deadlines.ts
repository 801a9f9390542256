/**
 * What the clock says about a downstream connection: looked at once a second, for each of them, and nothing is armed.
 */
import { passed } from "../socket-clock";
import { isTooSlow } from "../upload-pace";
import { MAX_WAITING_BYTES } from "./limits";
import type { ServerExchange } from "./server-exchange";
import type { Http1ServerOptions } from "./server-options";
import { CLOSED, CLOSING, HANDED, TUNNEL, type ServerSocket } from "./server-socket";

/** How long a drain waits for the first request of a connection. */
const HURRIED_MS = 500;

export const NOTHING = 0;
/** Nobody is there any more. */
export const DESTROY = 1;
export const CLOSE = 2;
/** A head did not come in time: 408. */
export const REFUSE_HEAD = 3;
/** A request does not move on: 408 or 504. */
export const REFUSE = 4;
/** One read more: the client's end may stand behind what it asked for ahead of time. */
export const READ_ON = 5;
/** A client reads nothing, or next to nothing, of what waits for it. */
export const STUCK = 6;
/** A body comes too slowly: 408. */
export const REFUSE_SLOW = 7;
export type Due =
    | typeof STUCK
    | typeof REFUSE_SLOW
    | typeof NOTHING
    | typeof DESTROY
    | typeof CLOSE
    | typeof REFUSE_HEAD
    | typeof REFUSE
    | typeof READ_ON;

/** What of a connection tells how long it may wait. */
export interface Waiting {
    readonly draining: boolean;
    /** Requests that came on it. */
    readonly served: number;
    /** When the head that is coming in began; 0: none has. */
    readonly headSince: number;
    /** Bytes read ahead. */
    readonly pending: number;
}

export function dueAction(
    waiting: Waiting,
    socket: ServerSocket,
    current: ServerExchange | undefined,
    options: Http1ServerOptions,
    now: number,
): Due {
    switch (socket.state) {
        case CLOSED:
        case HANDED:
            return NOTHING;
        case CLOSING:
            return socket.lingersTooLong(now) ? DESTROY : NOTHING;
    }
    if (socket.isStuck(now, options.writeIdleTimeout)) return STUCK;
    if (socket.state === TUNNEL) return passed(now - socket.touched, options.tunnelIdleTimeout) ? DESTROY : NOTHING;
    if (current === undefined) return headDue(waiting, socket, options, now);
    if (socket.paused && socket.isReset) return DESTROY;
    if (!current.requestEnded && current.continued && !socket.paused && passed(now - socket.received, options.bodyIdleTimeout))
        return REFUSE;
    if (passed(now - socket.touched, options.streamIdleTimeout)) return REFUSE;
    const mayFlow = !current.requestEnded && !current.started && current.continued && !socket.paused;
    if (isTooSlow(current, now, mayFlow, options.uploadRate, options.uploadWindow)) return REFUSE_SLOW;
    return socket.paused && waiting.pending <= MAX_WAITING_BYTES ? READ_ON : NOTHING;
}

function headDue(waiting: Waiting, socket: ServerSocket, { headTimeout, keepAliveTimeout }: Http1ServerOptions, now: number): Due {
    if (waiting.headSince !== 0) return passed(now - waiting.headSince, headTimeout) ? REFUSE_HEAD : NOTHING;
    const most = waiting.draining ? HURRIED_MS : waiting.served === 0 ? headTimeout : keepAliveTimeout;
    return passed(now - socket.touched, most) ? CLOSE : NOTHING;
}
