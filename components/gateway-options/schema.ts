/** How a gateway takes its clients, as arguments: whose a connection is, what is believed of it, what is tolerated. */
import type * as pulumi from "@pulumi/pulumi";
import {
    GATEWAY_LIMITS,
    type EscapedSlashes,
    type ForwardClientCert,
    type ProxyProtocolMode,
    type ServerHeaderMode,
} from "../../istio/semantics";
import { durationText } from "../../istio/durations";
import type { SaidElsewhere, FieldsFor, ObjectFor } from "../schema";

/** What is tolerated of clients. Sizes are bytes, times are Go's durations as `15s`; `0s` switches one off where it may. */
export interface GatewayLimitsArgs {
    /** Of a request's head: its line and its headers. Beyond it 431. Default: 61440. */
    readonly headBytes?: number;
    /** Header lines of a request. Beyond it 431. Default: 100. */
    readonly headers?: number;
    /** From a request's first byte to the end of its head. Beyond it 408; who does not begin within it is cut. Default: `15s`. */
    readonly headTimeout?: string;
    /** Between two parts of a request's body on HTTP/1.1. Beyond it 408. Default: `1m`. */
    readonly bodyPause?: string;
    /** How long nothing may move in a request. Beyond it 408, or 504. Default: `5m`. */
    readonly streamIdleTimeout?: string;
    /** How long a client may read nothing of what waits for it. Beyond it the connection is cut. Default: `1m`. */
    readonly writeIdleTimeout?: string;
    /** How long nothing may move on a connection that was upgraded, such as a WebSocket's. Default: `1h`. */
    readonly tunnelIdleTimeout?: string;
    /** From a connection's beginning to the end of its TLS handshake, a PROXY protocol's header included. Default: `15s`. */
    readonly handshakeTimeout?: string;
    /** Then the client is told to connect anew. Default: without end. */
    readonly requestsPerConnection?: number;
    /** Then the client is told to connect anew, once its requests are answered. Default: without end. */
    readonly connectionDuration?: string;
    /** Requests that an HTTP/2 client may have open at once. Default: 100. */
    readonly concurrentStreams?: number;
    /** Body bytes that a stream of HTTP/2 may hold while nobody takes them. Default: 262144. */
    readonly streamWindow?: number;
    /** Body bytes that all streams of an HTTP/2 connection may hold together. Default: 1048576. */
    readonly connectionWindow?: number;
    /** Of a request's body, where its host says nothing. Beyond it 413. Default: without end. */
    readonly maxRequestBodyBytes?: number;
    /** That a client sends of a body in a second, over 30 s in which it could have; 0: none. Beyond it 408. Default: 100. */
    readonly uploadRate?: number;
    /** Of a listener, over all workers of a pod. A further one is closed at once. Default: without end. */
    readonly connections?: number;
    /** Of a client's address, or of the /64 of an IPv6 one, over all workers of a pod. A further one is closed at once. Default: without end. */
    readonly connectionsPerAddress?: number;
    /** The same of those that begin within a second. Default: without end. */
    readonly connectionsPerSecondPerAddress?: number;
}

/** The header `server` of responses. */
export interface ServerHeaderArgs {
    /** What becomes of a backend's. Default: `overwrite`. */
    readonly mode?: ServerHeaderMode;
    /** What is written. Default: the proxy's own name. */
    readonly value?: string;
}

/** Of every gateway. */
export interface ConnectionArgs {
    /**
     * The PROXY protocol (versions 1 and 2) in front of connections, by which a load balancer says whose they are. `required`: a
     * connection without it is closed. `optional`: only `proxyProtocolSources` may send it. Default: `off`.
     */
    readonly proxyProtocol?: ProxyProtocolMode;
    /** Who may send such a header, as addresses and CIDR blocks; one of anybody else closes the connection. Default: whoever connects, where it is required. */
    readonly proxyProtocolSources?: readonly pulumi.Input<string>[];
    /** How long a connection of HTTP may wait for its next request, as `1h`; longer than that of any load balancer in front. Default: `1h`. */
    readonly idleTimeout?: string;
    /** What is tolerated of clients. Sizes are bytes, times are Go's durations as `15s`; `0s` switches one off where it may. Default: each as its own says. */
    readonly limits?: GatewayLimitsArgs;
}

