/** Inputs on either side of a border that lies in a text: names, times, expressions, URLs, keys; and what stands around a spec. */
import type { Case } from "./case";

const ROUTE = [{ destination: { host: "a.com" } }];
const vs = (title: string, spec: object): Case => ({ title, kind: "VirtualService", spec: { hosts: ["a.com"], ...spec } });
const rule = (title: string, http: object): Case => vs(title, { http: [http] });
const block = (title: string, match: object): Case => rule(title, { match: [match], route: ROUTE });
const dr = (title: string, spec: object): Case => ({ title, kind: "DestinationRule", spec: { host: "a.com", ...spec } });
const balancer = (title: string, loadBalancer: object): Case => dr(title, { trafficPolicy: { loadBalancer } });
const se = (title: string, spec: object): Case => ({ title, kind: "ServiceEntry", spec: { hosts: ["a.com"], ports: [{ number: 80, name: "a", protocol: "HTTP" }], ...spec } });
const gateway = (title: string, host: string): Case => ({ title, kind: "Gateway", spec: { servers: [{ port: { number: 80, name: "a", protocol: "HTTP" }, hosts: [host] }] } });
const jwt = (title: string, jwtRule: object): Case => ({ title, kind: "RequestAuthentication", spec: { jwtRules: [{ issuer: "a", ...jwtRule }] } });
const filter = (expression: string): Case => ({ title: `CEL ${shown(expression)}`, kind: "Telemetry", spec: { accessLogging: [{ filter: { expression } }] } });
const patch = (title: string, change: object): Case => ({ title, kind: "EnvoyFilter", spec: { configPatches: [{ applyTo: "CLUSTER", patch: { operation: "REMOVE" }, ...change }] } });

/** A title holds no text of a page's length. */
function shown(text: string): string {
    return text.length > 60 ? `${text.slice(0, 30)}… of ${text.length}` : JSON.stringify(text).slice(1, -1);
}

const SPECS: Readonly<Record<string, object>> = {
    Gateway: { servers: [{ port: { number: 80, name: "a", protocol: "HTTP" }, hosts: ["a.com"] }] }, VirtualService: { hosts: ["a.com"], http: [{ route: ROUTE }] }, DestinationRule: { host: "a.com" },
    ServiceEntry: { hosts: ["a.com"], ports: [{ number: 80, name: "a" }] }, Sidecar: { egress: [{ hosts: ["*/*"] }] }, AuthorizationPolicy: { rules: [{}] }, RequestAuthentication: {}, Telemetry: {},
    WasmPlugin: { url: "oci://a/b" }, TrafficExtension: { lua: { inlineCode: "x" } }, EnvoyFilter: {}, ProxyConfig: {},
};
const METADATA: Readonly<Record<string, object>> = {
    "a label": { labels: { "a.b/c": "d" } }, "a label of no value": { labels: { a: "" } }, "a label with a space": { labels: { a: "b c" } }, "a label's name with a space": { labels: { "a b": "c" } }, "a label of 63": { labels: { a: "a".repeat(63) } }, "a label of 64": { labels: { a: "a".repeat(64) } },
    "a label that is a number": { labels: { a: 1 } }, "an annotation": { annotations: { "a.b/c": "d e\n" } }, "an annotation in capitals": { annotations: { "A.b/C": "d" } }, "an annotation's name with a space": { annotations: { "a b": "c" } }, "an annotation that is a flag": { annotations: { a: false } },
    "an unknown name": { zzz: 1 }, "an unknown name of nothing": { zzz: null }, "a generation in quotes": { generation: "1" }, "a time": { creationTimestamp: "2020-01-01T00:00:00Z" }, "no time": { creationTimestamp: null }, "what is no time": { creationTimestamp: "x" }, "an owner without names": { ownerReferences: [{}] },
    "the name's beginning": { generateName: "a-" }, "a bad beginning": { generateName: "A_" }, "the annotation to refuse it": { annotations: { "internal.istio.io/webhook-always-reject": "true" } },
};
const NAMES: readonly string[] = ["a.b", "A", "a_b", "a b", "-a", "a-", "a.", "a..b", "a".repeat(253), "1", "a.-b", "é"];
const AROUND: readonly Case[] = [
    ...Object.entries(METADATA).flatMap(([title, metadata]) => ["Gateway", "VirtualService", "AuthorizationPolicy"].map((kind) => ({ title: `${title} in its metadata`, kind, spec: SPECS[kind], metadata }))),
    ...NAMES.flatMap((name) => ["VirtualService", "ServiceEntry", "WasmPlugin"].map((kind) => ({ title: `name ${shown(name)}`, kind, spec: SPECS[kind], name }))),
    ...Object.keys(SPECS).flatMap((kind) => [{ title: "no spec at all", kind, spec: undefined }, { title: "a spec of nothing", kind, spec: null }, { title: "an unknown field of nothing", kind, spec: { ...SPECS[kind], zzz: null } }]),
    ...["ALLOW", "DENY", "AUDIT", "CUSTOM"].flatMap((action) => ["true", "F", "x", "", "yes", "tRue"].map((trial) => ({ title: `a trial run ${trial || "of nothing"} of ${action}`, kind: "AuthorizationPolicy", annotations: { "istio.io/dry-run": trial }, spec: { action, rules: [{}], ...(action === "CUSTOM" ? { provider: { name: "a" } } : {}) } }))),
    { title: "marked as a Gateway API's", kind: "Gateway", name: "a.b", annotations: { "internal.istio.io/gateway-semantics": "gateway" }, spec: SPECS.Gateway },
    { title: "marked as a Gateway API's", kind: "VirtualService", annotations: { "internal.istio.io/route-semantics": "gateway" }, spec: { hosts: ["a.com"], gateways: ["ns/a.b"], http: [{ route: ROUTE }] } },
];

