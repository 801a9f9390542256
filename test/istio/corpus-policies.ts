/** Policies and extensions on either side of Istio's rules, and of the schemas of their CRDs. */
import type { Case } from "./case";

const authorization = (title: string, spec: object | undefined): Case => ({ title, kind: "AuthorizationPolicy", spec });
const source = (title: string, value: object | undefined, action?: string): Case =>
    authorization(title, {
        ...(action ? { action, ...(action === "CUSTOM" ? { provider: { name: "x" } } : {}) } : {}),
        rules: [{ from: [value === undefined ? {} : { source: value }] }],
    });
const operation = (title: string, value: object | undefined): Case =>
    authorization(title, { rules: [{ to: [value === undefined ? {} : { operation: value }] }] });
const when = (title: string, condition: object, action?: string): Case =>
    authorization(title, { ...(action ? { action, provider: { name: "x" } } : {}), rules: [{ when: [condition] }] });
const jwt = (title: string, ...jwtRules: readonly object[]): Case => ({ title, kind: "RequestAuthentication", spec: { jwtRules } });
const wasm = (title: string, spec: object): Case => ({ title, kind: "WasmPlugin", spec });
const extension = (title: string, spec: object): Case => ({ title, kind: "TrafficExtension", spec });
const filter = (title: string, ...configPatches: readonly unknown[]): Case => ({ title, kind: "EnvoyFilter", spec: { configPatches } });
const proxy = (title: string, spec: object): Case => ({ title, kind: "ProxyConfig", spec });

const KINDS_OF_TARGETS: readonly (readonly [group: string, kind: string])[] = [
    ["gateway.networking.k8s.io", "Gateway"],
    ["gateway.networking.k8s.io", "GatewayClass"],
    ["gateway.networking.k8s.io", "HTTPRoute"],
    ["", "Service"],
    ["core", "Service"],
    ["networking.istio.io", "ServiceEntry"],
    ["networking.istio.io", "Gateway"],
    ["apps", "Deployment"],
];
const ATTACHED: readonly (readonly [title: string, attachment: object])[] = [
    ["a selector", { selector: { matchLabels: { a: "b" } } }],
    ["an empty selector", { selector: {} }],
    ["a wildcard in a selector", { selector: { matchLabels: { a: "b*" } } }],
    ["a label without a name in a selector", { selector: { matchLabels: { "": "b" } } }],
    ...KINDS_OF_TARGETS.map(
        ([group, kind]) => [`a reference to a ${kind} of ${group}`, { targetRefs: [{ group, kind, name: "a" }] }] as const,
    ),
    ["a reference without a name", { targetRefs: [{ kind: "Service", name: "" }] }],
    ["a reference into a namespace", { targetRefs: [{ kind: "Service", name: "a", namespace: "b" }] }],
    ["a selector and a reference", { selector: { matchLabels: { a: "b" } }, targetRefs: [{ kind: "Service", name: "a" }] }],
    ["17 references", { targetRefs: Array.from({ length: 17 }, (_, at) => ({ kind: "Service", name: `a${at}` })) }],
];

