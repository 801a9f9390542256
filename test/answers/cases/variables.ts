/** What stands in the place of the variables of header values, in requests and in responses. */
import { addressName, dnsName, labAuthority, labCertificate, mailName, uriName } from "../../support/certificate-lab";
import {
    ask,
    eachAlone,
    GATEWAY_SELECTOR,
    httpGateway,
    istioObject,
    reply,
    secret,
    to,
    type Answer,
    type Play,
    type Setting,
    type Topic,
} from "../support/case";

/** Each beside its own name, in a header by its number. */
function values(variables: readonly string[]): Record<string, string> {
    return Object.fromEntries(variables.map((one, at) => [`v-${String(at).padStart(2, "0")}`, `[${one.replaceAll("%", "$")}] %${one}%`]));
}

/** Those that are the same in every run. */
const EXCHANGE = [
    "PROTOCOL",
    "ROUTE_NAME",
    "REQUESTED_SERVER_NAME",
    "HOSTNAME",
    "RESPONSE_CODE",
    "RESPONSE_FLAGS",
    "RESPONSE_FLAGS_LONG",
    "RESPONSE_CODE_DETAILS",
    "RESPONSE_CODE_DETAILS(ALLOW_WHITESPACES)",
    "BYTES_RECEIVED",
    "BYTES_SENT",
    "UPSTREAM_CLUSTER_RAW",
    "UPSTREAM_PROTOCOL",
    "UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
    "UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT",
    "UPSTREAM_REQUEST_ATTEMPT_COUNT",
    "DOWNSTREAM_LOCAL_ADDRESS",
    "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT",
    "DOWNSTREAM_LOCAL_PORT",
    "DOWNSTREAM_DIRECT_LOCAL_ADDRESS",
    "DOWNSTREAM_DIRECT_LOCAL_ADDRESS_WITHOUT_PORT",
    "DOWNSTREAM_DIRECT_LOCAL_PORT",
    "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
    "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT",
    "DOWNSTREAM_TLS_VERSION",
    "DOWNSTREAM_TLS_CIPHER",
    "DOWNSTREAM_PEER_SUBJECT",
    "DOWNSTREAM_PEER_CERT_V_END",
    "UPSTREAM_TLS_VERSION",
    "UPSTREAM_PEER_SUBJECT",
    "DYNAMIC_METADATA(a:b)",
    "TRACE_ID",
    "GRPC_STATUS",
    "CUSTOM_FLAGS",
];
const ARGUMENTS = [
    "REQ(x-a?y):3",
    "REQ(x-none?x-a):4",
    "REQ(X-A)",
    "REQ(x-none)",
    "REQ(:path)",
    "REQ(:scheme)",
    "REQ(:method)",
    "REQUEST_HEADER(x-a)",
    "RESP(x-backend?x-a):3",
    "RESPONSE_HEADER(x-backend)",
    "ENVIRONMENT(NONE_SUCH)",
    "ENVIRONMENT(NONE_SUCH):3",
    "ENVIRONMENT(PATH):1",
    "QUERY_PARAM(q)",
    "QUERY_PARAM(none)",
    "QUERY_PARAM(q):2",
    "QUERY_PARAM(plus)",
    "QUERY_PARAM(empty)",
    "QUERY_PARAM(r)",
    "PATH(WQ)",
    "PATH(NQ)",
    "PATH(WQ:ORIG)",
    "PATH(NQ:PATH):3",
    "PATH(WQ:PATH)",
    "PATH(WQ:ORIG_OR_PATH)",
    "TRAILER(x)",
];
const ASKED = "GET /p?q=1%202&plus=a+b&empty&r=1&r=2";

