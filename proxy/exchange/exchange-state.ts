/**
 * What is known of a request and of its response so far: plain data, one object a request, of one shape from the beginning
 * on. The request's part is written by its passes, the rest by the exchange that runs them.
 */
import type { Coding } from "../../istio/semantics";
import type { ConnectionInfo, HeaderList, RequestHead } from "../http/doors";
import type {
    BoundAccess,
    BoundCompression,
    BoundDestination,
    JudgedAccess,
    Route,
    Snapshot,
    TokenPayload,
    VirtualHost,
} from "../snapshot";
import type { GrpcMessages } from "../telemetry";
import { NO_MARKS, type PolicyMark, type ProxyTableEntry } from "../tables";
import type { Trace } from "../tracing";
import type { Bucket } from "../limits";
import type { Cors } from "../snapshot/features/cors";
import type { HeaderChange } from "./ext-authz/check-response";
import type { ForwardedRequest, ForwardingState } from "./forwarding-host";
import type { GrpcWebFlow } from "./grpc-web-flow";
import type { ExchangeRuntime } from "./runtime";
import type { Answer } from "./verdict";

const NO_HEADERS: HeaderList = [];
const NO_CHANGES: readonly HeaderChange[] = [];

export class ExchangeState implements JudgedAccess, ForwardedRequest {
    readonly runtime: ExchangeRuntime;
    /** The one it began with, whatever is swapped in meanwhile. */
    readonly snapshot: Snapshot;
    readonly connection: ConnectionInfo;
    readonly start = Date.now();

    // --- the request -----------------------------------------------------------------------------------------------

    /** As it goes to an endpoint, once it does; below stands what the client asked for. */
    readonly head: RequestHead;
    readonly method: string;
    /** The client's: behind trusted hops what they say of it. */
    scheme: RequestHead["scheme"];
    readonly authority: string;
    /** Of the client: behind trusted hops what they say of it, else the peer's. */
    remoteAddress: string;
    /** 0: hops say no port. */
    remotePort: number;
    /** Those of the head. */
    readonly headers: HeaderList;
    /** Normalised, with and without query. */
    path: string;
    pathname = "";
    /** Path and query for the backend, where the route rewrites them; empty: as they are. */
    target = "";
    /** What of the authority decides: lower-case, without port. */
    host = "";
    /** Undefined: nobody's proxy is asked. */
    proxy: ProxyTableEntry | undefined = undefined;
    /** Of a proxy's client: which it asks for. 0: nobody's proxy is asked. */
    port = 0;
    requestId = "";
    /** Undefined: nothing is traced. */
    trace: Trace | undefined = undefined;
    /** The port is one for gRPC-Web. */
    speaksGrpcWeb = false;
    /** Undefined: it is no call in gRPC-Web. */
    grpcWeb: GrpcWebFlow | undefined = undefined;
    /** Undefined: everybody is let in. */
    access: BoundAccess | undefined = undefined;
    /** Of the token that was verified; undefined: there is none. */
    payload: TokenPayload | undefined = undefined;
    /** What policies did, or would have done. */
    policyMarks: readonly PolicyMark[] = NO_MARKS;
    /** It counts among what is under way. */
    permits: Bucket[] | undefined = undefined;
    /** What the response tells of limits; empty: nothing. */
    rateLimit = "";
    rateLimitPolicy = "";
    virtualHost: VirtualHost | undefined = undefined;
    route: Route | undefined = undefined;
    /** Of a request that was denied: its route where that would have answered by itself, for those who watch alone. */
    toldRoute: Route | undefined = undefined;
    /** The route was chosen by headers that a provider has changed since, and is this one, or none (Envoy). */
    isRouteKept = false;
    keptRoute: Route | undefined = undefined;
    /** What a provider adds to the headers of the response. */
    providerHeaders: HeaderList = NO_HEADERS;
    /** The same of one over gRPC, which says how; and the headers that it has set in the request, with hyphens. */
    providerChanges: readonly HeaderChange[] = NO_CHANGES;
    providerNames: Set<string> | undefined = undefined;
    /** The origin that the route's CORS policy allows; empty: none. */
    corsOrigin = "";
    /** By what it passes where others are kept out for maintenance; empty: by nothing. */
    passesBy = "";
    /** By whose rules the origin is allowed. */
    cors: Cors | undefined = undefined;
    /** Of a gRPC call: for how many milliseconds it is waited; 0: for ever. -1: it is none, or it is not sent on. */
    callTimeoutMs = -1;
    /** What the client is known by again, where its destination asks. */
    hash: number | undefined = undefined;
    /** By which it is known from now on; empty: it has one, or needs none. */
    newCookie = "";
    /** How bodies go out smaller; undefined: they do not. */
    compression: BoundCompression | undefined = undefined;
    /** What the client likes best of it; empty: nothing. */
    coding: Coding | "" = "";
    /** It had a cookie or credentials. */
    isPersonal = false;
    /** An injected delay is over. */
    delayed = false;
    headBytes = 0;
    messages: GrpcMessages | undefined = undefined;
    /** The request is whole. */
    requestEnded: boolean;
    /** When it was, in milliseconds since the epoch; 0: it never was. */
    requestTime = 0;
    bytesReceived = 0;
    /** Of its body; beyond it the request is refused. */
    maxBodyBytes = Number.MAX_SAFE_INTEGER;

    // --- the response ----------------------------------------------------------------------------------------------

    /** Where the request was sent on to, and how that goes. Undefined: it was not, or not yet. */
    destination: BoundDestination | undefined = undefined;
    forwarding: ForwardingState | undefined = undefined;
    /** Undefined: the response is a backend's, or there is none yet. */
    answer: Answer | undefined = undefined;
    status = 0;
    /** Envoy's short flags joined by commas. */
    flags = "";
    details = "";
    responseHeaders: HeaderList = NO_HEADERS;
    responseTrailers: HeaderList | undefined = undefined;
    responseStarted = false;
    bytesSent = 0;
    /** Of an error page in the place of a backend's body; -1: there is none. */
    pageBytes = -1;
    finished = false;

    constructor(runtime: ExchangeRuntime, head: RequestHead, end: boolean, connection: ConnectionInfo) {
        this.runtime = runtime;
        this.snapshot = runtime.snapshot;
        this.connection = connection;
        this.head = head;
        this.method = head.method;
        this.scheme = head.scheme;
        this.authority = head.authority;
        this.remoteAddress = connection.remoteAddress;
        this.remotePort = connection.remotePort;
        this.headers = head.headers;
        this.path = head.path;
        this.requestEnded = end;
        if (end) this.requestTime = this.start;
    }

    get upgrade(): string {
        return this.head.upgrade;
    }
}
