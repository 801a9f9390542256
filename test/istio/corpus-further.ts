/** Further objects on either side of Istio's rules, by the function of Istio's validation that holds the rule. */
import type { Case } from "./case";

const server = (tls: object | undefined, port: object = {}, change: object = {}): object =>
    ({ port: { number: 443, name: "https", protocol: "HTTPS", ...port }, hosts: ["a.example.com"], ...(tls ? { tls } : {}), ...change });
const gateway = (title: string, ...servers: readonly object[]): Case => ({ title, kind: "Gateway", spec: { selector: { a: "b" }, servers } });
const tls = (title: string, settings: object, protocol = "HTTPS"): Case => gateway(title, server(settings, { protocol }));
const PAIR = { serverCertificate: "/a", privateKey: "/b" };
const HALVES: readonly (readonly [string, object])[] = [["half a pair", { serverCertificate: "/a" }], ["the other half", { privateKey: "/b" }], ["a pair", PAIR]];
const SECRETS: readonly (readonly [string, object])[] = [["credentialName", { credentialName: "x" }], ["credentialNames", { credentialNames: ["x"] }], ["tlsCertificates", { tlsCertificates: [PAIR] }]];

const TLS_OPTIONS: readonly Case[] = [
    ...["SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL", "ISTIO_MUTUAL", "PASSTHROUGH", "AUTO_PASSTHROUGH"].flatMap((mode) => [
        ...SECRETS.flatMap(([secret, fields]) => [
            tls(`tls ${mode} with ${secret}`, { mode, ...fields }),
            ...HALVES.map(([half, files]) => tls(`tls ${mode} with ${secret} and ${half}`, { mode, ...fields, ...files })),
            tls(`tls ${mode} with ${secret} and caCertificates`, { mode, ...fields, caCertificates: "/c" }),
            tls(`tls ${mode} with ${secret} and caCrl`, { mode, ...fields, caCrl: "/d" }),
        ]),
        ...HALVES.flatMap(([half, files]) => [
            tls(`tls ${mode} with ${half}`, { mode, ...files }),
            tls(`tls ${mode} with ${half} and caCrl`, { mode, ...files, caCrl: "/d" }),
            tls(`tls ${mode} with ${half} and caCertificates`, { mode, ...files, caCertificates: "/c" }),
        ]),
        tls(`tls ${mode} with caCertificates alone`, { mode, caCertificates: "/c" }),
        tls(`tls ${mode} with caCrl alone`, { mode, caCrl: "/d" }),
        tls(`tls ${mode} with caCertCredentialName`, { mode, credentialName: "x", caCertCredentialName: "y" }),
        tls(`tls ${mode} with insecureSkipVerify`, { mode, credentialName: "x", insecureSkipVerify: true }),
        tls(`tls ${mode} with insecureSkipVerify and caCertificates`, { mode, ...PAIR, caCertificates: "/c", insecureSkipVerify: true }),
        tls(`tls ${mode} with hashes`, { mode, credentialName: "x", verifyCertificateHash: ["aa"], verifyCertificateSpki: ["bb"] }),
        tls(`tls ${mode} with httpsRedirect`, { mode, credentialName: "x", httpsRedirect: true }),
        tls(`tls ${mode} on TCP`, { mode }, "TCP"),
        tls(`tls ${mode} on HTTP`, { mode }, "HTTP"),
    ]),
    ...Object.entries({ credentialName: "x", credentialNames: ["x"], serverCertificate: "/a", privateKey: "/a", caCertificates: "/a", caCrl: "/a", subjectAltNames: ["a"], minProtocolVersion: "TLSV1_2",
        cipherSuites: ["AES128-SHA"], tlsCertificates: [PAIR], caCertCredentialName: "x", verifyCertificateHash: ["aa"], verifyCertificateSpki: ["aa"], insecureSkipVerify: true, httpsRedirect: true, httpsRedirect2: true })
        .flatMap(([name, value]) => ["HTTP", "TCP", "GRPC", "MONGO"].map((protocol) => tls(`${name} alone on ${protocol}`, { [name]: value }, protocol))),
    tls("credentialName and credentialNames, the first empty", { mode: "SIMPLE", credentialName: "", credentialNames: ["x"] }),
    tls("a pair in which one text is empty", { mode: "SIMPLE", serverCertificate: "/a", privateKey: "" }),
    tls("tlsCertificates that are empty", { mode: "SIMPLE", tlsCertificates: [{}] }),
    tls("tlsCertificates with half a pair", { mode: "SIMPLE", tlsCertificates: [{ privateKey: "/a" }] }),
    tls("tlsCertificates with a CA of their own", { mode: "MUTUAL", tlsCertificates: [{ ...PAIR, caCertificates: "/c" }] }),
    tls("tls TLS_AUTO", { mode: "SIMPLE", credentialName: "x", minProtocolVersion: "TLS_AUTO", maxProtocolVersion: "TLSV1_0" }),
];

const named = (title: string, ...names: readonly string[]): Case => gateway(title, ...names.map((name, index) => server(undefined, { name, number: 80 + index, protocol: "HTTP" })));
const bound = (title: string, bind: string, number = 80): Case => gateway(title, server(undefined, { number, protocol: "HTTP" }, { bind }));
const GATEWAYS: readonly Case[] = [
    ...TLS_OPTIONS,
    named("port names that differ in case", "a", "A"),
    named("port names twice", "a", "a"),
    named("a port name that is no label", "a b"),
    named("a long port name", "a".repeat(64)),
    ...["0.0.0.0", "::", "[::1]", "10.0.0.1/32", "10.0.0.256", " ", "unix://", "unix://@", "unix:///a/", "unix:///a b", "UNIX:///a", "fe80::1%eth0"].flatMap((bind) => [bound(`bind ${bind}`, bind), bound(`bind ${bind} on port 0`, bind, 0)]),
    ...["*/a.example.com", "ns/*", "ns/*.example.com", "./a.example.com", "~/*", "~/a.example.com", "*/*.com", "n s/a.com", "ns/10.0.0.1", "*/10.0.0.1", "ns//a.com", "ns/*.", "ns/a", "./*", "ns/*-a.example.com", "outbound_.80_._.a.b", "a-.com", "*.a_b.com", "1.com", "a.1", "xn--a.com", "a.example.com..", "."]
        .map((host) => gateway(`server host ${host}`, server(undefined, { protocol: "HTTP" }, { hosts: [host] }))),
    ...["http", "Http2", "grpc-web", "GRPC-Web", "tls", "https", "Tcp", "mongo", "redis", "HTTP_PROXY", "HTTP/2", "QUIC", "HBONE", "DUBBO", "thrift", "Unsupported"].map((protocol) =>
        gateway(`protocol word ${protocol}`, server(/^(tls|https)$/i.test(protocol) ? { mode: "PASSTHROUGH" } : undefined, { protocol }))),
    { title: "an empty server", kind: "Gateway", spec: { servers: [{}] } },
    { title: "a null server", kind: "Gateway", spec: { servers: [null] } },
    { title: "a null host", kind: "Gateway", spec: { servers: [server(undefined, { protocol: "HTTP" }, { hosts: [null] })] } },
    { title: "the dry-run annotation", kind: "Gateway", annotations: { "istio.io/dry-run": "true" }, spec: { servers: [server(undefined, { protocol: "HTTP" })] } },
    { title: "another annotation", kind: "Gateway", annotations: { "istio.io/rev": "x" }, spec: { servers: [server(undefined, { protocol: "HTTP" })] } },
];