const TIMES: readonly string[] = ["0s", "0.5ms", "1ms", "1.5ms", "1s", "1.0005s", "1s500us", "2s1ms", "-1s", "1", ""];
const ATTRIBUTES: readonly (readonly object[])[] = [[], [{ name: "a" }], [{ name: "a" }, { name: "b", value: "c" }], [{ name: "a" }, { name: "a", value: "b" }], [{ name: "" }], [{}]];
const FIELDS: readonly Case[] = [
    ...TIMES.flatMap((time) => [dr(`an idle TCP time of ${time || "nothing"}`, { trafficPolicy: { connectionPool: { tcp: { idleTimeout: time } } } }), balancer(`an old warmup of ${time || "nothing"}`, { simple: "RANDOM", warmupDurationSecs: time }),
        { title: `reports every ${time || "nothing"}`, kind: "Telemetry", spec: { metrics: [{ reportingInterval: time }] } }, dr(`a retry budget over ${time || "nothing"}`, { trafficPolicy: { retryBudget: { budgetInterval: time } } })]),
    ...ATTRIBUTES.map((attributes) => balancer(`a cookie with ${JSON.stringify(attributes)}`, { consistentHash: { httpCookie: { name: "a", attributes } } })),
    ...["*", "a*", "a/b", "a", ""].map((from) => balancer(`a zone's failover from ${from || "nothing"}`, { zoneAwareLbSetting: { failover: [{ from, to: "x" }] } })),
    ...[null, 0, 1].map((port) => se(`an endpoint's port of ${port}`, { resolution: "STATIC", endpoints: [{ address: "10.0.0.1", ports: { a: port } }] })),
    ...[62, 63].map((length) => "a".repeat(length)).map((name) => se(`an endpoint's port with a name of ${name.length}`, { ports: [{ number: 80, name }], resolution: "STATIC", endpoints: [{ address: "10.0.0.1", ports: { [name]: 80 } }] })),
    { title: "a reference to a Gateway of networking.istio.io", kind: "TrafficExtension", spec: { ...SPECS.TrafficExtension, targetRefs: [{ group: "networking.istio.io", kind: "Gateway", name: "a" }] } },
    patch("a value of no known type", { applyTo: "HTTP_FILTER", patch: { operation: "INSERT_BEFORE", value: { typed_config: { "@type": "x" } } } }),
    ...[null, 50, 100].map((share) => balancer(`a share of ${share}`, { localityLbSetting: { distribute: [{ from: "a", to: { b: share, c: 50 } }] } })),
    ...["http", "tcp", "tls"].flatMap((kind) => [[1_073_741_824, 1_073_741_824, 1_073_741_824, 1_073_741_824], [2_147_483_647, 2_147_483_647, 2], [2_147_483_647, 2]].map((weights) =>
        vs(`${kind} weights ${weights.join()}`, { [kind]: [{ ...(kind === "tls" ? { match: [{ sniHosts: ["a.com"] }] } : {}), route: weights.map((weight) => ({ ...ROUTE[0], weight })) }] }))),
    ...[{ redirect: { uri: "/a" } }, { directResponse: { status: 200 } }, { mirror: { host: "a.com" }, mirrors: [{ destination: { host: "a.com" } }] }].flatMap((one) => [{ fault: { abort: { httpStatus: 500 } } }, { rewrite: { uri: "/b" } }, {}].flatMap((other) =>
        [{ delegate: { name: "b" } }, { route: ROUTE }].map((action) => rule(`${Object.keys({ ...action, ...one, ...other }).join(", ")} at once`, { ...action, ...one, ...other })))),
    ...["", "YQ==", "YQ", "YQ==\n", "a-_b", "YR=="].map((bytes) => rule(`a body of base64 ${shown(bytes) || "of nothing"}`, { directResponse: { status: 200, body: { bytes } } })),
    rule("a body that is a list", { directResponse: { status: 200, body: { bytes: [] } } }),
    ...[1_048_576, 1_048_577].map((length) => rule(`a body of ${length} bytes in base64`, { directResponse: { status: 200, body: { bytes: Buffer.alloc(length).toString("base64") } } })),
    ...["WasmPlugin", "TrafficExtension"].flatMap((kind) => [[80, 443], [80, 80]].map((ports) => ({ title: `ports ${ports.join()}`, kind, spec: { ...SPECS[kind], match: [{ ports: ports.map((number) => ({ number })) }] } }))),
    ...["source.ip", "source.namespace", "request.headers[x]", "request.auth.claims[a]", "connection.sni", "source.serviceAccount"].flatMap((key) => ["values", "notValues"].map((name) => ({ title: `${name} of ${key} with an empty one`, kind: "AuthorizationPolicy", spec: { rules: [{ when: [{ key, [name]: [""] }] }] } }))),
    ...["A", "a b", "Deployment", "é"].map((kind) => ({ title: `for a ${kind}`, kind: "EnvoyFilter", spec: { targetRefs: [{ kind, name: "a" }] } })), ...["a.b", "A", "apps"].map((group) => ({ title: `for a kind of ${group}`, kind: "EnvoyFilter", spec: { targetRefs: [{ group, kind: "A", name: "a" }] } })),
    ...["WAYPOINT", "GATEWAY", undefined].flatMap((context) => [{ waypoint: { portNumber: 80 } }, { cluster: {} }, {}].map((match) => patch(`${context ?? "no context"} with ${Object.keys(match).join() || "nothing"}`, { match: { ...match, ...(context ? { context } : {}) } }))),
    ...["a".repeat(1025), "("].map((proxyVersion) => patch(`a version ${shown(proxyVersion)}`, { match: { proxy: { proxyVersion } } })),
];

