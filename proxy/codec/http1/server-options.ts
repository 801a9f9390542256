/** What a downstream connection tolerates, and for how long. Times are milliseconds; 0 switches a timeout off. */
import type { ConnectionInfo } from "../../http/doors";
import type { CodecFault } from "./fault";
import { MAX_HEAD_BYTES, MAX_HEADERS } from "./limits";
import { UPLOAD_RATE_BYTES, UPLOAD_WINDOW_MS } from "../upload-pace";
import { sharedSweeper, type Sweeper } from "../sweeper";

export interface Http1ServerOptions {
    /** Istio's gateways answer 426 to HTTP/1.0 unless told otherwise. */
    readonly acceptHttp10: boolean;
    /** Of a request's head. */
    readonly maxHeadBytes: number;
    readonly maxHeaders: number;
    /** The last one's response says that the connection closes; 0: none is the last. */
    readonly maxRequests: number;
    /** Then the next response is the last; 0: none is. */
    readonly maxDuration: number;
    /** From a request's first byte, or for the first one from the connection's beginning, to the end of its head: 408. */
    readonly headTimeout: number;
    /** Between two requests. Istio's is 1 h; what matters is that it is longer than a load balancer in front keeps its
     * connections (GCP: 600 s), or that one sends requests into closing connections. */
    readonly keepAliveTimeout: number;
    /** Between two parts of a request body that we are ready to read: 408. */
    readonly bodyIdleTimeout: number;
    /** A request during which nothing moves in either direction: 408 while the client has not sent all, else 504. */
    readonly streamIdleTimeout: number;
    /** A client that ended its side after a whole request and is sent nothing: then it is taken for gone, and so is its
     * request. Envoy and nginx wait for nobody here, so half-closing clients are answered by them by chance only; most who
     * end are gone, and their backend is to be free again at once. */
    readonly halfClosedTimeout: number;
    /** A client that reads nothing of what waits for it. */
    readonly writeIdleTimeout: number;
    /** An upgraded connection on which nothing moves. */
    readonly tunnelIdleTimeout: number;
    /** Bytes of a body in a second that a client must send while it can and nothing was answered yet: 408; 0: none. */
    readonly uploadRate: number;
    /** Over which it is reckoned. */
    readonly uploadWindow: number;
    /** Told of a connection that met a limit, where no request is refused for it. */
    readonly onLimit?: (name: string) => void;
    /** Told of each request that is refused for what it is. `recorded`: an exchange has begun, and its record says so. */
    readonly onRefused?: (fault: CodecFault, connection: ConnectionInfo, recorded: boolean) => void;
    readonly sweeper: Sweeper;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export const HTTP1_SERVER_DEFAULTS: Http1ServerOptions = Object.freeze({
    acceptHttp10: false,
    maxHeadBytes: MAX_HEAD_BYTES,
    maxHeaders: MAX_HEADERS,
    maxRequests: 0,
    maxDuration: 0,
    headTimeout: 15 * SECOND,
    keepAliveTimeout: HOUR,
    bodyIdleTimeout: MINUTE,
    streamIdleTimeout: 5 * MINUTE,
    halfClosedTimeout: SECOND / 2,
    writeIdleTimeout: MINUTE,
    tunnelIdleTimeout: HOUR,
    uploadRate: UPLOAD_RATE_BYTES,
    uploadWindow: UPLOAD_WINDOW_MS,
    sweeper: sharedSweeper,
});