const ROUTE = [{ destination: { host: "a.default.svc.cluster.local" } }];
const vs = (title: string, spec: object): Case => ({ title, kind: "VirtualService", spec: { hosts: ["a.example.com"], ...spec } });
const http = (title: string, rule: object): Case => vs(title, { http: [{ route: ROUTE, ...rule }] });
const match = (title: string, block: object): Case => http(title, { match: [block] });
const delegating = (title: string, block: object): Case => vs(title, { http: [{ match: [block], delegate: { name: "x" } }] });
const delegated = (title: string, rule: object): Case => ({ title, kind: "VirtualService", spec: { http: [{ route: ROUTE, ...rule }] } });
const STAR = { regex: "*" };
const SNI = ["10.0.0.1", "::1", "outbound_.15010_._.istiod.istio-system.svc.cluster.local", "a_b.example.com", "_dns.example.com", "*.a_b.example.com", "*-x.example.com", "*x.example.com", "a.*.com", "a b", "", "-a.com", "a-.com", "*", "*.com", "short", "a.example.com.", "exämple.com"];
const VARIABLES = ["%DOWNSTREAM_PEER_CERT_V_END(%b %d %H:%M:%S %Y %Z)%", "%DOWNSTREAM_PEER_CERT_V_START(%Y)%", "%START_TIME(%s.%3f)%", "%REQ(x-a)%", "%REQ(x-a?x-b):10%", "%PER_REQUEST_STATE(a)%", "%UPSTREAM_METADATA([\"a\", \"b\"])%",
    "%UPSTREAM_METADATA([\"a\" \"b\"])%", "%UPSTREAM_METADATA([a])%", "%UPSTREAM_METADATA([\"a\")%", "%A(b%", "%A(b) x%", "%A(b)", "%A()%", "%A( )%", "%A(\\)%", "%A(\\))%", "%%", "%%%", "%a%%", "a%b", "100%", "%", "% %", "%1%", "%a b%", "%REQ(%)%", "\t", "é", "a\u007f"];

