import type {
    CorsPolicy,
    HeaderOperations,
    HTTPDirectResponse,
    HTTPFaultInjection,
    HTTPMatchRequest,
    HTTPMirrorPolicy,
    HTTPRedirect,
    HTTPRetry,
    HTTPRewrite,
    HTTPRoute,
    HTTPRouteDestination,
    L4MatchAttributes,
    RouteDestination,
    TCPRoute,
    TLSMatchAttributes,
    TLSRoute,
    VirtualService,
} from "../types";
import { destination, exportTo, labels, percent, stringMatch } from "./common";
import {
    count,
    flag,
    list,
    map,
    notServed,
    object,
    outdated,
    required,
    span,
    text,
    whole,
    words,
    type ListField,
    type ObjectField,
} from "./field";

const OPERATIONS = (doc: string): ObjectField =>
    object<HeaderOperations>(doc, {
        set: map("headers to overwrite"),
        add: map("headers to append"),
        remove: list("headers to take away", text("a header's name")),
    });
const headers = (): ObjectField =>
    object<NonNullable<HTTPRoute["headers"]>>(
        "header operations",
        {
            request: OPERATIONS("on the request, before it goes to the backend"),
            response: OPERATIONS("on the response, before it goes to the client"),
        },
        {
            gone: {
                add: "Write `request.add` or `response.add`.",
                set: "Write `request.set` or `response.set`.",
                remove: "Write `request.remove` or `response.remove`.",
            },
        },
    );

const gateways = (doc: string): ListField => list(doc, text("`name`, `namespace/name` or `mesh`"));
const AT_GATEWAYS = "a gateway does not look at the addresses of a connection when it routes it";

const httpMatch = object<HTTPMatchRequest>(
    "conditions that all hold",
    {
        name: text("a name for access logs"),
        uri: stringMatch("the path, without the query"),
        scheme: stringMatch("http or https"),
        method: stringMatch("the method"),
        authority: stringMatch("the Host header as sent, with its port"),
        headers: map("headers, by name in lower case", stringMatch("the header's value; nothing means that the header is there")),
        withoutHeaders: map("headers that are absent or differ", stringMatch("the header's value; nothing means any")),
        queryParams: map("query parameters, by name", stringMatch("the parameter's value; nothing means that it is there")),
        port: whole("the Gateway server's port", 0, 65535),
        sourceLabels: labels("labels of the client's pod; at a gateway, of the gateway's own"),
        sourceNamespace: text("the client's namespace; at a gateway, the gateway's own"),
        gateways: gateways("gateways the block is for, instead of the VirtualService's"),
        ignoreUriCase: flag("compare `uri.exact` and `uri.prefix` whatever the case"),
        statPrefix: notServed("statistics have no series of their own for a route", text("a prefix for statistics")),
    },
    {
        gone: {
            request: "Write the conditions themselves: `uri`, `headers`, `method`.",
            source: "Write `sourceLabels` and `sourceNamespace`.",
        },
    },
);

const redirect = object<HTTPRedirect>(
    "answer with a redirect",
    {
        uri: text("the path to go to; the query stays"),
        authority: text("the host to go to"),
        port: whole("the port to go to", 0, 65535),
        derivePort: words("where the port comes from", ["FROM_PROTOCOL_DEFAULT", "FROM_REQUEST_PORT"]),
        scheme: text("http or https"),
        redirectCode: whole("the status; 301 where nothing is said"),
        prefixRewrite: text("what replaces the prefix that matched"),
    },
    { atMostOne: [["port", "derivePort"]] },
);

const directResponse = object<HTTPDirectResponse>("answer without a backend", {
    status: required(whole("the status")),
    body: object(
        "the body",
        { string: text("as text"), bytes: text("as base64", { format: "bytes" }) },
        { atMostOne: [["string", "bytes"]] },
    ),
});

const rewrite = object<HTTPRewrite>("change the request before it goes to the backend", {
    uri: text("what replaces the path, or the prefix that matched"),
    authority: text("the Host header"),
    uriRegexRewrite: object("an RE2 substitution on the path", {
        match: text("what to replace"),
        rewrite: text("what replaces it; `\\1` is the first group"),
    }),
});

const retries = object<HTTPRetry>("when to try again", {
    attempts: count("how often to try again; 2 where `retries` is absent"),
    perTryTimeout: span("how long one try may take"),
    retryOn: text("conditions and status codes, separated by commas"),
    retryRemoteLocalities: flag("whether to try in other localities"),
    retryIgnorePreviousHosts: flag("whether to avoid endpoints already tried, as is done where nothing is said"),
    backoff: span("the first wait between tries"),
});

const fault = object<HTTPFaultInjection>("faults for tests", {
    delay: object<NonNullable<HTTPFaultInjection["delay"]>>(
        "wait before the request is forwarded",
        {
            percent: outdated("Write `percentage.value`.", {
                type: "number",
                doc: "0 to 100",
                whole: true,
                min: -2_147_483_648,
                max: 2_147_483_647,
            }),
            fixedDelay: span("how long"),
            exponentialDelay: notServed("Istio refuses it too", span("a mean")),
            percentage: percent("the share of requests; none where it is absent"),
        },
        { atMostOne: [["fixedDelay", "exponentialDelay"]] },
    ),
    abort: object<NonNullable<HTTPFaultInjection["abort"]>>(
        "answer with an error instead",
        {
            httpStatus: whole("the status", 0, 2_147_483_647),
            grpcStatus: text("the gRPC status, as in `UNAVAILABLE`"),
            http2Error: notServed("Istio refuses it too", text("an HTTP/2 error")),
            percentage: percent("the share of requests; none where it is absent"),
        },
        { atMostOne: [["httpStatus", "grpcStatus", "http2Error"]], gone: { percent: "Write `percentage.value`." } },
    ),
});