const CIPHERS = "TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256";
const CERTIFICATE = [
    "TLS_VERSION",
    "TLS_CIPHER",
    "LOCAL_SUBJECT",
    "LOCAL_URI_SAN",
    "LOCAL_DNS_SAN",
    "LOCAL_IP_SAN",
    "LOCAL_EMAIL_SAN",
    "PEER_SUBJECT",
    "PEER_ISSUER",
    "PEER_URI_SAN",
    "PEER_DNS_SAN",
    "PEER_IP_SAN",
    "PEER_EMAIL_SAN",
    "PEER_FINGERPRINT_256",
    "PEER_CERT_V_START",
    "PEER_CERT_V_END",
].map((name) => `DOWNSTREAM_${name}`);
const FORMATS = [
    "%Y-%m-%dT%H:%M:%SZ",
    "%s",
    "%s.%3f",
    "%s%3f",
    "%s.%f",
    "%1f",
    "%E3S",
    "%E*S",
    "%E0S",
    "%a %A %b %B %h",
    "%d %e %j %D %F",
    "%H %I %k %l %M %p %P %r %R %S %T",
    "%y %Y %C %g %G %u %w %U %V %W",
    "%z %Ez %:z %E*z %Z",
    "%c",
    "%x %X",
    "%E4Y",
    "%ET",
    "%q",
    "%-d",
    "%_d",
    "%0e",
    "%^a",
    "%Od",
    "%L %v %+",
    "%b %d %H:%M:%S %Y %Z",
].map((format) => `DOWNSTREAM_PEER_CERT_V_END(${format})`);

function certificates(): ReturnType<typeof labCertificate>[] {
    const root = labAuthority("Root");
    const issuing = labAuthority("Issuing, Inc", { signer: root });
    const names = [
        uriName("spiffe://a/b"),
        uriName("spiffe://c"),
        dnsName("a.test"),
        dnsName("b.test"),
        addressName(10, 0, 0, 1),
        mailName("a@b.test"),
    ];
    // Days from now to fixed times, half a second behind them.
    const day = (time: number): number => (time + 500 - Date.now()) / 86_400_000;
    return [
        root,
        issuing,
        labCertificate({
            cn: "cli,ent",
            signer: issuing,
            names,
            from: day(Date.UTC(2020, 1, 3, 4, 5, 6)),
            until: day(Date.UTC(2037, 0, 4, 3, 4, 5)),
        }),
    ];
}

function overTls(setting: Setting, variables: readonly string[]): Play {
    const [root, issuing, client] = certificates();
    const host = "a.shop.test";
    const over = (more: object) => ask(host, "GET /", [], { port: "https", tls: { servername: host, ciphers: CIPHERS, ...more } });
    return {
        objects: [
            secret("variables", { "tls.crt": setting.certificate.cert, "tls.key": setting.certificate.key, "ca.crt": root?.cert ?? "" }),
            istioObject("Gateway", "g", {
                selector: GATEWAY_SELECTOR,
                servers: [
                    {
                        port: { number: setting.ports.https, name: "https", protocol: "HTTPS" },
                        hosts: [host],
                        tls: { mode: "OPTIONAL_MUTUAL", credentialName: "variables" },
                    },
                ],
            }),
            istioObject("VirtualService", "v", {
                hosts: [host],
                gateways: ["g"],
                http: [to(setting.backends[0], { headers: { request: { set: values(variables), remove: ["x-forwarded-client-cert"] } } })],
            }),
        ],
        asks: {
            "without a certificate": over({}),
            "with one": over({ cert: `${client?.cert}${issuing?.cert}`, key: client?.key }),
            "over TLS 1.2": over({ maxVersion: "TLSv1.2" }),
        },
    };
}

function plain(setting: Setting, variables: readonly string[], more: object = {}): Play {
    return {
        objects: httpGateway(
            setting,
            ["a.test"],
            [
                to(setting.backends[0], {
                    name: "named",
                    headers: { request: { set: values(variables) }, response: { set: values(variables) } },
                    ...more,
                }),
            ],
        ),
        asks: { get: ask("a.test", ASKED, ["x-a: hello"]) },
    };
}

/** What differs between a request as it came and as it was sent on, or says how far that got. */
const REWRITTEN = [
    "REQ(:path)",
    "REQ(:authority)",
    "REQ(x-a)",
    "PATH(WQ)",
    "PATH(WQ:ORIG)",
    "PATH(WQ:PATH)",
    "UPSTREAM_REQUEST_ATTEMPT_COUNT",
    "RESPONSE_FLAGS",
];

