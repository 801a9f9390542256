/**
 * The annotations of ingress-nginx, each with what it becomes here. None of them is done by itself: an Ingress says what Kubernetes
 * says, and whatever goes beyond it is a VirtualHost's, a gateway's, or a DestinationRule's.
 */

export const NGINX_PREFIX = "nginx.ingress.kubernetes.io/";

export interface NginxAnnotation {
    /**
     * `guard`: it kept somebody out, or something in, and no longer does. `equal`: something here does the same. `none`: there is
     * nothing of the kind, or it needs nothing.
     */
    readonly kind: "guard" | "equal" | "none";
    readonly becomes: string;
}

/** What is said of each kind. */
export const NGINX_CODES = { guard: "GH0730", equal: "GH0731", none: "GH0732" } as const;

type Row = readonly [kind: NginxAnnotation["kind"], names: string, becomes: string];

const EXTERNAL =
    "`access.external` of the VirtualHost, with an `extensionProviders` entry of the gateway: an AuthorizationPolicy with CUSTOM";
const CLIENTS = "`tls.clientAuth` of the VirtualHost: a Gateway server with `mode: MUTUAL`";
const CANARY = "a rule of the VirtualHost whose `route` has weights, or a `match` on the header or cookie before it";
const CORS = "`corsPolicy` of the VirtualHost's rule";
const STICKY = "`stickyCookie` of the VirtualHost: `consistentHash.httpCookie` of a DestinationRule";
const RETRIES = "`retries` of the VirtualHost's rule: `attempts`, `retryOn`, `perTryTimeout`";
const ORIGIN = "`trafficPolicy.tls` of a DestinationRule for the Service: `mode`, `credentialName`, `sni`, `subjectAltNames`";
const SNIPPET = "nothing: there is no configuration of nginx; say by arguments what it is for";
const MODSECURITY = "nothing by itself: put a web application firewall before the gateway, or ask one by `access.external`";
const BUFFERS = "nothing, and needs nothing: bodies are passed on as they come, with bounds of their own";
const RATE = "nothing: limit rates before the gateway or in the application";