const EXPRESSIONS: readonly string[] = ["(?i)a", "(?P<n>a)", "(?<n>a)", "(?=a)", "(?!a)", "(?<=a)", "a{1001}", "a{1000}", "(a{1000}){2}", "(a{500}){2}", "\\pL", "\\p{Greek}", "\\p{greek}", "\\p{Letter}", "\\p{ASCII}", "\\p{Any}", "\\p{Lx}", "\\p{Nag_Mundari}", "[[:alpha:]]", "[[:foo:]]", "\\C", "\\Qa\\E", "\\Q",
    "\\z", "\\Z", "\\K", "\\1", "\\0", "\\x{10FFFF}", "\\x{110000}", "[z-a]", "[a", "a**", "a*+", "a??", "a???", "a{2,1}", "a{,2}", "{", "a{1", "(?U)a", "(?x)a", "(?i-s:a)", "(?-)a", "(?P<1a>b)", "(?P<a-b>c)", "(?P<a>b)(?P<a>c)", "(?#c)", "(?>a)", "\\h", "\\R", "\\e", "\\_", "\\é", "[\\d-z]", "[a-\\d]", "[]a]",
    "[]", "[--a]", "()", "a|", "^*", "x{0}", "((a{10}){10}){10}", "(((a{100}){100}){100})", ")", "(", "*", "+", "é", "[é-ü]", "\u{1F600}", "a\nb", "a".repeat(1024), "a".repeat(1025), "é".repeat(512), "é".repeat(513), "\u{1F600}".repeat(257), "(.{1000})", "(.{100}){11}", "(?P<é>a)", "\\p{^Greek}", "\\P{^L}", "\\pN"];