const VIRTUAL_SERVICES: readonly Case[] = [
    ...["uri", "scheme", "method", "authority"].map((field) => match(`regex * of ${field}`, { [field]: STAR })),
    match("regex * of a header", { headers: { "x-c": STAR } }),
    match("regex * without a header", { withoutHeaders: { "x-c": STAR } }),
    match("regex * of a parameter", { queryParams: { q: STAR } }),
    match("regex ** of a header", { headers: { "x-c": { regex: "**" } } }),
    match("regex .* of a header", { headers: { "x-c": { regex: ".*" } } }),
    match("an empty regex without a header", { withoutHeaders: { "x-c": { regex: "" } } }),
    match("a bad regex without a header", { withoutHeaders: { "x-c": { regex: "(" } } }),
    match("an empty prefix without a header", { withoutHeaders: { "x-c": { prefix: "" } } }),
    match("a long regex of a parameter", { queryParams: { q: { regex: "a".repeat(1025) } } }),
    ...["x.c", "x~c", "x/c", "x:c", "x!", "x_c", ":method", ":authority", ":scheme", ":path", ":status", "é", "@request.auth.claims", "@request.auth.claims.", "@request.auth.claims[a]", "@request.auth.claims.a.b", "@request.auth"]
        .flatMap((name) => [match(`header name ${name}`, { headers: { [name]: { exact: "1" } } }), match(`absent header name ${name}`, { withoutHeaders: { [name]: { exact: "1" } } }),
            vs(`header name ${name} at a gateway`, { gateways: ["g"], http: [{ match: [{ headers: { [name]: { exact: "1" } } }], route: ROUTE }] })]),
    vs("a claim of a block for the mesh", { gateways: ["g"], http: [{ match: [{ gateways: ["mesh"], headers: { "@request.auth.claims.a": { exact: "1" } } }], route: ROUTE }] }),
    vs("a claim of a block for a gateway", { gateways: ["g", "mesh"], http: [{ match: [{ gateways: ["g"], headers: { "@request.auth.claims.a": { exact: "1" } } }], route: ROUTE }] }),
    ...["", "A", "a.b", "a_b", "*", "a".repeat(64)].map((sourceNamespace) => match(`sourceNamespace ${sourceNamespace.slice(0, 9)}`, { sourceNamespace })),
    match("a label with a long value", { sourceLabels: { a: "b".repeat(64) } }),
    match("a label with a domain", { sourceLabels: { "a.b/c": "d" } }),
    match("a label with a bad domain", { sourceLabels: { "A_b/c": "d" } }),
    match("a label with two slashes", { sourceLabels: { "a/b/c": "d" } }),
    match("a label that ends with a dash", { sourceLabels: { "a-": "d" } }),
    match("a label whose value ends with a dash", { sourceLabels: { a: "d-" } }),
    match("a label without a value", { sourceLabels: { a: "" } }),
    ...["uri", "scheme", "method", "authority"].map((field) => delegating(`a delegating rule with a regex ${field}`, { [field]: { regex: "a" } })),
    delegating("a delegating rule with a header regex", { headers: { "x-c": { regex: "a" } } }),
    delegating("a delegating rule with a header", { headers: { "x-c": { exact: "a" } } }),
    delegating("a delegating rule with an absent header", { withoutHeaders: { "x-c": {} } }),
    delegating("a delegating rule with a parameter", { queryParams: { q: { exact: "a" } } }),
    delegating("a delegating rule with sourceLabels", { sourceLabels: { a: "b" } }),
    delegating("a delegating rule with a pseudo header", { headers: { ":path": { exact: "a" } } }),
    delegated("a delegate with a regex", { match: [{ uri: { regex: "a" } }] }),
    delegated("a delegate with a redirect", { redirect: { uri: "/" }, route: undefined }),
    delegated("a delegate with a direct response", { directResponse: { status: 200 }, route: undefined }),
    ...(["directResponse", "redirect", "rewrite", "fault", "timeout", "retries", "mirror", "mirrors", "corsPolicy", "headers"] as const).map((name) => vs(`a delegating rule with ${name}`, { http: [{ delegate: { name: "x" }, [name]:
        { directResponse: { status: 200 }, redirect: { uri: "/" }, rewrite: { uri: "/" }, fault: { abort: { httpStatus: 500 } }, timeout: "1s", retries: { attempts: 1 }, mirror: { host: "a" }, mirrors: [{ destination: { host: "a" } }], corsPolicy: {}, headers: {} }[name] }] })),
    ...SNI.flatMap((name) => [
        vs(`sniHosts ${name} at a gateway`, { hosts: ["*"], gateways: ["g"], tls: [{ match: [{ sniHosts: [name] }], route: ROUTE }] }),
        vs(`sniHosts ${name} on the mesh`, { hosts: [name === "*" ? "*.com" : name], tls: [{ match: [{ sniHosts: [name] }], route: ROUTE }] }),
        vs(`sniHosts ${name} with its host at a gateway`, { hosts: [name], gateways: ["g"], tls: [{ match: [{ sniHosts: [name] }], route: ROUTE }] }),
        vs(`host ${name} beside sniHosts`, { hosts: [name, "x.example.org"], gateways: ["g"], tls: [{ match: [{ sniHosts: ["x.example.org"] }], route: ROUTE }] }),
        vs(`host ${name} with tcp at a gateway`, { hosts: [name], gateways: ["g"], tcp: [{ route: ROUTE }] }),
        vs(`host ${name} with http on the mesh`, { hosts: [name], http: [{ route: ROUTE }] }),
    ]),
    ...["*-a.example.com", "*a.example.com", "*.example.com", "*", "*-a", "a-*.example.com", "a.example.com.", "1.2.3", "10.0.0.1", "::1", "a.b.1", "UPPER.com", "a_b", "*.com", "*.", "a..b", "x".repeat(64)].flatMap((host) => [
        vs(`a tcp destination ${host.slice(0, 20)}`, { tcp: [{ route: [{ destination: { host } }] }] }),
        vs(`a tls destination ${host.slice(0, 20)}`, { tls: [{ match: [{ sniHosts: ["a.example.com"] }], route: [{ destination: { host } }] }] }),
        http(`an http destination ${host.slice(0, 20)}`, { route: [{ destination: { host } }] }),
        http(`a mirror to ${host.slice(0, 20)}`, { mirror: { host } }),
        http(`mirrors to ${host.slice(0, 20)}`, { mirrors: [{ destination: { host } }] }),
    ]),
    vs("a tls subset that is no label", { tls: [{ match: [{ sniHosts: ["a.example.com"] }], route: [{ destination: { host: "a", subset: "v_1" } }] }] }),
    vs("a tcp port of 0", { tcp: [{ route: [{ destination: { host: "a", port: { number: 0 } } }] }] }),
    vs("a tcp match on port 0", { tcp: [{ match: [{ port: 0 }], route: ROUTE }] }),
    vs("a tcp match with labels", { tcp: [{ match: [{ sourceLabels: { "a b": "c" } }], route: ROUTE }] }),
    vs("a tcp match with a namespace", { tcp: [{ match: [{ sourceNamespace: "A B" }], route: ROUTE }] }),
    vs("a tls match with a namespace", { tls: [{ match: [{ sniHosts: ["a.example.com"], sourceNamespace: "A B" }], route: ROUTE }] }),
    vs("a tls match with gateways", { tls: [{ match: [{ sniHosts: ["a.example.com"], gateways: ["a/b/c"] }], route: ROUTE }] }),
    vs("a null tls match", { tls: [{ match: [null], route: ROUTE }] }),
    vs("a null tcp match", { tcp: [{ match: [null], route: ROUTE }] }),
    vs("a null http rule", { http: [null] }),
    vs("a null destination", { http: [{ route: [null] }] }),
    ...["10.0.0.0/8", "10.0.0.1", "::/0", "::1/129", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08", "10.0.0.1/8", "a/8", "", "010.0.0.1", "::ffff:10.0.0.1", "fe80::1%eth0", "10.0.0.0/+8"].flatMap((subnet) => [
        vs(`a tcp subnet ${subnet}`, { tcp: [{ match: [{ destinationSubnets: [subnet] }], route: ROUTE }] })]),
    // Times and retries
    http("retries.attempts 0 with everything", { retries: { attempts: 0, perTryTimeout: "1s", retryOn: "5xx" } }),
    http("retries.attempts 0 with a false retryRemoteLocalities", { retries: { attempts: 0, retryRemoteLocalities: false } }),
    http("retries.attempts 0 with retryIgnorePreviousHosts", { retries: { attempts: 0, retryIgnorePreviousHosts: true } }),
    http("retries without attempts, with perTryTimeout", { retries: { perTryTimeout: "1s" } }),
    http("retries without attempts, with backoff", { retries: { backoff: "1s" } }),
    ...["503", "100", "199", "207", "208", "226", "306", "418", "420", "425", "429", "451", "499", "511", "512", "599", "5xx, reset", " 5xx", ",", "5xx,", "503,reset", "0503", "+503", "-1", "1e2", "Reset", "connection-failure", "envoy-ratelimited,cancelled"]
        .map((retryOn) => http(`retry on ${retryOn}`, { retries: { attempts: 1, retryOn } })),
    ...["1ms", "0.0009s", "1h", "-1s", "1.5ms", "0s", "1ns", "1000000ns", "100us", "0.1s", ".5s", "1.s", "1", "s", "1 s", "1S", "1m1", "1d", "315576000000s", "2562048h"].flatMap((time) => [
        http(`a timeout of ${time}`, { timeout: time }), http(`a perTryTimeout of ${time}`, { retries: { attempts: 1, perTryTimeout: time } }), http(`a backoff of ${time}`, { retries: { attempts: 1, backoff: time } }),
        http(`a delay of ${time}`, { fault: { delay: { fixedDelay: time, percentage: { value: 1 } } } }), http(`a maxAge of ${time}`, { corsPolicy: { maxAge: time } }),
    ]),
    // Headers
    ...VARIABLES.flatMap((value) => [http(`a header value ${value}`, { headers: { request: { set: { "x-a": value } } } }), http(`a header value ${value} at a destination`, { route: [{ ...ROUTE[0], headers: { response: { add: { "x-a": value } } } }] })]),
    ...["host", "Host", ":authority", ":path", ":method", ":status", "x a", "x:a", "x\na", "é", "x_a", "content-length", ""].flatMap((name) => [
        http(`request.set ${JSON.stringify(name)}`, { headers: { request: { set: { [name]: "b" } } } }), http(`request.add ${JSON.stringify(name)}`, { headers: { request: { add: { [name]: "b" } } } }), http(`request.remove ${JSON.stringify(name)}`, { headers: { request: { remove: [name] } } }),
        http(`response.set ${JSON.stringify(name)}`, { headers: { response: { set: { [name]: "b" } } } }), http(`response.remove ${JSON.stringify(name)}`, { headers: { response: { remove: [name] } } }),
        http(`destination set ${JSON.stringify(name)}`, { route: [{ ...ROUTE[0], headers: { request: { set: { [name]: "b" } } } }] }),
    ]),
    http("two empty authority writers", { rewrite: { authority: "a.com" }, headers: { request: { set: { host: "" } } } }),
    http(":authority and host set", { headers: { request: { set: { ":authority": "a", host: "b" } } } }),
    // CORS, faults, mirrors, redirects
    http("cors methods in several", { corsPolicy: { allowMethods: ["GET", ""] } }),
    http("a cors method that is long", { corsPolicy: { allowMethods: ["PROPFIND"] } }),
    ...["x.a", "*", "**", "x_a", "", "x a", "x~a"].flatMap((name) => [http(`cors allowHeaders ${name}`, { corsPolicy: { allowHeaders: [name] } }), http(`cors exposeHeaders ${name}`, { corsPolicy: { exposeHeaders: [name] } })]),
    http("cors origins by *", { corsPolicy: { allowOrigins: [{ regex: "*" }] } }),
    http("cors origins by prefix", { corsPolicy: { allowOrigins: [{ prefix: "https://" }] } }),
    http("a null cors origin", { corsPolicy: { allowOrigins: [null] } }),
    http("an abort of 0", { fault: { abort: { httpStatus: 0, percentage: { value: 1 } } } }),
    http("an abort of 100", { fault: { abort: { httpStatus: 100, percentage: { value: 1 } } } }),
    http("an abort of an empty gRPC status", { fault: { abort: { grpcStatus: "", percentage: { value: 1 } } } }),
    http("an abort of an empty http2Error", { fault: { abort: { http2Error: "", percentage: { value: 1 } } } }),
    ...[0, 0.00009, 0.0001, 50, 100, 100.1, -0.1].flatMap((value) => [http(`an abort of ${value} %`, { fault: { abort: { httpStatus: 500, percentage: { value } } } }), http(`a delay of ${value} %`, { fault: { delay: { fixedDelay: "1s", percentage: { value } } } }),
        http(`a mirror of ${value} %`, { mirror: { host: "a" }, mirrorPercentage: { value } }), http(`mirrors of ${value} %`, { mirrors: [{ destination: { host: "a" }, percentage: { value } }] })]),
    http("both delays", { fault: { delay: { fixedDelay: "1s", exponentialDelay: "1s" } } }),
    http("a null mirror", { mirrors: [null] }),
    http("a mirror by percent 0", { mirror: { host: "a" }, mirrorPercent: 0 }),
    http("a mirror with a subset", { mirror: { host: "a", subset: "v_1" } }),
    ...[{ port: 0 }, { port: 65535 }, { port: 65536 }, { derivePort: "FROM_PROTOCOL_DEFAULT" }, { scheme: "" }, { authority: "a b" }, { uri: "/ü" }, { uri: "/a b" }, { redirectCode: 305 }, { uri: "/", redirectCode: 306 }, { uri: "/", scheme: "ws" }, { prefixRewrite: "/" }]
        .map((redirect) => vs(`redirect ${JSON.stringify(redirect)}`, { http: [{ redirect }] })),
    ...[{ uri: "" }, { uri: "/a b" }, { uri: "a" }, { authority: "a b" }, { authority: "" }, { uri: "/", authority: "b" }, { uriRegexRewrite: { match: "a", rewrite: "\\0" } }, { uriRegexRewrite: { match: "(a)", rewrite: "\\2" } }, { uriRegexRewrite: { match: "a", rewrite: "\\a" } }, { uriRegexRewrite: { match: "a", rewrite: "a\\" } },
        { uriRegexRewrite: { match: "a".repeat(1025), rewrite: "b" } }, { uriRegexRewrite: { match: "*", rewrite: "b" } }].map((rewrite) => http(`rewrite ${JSON.stringify(rewrite).slice(0, 60)}`, { rewrite })),
    vs("a rewrite of a prefix without one", { http: [{ match: [{ uri: { regex: "a" } }], route: ROUTE, rewrite: { uri: "/" } }] }),
    { title: "the dry-run annotation", kind: "VirtualService", annotations: { "istio.io/dry-run": "true" }, spec: { hosts: ["a"], http: [{ route: ROUTE }] } },
    ...[["g", "mesh"], ["mesh"], ["g", "a/b/c"], ["ns/G"], ["g_b"], ["a.b.c"], ["a.b_c"], ["ns/"], ["ns/g/"], ["./g"], ["g", "./g"], ["*/g"], ["ns/*"]].map((gateways) => vs(`gateways ${gateways.join()}`, { gateways, http: [{ route: ROUTE }] })),
    ...[["a.com", "*.com"], ["*.com", "a.com"], ["*.com", "*.a.com"], ["*", "a.com"], ["a.com", "a.com."], ["*-a.com", "b-a.com"], ["*.a.com", "a.com"], ["A.com", "a.com"], ["10.0.0.1", "10.0.0.1"], ["*a.com", "ba.com"]].map((hosts) => vs(`hosts ${hosts.join()}`, { hosts, gateways: ["g"], http: [{ route: ROUTE }] })),
];

