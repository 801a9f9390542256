/** What a VirtualHost is given, as a type and as data. */
import type * as pulumi from "@pulumi/pulumi";
import { ACCESS, type AccessArgs } from "../access";
import type { MetadataArgs } from "../arguments";
import { TLS_FIELDS, type TlsArgs } from "../certificate";
import { DESTINATION_FIELD, ROUTE_FIELD, type DestinationArgs, type HTTPRouteArgs } from "../destination";
import {
    COMPRESSION,
    MAINTENANCE,
    REDIRECTS,
    SECURITY_HEADERS,
    type CompressionArgs,
    type MaintenanceArgs,
    type RedirectArgs,
    type RedirectsArgs,
    type SecurityHeadersArgs,
} from "../edge";
import { ERROR_PAGE, type ErrorPageArgs } from "../error-pages";
import { INGRESS, type IngressArg } from "../gateway";
import { GRPC_ROUTE, type GRPCRouteArgs } from "../grpc";
import { HEALTH_CHECK, type HealthCheckArgs } from "../health-check";
import { PROXY_PROTOCOL_ELSEWHERE } from "../gateway-options";
import { HOST_LIMITS, type HostLimitsArgs } from "../host-limits";
import type { AnyPorts, HttpProtocol, PortNames } from "../ports";
import { MAX_CONCURRENT, RATE_LIMITS, type RateLimitArgs } from "../rate-limit";
import { METADATA, type ObjectFor, type RichField } from "../schema";

export interface VirtualHostTlsArgs extends TlsArgs {
    /** What plain HTTP gets: a redirect to HTTPS, the same routes, or nothing. Default: `redirect`, or `off` where the gateway has no port for plain HTTP. */
    readonly http?: "redirect" | "serve" | "off";
    /**
     * With a redirect: what is below /.well-known/acme-challenge/ is not led on to HTTPS. `true` leaves it to the routes and to an
     * Ingress of whoever solves challenges; a destination answers it. Default: it is led on like the rest.
     */
    readonly acmeChallenge?: boolean | DestinationArgs;
}

/** A cookie that keeps a client with one endpoint of a backend; Envoy's words. */
export interface StickyCookieArgs {
    /** Default: `sticky`. */
    readonly name?: pulumi.Input<string>;
    /** How long it lives, as Istio writes durations. Default: `0s`, the browser's session. */
    readonly ttl?: pulumi.Input<string>;
    /** Default: `/`. */
    readonly path?: pulumi.Input<string>;
    /** Default: `Lax`. `Secure` is added where the host is served over TLS alone, and to `None`. */
    readonly sameSite?: "Strict" | "Lax" | "None";
}

