/** Every argument of every component, each with values that are wrong: what a secret among them may not be told by. */
import path from "node:path";
import * as gatehouse from "pulumi-gatehouse";
import { GatewayImage } from "pulumi-gatehouse/image";
import type { TestCertificate } from "../../support/certificates";
import { egressRef, ingressRef } from "./refs";

/** Each is wrong in a way of its own; the pieces between the marks are looked for in any case. */
export const WRONG_VALUES: readonly unknown[] = [
    "zqmark one_zqmark",
    "-zqmark.example..com:99/",
    "(zqmark[",
    "ZQMARK-B\u00fccher.zqmark/zqmark",
    "zqmark.example.com",
    `${"zqmark".repeat(20)}`,
    { zqmarkkey: "zqmark" },
    ["zqmark*", "zqmark"],
    918273645,
];
/** The values are made of these, and what they become too. */
export const WRONG_MARK = /zqmark|918273645|B\u00fccher|xn--/i;

export interface ArgumentCase {
    readonly name: string;
    readonly args: object;
    readonly make: (name: string, args: never) => unknown;
}

const gatewayArgs = {
    namespace: "edge",
    ports: { "tcp-echo": 31400, "tls-sni": { number: 31401, protocol: "TLS", targetPort: 8443, nodePort: 30401, appProtocol: "tls" } },
    service: {
        type: "LoadBalancer",
        loadBalancerSourceRanges: ["10.0.0.0/8"],
        loadBalancerClass: "a/b",
        loadBalancerIP: "192.0.2.1",
        allocateLoadBalancerNodePorts: false,
        externalIPs: ["192.0.2.2"],
        externalTrafficPolicy: "Local",
        internalTrafficPolicy: "Cluster",
        trafficDistribution: "PreferClose",
        healthCheckNodePort: 30100,
        sessionAffinity: "None",
        clusterIP: "10.0.0.9",
        ipFamilies: ["IPv4"],
        ipFamilyPolicy: "SingleStack",
        annotations: { a: "b" },
        skipAwait: true,
    },
    proxyProtocol: "optional",
    proxyProtocolSources: ["10.0.0.0/8"],
    idleTimeout: "10m",
    limits: {
        headBytes: 65_536,
        headers: 200,
        headTimeout: "10s",
        bodyPause: "30s",
        streamIdleTimeout: "1m",
        writeIdleTimeout: "30s",
        tunnelIdleTimeout: "10m",
        handshakeTimeout: "5s",
        requestsPerConnection: 1000,
        connectionDuration: "1h",
        concurrentStreams: 50,
        streamWindow: 65_535,
        connectionWindow: 1_048_576,
        maxRequestBodyBytes: 10_000_000,
        uploadRate: 200,
        connections: 20_000,
        connectionsPerAddress: 2000,
        connectionsPerSecondPerAddress: 500,
    },
    autoscaling: { minReplicas: 2, maxReplicas: 3, targetCpuPercent: 70 },
    accessLog: { filter: "response.code >= 400", provider: "envoy" },
    tracing: {
        provider: "otel",
        samplingPercentage: 12.5,
        customTags: {
            tenant: { header: { name: "x-tenant", defaultValue: "none" } },
            zone: { environment: { name: "ZONE", defaultValue: "none" } },
            edge: { literal: { value: "public" } },
        },
        enableIstioTags: false,
        disableSpanReporting: true,
        disableContextPropagation: true,
        useRequestIdForTraceSampling: false,
    },
    image: "registry.example/gatehouse:1",
    dataPlane: "gatehouse",
    underscoresInHeaders: "drop",
    resources: { requests: { cpu: "1" }, limits: { memory: "1Gi" } },
    secretVolumes: [{ secretName: "files", mountPath: "/etc/files" }],
    pod: {
        labels: { a: "b" },
        annotations: { a: "b" },
        nodeSelector: { a: "b" },
        tolerations: [{ key: "a", operator: "Exists" }],
        affinity: { nodeAffinity: {} },
        priorityClassName: "high",
        imagePullSecrets: ["pull"],
        env: { A: "b" },
        terminationGracePeriodSeconds: 90,
        preStopSleepSeconds: 5,
    },
    rollout: { timeoutSeconds: 100, maxSurge: "25%" },
    networkPolicy: true,
    // Repeats what it is given: the argument's own words must not carry a value out.
    extraManifestTransforms: [
        (manifest: { metadata?: { name?: string; labels?: Record<string, string> } }) => {
            if (JSON.stringify(manifest).toLowerCase().includes("zqmark")) throw new Error(`cannot take ${JSON.stringify(manifest)}`);
            return manifest;
        },
    ],
    metadata: { name: "public", labels: { a: "b" }, annotations: { a: "b" } },
};