const se = (title: string, spec: object): Case => ({ title, kind: "ServiceEntry", spec: { hosts: ["a.example.com"], ports: [{ number: 80, name: "http", protocol: "HTTP" }], resolution: "DNS", ...spec } });
const PORTS = [{ number: 80, name: "http", protocol: "HTTP" }, { number: 81, name: "other", protocol: "HTTP" }];
const SOCKET = [{ address: "unix:///a" }];
const SERVICE_ENTRIES: readonly Case[] = [
    se("a unix socket on several ports", { resolution: "STATIC", endpoints: SOCKET, ports: PORTS }),
    se("a unix socket on one port", { resolution: "STATIC", endpoints: SOCKET }),
    se("a unix socket without ports", { resolution: "STATIC", endpoints: SOCKET, ports: [] }),
    se("a unix socket beside an address on several ports", { resolution: "STATIC", endpoints: [...SOCKET, { address: "10.0.0.1" }], ports: PORTS }),
    se("an abstract unix socket", { resolution: "STATIC", endpoints: [{ address: "unix://@a" }] }),
    se("an empty unix socket", { resolution: "STATIC", endpoints: [{ address: "unix://" }] }),
    ...["NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS"].flatMap((resolution) => [
        ...["10.0.0.1", "::1", "b.example.com", "b", "*.b.com", "unix:///a", "", "b_c.com", "10.0.0.1:80", "1.2.3", "b.example.com."].map((address) => se(`${resolution} endpoint ${address}`, { resolution, endpoints: [{ address }] })),
        se(`${resolution} endpoint with a network alone`, { resolution, endpoints: [{ network: "n" }] }),
        se(`${resolution} endpoint with a bad label`, { resolution, endpoints: [{ address: "10.0.0.1", labels: { "a b": "c" } }] }),
        se(`${resolution} endpoint with an unknown port`, { resolution, endpoints: [{ address: "10.0.0.1", ports: { nope: 80 } }] }),
        se(`${resolution} endpoint with a port of a bad name`, { resolution, endpoints: [{ address: "10.0.0.1", ports: { "a b": 80 } }] }),
        se(`${resolution} with a null endpoint`, { resolution, endpoints: [null] }),
        se(`${resolution} with no endpoint`, { resolution, endpoints: [] }),
        se(`${resolution} with a selector`, { resolution, workloadSelector: { labels: { a: "b" } } }),
        se(`${resolution} with a selector and an empty list`, { resolution, workloadSelector: { labels: { a: "b" } }, endpoints: [] }),
        se(`${resolution} with two hosts on TCP`, { resolution, hosts: ["a.com", "b.com"], ports: [{ number: 80, name: "a", protocol: "TCP" }] }),
        se(`${resolution} with two hosts on UDP`, { resolution, hosts: ["a.com", "b.com"], ports: [{ number: 80, name: "a", protocol: "UDP" }] }),
        se(`${resolution} with two hosts and no protocol`, { resolution, hosts: ["a.com", "b.com"], ports: [{ number: 80, name: "a" }] }),
        se(`${resolution} with two hosts on TLS`, { resolution, hosts: ["a.com", "b.com"], ports: [{ number: 80, name: "a", protocol: "TLS" }] }),
        se(`${resolution} with two hosts and no ports`, { resolution, hosts: ["a.com", "b.com"], ports: [] }),
        se(`${resolution} with a CIDR`, { resolution, addresses: ["10.0.0.0/8"] }),
        se(`${resolution} with an address`, { resolution, addresses: ["10.0.0.1"] }),
        se(`${resolution} with a wildcard`, { resolution, hosts: ["*.example.com"] }),
        se(`${resolution} with a wildcard and TCP`, { resolution, hosts: ["*.example.com"], ports: [{ number: 80, name: "a", protocol: "TCP" }] }),
        se(`${resolution} with a wildcard-dash host`, { resolution, hosts: ["*-a.example.com"] }),
        se(`${resolution} with an IP host`, { resolution, hosts: ["10.0.0.1"] }),
    ]),
    ...["10.0.0.0/33", "010.0.0.1", "::/0", "10.0.0.1/", "a", "", "::ffff:1.2.3.4", "fe80::1%eth0", "10.0.0.0/08", "10.0.0.1/8"].map((address) => se(`address ${address}`, { resolution: "NONE", addresses: [address] })),
    ...["http", "", "x", "HTTP_PROXY", "tcp", "Mongo", "HBONE"].map((protocol) => se(`protocol ${protocol}`, { ports: [{ number: 80, name: "a", protocol }] })),
    ...[["~"], ["~", "."], [".", "n"], ["*", "."], ["."], ["a", "b"], ["A"], ["*", "*"], ["~", "*"]].map((exportTo) => se(`exported to ${exportTo.join()}`, { exportTo })),
    se("a null port", { ports: [null] }),
    se("a port name that is long", { ports: [{ number: 80, name: "a".repeat(64), protocol: "HTTP" }] }),
    se("a selector with a bad label", { resolution: "STATIC", workloadSelector: { labels: { "a b": "c" } } }),
    se("a selector with a long value", { resolution: "STATIC", workloadSelector: { labels: { a: "c".repeat(64) } } }),
    se("SANs", { subjectAltNames: ["", "a"] }),
    se("no ports at all", { ports: undefined }),
    se("DYNAMIC_DNS with a good wildcard on TLS", { resolution: "DYNAMIC_DNS", hosts: ["*.example.com"], ports: [{ number: 443, name: "a", protocol: "TLS" }] }),
    se("DYNAMIC_DNS with a good wildcard on HTTPS", { resolution: "DYNAMIC_DNS", hosts: ["*.example.com"], ports: [{ number: 443, name: "a", protocol: "HTTPS" }] }),
    se("DYNAMIC_DNS with a good wildcard and no protocol", { resolution: "DYNAMIC_DNS", hosts: ["*.example.com"], ports: [{ number: 443, name: "a" }] }),
    se("DYNAMIC_DNS with two wildcards", { resolution: "DYNAMIC_DNS", hosts: ["*.example.com", "*.example.org"] }),
    se("DYNAMIC_DNS with an exact host and a wildcard", { resolution: "DYNAMIC_DNS", hosts: ["*.example.com", "b.example.org"] }),
    se("DYNAMIC_DNS without ports", { resolution: "DYNAMIC_DNS", hosts: ["*.example.com"], ports: [] }),
    se("DYNAMIC_DNS in the mesh", { resolution: "DYNAMIC_DNS", hosts: ["*.example.com"], location: "MESH_INTERNAL" }),
];