const ROWS: readonly Row[] = [
    [
        "guard",
        "auth-type auth-secret auth-secret-type auth-realm",
        "`access.basicAuth` of the VirtualHost, with the users in a Secret of the gateway's namespace",
    ],
    ["guard", "auth-url auth-method auth-signin auth-signin-redirect-param auth-snippet", EXTERNAL],
    [
        "equal",
        "auth-response-headers auth-proxy-set-headers auth-request-redirect auth-always-set-cookie",
        "`headersToUpstreamOnAllow`, `includeAdditionalHeadersInCheck` and `headersToDownstreamOnAllow` of the provider",
    ],
    [
        "none",
        "auth-cache-key auth-cache-duration auth-keepalive auth-keepalive-share-vars auth-keepalive-requests auth-keepalive-timeout",
        "nothing, and needs nothing: every request is asked about, over connections that are kept",
    ],
    ["guard", "enable-global-auth", "`access.external` of the IngressGateway, for all that it serves"],
    ["guard", "auth-tls-secret auth-tls-verify-client auth-tls-verify-depth auth-tls-match-cn", CLIENTS],
    ["equal", "auth-tls-pass-certificate-to-upstream", "nothing to write: who was verified is told in `x-forwarded-client-cert`"],
    ["none", "auth-tls-error-page", "nothing: a handshake without the certificate that is wanted fails"],
    [
        "guard",
        "whitelist-source-range allowlist-source-range",
        "`access.ips.allow` of the VirtualHost: an AuthorizationPolicy with `remoteIpBlocks`",
    ],
    ["guard", "denylist-source-range", "`access.ips.deny` of the VirtualHost: an AuthorizationPolicy with DENY and `remoteIpBlocks`"],
    ["guard", "satisfy", "nothing: where several parts of `access` are given, a request needs all of them"],
    [
        "guard",
        "ssl-redirect force-ssl-redirect",
        "`tls.http` of the VirtualHost, whose default is `redirect`: `httpsRedirect` of a Gateway server",
    ],
    ["equal", "ssl-passthrough", "a TcpRoute with `sniHosts` on a TLS port: a Gateway server with `mode: PASSTHROUGH`"],
    [
        "guard",
        "limit-rps limit-rpm limit-burst-multiplier",
        "`rateLimit` of the VirtualHost with `key: { address: true }`, `requests`, `per` and `burst`: an annotation of the VirtualService",
    ],
    ["guard", "limit-connections limit-rate limit-rate-after limit-whitelist", RATE],
    ["guard", "enable-modsecurity enable-owasp-core-rules modsecurity-snippet modsecurity-transaction-id", MODSECURITY],
    ["guard", "configuration-snippet server-snippet stream-snippet", SNIPPET],
    ["guard", "proxy-body-size", "nothing: bodies of any length are passed on; bound them in the application"],
    [
        "equal",
        "rewrite-target use-regex app-root",
        "`rewrite.uri` or `rewrite.uriRegexRewrite` of the VirtualHost's rule, with `match.uri.regex`; `app-root` is a rule with a `redirect`",
    ],
    ["none", "x-forwarded-prefix", "`headers.request.set` of the VirtualHost's rule"],
    ["equal", "upstream-vhost", "`rewrite.authority` of the VirtualHost's rule"],
    ["equal", "custom-headers", "`headers.response.set` of the VirtualHost's rule, or `securityHeaders` for what browsers are told"],
    [
        "equal",
        "permanent-redirect permanent-redirect-code temporal-redirect temporal-redirect-code from-to-www-redirect relative-redirects",
        "`redirect` of the VirtualHost's rule, with `redirectCode`; a host with `www` is a VirtualHost of its own that redirects",
    ],
    ["none", "preserve-trailing-slash", "nothing, and needs nothing: slashes stay as they are"],
    ["equal", "server-alias", "another host in `hosts` of the VirtualHost, or another rule of the Ingress"],
    [
        "equal",
        "canary canary-weight canary-weight-total canary-by-header canary-by-header-value canary-by-header-pattern canary-by-cookie affinity-canary-behavior",
        CANARY,
    ],
    [
        "equal",
        "enable-cors cors-allow-origin cors-allow-methods cors-allow-headers cors-expose-headers cors-allow-credentials cors-max-age",
        CORS,
    ],
    [
        "equal",
        "affinity affinity-mode session-cookie-name session-cookie-path session-cookie-max-age session-cookie-expires session-cookie-samesite session-cookie-secure session-cookie-domain session-cookie-change-on-failure session-cookie-conditional-samesite-none",
        STICKY,
    ],
    [
        "equal",
        "upstream-hash-by upstream-hash-by-subset upstream-hash-by-subset-size load-balance",
        "`trafficPolicy.loadBalancer` of a DestinationRule for the Service: `consistentHash` or `simple`",
    ],
    [
        "none",
        "service-upstream",
        "nothing: endpoints are spoken to by themselves, so that each is picked, and a request is sent to another where it may be",
    ],
    ["equal", "proxy-connect-timeout", "`connectionPool.tcp.connectTimeout` of a DestinationRule for the Service"],
    ["equal", "proxy-read-timeout proxy-send-timeout", "`timeout` of the VirtualHost's rule, for the whole request; an Ingress has none"],
    ["equal", "proxy-next-upstream proxy-next-upstream-timeout proxy-next-upstream-tries", RETRIES],
    [
        "equal",
        "backend-protocol",
        "the name of the Service's port, or its `appProtocol`: `grpc`, `http2`; for HTTPS `trafficPolicy.tls` of a DestinationRule",
    ],
    ["none", "proxy-http-version", "nothing: the name of the Service's port says what is spoken"],
    ["guard", "proxy-ssl-secret proxy-ssl-verify proxy-ssl-verify-depth proxy-ssl-name proxy-ssl-server-name", ORIGIN],
    ["none", "proxy-ssl-ciphers proxy-ssl-protocols", "nothing: backends are spoken to in TLS 1.2 and 1.3"],
    [
        "none",
        "ssl-ciphers ssl-prefer-server-ciphers",
        "`tls.cipherSuites` and `tls.minProtocolVersion` of the VirtualHost or of the gateway's `tls`",
    ],
    [
        "equal",
        "mirror-target mirror-host mirror-request-body",
        "`mirrors` of the VirtualHost's rule: a Service, or a ServiceEntry for a host outside",
    ],
    [
        "equal",
        "custom-http-errors default-backend disable-proxy-intercept-errors",
        "`errorPages` of the gateway or of a VirtualHost, of its own answers or of `all`; `defaultBackend` answers for what no path is for",
    ],
    [
        "none",
        "proxy-cookie-domain proxy-cookie-path proxy-redirect-from proxy-redirect-to",
        "nothing: what a backend says of its cookies and locations is passed on",
    ],
    [
        "none",
        "client-body-buffer-size proxy-request-buffering proxy-buffering proxy-buffers-number proxy-buffer-size proxy-busy-buffers-size proxy-max-temp-file-size",
        BUFFERS,
    ],
    ["none", "http2-push-preload", "nothing: HTTP/2 is served by itself, and browsers gave up pushes"],
    ["none", "connection-proxy-header", "nothing, and needs nothing: the connection to a backend is the proxy's own"],
    ["equal", "enable-access-log enable-rewrite-log", "`accessLog` of the IngressGateway, with a `filter`: a Telemetry"],
    [
        "equal",
        "enable-opentelemetry enable-opentracing",
        "`tracing` of the IngressGateway, for all that it serves: a Telemetry, with a provider of the mesh's configuration",
    ],
    [
        "none",
        "opentelemetry-trust-incoming-span opentracing-trust-incoming-span opentelemetry-operation-name",
        "nothing: a client's trace is gone on with, and a span is called after the host and the path of its route",
    ],
];

export const NGINX_ANNOTATIONS: ReadonlyMap<string, NginxAnnotation> = new Map(
    ROWS.flatMap(([kind, names, becomes]) => names.split(" ").map((name): [string, NginxAnnotation] => [name, { kind, becomes }])),
);

/** For the page: names that become the same together. */
export const NGINX_ROWS: readonly { readonly names: readonly string[]; readonly annotation: NginxAnnotation }[] = ROWS.map(
    ([kind, names, becomes]) => ({ names: names.split(" "), annotation: { kind, becomes } }),
);

/** By which an annotation that says no says nothing. */
const OFF: Readonly<Record<string, readonly string[]>> = {
    satisfy: ["all"],
    affinity: [],
    "proxy-body-size": ["0"],
    "backend-protocol": ["HTTP", "AUTO_HTTP"],
    "canary-weight": ["0"],
};

/** Whether the value asks for nothing that is not so anyhow. */
export function asksForNothing(name: string, value: string): boolean {
    const text = value.trim();
    return text === "" || text === "false" || text === "off" || (OFF[name] ?? []).includes(text);
}