const rule = {
    from: [{ source: { remoteIpBlocks: ["10.0.0.0/8"], notPrincipals: ["cluster.local/ns/a/sa/b"] } }],
    to: [{ operation: { methods: ["GET"], paths: ["/a*"] } }],
    when: [{ key: "request.headers[x-a]", values: ["b"], notValues: ["c"] }],
};
const jwt = {
    issuer: "https://issuer.example.com",
    audiences: ["shop"],
    claims: { groups: ["admin"] },
    required: true,
    jwksUri: "https://issuer.example.com/keys",
    fromHeaders: [{ name: "x-token", prefix: "Token " }],
    fromParams: ["token"],
    fromCookies: ["token"],
    forwardOriginalToken: true,
    outputPayloadToHeader: "x-payload",
    outputClaimToHeaders: [{ header: "x-sub", claim: "sub" }],
    spaceDelimitedClaims: ["scope"],
    timeout: "5s",
};
const KEY = { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" };
const provider = {
    name: "login",
    envoyExtAuthzHttp: {
        service: "login.auth.svc.cluster.local",
        port: 4180,
        timeout: "2s",
        pathPrefix: "/check",
        failOpen: false,
        clearRouteCache: false,
        statusOnError: "503",
        includeRequestHeadersInCheck: ["cookie"],
        includeAdditionalHeadersInCheck: { "x-from": "edge" },
        includeRequestBodyInCheck: { maxRequestBytes: 1024, allowPartialMessage: true },
        headersToUpstreamOnAllow: ["x-user"],
        headersToDownstreamOnAllow: ["set-cookie"],
        headersToDownstreamOnDeny: ["location"],
    },
};
/** Of no password: 53 characters that a hash may have. */
const HTPASSWD = `alice:$2y$12$${"a".repeat(53)}`;
const access = {
    allow: [rule],
    deny: [{ to: [{ operation: { paths: ["/admin*"] } }] }],
    ips: { allow: ["10.0.0.0/8"], deny: ["10.1.0.0/16"], from: "forwarded" },
    jwt,
    external: { provider, rules: [{ to: [{ operation: { notPaths: ["/health"] } }] }] },
    basicAuth: { htpasswd: HTPASSWD, realm: "shop", userHeader: "x-user" },
};

const route = {
    name: "first",
    match: [
        {
            name: "m",
            uri: { prefix: "/a" },
            scheme: { exact: "https" },
            method: { regex: "GET|PUT" },
            authority: { exact: "a.example.com" },
            headers: { "x-a": { exact: "b" } },
            withoutHeaders: { "x-b": { exact: "c" } },
            queryParams: { q: { exact: "1" } },
            port: 443,
            sourceLabels: { app: "a" },
            sourceNamespace: "team",
            gateways: ["edge/public"],
            ignoreUriCase: true,
            statPrefix: "s",
        },
    ],
    route: [
        {
            destination: { host: "app.team.svc.cluster.local", port: { number: 80 }, subset: "v1" },
            weight: 10,
            headers: { request: { set: { "x-c": "d" }, add: { "x-e": "f" }, remove: ["x-g"] } },
        },
    ],
    timeout: "5s",
    rewrite: { uri: "/b", authority: "b.example.com" },
    retries: { attempts: 3, perTryTimeout: "2s", retryOn: "5xx", retryRemoteLocalities: true },
    fault: { delay: { fixedDelay: "1s", percentage: { value: 1 } }, abort: { httpStatus: 500, percentage: { value: 1 } } },
    mirrors: [{ destination: { host: "copy.team.svc.cluster.local", port: { number: 80 } }, percentage: { value: 5 } }],
    corsPolicy: {
        allowOrigins: [{ exact: "https://a.example.com" }],
        allowMethods: ["GET"],
        allowHeaders: ["x-a"],
        exposeHeaders: ["x-b"],
        maxAge: "24h",
        allowCredentials: true,
    },
    headers: { response: { set: { "x-h": "i" }, remove: ["x-j"] } },
};
/** A file of redirects. */
const MOVED = path.join(__dirname, "moved.csv");
const redirect = { redirect: { uri: "/c", authority: "c.example.com", port: 443, scheme: "https", redirectCode: 302 } };
const direct = { directResponse: { status: 503, body: { string: "no" } } };

const grpcRoute = {
    name: "calls",
    match: [{ service: "a.v1.A", method: "Get", headers: { "x-a": { exact: "b" } }, withoutHeaders: { "x-b": { prefix: "c" } } }],
    route: [{ destination: { host: "app.team.svc.cluster.local", port: { number: 80 } }, weight: 1 }],
    timeout: "5s",
    retries: { attempts: 3, perTryTimeout: "2s", retryOn: ["unavailable", "refused-stream"] },
    fault: { delay: { fixedDelay: "1s", percentage: { value: 1 } }, abort: { grpcStatus: "UNAVAILABLE", percentage: { value: 1 } } },
    mirrors: [{ destination: { host: "copy.team.svc.cluster.local" }, percentage: { value: 5 } }],
    corsPolicy: { allowOrigins: [{ exact: "https://a.example.com" }] },
    headers: { request: { set: { "x-c": "d" } }, response: { remove: ["x-e"] } },
};

export function argumentCases(server: TestCertificate, authority: TestCertificate): ArgumentCase[] {
    const virtualHost = (name: string, args: unknown): unknown => new gatehouse.VirtualHost(name, args as never);
    const host = (certificate: object, more: object = {}): object => ({
        gateway: ingressRef(),
        hosts: ["a.example.com", "*.b.example.com"],
        namespace: "team",
        httpPort: "http",
        httpsPort: "https",
        tls: {
            certificate,
            http: "redirect",
            minProtocolVersion: "TLSV1_2",
            maxProtocolVersion: "TLSV1_3",
            cipherSuites: ["ECDHE-RSA-AES128-GCM-SHA256"],
            ...more,
        },
        http: [{ redirect: redirect.redirect }],
        metadata: { name: "web", labels: { a: "b" }, annotations: { a: "b" } },
    });
    const pem = { certificatePem: server.cert, privateKeyPem: server.key };
    return [
        {
            name: "VirtualHost with routes",
            args: {
                gateway: ingressRef(),
                hosts: ["a.example.com"],
                http: [route, redirect, direct],
                namespace: "team",
                metadata: { name: "web", labels: { a: "b" }, annotations: { a: "b" } },
            },
            make: virtualHost,
        },
        {
            name: "VirtualHost with routes of gRPC",
            args: {
                gateway: ingressRef({ ports: { http: { number: 80, protocol: "HTTP" }, grpc: { number: 9000, protocol: "GRPC" } } }),
                hosts: ["a.example.com"],
                grpc: [grpcRoute],
                plainPorts: ["grpc"],
            },
            make: virtualHost,
        },
        {
            name: "VirtualHost with a cookie, checks and challenges",
            args: {
                ...host({ kind: "selfSigned" }, { acmeChallenge: { host: "solver.team.svc.cluster.local", port: { number: 8089 } } }),
                http: [{ route: [{ destination: { host: "app.team.svc.cluster.local", port: { number: 80 } } }] }],
                stickyCookie: { name: "s", ttl: "1h", path: "/", sameSite: "Lax" },
                healthCheck: { grpc: { service: "s" }, interval: "5s" },
            },
            make: virtualHost,
        },
        {
            name: "VirtualHost of redirects",
            args: { gateway: ingressRef(), hosts: ["a.example.com"], http: [redirect], redirects: [{ from: "/old", to: "/new" }] },
            make: virtualHost,
        },
        {
            name: "VirtualHost of redirects from a file",
            args: { gateway: ingressRef(), hosts: ["a.example.com"], http: [redirect], redirects: { file: MOVED } },
            make: virtualHost,
        },
        {
            name: "VirtualHost with access",
            args: { gateway: ingressRef(), hosts: ["a.example.com"], http: [redirect], access },
            make: virtualHost,
        },
        {
            name: "VirtualHost with access in its other words",
            args: {
                gateway: ingressRef(),
                hosts: ["a.example.com"],
                http: [{ ...redirect, name: "upload" }],
                access: {
                    ips: ["10.0.0.0/8"],
                    jwt: [{ issuer: "https://other.example.com", jwks: JSON.stringify({ keys: [KEY] }) }],
                    external: { provider: "login" },
                    basicAuth: { secretName: "users" },
                },
                healthCheck: { tcp: {} },
                errorPages: [{ statuses: ["404", "5xx"], of: "all", html: "<p>{{status}}", json: "{}", text: "x" }],
                limits: { maxRequestBodyBytes: 1_000_000, routes: { upload: { maxRequestBodyBytes: 2_000_000 } } },
                securityHeaders: {
                    override: true,
                    hsts: { maxAge: "17520h", includeSubDomains: true, preload: true },
                    contentTypeOptions: false,
                    referrerPolicy: "no-referrer",
                    frameAncestors: "'none'",
                    contentSecurityPolicy: "default-src 'self'",
                    permissionsPolicy: "off",
                    crossOriginOpenerPolicy: "same-origin",
                    crossOriginResourcePolicy: "same-site",
                    crossOriginEmbedderPolicy: "require-corp",
                },
                maintenance: {
                    status: 503,
                    retryAfter: "10m",
                    page: { html: "<p>{{status}}", json: "{}", text: "x" },
                    bypass: {
                        header: { name: "x-team", value: "edge" },
                        cookie: { name: "team", value: "edge" },
                        addresses: ["10.0.0.0/8"],
                        paths: ["/healthz"],
                    },
                },
                compression: {
                    algorithms: ["br", "gzip"],
                    minLength: 2048,
                    contentTypes: ["text/html"],
                    credentials: true,
                    removeAcceptEncoding: true,
                },
                redirects: { list: [{ from: "/old", to: "/new", status: 308 }], configMaps: ["moved"], keepQuery: false },
                rateLimit: [
                    {
                        name: "all",
                        requests: 10,
                        per: "1s",
                        burst: 20,
                        key: { address: true, ipv4Prefix: 24, ipv6Prefix: 56, header: "x", cookie: "c", claim: "sub" },
                        match: [{ uri: { prefix: "/" } }],
                        routes: ["a"],
                        status: 429,
                        headers: "always",
                        shadow: true,
                    },
                ],
                maxConcurrentRequests: 100,
            },
            make: virtualHost,
        },
        {
            name: "VirtualHost with PEMs",
            args: host(
                { kind: "fromPem", ...pem, chainPem: authority.cert },
                {
                    clientCaPem: authority.cert,
                    mode: "MUTUAL",
                    subjectAltNames: ["a"],
                    verifyCertificateSpki: ["b".repeat(44)],
                    verifyCertificateHash: ["c".repeat(64)],
                },
            ),
            make: virtualHost,
        },
        {
            name: "VirtualHost with a certificate made",
            args: host({
                kind: "signedBy",
                ca: { certificatePem: authority.cert, privateKeyPem: authority.key, chainPem: authority.cert },
                algorithm: "RSA",
                validityHours: 100,
                earlyRenewalHours: 10,
            }),
            make: virtualHost,
        },
        { name: "VirtualHost with a Secret", args: host({ kind: "fromSecret", name: "web-tls" }), make: virtualHost },
        {
            name: "VirtualHost with files",
            args: host({ kind: "fromFiles", certificate: "/a/c.crt", privateKey: "/a/c.key", clientCa: "/a/ca.crt" }),
            make: virtualHost,
        },
        {
            name: "VirtualHost with cert-manager",
            args: host({ kind: "fromCertManager", issuer: { name: "letsencrypt", kind: "Issuer", group: "cert-manager.io" } }),
            make: virtualHost,
        },
        {
            name: "TcpRoute",
            args: {
                gateway: ingressRef(),
                port: "tls-sni",
                sniHosts: ["a.example.com"],
                destination: { host: "app.team.svc.cluster.local", port: { number: 80 }, subset: "v1" },
                ipAllowList: ["10.0.0.0/8"],
                limits: { connections: 100, connectionsPerAddress: 10, connectionsPerSecondPerAddress: 5 },
                namespace: "team",
                metadata: { name: "tcp", labels: { a: "b" }, annotations: { a: "b" } },
            },
            make: (name, args) => new gatehouse.TcpRoute(name, args),
        },
        {
            name: "ExternalService",
            make: (name, args) => new gatehouse.ExternalService(name, args),
            args: {
                hosts: ["a.example.org"],
                ports: { http: { number: 80, protocol: "HTTP", targetPort: 443 } },
                mode: "originate",
                resolution: "STATIC",
                timeout: "5s",
                retries: { attempts: 2, perTryTimeout: "1s", retryOn: "5xx", backoff: "1s" },
                rateLimit: [{ requests: 10, per: "1s" }],
                maxConcurrentRequests: 100,
                allowFrom: [{ namespaces: ["shop"], labels: { app: "web" } }],
                innerAddresses: ["10.0.0.0/8"],
                healthCheck: {
                    http: { path: "/healthz", host: "a.example.org", expectedStatuses: ["200-299"] },
                    interval: "5s",
                    timeout: "1s",
                    unhealthyThreshold: 2,
                    healthyThreshold: 1,
                    port: 8080,
                },
                endpoints: [
                    {
                        address: "192.0.2.1",
                        ports: { http: 80 },
                        labels: { a: "b" },
                        network: "n",
                        locality: "r/z",
                        weight: 1,
                        serviceAccount: "sa",
                    },
                ],
                addresses: ["192.0.2.9"],
                via: egressRef(),
                tls: {
                    mode: "SIMPLE",
                    sni: "a.example.org",
                    caCertificates: "/ca",
                    subjectAltNames: ["a.example.org"],
                    insecureSkipVerify: false,
                },
                namespace: "out",
                exportTo: ["."],
                metadata: { name: "ext", labels: { a: "b" }, annotations: { a: "b" } },
            },
        },
        {
            name: "IngressGateway",
            args: {
                ...gatewayArgs,
                tls: [
                    {
                        hosts: ["*.example.com"],
                        allowedNamespaces: ["team"],
                        name: "wild",
                        http: "redirect",
                        certificate: { kind: "selfSigned" },
                        subjectAltNames: ["a"],
                    },
                ],
                access: { ...access, basicAuth: { secretName: "users" } },
                extensionProviders: [{ ...provider, name: "other" }],
                ingressClass: { name: "public", isDefault: true },
                errorPages: [{ statuses: ["404"], text: "nobody is called {{host}}" }],
                securityHeaders: true,
                maintenance: false,
                rateLimit: [{ requests: 10, per: "1s" }],
                maxConcurrentRequests: 100,
                compression: true,
                numTrustedProxies: 1,
            },
            make: (name, args) => new gatehouse.IngressGateway(name, args),
        },
        {
            name: "IngressGateway of clients",
            args: {
                namespace: "edge",
                trustedProxies: ["10.0.0.0/8"],
                forwardClientCertDetails: "APPEND_FORWARD",
                serverHeader: { mode: "overwrite", value: "web" },
                stripEnvoyHeaders: true,
                generateRequestId: false,
                attemptCount: false,
                acceptHttp10: true,
                mergeSlashes: true,
                pathWithEscapedSlashes: "reject",
            },
            make: (name, args) => new gatehouse.IngressGateway(name, args),
        },
        {
            name: "EgressGateway",
            args: {
                ...gatewayArgs,
                accessLog: { filter: "response.code >= 400", providers: ["envoy", "file"] },
                outboundTrafficPolicy: "REGISTRY_ONLY",
                applyTo: ["shop"],
                forwardProxy: { port: 3128 },
                enforce: { namespaces: ["shop"], inCluster: false, except: ["10.0.0.1/32"] },
                autoscaling: false,
                replicas: 2,
                rootNamespace: "istio-system",
                service: { type: "ClusterIP", annotations: { a: "b" } },
                rateLimit: [{ requests: 10, per: "1s" }],
                maxConcurrentRequests: 100,
                ports: {},
            },
            make: (name, args) => new gatehouse.EgressGateway(name, args),
        },
        {
            name: "CertificateAuthority",
            args: { commonName: "Demo", organization: "Org", validityHours: 1000, earlyRenewalHours: 10 },
            make: (name, args) => new gatehouse.CertificateAuthority(name, args),
        },
        {
            name: "GatewayImage that exists",
            args: { image: `registry.example/a:1@sha256:${"0a".repeat(32)}` },
            make: (name, args) => new GatewayImage(name, args),
        },
        {
            name: "GatewayImage",
            args: {
                base: `registry.example/node:24@sha256:${"0a".repeat(32)}`,
                tags: ["registry.example/a:1"],
                registries: [{ address: "registry.example", username: "u", password: "p" }],
                platforms: ["linux/amd64"],
                builder: { name: "b" },
                push: true,
                load: false,
                labels: { a: "b" },
                revision: "r",
                buildOnPreview: false,
            },
            make: (name, args) => new GatewayImage(name, args),
        },
        {
            name: "GatewayMonitoring",
            args: {
                gateway: ingressRef(),
                namespace: "monitoring",
                monitor: "service",
                interval: "15s",
                alerts: true,
                limits: { errorPercent: 1, latencyMs: 100, certificateDays: 20, certificateDaysCritical: 5 },
                dashboard: true,
                dashboardLabels: { a: "b" },
                metadata: { name: "m", labels: { a: "b" }, annotations: { a: "b" } },
            },
            make: (name, args) => new gatehouse.GatewayMonitoring(name, args),
        },
        { name: "IstioCrds", args: { kinds: ["Gateway"], adopt: false }, make: (name, args) => new gatehouse.IstioCrds(name, args) },
    ];
}