export interface VirtualHostArgs<M> {
    /** An IngressGateway, its `ref`, or the ref that another stack exports. */
    readonly gateway: IngressArg<M>;
    /** `shop.example.com` or `*.example.com`. A host of a gateway belongs to one VirtualHost. */
    readonly hosts: readonly pulumi.Input<string>[];
    /** Default: plain HTTP, or HTTPS with the gateway's own certificate where that covers the hosts. */
    readonly tls?: VirtualHostTlsArgs;
    /** Istio's HTTP routes: the first that matches is taken. A destination may be a Service. Default: none; there is at least one of these or of gRPC's. */
    readonly http?: readonly HTTPRouteArgs[];
    /** Routes by service and method: the first that matches is taken, and before any of HTTP's. Default: none. */
    readonly grpc?: readonly GRPCRouteArgs[];
    /** Where the VirtualService lives, from which short destination names are read. Default: the gateway's namespace. */
    readonly namespace?: pulumi.Input<string>;
    /** The gateway's port for plain HTTP. Default: `http`, else the lowest that speaks it or HTTP/2; without `tls` and `plainPorts` one of gRPC too. */
    readonly httpPort?: PortNames<NoInfer<M>, HttpProtocol>;
    /** The gateway's port for HTTPS. Default: `https`, else the lowest that speaks it. */
    readonly httpsPort?: PortNames<NoInfer<M>, "HTTPS">;
    /** More of the gateway's ports in the clear that serve the same routes: for gRPC, gRPC-Web or HTTP/2 without TLS. Default: none. */
    readonly plainPorts?: readonly PortNames<NoInfer<M>, HttpProtocol>[];
    /**
     * A cookie that keeps a client with one endpoint of each backend, as long as that is there: a DestinationRule of the gateway's
     * for each. Default: none.
     */
    readonly stickyCookie?: boolean | StickyCookieArgs;
    /** Whether each endpoint of the backends is asked if it is well. Default: none is. */
    readonly healthCheck?: HealthCheckArgs;
    /** Pages in the place of plain answers that say what went wrong, by status. Default: the gateway's own, else none. */
    readonly errorPages?: readonly ErrorPageArgs[];
    /** Headers that tell browsers what not to do with the site, on whatever is answered: `true` is a good set. Default: the gateway's own, else none. */
    readonly securityHeaders?: boolean | SecurityHeadersArgs;
    /** Whether everybody is told to come back later, but for those who look after the hosts. Default: the gateway's own, else they are served. */
    readonly maintenance?: boolean | MaintenanceArgs;
    /** Whether what backends send goes out smaller, to clients that like that. Default: the gateway's own, else it is sent as it is. */
    readonly compression?: boolean | CompressionArgs;
    /** How much these hosts take of a request. Default: what the gateway takes. */
    readonly limits?: HostLimitsArgs;
    /** Whole paths that have moved, as many as there are: before all routes, at the cost of one look-up. Default: none. */
    readonly redirects?: readonly RedirectArgs[] | RedirectsArgs;
    /** How often clients may ask the hosts: each limit that is for a request must let it pass. Counted for all hosts together, and by all workers of a pod. Default: none. */
    readonly rateLimit?: readonly RateLimitArgs[];
    /** How many requests to the hosts may be under way in a pod at the same time; more are answered 503. Default: any number. */
    readonly maxConcurrentRequests?: number;
    /** Who may pass to these hosts. Where several are given, a request needs all of them. Default: anybody. */
    readonly access?: AccessArgs;
    readonly metadata?: MetadataArgs;
}

const SOLVER = { ...DESTINATION_FIELD, doc: "What answers it." } as RichField<DestinationArgs>;

const TLS: ObjectFor<VirtualHostTlsArgs> = {
    type: "object",
    name: "VirtualHostTlsArgs",
    doc: "How clients are met on the port for TLS.",
    fields: {
        ...TLS_FIELDS,
        http: {
            type: "text",
            known: true,
            words: { redirect: "A redirect to HTTPS.", serve: "The same routes.", off: "Nothing." },
            doc: "What plain HTTP gets: a redirect to HTTPS, the same routes, or nothing.",
            default: "`redirect`, or `off` where the gateway has no port for plain HTTP.",
        },
        acmeChallenge: {
            type: "union",
            name: "AcmeChallengeChoice",
            doc: "With a redirect: what is below /.well-known/acme-challenge/ is not led on to HTTPS. `true` leaves it to the routes and to an Ingress of whoever solves challenges; a destination answers it.",
            default: "it is led on like the rest.",
            members: {
                flag: { as: "left", field: { type: "flag", doc: "Whether the routes answer it." } },
                object: { as: "destination", field: SOLVER },
            },
        },
    },
};

const STICKY_COOKIE: ObjectFor<StickyCookieArgs> = {
    type: "object",
    name: "StickyCookieArgs",
    doc: "A cookie that keeps a client with one endpoint of a backend; Envoy's words.",
    fields: {
        name: { type: "text", input: true, doc: "", default: "`sticky`." },
        ttl: {
            type: "text",
            input: true,
            doc: "How long it lives, as Istio writes durations.",
            default: "`0s`, the browser's session.",
        },
        path: { type: "text", input: true, doc: "", default: "`/`." },
        sameSite: {
            type: "text",
            words: {
                Strict: "Sent with requests of the site alone.",
                Lax: "And when somebody comes from another.",
                None: "With every request, over TLS.",
            },
            doc: "",
            default: "`Lax`. `Secure` is added where the host is served over TLS alone, and to `None`.",
        },
    },
};