const dr = (title: string, spec: object): Case => ({ title, kind: "DestinationRule", spec: { host: "a.default.svc.cluster.local", ...spec } });
/** A traffic policy at each place where one may stand. */
const policy = (title: string, parts: object): Case[] => [
    dr(`${title}`, { trafficPolicy: parts }),
    dr(`${title}, of a subset`, { subsets: [{ name: "v1", trafficPolicy: parts }] }),
    dr(`${title}, of a port`, { trafficPolicy: { portLevelSettings: [{ port: { number: 80 }, ...parts }] } }),
];
const DISTRIBUTE = [{ from: "a/*", to: { "b/*": 100 } }];
const FAILOVER = [{ from: "a", to: "b" }];
const locality = (title: string, localityLbSetting: object, more: object = {}): Case[] => policy(`locality: ${title}`, { loadBalancer: { simple: "ROUND_ROBIN", localityLbSetting, ...more }, outlierDetection: { interval: "1s" } });
const zone = (title: string, zoneAwareLbSetting: object): Case[] => policy(`zone: ${title}`, { loadBalancer: { simple: "ROUND_ROBIN", zoneAwareLbSetting }, outlierDetection: { interval: "1s" } });
const client = (title: string, settings: object): Case[] => policy(`client tls ${title}`, { tls: settings });

