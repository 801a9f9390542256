/** What accepting connections needs of the worker. */
import type net from "node:net";
import type { ConnectionInfo } from "../http/doors";
import type { Snapshot } from "../snapshot";
import type { ConnectTcp } from "../tcp";
import type { ConnectionObserver } from "../telemetry";
import type { ConnectionLimiter } from "./connection-limiter";
import type { ConnectionOwner, Connections } from "./connections";
import type { Deadlines } from "./deadlines";

/** Serves HTTP on a connection. */
export type ServeHttp = (socket: net.Socket, info: ConnectionInfo) => ConnectionOwner;

export interface AcceptorServices {
    /** What is served by now; asked again for every choice. */
    readonly snapshot: () => Pick<Snapshot, "entries" | "chains" | "chainHosts" | "access">;
    readonly connections: Connections;
    /** For peek and handshake together. */
    readonly deadlines: Deadlines;
    /** How long those that the chains have changed under may take to go. */
    readonly drainMs: () => number;
    readonly serveHttp: ServeHttp;
    readonly connectTcp: ConnectTcp;
    /** True: a new connection is closed at once, and has been counted. Absent: none is. */
    readonly turnsAway?: () => boolean;
    /** Absent: of an acceptor without others. */
    readonly admission?: ConnectionLimiter;
    /** A handshake was not begun, as too many waited. */
    readonly onHandshakesFull?: () => void;
    readonly observers: readonly Partial<ConnectionObserver>[];
    /** A chain whose first connection showed that it can serve nobody. */
    readonly onUnusableChain?: (chain: string, reason: string) => void;
}