export const VIRTUAL_HOST: ObjectFor<VirtualHostArgs<AnyPorts>> = {
    type: "object",
    name: "VirtualHostArgs",
    doc: "Hosts of an ingress gateway: their certificate and their routes of HTTP and gRPC.",
    elsewhere: { proxyProtocol: PROXY_PROTOCOL_ELSEWHERE },
    fields: {
        gateway: { ...INGRESS, required: true },
        hosts: {
            type: "list",
            required: true,
            decides: true,
            doc: "`shop.example.com` or `*.example.com`. A host of a gateway belongs to one VirtualHost.",
            of: { type: "text", input: true, doc: "" },
        },
        tls: {
            ...TLS,
            decides: true,
            doc: "",
            default: "plain HTTP, or HTTPS with the gateway's own certificate where that covers the hosts.",
        },
        http: {
            type: "list",
            decides: true,
            doc: "Istio's HTTP routes: the first that matches is taken. A destination may be a Service.",
            default: "none; there is at least one of these or of gRPC's.",
            of: ROUTE_FIELD,
        },
        grpc: {
            type: "list",
            decides: true,
            doc: "Routes by service and method: the first that matches is taken, and before any of HTTP's.",
            default: "none.",
            of: GRPC_ROUTE,
        },
        namespace: {
            type: "text",
            input: true,
            doc: "Where the VirtualService lives, from which short destination names are read.",
            default: "the gateway's namespace.",
        },
        httpPort: {
            type: "text",
            doc: "The gateway's port for plain HTTP.",
            default: "`http`, else the lowest that speaks it or HTTP/2; without `tls` and `plainPorts` one of gRPC too.",
        },
        httpsPort: { type: "text", doc: "The gateway's port for HTTPS.", default: "`https`, else the lowest that speaks it." },
        plainPorts: {
            type: "list",
            decides: true,
            doc: "More of the gateway's ports in the clear that serve the same routes: for gRPC, gRPC-Web or HTTP/2 without TLS.",
            default: "none.",
            of: { type: "text", doc: "" },
        },
        stickyCookie: {
            type: "union",
            name: "StickyCookieChoice",
            decides: true,
            doc: "A cookie that keeps a client with one endpoint of each backend, as long as that is there: a DestinationRule of the gateway's for each.",
            default: "none.",
            members: {
                flag: { as: "enabled", field: { type: "flag", doc: "Whether there is one, called `sticky`." } },
                object: { as: "cookie", field: STICKY_COOKIE },
            },
        },
        healthCheck: {
            ...HEALTH_CHECK,
            decides: true,
            doc: "Whether each endpoint of the backends is asked if it is well.",
            default: "none is.",
        },
        errorPages: {
            type: "list",
            decides: true,
            doc: "Pages in the place of plain answers that say what went wrong, by status.",
            default: "the gateway's own, else none.",
            of: ERROR_PAGE,
        },
        securityHeaders: {
            ...SECURITY_HEADERS,
            decides: true,
            doc: "Headers that tell browsers what not to do with the site, on whatever is answered: `true` is a good set.",
            default: "the gateway's own, else none.",
        },
        maintenance: {
            ...MAINTENANCE,
            decides: true,
            doc: "Whether everybody is told to come back later, but for those who look after the hosts.",
            default: "the gateway's own, else they are served.",
        },
        compression: {
            ...COMPRESSION,
            decides: true,
            doc: "Whether what backends send goes out smaller, to clients that like that.",
            default: "the gateway's own, else it is sent as it is.",
        },
        limits: {
            ...HOST_LIMITS,
            decides: true,
            doc: "How much these hosts take of a request.",
            default: "what the gateway takes.",
        },
        redirects: {
            ...REDIRECTS,
            decides: true,
            doc: "Whole paths that have moved, as many as there are: before all routes, at the cost of one look-up.",
            default: "none.",
        },
        rateLimit: {
            ...RATE_LIMITS,
            decides: true,
            doc: "How often clients may ask the hosts: each limit that is for a request must let it pass. Counted for all hosts together, and by all workers of a pod.",
            default: "none.",
        },
        maxConcurrentRequests: {
            ...MAX_CONCURRENT,
            decides: true,
            doc: "How many requests to the hosts may be under way in a pod at the same time; more are answered 503.",
            default: "any number.",
        },
        access: {
            ...ACCESS,
            decides: true,
            doc: "Who may pass to these hosts. Where several are given, a request needs all of them.",
            default: "anybody.",
        },
        metadata: METADATA,
    },
};