/** Of a gateway whose clients come from outside. */
export interface ClientArgs {
    /** Whose X-Forwarded-For is believed, as addresses and CIDR blocks of the proxies in front; in the place of `numTrustedProxies`. Default: nobody's. */
    readonly trustedProxies?: readonly pulumi.Input<string>[];
    /** What becomes of `x-forwarded-client-cert`, in Istio's words. Default: `SANITIZE_SET`: only what the client itself has shown here. */
    readonly forwardClientCertDetails?: ForwardClientCert;
    /** The header `server` of responses. Default: the proxy's own name, whatever a backend says. */
    readonly serverHeader?: ServerHeaderArgs;
    /** Whether responses go without headers that begin with `x-envoy-`, the time that a backend took among them. Default: true: they tell whoever asks from outside how things are inside. */
    readonly stripEnvoyHeaders?: boolean;
    /** Whether each request gets an `x-request-id` of its own; else a client's is passed on, and none is made. Default: true. */
    readonly generateRequestId?: boolean;
    /** Whether backends are told by `x-envoy-attempt-count` how often a request has been tried. Default: true. */
    readonly attemptCount?: boolean;
    /** Whether requests in HTTP/1.0 are answered, as of old health checks. Default: false: they get 426. */
    readonly acceptHttp10?: boolean;
    /** Whether several slashes in a row are one, before any rule is asked. Default: false. */
    readonly mergeSlashes?: boolean;
    /** What becomes of a path with `%2F` or `%5C`: it stays, gets 400, is redirected to the path with slashes, or taken as that. Default: `keep`. */
    readonly pathWithEscapedSlashes?: EscapedSlashes;
}

export type GatewayOptionsArgs = ConnectionArgs & ClientArgs;

/**
 * Of what hangs on a gateway. Who starts a connection is told by the whole of it, as Istio has it (`gatewayTopology.proxyProtocol`), and
 * to a backend by the rule of its host, of which there is one.
 */
export const PROXY_PROTOCOL_ELSEWHERE: SaidElsewhere = {
    message:
        "this has no PROXY protocol of its own: the gateway expects it on all its ports, and a backend is told by the DestinationRule of its host.",
    fix: "Give the IngressGateway proxyProtocol; for the backend, write a DestinationRule with trafficPolicy.proxyProtocol.",
};

function limitField(name: keyof typeof GATEWAY_LIMITS): object {
    const { kind, least, doc, default: standard } = GATEWAY_LIMITS[name];
    const shown = standard === undefined ? "without end." : kind === "duration" ? `\`${durationText(standard)}\`.` : `${standard}.`;
    return { ...(kind === "duration" ? { type: "text" } : { type: "number", least }), known: true, doc, default: shown };
}

const LIMITS: ObjectFor<GatewayLimitsArgs> = {
    type: "object",
    name: "GatewayLimitsArgs",
    decides: true,
    doc: "What is tolerated of clients. Sizes are bytes, times are Go's durations as `15s`; `0s` switches one off where it may.",
    // The one table of them says what each is.
    fields: Object.fromEntries(
        (Object.keys(GATEWAY_LIMITS) as (keyof typeof GATEWAY_LIMITS)[]).map((name) => [name, limitField(name)]),
    ) as unknown as FieldsFor<GatewayLimitsArgs>,
};

const SERVER_HEADER: ObjectFor<ServerHeaderArgs> = {
    type: "object",
    name: "ServerHeaderArgs",
    decides: true,
    doc: "The header `server` of responses.",
    fields: {
        mode: {
            type: "text",
            words: {
                overwrite: "The value stands in the place of a backend's.",
                "append-if-absent": "A backend's stays, and where there is none the value is sent.",
                "pass-through": "A backend's stays, and nothing is added.",
                none: "No response has one.",
            },
            doc: "What becomes of a backend's.",
            default: "`overwrite`.",
        },
        value: { type: "text", doc: "What is written.", default: "the proxy's own name." },
    },
};