export const POLICIES: readonly Case[] = [
    ...ATTACHED.flatMap(([title, attachment]) => [
        authorization(title, { ...attachment, rules: [{}] }),
        { title, kind: "RequestAuthentication", spec: { ...attachment, jwtRules: [{ issuer: "a" }] } },
        wasm(title, { ...attachment, url: "oci://x/y" }),
    ]),
    authorization("nothing", {}),
    ...["ALLOW", "DENY", "AUDIT", "CUSTOM"].flatMap((action) => [
        authorization(`${action} without rules`, { action }),
        authorization(`${action} with no rules`, { action, rules: [] }),
        authorization(`${action} with an empty rule`, { action, rules: [{}] }),
        authorization(`${action} with a provider`, { action, provider: { name: "x" }, rules: [{}] }),
        authorization(`${action} with a provider without a name`, { action, provider: {}, rules: [{}] }),
    ]),
    authorization("another action", { action: "REFUSE", rules: [{}] }),
    authorization("an empty from", { rules: [{ from: [] }] }),
    authorization("an empty to", { rules: [{ to: [] }] }),
    authorization("an empty when", { rules: [{ when: [] }] }),
    source("no source", undefined),
    source("an empty source", {}),
    ...["principals", "requestPrincipals", "namespaces", "serviceAccounts", "ipBlocks", "remoteIpBlocks", "trustDomains"].flatMap(
        (name) => {
            const value = name.endsWith("Blocks") ? "10.0.0.1" : "a";
            const not = `not${name.charAt(0).toUpperCase()}${name.slice(1)}`;
            return [
                source(name, { [name]: [value] }),
                source(not, { [not]: [value] }),
                source(`${name} with an empty value`, { [name]: [""] }),
                source(`${not} with an empty value`, { [not]: [""] }),
                source(`empty ${name}`, { [name]: [] }),
                source(`CUSTOM with ${name}`, { [name]: [value] }, "CUSTOM"),
                source(`CUSTOM with ${not}`, { [not]: [value] }, "CUSTOM"),
            ];
        },
    ),
    ...["10.0.0.0/8", "10.0.0.1/8", "::1", "2001:db8::/32", "10.0.0.0/40", "10.0.0", "a.example.com", "10.0.0.0/"].map((block) =>
        source(`ipBlocks ${block}`, { ipBlocks: [block] }),
    ),
    ...["a", "ns/a", "ns/a/b", "ns/*", "*/a", "/a", "ns/", "NS/A"].map((account) =>
        source(`serviceAccounts ${account}`, { serviceAccounts: [account] }),
    ),
    source("service accounts beside namespaces", { serviceAccounts: ["ns/a"], namespaces: ["ns"] }),
    source("service accounts beside principals that are not", { serviceAccounts: ["ns/a"], notPrincipals: ["x"] }),
    operation("no operation", undefined),
    operation("an empty operation", {}),
    ...["hosts", "ports", "methods", "paths"].flatMap((name) => {
        const value = name === "ports" ? "80" : name === "paths" ? "/a" : "A";
        const not = `not${name.charAt(0).toUpperCase()}${name.slice(1)}`;
        return [
            operation(name, { [name]: [value] }),
            operation(not, { [not]: [value] }),
            operation(`${name} with an empty value`, { [name]: [""] }),
            operation(`${not} with an empty value`, { [not]: [""] }),
        ];
    }),
    ...["0", "65535", "65536", "http", "080", "80-90", "-1"].map((port) => operation(`port ${port}`, { ports: [port] })),
    ...[
        "/{*}",
        "/{**}",
        "/a/{**}/b",
        "/{**}/{**}",
        "/{a}",
        "/a{*}",
        "/{*}{*}",
        "/{*",
        "/*}",
        "/{**}.js",
        "/{*}/*",
        "*",
        "/a*",
        "/{*}/{**}/x",
    ].map((path) => operation(`path ${path}`, { paths: [path] })),
    when("a condition", { key: "source.ip", values: ["10.0.0.1"] }),
    when("a condition that is not", { key: "source.ip", notValues: ["10.0.0.1"] }),
    when("a condition without values", { key: "source.ip" }),
    when("a condition without a key", { key: "", values: ["a"] }),
    ...(
        [
            ["source.ip", "a"],
            ["remote.ip", "10.0.0.0/8"],
            ["remote.ip", "x"],
            ["destination.ip", "10.0.0.1"],
            ["destination.ip", "x"],
            ["destination.port", "80"],
            ["destination.port", "x"],
            ["source.namespace", "a"],
            ["source.principal", "a"],
            ["source.serviceAccount", "a"],
            ["source.serviceAccount", "a/b/c"],
            ["source.trustDomain", "a"],
            ["request.headers[x-a]", "a"],
            ["request.headers[]", "a"],
            ["request.headers", "a"],
            ["request.auth.principal", "a"],
            ["request.auth.audiences", "a"],
            ["request.auth.presenter", "a"],
            ["request.auth.claims[a]", "a"],
            ["request.auth.claims[a][b]", "a"],
            ["request.auth.claims[]", "a"],
            ["connection.sni", "a"],
            ["destination.labels[a]", "a"],
            ["destination.name", "a"],
            ["destination.namespace", "a"],
            ["experimental.envoy.filters.a.b[c]", "a"],
            ["experimental.x", "a"],
            ["source.user", "a"],
            ["a", "a"],
            ["source.ip", ""],
        ] as const
    ).map(([key, value]) => when(`${key} is ${value || "nothing"}`, { key, values: [value] })),
    ...["source.namespace", "source.principal", "source.serviceAccount", "request.auth.claims[a]", "source.ip"].map((key) =>
        when(`CUSTOM by ${key}`, { key, values: [key === "source.ip" ? "10.0.0.1" : "a"] }, "CUSTOM"),
    ),

    { title: "nothing", kind: "RequestAuthentication", spec: {} },
    jwt("an empty issuer", { issuer: "" }),
    jwt("neither issuer nor keys", {}),
    jwt("keys by URI alone", { jwksUri: "https://a.example.com/keys" }),
    jwt("a name of old", { issuer: "a", jwks_uri: "https://a.example.com" }),
    ...["http://a", "https://a.example.com:8443/k?x=1", "ftp://a", "a.example.com", "https://", "https://a b", "https://[::1]/k"].map(
        (uri) => jwt(`keys at ${uri}`, { issuer: "a", jwksUri: uri }),
    ),
    jwt("both ways to keys", { issuer: "a", jwksUri: "https://a.example.com", jwks: '{"keys":[]}' }),
    ...['{"keys":[]}', "{}", "x", '{"keys":[{}]}', '{"kty":"RSA","e":"AQAB","n":"AQAB"}', "[]", '{"keys":[{"kty":"oct","k":"AQAB"}]}'].map(
        (jwks) => jwt(`keys ${jwks}`, { issuer: "a", jwks }),
    ),
    jwt("an empty audience", { issuer: "a", audiences: [""] }),
    jwt("a header without a name", { issuer: "a", fromHeaders: [{ name: "" }] }),
    jwt("an empty parameter", { issuer: "a", fromParams: [""] }),
    jwt("an empty cookie", { issuer: "a", fromCookies: [""] }),
    jwt("a timeout of nothing", { issuer: "a", timeout: "0s" }),
    jwt("a timeout", { issuer: "a", timeout: "5s" }),
    ...["x-a", "x_a", "x a", "X-A", "x.a", ""].map((header) =>
        jwt(`a claim to header ${header || "nothing"}`, { issuer: "a", outputClaimToHeaders: [{ header, claim: "a" }] }),
    ),
    jwt("an empty claim", { issuer: "a", outputClaimToHeaders: [{ header: "x-a", claim: "" }] }),

    wasm("no url", {}),
    ...["oci://a/b", "a.example.com/b:1", "http://a/b.wasm", "https://a/b", "file:///a", "ftp://a", "", "://"].map((url) =>
        wasm(`url ${url || "nothing"}`, { url }),
    ),
    ...["a".repeat(64), "A".repeat(64), "a", ""].map((sha256) =>
        wasm(`a checksum ${sha256.slice(0, 2)} of ${sha256.length}`, { url: "oci://a/b", sha256 }),
    ),
    wasm("a port of 0", { url: "oci://a/b", match: [{ ports: [{ number: 0 }] }] }),
    wasm("a match", { url: "oci://a/b", match: [{ mode: "CLIENT", ports: [{ number: 80 }] }] }),
    wasm("a variable from the host", { url: "oci://a/b", vmConfig: { env: [{ name: "A", valueFrom: "HOST" }] } }),
    wasm("a variable from the host with a value", { url: "oci://a/b", vmConfig: { env: [{ name: "A", valueFrom: "HOST", value: "x" }] } }),
    wasm("a variable twice", {
        url: "oci://a/b",
        vmConfig: {
            env: [
                { name: "A", value: "x" },
                { name: "A", value: "y" },
            ],
        },
    }),
    wasm("a variable without a name", { url: "oci://a/b", vmConfig: { env: [{ name: "" }] } }),

    extension("a script", { lua: { inlineCode: "x" } }),
    extension("an empty script", { lua: { inlineCode: "" } }),
    extension("a module", { wasm: { url: "oci://a/b" } }),
    extension("a module without a url", { wasm: {} }),
    extension("neither", {}),
    extension("both", { lua: { inlineCode: "x" }, wasm: { url: "oci://a/b" } }),
    extension("another phase", { lua: { inlineCode: "x" }, phase: "LATE" }),

    { title: "nothing", kind: "EnvoyFilter", spec: {} },
    filter("a patch", { applyTo: "CLUSTER", patch: { operation: "MERGE", value: { connect_timeout: "1s" } } }),
    filter("no applyTo", { patch: { operation: "MERGE", value: {} } }),
    filter("no patch", { applyTo: "CLUSTER" }),
    filter("no operation", { applyTo: "CLUSTER", patch: { value: {} } }),
    filter("no value", { applyTo: "CLUSTER", patch: { operation: "MERGE" } }),
    filter("a removal without a value", { applyTo: "HTTP_FILTER", patch: { operation: "REMOVE" } }),
    filter("INVALID", { applyTo: "INVALID", patch: { operation: "REMOVE" } }),
    filter("a match of another class", { applyTo: "CLUSTER", match: { listener: {} }, patch: { operation: "REMOVE" } }),
    filter("a version that is no expression", {
        applyTo: "CLUSTER",
        match: { proxy: { proxyVersion: "(" } },
        patch: { operation: "REMOVE" },
    }),
    filter("a filter match without a name", {
        applyTo: "HTTP_FILTER",
        match: { listener: { filterChain: { filter: {} } } },
        patch: { operation: "REMOVE" },
    }),
    filter("a sub filter of another applyTo", {
        applyTo: "NETWORK_FILTER",
        match: {
            listener: { filterChain: { filter: { name: "envoy.filters.network.http_connection_manager", subFilter: { name: "a" } } } },
        },
        patch: { operation: "REMOVE" },
    }),
    filter("a route match for a listener", { applyTo: "LISTENER", match: { routeConfiguration: {} }, patch: { operation: "REMOVE" } }),
    filter("a cluster match for a route", { applyTo: "HTTP_ROUTE", match: { cluster: {} }, patch: { operation: "REMOVE" } }),

    proxy("nothing", {}),
    proxy("threads", { concurrency: 2 }),
    proxy("no threads", { concurrency: 0 }),
    proxy("fewer threads than none", { concurrency: -1 }),
    proxy("an image", { image: { imageType: "distroless" } }),
    proxy("a variable", { environmentVariables: { A: "b" } }),
    proxy("a selector", { selector: { matchLabels: { a: "b" } } }),
    proxy("a wildcard", { selector: { matchLabels: { a: "*" } } }),
];