/** Of what did not come about, Envoy says less than is known. */
const KNOWN = ["RESPONSE_CODE", "UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", "UPSTREAM_CLUSTER_RAW"];

/** Answers of the gateway's own to requests that a rule would rewrite and send on. */
async function unserved(setting: Setting, variables: readonly string[]): Promise<Play> {
    const closed = await setting.port("closed");
    const entry = (name: string, more: object) =>
        istioObject("ServiceEntry", name, {
            hosts: [`${name}.backends.test`],
            location: "MESH_EXTERNAL",
            resolution: "STATIC",
            ports: [{ number: 80, name: "http", protocol: "HTTP" }],
            ...more,
        });
    const rule = (host: string, more: object = {}) => [
        to(host, {
            match: [{ uri: { prefix: "/p" } }],
            rewrite: { uri: "/new", authority: "new.test" },
            retries: { attempts: 0 },
            headers: { request: { set: { "x-a": "set" } }, response: { set: values(variables) } },
            ...more,
        }),
    ];
    const abort = { httpStatus: 418, percentage: { value: 100 } };
    const { objects, asks } = eachAlone(
        setting,
        {
            "a backend": rule(setting.backends[0]),
            "nobody listens": rule("closed.backends.test"),
            "nobody listens, thrice": rule("closed.backends.test", { retries: { attempts: 2, retryOn: "connect-failure" } }),
            "no endpoint": rule("empty.backends.test"),
            "no cluster": rule("none.backends.test"),
            "a fault": rule(setting.backends[0], { fault: { abort } }),
            "an answer that is none": rule(setting.backends[1]),
        },
        (host) => ({ get: ask(host, "GET /p/x?q=1", ["x-a: sent", ...(host === "h6.test" ? [reply("SSH-2.0-x\r\n")] : [])]) }),
    );
    return {
        objects: [
            entry("closed", { endpoints: [{ address: "127.0.0.1", ports: { http: closed } }] }),
            entry("empty", { endpoints: [] }),
            ...objects,
        ],
        asks,
    };
}

/** Only the rules of these titles. */
async function some(titles: readonly string[], made: Promise<Play>): Promise<Play> {
    const { objects, asks } = await made;
    return { objects, asks: Object.fromEntries(titles.map((title) => [`${title}: get`, asks[`${title}: get`]!])) };
}

const known = (length: number, code: number, address: string, cluster: string): Partial<Answer> => ({
    headers: {
        "content-length": String(length),
        "content-type": "text/plain",
        "v-00": `[RESPONSE_CODE] ${code}`,
        "v-01": `[UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT]${address}`,
        "v-02": `[UPSTREAM_CLUSTER_RAW]${cluster}`,
    },
});

export const variables: Topic = {
    name: "variables",
    http2: ["clients", "backends"],
    cases: [
        { title: "of an exchange", make: (setting) => plain(setting, EXCHANGE) },
        { title: "with arguments", make: (setting) => plain(setting, ARGUMENTS) },
        {
            title: "with arguments, where the path is rewritten",
            make: (setting) =>
                plain(
                    setting,
                    ARGUMENTS.filter((one) => one.includes("PATH(") || one.includes(":path")),
                    { match: [{ uri: { prefix: "/p" } }], rewrite: { uri: "/new" } },
                ),
        },
        { title: "of requests that are not served as they were rewritten", make: (setting) => unserved(setting, REWRITTEN) },
        {
            title: "of what is known of requests that are not served",
            make: (setting) => some(["nobody listens", "a fault"], unserved(setting, KNOWN)),
            differences: {
                "nobody listens: get": {
                    ours: known(98, 503, " 127.0.0.1", " outbound|80||closed.backends.test"),
                    why: "the status is what the answer has, and the address was tried",
                },
                "a fault: get": { ours: known(18, 418, "", ""), why: "the status is what the answer has, and nobody was asked" },
            },
        },
        { title: "of a TLS handshake", make: (setting) => overTls(setting, CERTIFICATE) },
        { title: "of times with formats", make: (setting) => overTls(setting, FORMATS) },
    ],
};
