/** A request as those see it who watch: at its start what is known then, at its end the whole of it. */
import type { ConnectionInfo, HeaderList } from "../http/doors";
import type { Origin, PolicyMark } from "../tables";
import type { GrpcMessages } from "./istio/grpc-messages";

/**
 * What is known when the head was read. It is the exchange's own state: nothing is made for it, and an observer knows it
 * again at its end; what it holds goes on changing meanwhile.
 */
export interface StartedRequest {
    /** Milliseconds since the epoch. */
    readonly start: number;
    readonly method: string;
    readonly authority: string;
    /** With query, as received. */
    readonly path: string;
    readonly headers: HeaderList;
    readonly connection: ConnectionInfo;
    /** Undefined: it is led nowhere yet. */
    readonly destination: { readonly cluster: string } | undefined;
    /** Undefined: it is forwarded to nobody yet; its endpoint: none was chosen. */
    readonly forwarding: { readonly endpoint: { readonly workload: string } | undefined } | undefined;
    /** Of its head; written by whoever counts bytes. */
    headBytes: number;
    /** Of a gRPC call; made by whoever counts messages. */
    messages: GrpcMessages | undefined;
}

/** Which trace it belongs to, and its own span in it: hex digits. */
export interface TraceIds {
    readonly traceId: string;
    readonly spanId: string;
    /** Its spans are told to a collector. */
    readonly sampled: boolean;
}

export interface RequestRecord {
    /** Milliseconds since the epoch. */
    readonly start: number;
    /** Milliseconds from the request's head to the end of the exchange. */
    readonly duration: number;
    readonly protocol: string;
    readonly method: string;
    readonly authority: string;
    /** Whom the endpoint was asked for: behind a rewrite another authority; empty: it was not forwarded. */
    readonly host: string;
    /** With query, after normalisation and before a rewrite. */
    readonly path: string;
    /** The path as it was sent on; empty: as it is. */
    readonly target: string;
    /** 0: the client was gone before there was a response. */
    readonly status: number;
    /** Envoy's short flags joined by commas, `URX,UF`; empty: none. */
    readonly flags: string;
    /** `via_upstream`, `route_not_found`, `upstream_reset_before_response_started{connection_termination}`. */
    readonly details: string;
    /** Bytes of the bodies. */
    readonly bytesReceived: number;
    readonly bytesSent: number;
    /** As forwarded, and as answered; empty where it did not come to that. */
    readonly requestHeaders: HeaderList;
    readonly responseHeaders: HeaderList;
    /** As the upstream gave them; undefined: there are none. */
    readonly responseTrailers: HeaderList | undefined;
    readonly requestId: string;
    /** Undefined: nothing is traced. */
    readonly trace: TraceIds | undefined;
    /** Empty: no route was found. */
    readonly routeName: string;
    /** Domain of the virtual host; empty: none was found. */
    readonly virtualHost: string;
    readonly routeOrigin: Origin | undefined;
    /** What the route wants of paths, as its span is called: `/api*`; empty: no route was found. */
    readonly routePath: string;
    /** Of the client: behind trusted hops what they say of it, without a port (0). */
    readonly remoteAddress: string;
    readonly remotePort: number;
    /** What policies did, or would have done. */
    readonly policyMarks: readonly PolicyMark[];
    /** `outbound|80||web.default.svc.cluster.local`. */
    readonly cluster: string;
    /** `10.0.0.1:8080`, of the last attempt. */
    readonly upstreamHost: string;
    /** What its workload is called, as tables have it; empty: not known. */
    readonly upstreamWorkload: string;
    readonly upstreamLocalAddress: string;
    /** Why the last attempt failed below HTTP: `ECONNREFUSED`, `certificate has expired`. */
    readonly upstreamFailure: string;
    /** Milliseconds until the response's head; -1: it never came. */
    readonly upstreamTime: number;
    /** `HTTP/1.1`; empty: no upstream was connected to. */
    readonly upstreamProtocol: string;
    /** Milliseconds until the request was whole; -1: it never was. */
    readonly requestTime: number;
    /** How many times the request was sent or tried to be; 0: not forwarded. */
    readonly attempts: number;
    readonly connection: ConnectionInfo;
}