const HOSTS: readonly string[] = ["a", "a.", "0", "1.2", "1.2.3.4.", "a.0", "a.0.", "*.0", "*.1.", `${"a".repeat(63)}.b`, `${"a.".repeat(127)}b`, `${"a.".repeat(128)}b`, "::ffff:1.2.3.4", "::1", "*-a.b", "*a", "outbound_.80_._.a.b", "outbound_.80_.v1_.a.b", "outbound_.80_._.*", "outbound_.80_._.a_b.c", "outbound_.x_._.a.b", "outbound_.80_._.", "outbound_.80_a.b"];
const TEXTS: readonly Case[] = [
    ...EXPRESSIONS.map((regex) => block(`an expression ${shown(regex)}`, { uri: { regex } })),
    ...["headers", "withoutHeaders", "queryParams"].map((place) => block(`an expression of 1026 bytes in ${place}`, { [place]: { a: { regex: "é".repeat(513) } } })),
    ...HOSTS.flatMap((host) => [gateway(`the host ${shown(host)}`, host), vs(`the host ${shown(host)} in the mesh`, { hosts: [host], http: [{ route: ROUTE }] }), vs(`the name ${shown(host)} at a gateway`, { hosts: ["*"], gateways: ["g"], tls: [{ match: [{ sniHosts: [host] }], route: ROUTE }] }),
        vs(`the gateway ${shown(host)}`, { gateways: [host], http: [{ route: ROUTE }] }), rule(`the destination ${shown(host)}`, { route: [{ destination: { host } }] }), dr(`the host ${shown(host)}`, { host }), dr(`a tunnel to ${shown(host)}`, { trafficPolicy: { tunnel: { targetHost: host, targetPort: 80 } } }),
        { title: `an egress proxy ${shown(host)}`, kind: "Sidecar", spec: { outboundTrafficPolicy: { mode: "ALLOW_ANY", egressProxy: { host, port: { number: 80 } } } } },
        ...["NONE", "STATIC", "DNS"].map((resolution) => se(`${resolution} of the host ${shown(host)}`, { hosts: [host], resolution })), se(`an endpoint at ${shown(host)}`, { resolution: "DNS", endpoints: [{ address: host }] })]),
];

const URLS: readonly string[] = ["https://a.com:0", "https://a.com:65536", "https://a.com:x", "https://a.com:", "https://a:80:90", "https://a.com/%zz", "https://a.com/a b", "https://a.com?a b", "https://a.com#x", "https://user:p@a.com", "https://a@b@c", "HTTPS://a.com", "https:/a.com", "https:a.com", "//a.com", "https://[::1]", "https://[::1", "https://[x]",
    "https://[1.2.3.4]", "https://é.com", "https://a_b.com", "https://a.com\n", "http://", "ws://a", "https://%41.com", "https://a%20b", "https://%C3%A9.com", "https://[fe80::1%25en0]/", "https://a.com/\u007f", "data:x", "https://a\\b", "https://a<b", "https://a|b", "a:80", "a b", " a.b", "::1", "%61.b", "a.b/c", "oci://a/b", ":", "*", "/a", "?", "a?b:c"];