const DESTINATION_RULES: readonly Case[] = [
    ...locality("distribute", { distribute: DISTRIBUTE }), ...locality("failover", { failover: FAILOVER }), ...locality("both", { distribute: DISTRIBUTE, failover: FAILOVER }), ...locality("priority", { failoverPriority: ["a"] }),
    ...locality("priority and distribute", { distribute: DISTRIBUTE, failoverPriority: ["a"] }), ...locality("priority and failover", { failover: FAILOVER, failoverPriority: ["a"] }), ...locality("disabled", { enabled: false }), ...locality("empty", {}),
    ...locality("99 in all", { distribute: [{ from: "a", to: { b: 99 } }] }), ...locality("a share of 0", { distribute: [{ from: "a", to: { b: 100, c: 0 } }] }), ...locality("a share over 100", { distribute: [{ from: "a", to: { b: 101 } }] }),
    ...locality("no shares", { distribute: [{ from: "a", to: {} }] }), ...locality("twice from one", { distribute: [DISTRIBUTE[0], DISTRIBUTE[0]] }), ...locality("a covering from", { distribute: [{ from: "a/*", to: { b: 100 } }, { from: "a/b", to: { c: 100 } }] }),
    ...locality("a covering from behind", { distribute: [{ from: "a/b", to: { b: 100 } }, { from: "a/*", to: { c: 100 } }] }), ...locality("a region behind its zone", { distribute: [{ from: "a/b", to: { b: 100 } }, { from: "a", to: { c: 100 } }] }), ...locality("a zone behind its region", { distribute: [{ from: "a", to: { b: 100 } }, { from: "a/b", to: { c: 100 } }] }), ...locality("* behind a region", { distribute: [{ from: "a", to: { b: 100 } }, { from: "*", to: { c: 100 } }] }), ...locality("a region behind *", { distribute: [{ from: "*", to: { b: 100 } }, { from: "a", to: { c: 100 } }] }),
    ...locality("a wildcard in the middle", { distribute: [{ from: "a/*/c", to: { b: 100 } }] }), ...locality("an empty part", { distribute: [{ from: "a//c", to: { b: 100 } }] }),
    ...locality("an empty from", { distribute: [{ from: "", to: { b: 100 } }] }), ...locality("* from", { distribute: [{ from: "*", to: { b: 100 } }] }), ...locality("* to", { distribute: [{ from: "a", to: { "*": 100 } }] }), ...locality("four parts", { distribute: [{ from: "a/b/c/d", to: { b: 100 } }] }),
    ...locality("a failover to itself", { failover: [{ from: "a", to: "a" }] }), ...locality("a failover with a zone", { failover: [{ from: "a/b", to: "c" }] }), ...locality("a failover with a wildcard", { failover: [{ from: "a*", to: "c" }] }), ...locality("a failover without to", { failover: [{ from: "a" }] }), ...locality("an empty failover", { failover: [{}] }),
    ...locality("an empty label of priority", { failoverPriority: [""] }), ...locality("a bad label of priority", { failoverPriority: ["a b"] }), ...locality("a label with a value", { failoverPriority: ["a=b"] }), ...locality("a label with two values", { failoverPriority: ["a=b=c"] }), ...locality("a label twice", { failoverPriority: ["a", "a"] }),
    ...locality("beside a zone setting", { failover: FAILOVER }, { zoneAwareLbSetting: { enabled: true } }),
    ...policy("locality: failover without outlier detection", { loadBalancer: { simple: "ROUND_ROBIN", localityLbSetting: { failover: FAILOVER } } }),
    ...zone("enabled", { enabled: true }), ...zone("empty", {}), ...zone("failover", { enabled: true, failover: FAILOVER }), ...zone("failover and priority", { enabled: true, failover: FAILOVER, failoverPriority: ["a"] }), ...zone("priority", { enabled: true, failoverPriority: ["a"] }), ...zone("least size 0", { enabled: true, minClusterSize: 0 }), ...zone("a failover to itself", { failover: [{ from: "a", to: "a" }] }),
    ...policy("an empty connection pool", { connectionPool: {} }), ...policy("an empty tcp pool", { connectionPool: { tcp: {} } }), ...policy("an empty http pool", { connectionPool: { http: {} } }), ...policy("an empty keep-alive", { connectionPool: { tcp: { tcpKeepalive: {} } } }),
    ...policy("an empty load balancer", { loadBalancer: {} }), ...policy("an empty outlier detection", { outlierDetection: {} }), ...policy("an empty hash", { loadBalancer: { consistentHash: {} } }), ...policy("an empty tls", { tls: {} }), ...policy("nothing", {}),
    ...["tcpKeepalive.time", "tcpKeepalive.interval"].flatMap((name) => ["0s", "1ms", "0.5ms"].flatMap((time) => policy(`${name} of ${time}`, { connectionPool: { tcp: { tcpKeepalive: { [name.split(".")[1] ?? ""]: time } } } }))),
    ...["connectTimeout", "maxConnectionDuration", "idleTimeout"].flatMap((name) => ["0s", "1ms", "0.5ms", "-1s"].flatMap((time) => policy(`tcp.${name} of ${time}`, { connectionPool: { tcp: { [name]: time } } }))),
    ...["0s", "1ms", "0.5ms"].flatMap((time) => policy(`http.idleTimeout of ${time}`, { connectionPool: { http: { idleTimeout: time } } })),
    ...[{ interval: "1s", timeout: "1s" }, { interval: "1s" }, { timeout: "1s" }, {}, { interval: "0s", timeout: "1s" }, { interval: "0.5ms", timeout: "1s" }].flatMap((http2KeepAlive) => policy(`http2KeepAlive ${JSON.stringify(http2KeepAlive)}`, { connectionPool: { http: { http2KeepAlive } } })),
    ...["maxConnections"].flatMap((name) => [-1, 0, 2147483648].flatMap((value) => policy(`tcp.${name} ${value}`, { connectionPool: { tcp: { [name]: value } } }))),
    ...["http1MaxPendingRequests", "http2MaxRequests", "maxRequestsPerConnection", "maxRetries", "maxConcurrentStreams"].flatMap((name) => [-1, 0, 536870912, 536870913].flatMap((value) => policy(`http.${name} ${value}`, { connectionPool: { http: { [name]: value } } }))),
    ...policy("client protocol and upgrade", { connectionPool: { http: { useClientProtocol: true, h2UpgradePolicy: "UPGRADE" } } }),
    ...["interval", "baseEjectionTime"].flatMap((name) => ["0s", "0.5ms", "1ms"].flatMap((time) => policy(`outlier ${name} ${time}`, { outlierDetection: { [name]: time } }))),
    ...["maxEjectionPercent", "minHealthPercent"].flatMap((name) => [-1, 0, 100, 101].flatMap((value) => policy(`outlier ${name} ${value}`, { outlierDetection: { [name]: value } }))),
    ...policy("local origin failures without the split", { outlierDetection: { consecutiveLocalOriginFailures: 1 } }), ...policy("no local origin failures", { outlierDetection: { consecutiveLocalOriginFailures: 0 } }), ...policy("consecutiveErrors -1", { outlierDetection: { consecutiveErrors: -1 } }),
    ...[{ maglev: {} }, { maglev: { tableSize: 1 } }, { maglev: { tableSize: 2 } }, { maglev: { tableSize: 4 } }, { maglev: { tableSize: 65537 } }, { maglev: { tableSize: 4999999 } }, { maglev: { tableSize: 5000011 } }, { ringHash: {} }, { ringHash: { minimumRingSize: 0 } }, { minimumRingSize: 1 }, { minimumRingSize: 1, ringHash: {} }, { minimumRingSize: 1, maglev: { tableSize: 3 } }, { minimumRingSize: 0, maglev: { tableSize: 3 } },
        { httpCookie: { name: "" } }, { httpCookie: {} }, { httpCookie: { name: "a" } }, { httpCookie: { name: "a", ttl: "0s" } }, { httpCookie: { name: "a", ttl: "0.5ms" } }, { httpHeaderName: "" }, { httpHeaderName: "x a" }, { useSourceIp: false }, { httpQueryParameterName: "" }]
        .flatMap((hash) => policy(`hash ${JSON.stringify(hash)}`, { loadBalancer: { consistentHash: "httpCookie" in hash || "httpHeaderName" in hash || "useSourceIp" in hash || "httpQueryParameterName" in hash ? hash : { useSourceIp: true, ...hash } } })),
    ...[{ duration: "1s" }, {}, { duration: "0s" }, { duration: "0.5ms" }, { duration: "1s", minimumPercent: 101 }, { duration: "1s", minimumPercent: -1 }, { duration: "1s", aggression: 0 }, { duration: "1s", aggression: 0.5 }, { duration: "1s", aggression: -1 }].flatMap((warmup) => policy(`warmup ${JSON.stringify(warmup)}`, { loadBalancer: { simple: "ROUND_ROBIN", warmup } })),
    ...["0s", "0.5ms", "1s"].flatMap((time) => policy(`warmupDurationSecs ${time}`, { loadBalancer: { warmupDurationSecs: time } })),
    ...["DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"].flatMap((mode) => [{}, { caCertificates: "/c" }, { credentialName: "x" }, { credentialName: "x", caCrl: "/d" }, { credentialName: "x", privateKey: "/b" }, { subjectAltNames: ["a"] }, { subjectAltNames: [] }, { subjectAltNames: [""] }, { clientCertificate: "/a", privateKey: "/b" }, { clientCertificate: "/a", privateKey: "/b", caCertificates: "/c" }, { caCrl: "/d" }, { caCertificates: "/c", caCrl: "/d" }, { sni: "" }, { sni: "a b" }]
        .flatMap((more) => [false, true].flatMap((insecureSkipVerify) => client(`${mode} ${JSON.stringify(more)}${insecureSkipVerify ? " unverified" : ""}`, { mode, ...more, ...(insecureSkipVerify ? { insecureSkipVerify } : {}) })))),
    ...[{ protocol: "CONNECT" }, { protocol: "" }, { protocol: "connect" }, { targetHost: "10.0.0.1" }, { targetHost: "::1" }, { targetHost: "short" }, { targetHost: "*.a.com" }, { targetHost: "" }, { targetPort: 65536 }, { targetPort: 0 }].map((change) => dr(`tunnel ${JSON.stringify(change)}`, { trafficPolicy: { tunnel: { targetHost: "a.com", targetPort: 443, ...change } } })),
    ...[{ version: "V1" }, { version: "V3" }, {}].map((proxyProtocol) => dr(`proxyProtocol ${JSON.stringify(proxyProtocol)}`, { trafficPolicy: { proxyProtocol } })),
    ...[{}, { percent: 0 }, { percent: 100 }, { percent: -1 }, { minRetryConcurrency: 0 }, { budgetInterval: "0s" }, { budgetInterval: "1s" }].map((retryBudget) => dr(`retryBudget ${JSON.stringify(retryBudget)}`, { trafficPolicy: { retryBudget } })),
    ...[["n"], ["."], ["*"], ["other"], [".", "other"], ["other", "more"], [], ["~"]].flatMap((exportTo) => [dr(`exported to ${exportTo.join() || "nobody said"}`, { exportTo }), dr(`a selector exported to ${exportTo.join() || "nobody said"}`, { exportTo, workloadSelector: { matchLabels: { a: "b" } } })]),
    dr("a selector exported to its own namespace by name", { exportTo: ["OWN"], workloadSelector: { matchLabels: { a: "b" } } }),
    dr("a selector exported to its own namespace and another", { exportTo: ["OWN", "other"], workloadSelector: { matchLabels: { a: "b" } } }),
    dr("an empty selector exported beyond", { exportTo: ["*"], workloadSelector: {} }),
    ...["*", "*.a.com", "*-a.com", "*a.com", "short", "", "a_b.com", "10.0.0.1", "a.com:80", "A.com", "a.com.", "*.", "1.2"].map((host) => dr(`host ${host}`, { host })),
    ...["", "v_1", "V1", "v.1", "v1-", "v".repeat(64)].map((name) => dr(`subset ${name.slice(0, 9)}`, { subsets: [{ name }] })),
    dr("a subset twice", { subsets: [{ name: "a" }, { name: "a" }] }), dr("a null subset", { subsets: [null] }), dr("a subset with bad labels", { subsets: [{ name: "a", labels: { "a b": "c" } }] }), dr("a subset with an empty policy", { subsets: [{ name: "a", trafficPolicy: {} }] }),
    dr("a null port level", { trafficPolicy: { portLevelSettings: [null] } }), dr("a port level of 65536", { trafficPolicy: { portLevelSettings: [{ port: { number: 65536 }, tls: { mode: "DISABLE" } }] } }), dr("a port level without a number", { trafficPolicy: { portLevelSettings: [{ port: {}, tls: { mode: "DISABLE" } }] } }),
];