/** Networks are often made by the same program. */
const ADDRESSES = { type: "list", decides: true, of: { type: "text", input: true, doc: "" } } as const;

export const CONNECTION_FIELDS: FieldsFor<ConnectionArgs> = {
    proxyProtocol: {
        type: "text",
        known: true,
        decides: true,
        words: {
            off: "No connection begins with one.",
            optional: "Those of `proxyProtocolSources` may.",
            required: "Every connection does, or is closed.",
        },
        doc: "The PROXY protocol (versions 1 and 2) in front of connections, by which a load balancer says whose they are. `required`: a connection without it is closed. `optional`: only `proxyProtocolSources` may send it.",
        default: "`off`.",
    },
    proxyProtocolSources: {
        ...ADDRESSES,
        doc: "Who may send such a header, as addresses and CIDR blocks; one of anybody else closes the connection.",
        default: "whoever connects, where it is required.",
    },
    idleTimeout: {
        type: "text",
        known: true,
        decides: true,
        doc: "How long a connection of HTTP may wait for its next request, as `1h`; longer than that of any load balancer in front.",
        default: "`1h`.",
    },
    limits: { ...LIMITS, default: "each as its own says." },
};

export const CLIENT_FIELDS: FieldsFor<ClientArgs> = {
    trustedProxies: {
        ...ADDRESSES,
        doc: "Whose X-Forwarded-For is believed, as addresses and CIDR blocks of the proxies in front; in the place of `numTrustedProxies`.",
        default: "nobody's.",
    },
    forwardClientCertDetails: {
        type: "text",
        known: true,
        decides: true,
        words: {
            SANITIZE: "It goes.",
            FORWARD_ONLY: "A client's own is passed on where it has shown a certificate.",
            APPEND_FORWARD: "So too, and what it has shown here is added.",
            SANITIZE_SET: "Only what the client has shown here is passed on.",
            ALWAYS_FORWARD_ONLY: "Whatever a client says is passed on: for gateways that only trusted proxies reach.",
        },
        doc: "What becomes of `x-forwarded-client-cert`, in Istio's words.",
        default: "`SANITIZE_SET`: only what the client itself has shown here.",
    },
    serverHeader: { ...SERVER_HEADER, default: "the proxy's own name, whatever a backend says." },
    stripEnvoyHeaders: {
        type: "flag",
        known: true,
        decides: true,
        doc: "Whether responses go without headers that begin with `x-envoy-`, the time that a backend took among them.",
        default: "true: they tell whoever asks from outside how things are inside.",
    },
    generateRequestId: {
        type: "flag",
        known: true,
        decides: true,
        doc: "Whether each request gets an `x-request-id` of its own; else a client's is passed on, and none is made.",
        default: "true.",
    },
    attemptCount: {
        type: "flag",
        known: true,
        decides: true,
        doc: "Whether backends are told by `x-envoy-attempt-count` how often a request has been tried.",
        default: "true.",
    },
    acceptHttp10: {
        type: "flag",
        known: true,
        decides: true,
        doc: "Whether requests in HTTP/1.0 are answered, as of old health checks.",
        default: "false: they get 426.",
    },
    mergeSlashes: {
        type: "flag",
        known: true,
        decides: true,
        doc: "Whether several slashes in a row are one, before any rule is asked.",
        default: "false.",
    },
    pathWithEscapedSlashes: {
        type: "text",
        known: true,
        decides: true,
        words: {
            keep: "It stays as it is.",
            reject: "It gets 400.",
            redirect: "The client is sent to the path with slashes.",
            forward: "It is taken as the path with slashes.",
        },
        doc: "What becomes of a path with `%2F` or `%5C`: it stays, gets 400, is redirected to the path with slashes, or taken as that.",
        default: "`keep`.",
    },
};