const corsPolicy = object<CorsPolicy>("cross-origin requests", {
    allowOrigin: outdated("Write `allowOrigins` with an `exact` match each.", list("origins", text("an origin"))),
    allowOrigins: list("origins", stringMatch("an origin")),
    allowMethods: list("methods", text("a method")),
    allowHeaders: list("request headers", text("a header's name")),
    exposeHeaders: list("response headers a script may read", text("a header's name")),
    maxAge: span("how long a preflight's answer may be kept, in whole seconds"),
    unmatchedPreflights: words("what happens to a preflight of another origin", ["UNSPECIFIED", "FORWARD", "IGNORE"]),
    allowCredentials: flag("whether credentials may be sent"),
});

const mirrorShare = (): ReturnType<typeof whole> => outdated("Write `mirrorPercentage.value`.", whole("0 to 100", 0, 100));
const OLD_HEADERS = "Write `headers.request` or `headers.response` with `set`, `add` or `remove`.";

const httpRoute = object<HTTPRoute & { mirror_percent?: number }>(
    "a rule; the first that matches decides",
    {
        name: text("a name for access logs"),
        match: list("blocks of conditions, one of which must hold; none means always", httpMatch, {
            wasMapping: "Write a list of blocks, as in `match: [{ uri: { prefix: /api } }]`.",
        }),
        route: list(
            "backends",
            object<HTTPRouteDestination>(
                "a backend",
                {
                    destination: required(destination("the backend")),
                    weight: count("its share, in proportion to the sum"),
                    headers: headers(),
                },
                {
                    gone: {
                        removeResponseHeaders: OLD_HEADERS,
                        appendResponseHeaders: OLD_HEADERS,
                        removeRequestHeaders: OLD_HEADERS,
                        appendRequestHeaders: OLD_HEADERS,
                    },
                },
            ),
        ),
        redirect,
        directResponse,
        delegate: object<NonNullable<HTTPRoute["delegate"]>>("hand the request to the rules of another VirtualService", {
            name: text("its name"),
            namespace: text("its namespace"),
        }),
        rewrite,
        timeout: span("how long the answer may take, with all tries"),
        retries,
        fault,
        mirror: destination("where a copy of each request goes"),
        mirrors: list(
            "where copies go",
            object<HTTPMirrorPolicy>("a mirror", {
                destination: required(destination("where the copy goes")),
                percentage: percent("the share of requests"),
            }),
        ),
        mirrorPercent: mirrorShare(),
        mirror_percent: mirrorShare(),
        mirrorPercentage: percent("the share of requests that is mirrored"),
        corsPolicy,
        headers: headers(),
    },
    {
        gone: {
            appendHeaders: OLD_HEADERS,
            appendRequestHeaders: OLD_HEADERS,
            appendResponseHeaders: OLD_HEADERS,
            removeRequestHeaders: OLD_HEADERS,
            removeResponseHeaders: OLD_HEADERS,
            websocketUpgrade: "Leave it out; WebSocket upgrades pass by themselves.",
            destination: "Write `route: [{ destination: … }]`.",
        },
    },
);

const l4Match: Readonly<
    Record<
        Exclude<keyof L4MatchAttributes, "sourceSubnet">,
        ReturnType<typeof text> | ListField | ReturnType<typeof labels> | ReturnType<typeof whole>
    >
> = {
    destinationSubnets: list("addresses the client wanted; a gateway does not look at them", text("an address or CIDR")),
    port: whole("the Gateway server's port", 0, 65535),
    sourceLabels: labels("labels of the client's pod; at a gateway, of the gateway's own"),
    sourceNamespace: text("the client's namespace; at a gateway, the gateway's own"),
    gateways: gateways("gateways the block is for, instead of the VirtualService's"),
};
const routeDestinations = (): ListField =>
    list(
        "backends",
        object<RouteDestination>("a backend", {
            destination: required(destination("the backend")),
            weight: count("its share, in proportion to the sum"),
        }),
    );

/** networking.istio.io VirtualService: which request goes where. */
export const virtualServiceFields = object<VirtualService>("which request goes where", {
    hosts: list("hosts the rules are for", text("a host")),
    gateways: gateways("gateways the rules are for; `mesh` alone where nothing is said"),
    http: list("rules for HTTP", httpRoute),
    tls: list(
        "rules for TLS that is passed through",
        object<TLSRoute>("a rule", {
            match: required(
                list(
                    "blocks of conditions",
                    object<TLSMatchAttributes>("conditions that all hold", {
                        ...l4Match,
                        sniHosts: required(list("server names", text("a server name"))),
                    }),
                    { wasMapping: "Write a list of blocks, as in `match: [{ port: 443, sniHosts: [a.example.com] }]`." },
                ),
            ),
            route: routeDestinations(),
        }),
    ),
    tcp: list(
        "rules for bytes",
        object<TCPRoute>("a rule", {
            match: list(
                "blocks of conditions",
                object<L4MatchAttributes>("conditions that all hold", {
                    ...l4Match,
                    sourceSubnet: notServed(AT_GATEWAYS, text("addresses of clients")),
                }),
                { wasMapping: "Write a list of blocks, as in `match: [{ port: 3306 }]`." },
            ),
            route: routeDestinations(),
        }),
    ),
    exportTo: exportTo(),
});