const SELECTOR = { workloadSelector: { labels: { a: "b" } } };
const sidecar = (title: string, spec: object): Case => ({ title, kind: "Sidecar", spec });
const ingress = (title: string, change: object, port: object = {}): Case => sidecar(title, { ...SELECTOR, ingress: [{ port: { number: 80, protocol: "HTTP", name: "a", ...port }, defaultEndpoint: "127.0.0.1:8080", ...change }] });
const egress = (title: string, change: object): Case => sidecar(title, { egress: [{ hosts: ["*/*"], ...change }] });
const EGRESS_PORT = { number: 80, protocol: "HTTP", name: "a" };
const SIDECARS: readonly Case[] = [
    ...["SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL", "ISTIO_MUTUAL", "PASSTHROUGH", "AUTO_PASSTHROUGH"].flatMap((mode) => [
        ingress(`ingress tls ${mode}`, { tls: { mode } }), ingress(`ingress tls ${mode} with files`, { tls: { mode, ...PAIR, caCertificates: "/c" } }), ingress(`ingress tls ${mode} with a credential`, { tls: { mode, credentialName: "x" } }), ingress(`ingress tls ${mode} with credentialNames`, { tls: { mode, credentialNames: ["x"] } }),
        ingress(`ingress tls ${mode} with tlsCertificates`, { tls: { mode, tlsCertificates: [PAIR] } }), ingress(`ingress tls ${mode} with names`, { tls: { mode, ...PAIR, subjectAltNames: ["a"] } }), ingress(`ingress tls ${mode} with a redirect`, { tls: { mode, ...PAIR, httpsRedirect: true } }), ingress(`ingress tls ${mode} with caCrl`, { tls: { mode, ...PAIR, caCertificates: "/c", caCrl: "/d" } }),
    ]),
    ...["SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL", "ISTIO_MUTUAL", "PASSTHROUGH", "AUTO_PASSTHROUGH"].flatMap((mode) => ["HTTPS", "TLS"].flatMap((protocol) => [{}, PAIR, { ...PAIR, caCertificates: "/c" }, { ...PAIR, caCertificates: "/c", caCrl: "/d" }, { ...PAIR, caCertificates: "/c", subjectAltNames: ["a"] }, { ...PAIR, caCertificates: "/c", httpsRedirect: true }, { ...PAIR, caCertificates: "/c", httpsRedirect: false }, { credentialName: "x" }, { credentialNames: ["x"] }, { tlsCertificates: [PAIR], caCertificates: "/c" }]
        .map((more) => ingress(`ingress tls ${mode} of ${protocol} ${JSON.stringify(more)}`, { tls: { mode, ...more } }, { protocol })))),
    ingress("ingress tls without a mode", { tls: {} }),
    ingress("ingress tls on TCP", { tls: { mode: "SIMPLE", ...PAIR } }, { protocol: "TCP" }),
    ...["127.0.0.1:80", "0.0.0.0:80", "[::1]:80", "[::]:80", ":80", "::1:80", "localhost:80", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:a", "127.0.0.1:+80", "127.0.0.1:080", "unix:///a", "unix://a", "unix:///a/", "unix://@a", "unix://", "", "10.0.0.1:80"].map((defaultEndpoint) => ingress(`defaultEndpoint ${defaultEndpoint}`, { defaultEndpoint })),
    ...["127.0.0.1", "::", "unix:///a", "a", ""].flatMap((bind) => [
        ingress(`ingress bind ${bind}`, { bind }), ingress(`ingress bind ${bind} on port 0`, { bind }, { number: 0 }), egress(`egress bind ${bind}`, { bind, port: EGRESS_PORT }), egress(`egress bind ${bind} without a port`, { bind }),
        ...["DEFAULT", "IPTABLES", "NONE"].map((captureMode) => egress(`egress bind ${bind} on port 0, ${captureMode}`, { bind, captureMode, port: { ...EGRESS_PORT, number: 0 } })),
    ]),
    ...["HTTP", "", "x", "UDP", "tcp", "HTTP_PROXY"].flatMap((protocol) => [ingress(`ingress protocol ${protocol}`, {}, { protocol }), egress(`egress protocol ${protocol}`, { port: { ...EGRESS_PORT, protocol } })]),
    ...["", "a b", "A", "a.b", "a".repeat(64)].flatMap((name) => [ingress(`ingress port name ${name.slice(0, 9)}`, {}, { name }), egress(`egress port name ${name.slice(0, 9)}`, { port: { ...EGRESS_PORT, name } })]),
    ingress("an ingress targetPort", {}, { targetPort: 80 }), egress("an egress targetPort", { port: { ...EGRESS_PORT, targetPort: 80 } }),
    ingress("an ingress port of 65536", {}, { number: 65536 }), egress("an egress port of 65536", { port: { ...EGRESS_PORT, number: 65536 } }), egress("an egress port without a number", { port: { protocol: "HTTP", name: "a" } }), egress("an empty egress port", { port: {} }),
    sidecar("two ingress of one number on two binds", { ...SELECTOR, ingress: ["127.0.0.1", "10.0.0.1"].map((bind) => ({ bind, port: EGRESS_PORT, defaultEndpoint: "127.0.0.1:80" })) }),
    sidecar("two egress of one number on two binds", { egress: ["127.0.0.1", "10.0.0.1"].map((bind) => ({ bind, port: EGRESS_PORT, hosts: ["*/*"] })) }),
    sidecar("two egress of one socket", { egress: [1, 2].map(() => ({ bind: "unix:///a", port: { ...EGRESS_PORT, number: 0 }, hosts: ["*/*"] })) }),
    sidecar("two egress of two sockets", { egress: ["a", "b"].map((name) => ({ bind: `unix:///${name}`, port: { ...EGRESS_PORT, number: 0 }, hosts: ["*/*"] })) }),
    sidecar("an egress without a port before one with it", { egress: [{ hosts: ["*/*"] }, { hosts: ["*/*"], port: EGRESS_PORT }] }),
    sidecar("a null egress", { egress: [null] }), sidecar("a null ingress", { ...SELECTOR, ingress: [null] }),
    ...["~/*", "~/a.com", "./*", "./a.com", "*/*", "*/a.com", "*/*.com", "ns/*", "ns/*.a.com", "ns/*-a.com", "ns/a", "ns/10.0.0.1", "ns/", "/a.com", "a.com", "*", "NS/a.com", "n s/*", "ns/a/b", "~/*.com", "*/a", "ns/a_b.com", "ns/::1", "ns/*."].map((host) => egress(`a host ${host}`, { hosts: [host] })),
    egress("hosts that overlap", { hosts: ["*/*", "ns/a.com"] }), egress("a host twice", { hosts: ["ns/a.com", "ns/a.com"] }), egress("a null host", { hosts: [null] }),
    ...[{}, { tcp: {} }, { http: {} }, { tcp: { maxConnections: -1 } }, { tcp: { connectTimeout: "0s" } }, { http: { maxRetries: -1 } }, { tcp: { maxConnections: 1 } }].flatMap((pool) => [sidecar(`inboundConnectionPool ${JSON.stringify(pool)}`, { inboundConnectionPool: pool }), ingress(`ingress pool ${JSON.stringify(pool)}`, { connectionPool: pool })]),
    ...[{ mode: "ALLOW_ANY" }, {}, { egressProxy: { host: "a.b", port: { number: 80 } } }, { mode: "ALLOW_ANY", egressProxy: { host: "*.b", port: { number: 80 } } }, { mode: "ALLOW_ANY", egressProxy: { host: "10.0.0.1", port: { number: 80 } } }, { mode: "ALLOW_ANY", egressProxy: { host: "a", port: { number: 80 } } }, { mode: "ALLOW_ANY", egressProxy: { host: "a.b", port: { number: 0 } } }, { mode: "ALLOW_ANY", egressProxy: { host: "a.b", port: {} } }, { mode: "ALLOW_ANY", egressProxy: { host: "a.b", subset: "a_b", port: { number: 80 } } }, { mode: "ALLOW_ANY", egressProxy: {} }]
        .map((outboundTrafficPolicy) => sidecar(`outboundTrafficPolicy ${JSON.stringify(outboundTrafficPolicy)}`, { outboundTrafficPolicy })),
    sidecar("a selector alone", SELECTOR), sidecar("a selector with a bad label", { workloadSelector: { labels: { "a b": "c" } }, egress: [{ hosts: ["*/*"] }] }), sidecar("a selector with *", { workloadSelector: { labels: { a: "*" } }, egress: [{ hosts: ["*/*"] }] }),
    sidecar("an empty egress list", { egress: [] }), sidecar("ingress without a default endpoint", { ...SELECTOR, ingress: [{ port: EGRESS_PORT }] }), sidecar("ingress without a port", { ...SELECTOR, ingress: [{ defaultEndpoint: "127.0.0.1:80" }] }),
];

const telemetry = (title: string, spec: object): Case => ({ title, kind: "Telemetry", spec });
const TELEMETRIES: readonly Case[] = [
    ...[{ kind: "Service", name: "a" }, { kind: "Service", group: "core", name: "a" }, { kind: "ServiceEntry", group: "networking.istio.io", name: "a" }, { kind: "Gateway", group: "networking.istio.io", name: "a" }, { kind: "GatewayClass", group: "gateway.networking.k8s.io", name: "a" }, { kind: "Gateway", group: "gateway.networking.k8s.io", name: "a", namespace: "" }, { kind: "Service", name: "" }, {}]
        .flatMap((target) => [telemetry(`targetRef ${JSON.stringify(target)}`, { targetRef: target }), telemetry(`targetRefs ${JSON.stringify(target)}`, { targetRefs: [target] })]),
    telemetry("targetRef and targetRefs", { targetRef: { kind: "Service", name: "a" }, targetRefs: [{ kind: "Service", name: "a" }] }), telemetry("a selector and empty targetRefs", { selector: { matchLabels: { a: "b" } }, targetRefs: [] }), telemetry("a selector with an empty key", { selector: { matchLabels: { "": "b" } } }), telemetry("a selector with a bad label", { selector: { matchLabels: { "a b": "c" } } }),
    ...["accessLogging", "metrics", "tracing"].flatMap((part) => [telemetry(`an empty item of ${part}`, { [part]: [{}] }), telemetry(`a null item of ${part}`, { [part]: [null] }), telemetry(`a null provider of ${part}`, { [part]: [{ providers: [null] }] }), telemetry(`an empty provider of ${part}`, { [part]: [{ providers: [{ name: "" }] }] }), telemetry(`two items of ${part}`, { [part]: [{}, {}] })]),
    ...["true", "response.code > 400 && connection.mtls", "has(request.headers['a'])", "size(request.path) > 1", "[1, 2][0] == 1", "{'a': 1}.a == 1", "a ? b : c", "a ? b", "a..b", "a b", "\"a", "'a'", "1 +", "+ 1", "-1 < 2", "!a", "a in [1]", "a.b.c()", "f(a, b)", "f(a,)", "(", "a[", "// c", "a // c", "a == \"\\q\"", "b\"a\" == b\"a\"", "1u", "0x1F", "1.5e3", ".5", "a.1", "a && || b", "null", "a ? b : c ? d : e", "a.exists(x, x > 1)", "x{a: 1}", "1 == 1; 2", "a = b", "#", "é", "`a`", "a.`b`"].map((expression) => telemetry(`filter ${expression}`, { accessLogging: [{ filter: { expression } }] })),
    ...[{ literal: { value: "a" } }, { literal: {} }, { environment: { name: "" } }, { environment: { name: "a", defaultValue: "" } }, { header: {} }, { formatter: { value: "%A%" } }, { formatter: { value: "" } }, {}].map((tag) => telemetry(`tag ${JSON.stringify(tag)}`, { tracing: [{ customTags: { a: tag } }] })),
    telemetry("a tag without a name", { tracing: [{ customTags: { "": { literal: { value: "a" } } } }] }), telemetry("a null tag", { tracing: [{ customTags: { a: null } }] }),
    ...[0, 100, 100.1, -1].map((value) => telemetry(`sampling ${value}`, { tracing: [{ randomSamplingPercentage: value }] })),
    ...[{ operation: "UPSERT", value: "a" }, { value: "a" }, {}, { value: "" }, { operation: "REMOVE" }, { operation: "REMOVE", value: "" }, { operation: "REMOVE", value: "a" }].map((change) => telemetry(`tag override ${JSON.stringify(change)}`, { metrics: [{ overrides: [{ tagOverrides: { a: change } }] }] })),
    telemetry("a tag override without a name", { metrics: [{ overrides: [{ tagOverrides: { "": { value: "a" } } }] }] }), telemetry("a null tag override", { metrics: [{ overrides: [{ tagOverrides: { a: null } }] }] }), telemetry("a null override", { metrics: [{ overrides: [null] }] }),
    ...[{ metric: "ALL_METRICS" }, { customMetric: "a" }, { customMetric: "" }, { metric: "X" }, { metric: "ALL_METRICS", customMetric: "a" }, { mode: "CLIENT" }, {}].map((match) => telemetry(`metric ${JSON.stringify(match)}`, { metrics: [{ overrides: [{ match }] }] })),
    ...["1ms", "0.5ms", "0s", "1h"].map((reportingInterval) => telemetry(`reporting every ${reportingInterval}`, { metrics: [{ reportingInterval }] })),
    { title: "the dry-run annotation", kind: "Telemetry", annotations: { "istio.io/dry-run": "true" }, spec: {} },
];

export const FURTHER: readonly Case[] = [...GATEWAYS, ...VIRTUAL_SERVICES, ...SERVICE_ENTRIES, ...DESTINATION_RULES, ...SIDECARS, ...TELEMETRIES];
