/** What a downstream connection of HTTP/2 tolerates, and for how long. Times are milliseconds; 0 switches a timeout off. */
import { UPLOAD_RATE_BYTES, UPLOAD_WINDOW_MS } from "../upload-pace";
import { sharedSweeper } from "../sweeper";
import { CONNECTION_WINDOW, MAX_OPEN_STREAMS, STREAM_WINDOW } from "./limits";
import type { Http2SessionOptions } from "./session-core";

export interface Http2ServerOptions extends Http2SessionOptions {
    /** From the connection's beginning to the client's preface and SETTINGS, which stand before its first head. */
    readonly headTimeout: number;
    /** The client is told to go with the last; 0: none is the last. */
    readonly maxRequests: number;
    /** Then it is told so; 0: never. */
    readonly maxDuration: number;
    /** Without any request; then the client is told to go, in the graceful way. As on HTTP/1.1. */
    readonly keepAliveTimeout: number;
    /** A request on which nothing moves in either direction: 408 while the client has not sent all, else 504. */
    readonly streamIdleTimeout: number;
    /** The same for an extended CONNECT. No call of gRPC is cut for being quiet. */
    readonly tunnelIdleTimeout: number;
    /** As on HTTP/1.1, but for calls of gRPC. */
    readonly uploadRate: number;
    /** Over which it is reckoned. */
    readonly uploadWindow: number;
    /** From a PING to anything at all of the client, where nothing came for a `streamIdleTimeout`. */
    readonly pongTimeout: number;
    /** From the first GOAWAY to the PING's answer that shows that the client has read it. */
    readonly goAwayTimeout: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export const HTTP2_SERVER_DEFAULTS: Http2ServerOptions = Object.freeze({
    server: true,
    sweeper: sharedSweeper,
    maxOpenStreams: MAX_OPEN_STREAMS,
    streamWindow: STREAM_WINDOW,
    connectionWindow: CONNECTION_WINDOW,
    settingsTimeout: 15 * SECOND,
    frameTimeout: 15 * SECOND,
    writeIdleTimeout: MINUTE,
    headTimeout: 15 * SECOND,
    maxRequests: 0,
    maxDuration: 0,
    keepAliveTimeout: HOUR,
    streamIdleTimeout: 5 * MINUTE,
    tunnelIdleTimeout: HOUR,
    uploadRate: UPLOAD_RATE_BYTES,
    uploadWindow: UPLOAD_WINDOW_MS,
    pongTimeout: 15 * SECOND,
    goAwayTimeout: 2 * SECOND,
});