const KEYS: readonly string[] = ["{\"keys\":null}", "{\"keys\":{}}", "{\"keys\":[null]}", "{\"Keys\":[]}", "{\"keys\":[]} x", ...["{}", "{\"kty\":\"\"}", "{\"kty\":\"X\"}", "{\"kty\":\"RSA\"}", "{\"kty\":\"RSA\",\"n\":\"AQAB\"}", "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"AQAB\"}", "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"!!\"}", "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":1}",
    "{\"kty\":\"EC\"}", "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQAB\",\"y\":\"AQAB\"}", "{\"kty\":\"EC\",\"crv\":\"X\",\"x\":\"AQAB\",\"y\":\"AQAB\"}", "{\"kty\":\"oct\"}", "{\"kty\":\"oct\",\"k\":\"\"}", "{\"kty\":\"oct\",\"k\":\"AQ==\"}", "{\"kty\":\"oct\",\"k\":\"A-_Q\"}", "{\"kty\":\"oct\",\"k\":\"A+/Q\"}", "{\"kty\":\"OKP\"}", "{\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"AQAB\"}",
    "{\"kty\":\"oct\",\"k\":\"AQAB\",\"kid\":1}", "{\"kty\":\"oct\",\"k\":\"AQAB\",\"alg\":\"X\"}", "{\"kty\":\"oct\",\"k\":\"AQAB\",\"x5c\":[\"x\"]}", "{\"kty\":\"oct\",\"k\":\"AQAB\",\"zzz\":1}"].flatMap((key) => [`{"keys":[${key}]}`, key])];
const FILTERS: readonly string[] = ["a.b", "a[0]", "a[\"b\"]", "!!a", "--a", "!-a", "-!a", "!-1", "- 1", "1 - -1", "1 -1", "'''a'b'''", "\"\"\"a\nb\"\"\"", "r'\\d'", "r'\\'", "r'\\''", "b'a'", "br'a'", "rb'a'", "bb'a'", "'\\u0041'", "b'\\u0041'", "'\\uD800'", "'\\U0010FFFF'", "'\\U00110000'", "'\\z'", "'\\377'", "'\\400'", "'\n'", "'\r'",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "--9223372036854775808", "1-9223372036854775808", "-9223372036854775809", "18446744073709551615u", "18446744073709551616u", "0x7FFFFFFFFFFFFFFF", "0x8000000000000000", "0xFFFFFFFFFFFFFFFFu", "1e308", "1e309", "1.", ".5", "01", "0x", "[1,]", "[,]", "[,1]", "{,}", "{1: 2,}", "a{,}", "a{b: 1,}", "f(a,)", "f(,)",
    "if", "if()", "if.a", ".if", "a.if", "a.if()", "x{if: 1}", "x{in: 1}", "in", "a.in", "a.in.b", "a.true", "a.null()", "true.a", "package", "namespace.a", "a.package", "[if]", "{if: 1}", "has(a.b)", "has(a)", "has((a.b))", "has(-a.b)", "has(a.b == c.d)", "has(a.b())", "has(a.b, c)", "has()", "a.has(b)", "a.all(x, x)", "a.all(1, x)", "a.all(x.y, x)", "a.all((x), x)", "a.all(true, x)", "a.map(1, x, x)", "a.map(x, x, x)",
    "a.filter(1, x)", "a.exists_one(1, x)", "a.existsOne(1, x)", "all(1, x)", "a.all(1)", "a ? b : c", "a ? b ? c : d : e", "a == b == c", "a in b in c", "a\fb", "a\u00a0+ b", "a\u000b+ b", "\ufeffa", "a.`b-c`", "`a`", "a.`b`()", "a?.b", "a // b\n+ c",
    ...[250, 251].flatMap((count) => [...["+", "*", "==", " in ", "&&"].map((operator) => `${`a${operator}`.repeat(count)}a`), `a${".a".repeat(count)}`, `a${"[0]".repeat(count)}`, `a${".b()".repeat(count)}`, `${"(".repeat(count)}a${")".repeat(count)}`, `${"!".repeat(count)}a`])];

export const BORDERS: readonly Case[] = [
    ...AROUND, ...FIELDS, ...TEXTS,
    ...URLS.flatMap((url) => [jwt(`keys at ${shown(url)}`, { jwksUri: url }), { title: `url ${shown(url)}`, kind: "WasmPlugin", spec: { url } }]),
    ...[...new Set(KEYS)].map((jwks) => jwt(`the keys ${jwks}`, { jwks })),
    ...[...new Map(FILTERS.map((expression) => [shown(expression), expression])).values()].map(filter),
];
