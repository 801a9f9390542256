/** What a gateway's access log has of requests, in Istio's default format: whole lines, of everything that can become of one. */
import { EventEmitter, once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import type { KubeObject } from "../../../istio";
import { dnsName, labCertificate, type LabPair } from "../../support/certificate-lab";
import { authorities } from "../support/asking-servers";
import { from, meshConfig, policy, GATEWAY_PODS, to as operation } from "../support/access";
import {
    answering,
    ask,
    httpGateway,
    istioObject,
    reply,
    secret,
    to,
    type Answer,
    type Ask,
    type Case,
    type Differences,
    type Play,
    type Setting,
    type Topic,
} from "../support/case";
import { logFile, type LogFile } from "../support/log-file";
import { authentication, rule } from "../support/tokens";
import { data, END_HEADERS, END_STREAM, frame, headers, reset, TYPES } from "../support/http2/frames";
import { ask2 } from "../support/http2/requests";

const HOST = "a.test";
/** What differs in a line. */
const line =
    (from: string | RegExp, to: string, more: Partial<Answer> = {}): Difference["ours"] =>
    ({ log = [] }) => ({ ...more, log: log.map((one) => one.replace(from, to)) });
type Difference = Differences[string];
/** Nothing of it. */
const NONE = undefined as never;

const NO_BODY = "an answer to what is no request has no body";
/** Envoy's own answers to what it can't read have its status as a body. */
const refused = (why: string, detail?: string, headers: Readonly<Record<string, string>> = {}): Difference => ({
    ours: ({ log = [] }) => ({
        headers: { "content-length": "0", ...headers },
        body: NONE,
        log: log.map((one) => {
            const told = detail === undefined ? one : one.replace(/(codec_error)/, `$1{${detail}}`);
            return told.replace(/ 0 \d+ <ms>/, " 0 0 <ms>");
        }),
    }),
    why,
});
const SAYS_WHY = "what was wrong with it is told too";

const NO_RETRY = { retries: { attempts: 0 } };
const at = (prefix: string, rule: object): object => ({ name: prefix.slice(1), match: [{ uri: { prefix } }], ...rule });
const get = (target: string, lines: readonly string[] = [], more: Parameters<typeof ask>[3] = {}): Ask =>
    ask(HOST, `GET ${target}`, lines, more);

interface Logged {
    readonly objects: readonly KubeObject[];
    readonly asks: Readonly<Record<string, Ask>>;
    readonly mesh?: object;
    readonly stop?: () => Promise<void>;
}

/** Each request with its lines. */
export function logged(title: string, make: (setting: Setting, log: LogFile) => Logged | Promise<Logged>, more: Partial<Case> = {}): Case {
    return {
        title,
        make: async (setting): Promise<Play> => {
            const log = logFile();
            const { objects, asks, mesh, stop } = await make(setting, log);
            return {
                objects: [log.mesh(mesh), ...objects],
                asks: Object.fromEntries(Object.entries(asks).map(([name, asked]) => [name, { ...asked, log }])),
                stop: async () => {
                    await stop?.();
                    log.remove();
                },
            };
        },
        ...more,
    };
}

/** A server that reads and does this with what it accepts. */
export async function serverAt(port: number, serve: (socket: net.Socket) => void): Promise<() => Promise<void>> {
    const open = new Set<net.Socket>();
    const server = net.createServer((socket) => {
        open.add(socket);
        socket.on("error", () => undefined).on("close", () => open.delete(socket));
        serve(socket);
    });
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return async () => {
        for (const socket of open) socket.destroy();
        server.close();
        await once(server, "close");
    };
}

/** Port 80 leads to this one of loopback; none: to nobody. */
export function serviceAt(host: string, port: number | undefined, protocol = "HTTP"): KubeObject {
    return istioObject("ServiceEntry", host.replaceAll(".", "-"), {
        hosts: [host],
        location: "MESH_EXTERNAL",
        resolution: "STATIC",
        ports: [{ number: 80, name: protocol.toLowerCase(), protocol }],
        endpoints: port === undefined ? [] : [{ address: "127.0.0.1", ports: { [protocol.toLowerCase()]: port } }],
    });
}

const PLAIN = logged("what goes well", (setting) => ({
    objects: httpGateway(
        setting,
        [HOST],
        [
            at("/sent", to(setting.backends[0])),
            at("/changed", to(setting.backends[0], { rewrite: { uri: "/new", authority: "b.test" } })),
            { match: [{ uri: { prefix: "/unnamed" } }], ...to(setting.backends[0]) },
            at("/answer", answering("hello")),
            at("/away", { redirect: { uri: "/x" } }),
            at("/cors", to(setting.backends[0], { corsPolicy: { allowOrigins: [{ exact: "https://o.test" }], allowMethods: ["GET"] } })),
        ],
    ),
    asks: {
        "a GET": get("/sent?a=b"),
        "a GET with an agent": get("/sent", ["user-agent: curl/8 (x; y)", "x-forwarded-for: 10.1.2.3"]),
        "a POST": ask(HOST, "POST /sent", [], { body: "hello" }),
        "a HEAD": ask(HOST, "HEAD /sent"),
        "a request that is sent elsewhere": get("/changed/1"),
        "a rule without a name": get("/unnamed"),
        "an answer": get("/answer"),
        "a redirect": get("/away"),
        "a preflight": ask(HOST, "OPTIONS /cors", ["origin: https://o.test", "access-control-request-method: GET"]),
        "no rule": get("/nothing"),
        "no host": ask("other.test", "GET /"),
        "a long path": get(`/sent/${"x".repeat(300)}`),
    },
}));

const FAILURES = logged(
    "what fails",
    async (setting) => {
        const port = setting.port;
        const [hang, closed, closes, resets] = [await port("hang"), await port("closed"), await port("closes"), await port("resets")];
        const hangs = "hang.test";
        const stops = [
            await serverAt(hang, (socket) => socket.resume()),
            await serverAt(closes, (socket) => socket.destroy()),
            await serverAt(resets, (socket) => {
                socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nyes"));
                // What has come is read first.
                socket.once("data", () => setTimeout(() => socket.resetAndDestroy(), 50));
            }),
        ];
        const [backend] = setting.backends;
        return {
            objects: [
                ...httpGateway(
                    setting,
                    [HOST],
                    [
                        at("/unknown", to("nobody.test")),
                        at("/empty", to("empty.test", NO_RETRY)),
                        at("/refused", to("refused.test", NO_RETRY)),
                        at("/again", to("refused.test")),
                        at("/closes", to("closes.test", NO_RETRY)),
                        at("/resets", to("resets.test", NO_RETRY)),
                        at("/sent", to(backend, NO_RETRY)),
                        at("/hangs", to(hangs, { ...NO_RETRY, timeout: "0.1s" })),
                        at("/tries", to(hangs, { retries: { attempts: 1, perTryTimeout: "0.1s", retryOn: "5xx" } })),
                        at("/delayed", to(backend, { fault: { delay: { percentage: { value: 100 }, fixedDelay: "0.01s" } } })),
                        at("/broken", to(backend, { fault: { abort: { percentage: { value: 100 }, httpStatus: 418 } } })),
                        at(
                            "/both",
                            to(backend, {
                                fault: {
                                    delay: { percentage: { value: 100 }, fixedDelay: "0.01s" },
                                    abort: { percentage: { value: 100 }, httpStatus: 418 },
                                },
                            }),
                        ),
                        at("/tls", to("tls.test", NO_RETRY)),
                    ],
                ),
                serviceAt("empty.test", undefined),
                serviceAt("refused.test", closed),
                serviceAt("closes.test", closes),
                serviceAt("resets.test", resets),
                serviceAt(hangs, hang),
                serviceAt("tls.test", setting.backendPorts[0]),
                istioObject("DestinationRule", "tls", {
                    host: "tls.test",
                    trafficPolicy: { tls: { mode: "SIMPLE", insecureSkipVerify: true } },
                }),
            ],
            asks: {
                "a destination that nobody knows": get("/unknown"),
                "no endpoint": get("/empty"),
                "an endpoint that refuses": get("/refused"),
                "an endpoint that refuses, asked again": get("/again"),
                "an endpoint that closes at once": get("/closes"),
                "a close without an answer": ask(HOST, "POST /sent", [reply("")], { body: "x" }),
                "an answer that is none": get("/sent", [reply("nonsense\r\n\r\n")]),
                "a head that breaks off": get("/sent", [reply("HTTP/1.1 200 OK\r\nx-a: ")]),
                "a body too short": get("/sent", [reply("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nyes")]),
                "a body that is reset": get("/resets"),
                "chunks that break off": get("/sent", [reply("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nyes")]),
                "a chunk that is none": get("/sent", [reply("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n")]),
                "a length twice": get("/sent", [reply("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nyes")]),
                "no answer in time": get("/hangs"),
                "no answer in time, asked again": get("/tries"),
                "a delay": get("/delayed"),
                "a fault": get("/broken"),
                "a delay and a fault": get("/both"),
                "no TLS where some is wanted": get("/tls"),
            },
            stop: async () => {
                for (const stop of stops) await stop();
            },
        };
    },
    {
        differences: {
            "a chunk that is none": {
                ours: { status: 0, ended: "closed", headers: NONE },
                why: "a head that came with what is no body of it was not passed on yet",
            },
        },
        http2: { clients: { "a chunk that is none": { ours: {}, why: "" } } },
    },
);

/** Each destination with a server of its own, which shows this certificate and may want one. */
const CERTIFICATES = logged(
    "certificates that backends show, and want",
    async (setting) => {
        const { root, other } = authorities();
        const names = [dnsName("shown.test")];
        const good = labCertificate({ cn: "backend", names, signer: root });
        const shown: Readonly<Record<string, { readonly pair: LabPair; readonly more?: object; readonly wants?: LabPair }>> = {
            good: { pair: good },
            stranger: { pair: labCertificate({ cn: "backend", names, signer: other }) },
            expired: { pair: labCertificate({ cn: "backend", names, signer: root, from: -2, until: -1 }) },
            "other-name": { pair: good, more: { subjectAltNames: ["wanted.test"] } },
            wanting: { pair: good, wants: other },
        };
        const servers: tls.Server[] = [];
        const objects: KubeObject[] = [secret("trusted", { "ca.crt": root.cert })];
        for (const [name, { pair, more = {}, wants }] of Object.entries(shown)) {
            const asking = wants ? { ca: wants.cert, requestCert: true, rejectUnauthorized: true } : {};
            const server = tls.createServer({ cert: pair.cert, key: pair.key, maxVersion: "TLSv1.2", ...asking }, (socket) => {
                socket.on("error", () => undefined).once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"));
            });
            const port = await setting.port(name);
            server.on("tlsClientError", () => undefined).listen(port, "127.0.0.1");
            await once(server, "listening");
            servers.push(server);
            const settings = { mode: "SIMPLE", credentialName: "trusted", sni: "shown.test", subjectAltNames: ["shown.test"], ...more };
            objects.push(
                serviceAt(`${name}.test`, port),
                istioObject("DestinationRule", name, { host: `${name}.test`, trafficPolicy: { tls: settings } }),
            );
        }
        const titles = Object.keys(shown);
        return {
            objects: [
                ...objects,
                ...httpGateway(
                    setting,
                    [HOST],
                    titles.map((name) => at(`/${name}`, to(`${name}.test`, NO_RETRY))),
                ),
            ],
            asks: Object.fromEntries(titles.map((name) => [name, get(`/${name}`)])),
            stop: async () => {
                for (const server of servers) server.close();
                await Promise.resolve();
            },
        };
    },
    {
        differences: {
            "other-name": {
                ours: line(
                    /SAN_matcher,_certificate_SANs_are_\[shown.test\]/g,
                    "certificate_has_none_of_the_subject_alternative_names_wanted.test",
                ),
                why: "which name was wanted is told, and not which the certificate has",
            },
        },
    },
);

const NO_REQUEST = "a request whose length is not kept is none, and reaches nobody";
/** Of what is no request over HTTP/2. */
const brokenOver2 = (detail: string, status = 400): string =>
    `[<time>] "- - HTTP/2" ${status} DPE http2.codec_error{${detail}} - "-" 0 0 <ms> - "-" "-" "-" "-" "-" - - 127.0.0.1:<http> 127.0.0.1:<port> - -`;

const CLIENTS = logged(
    "what clients break",
    async (setting) => {
        const hang = await setting.port("hang");
        const heard = new EventEmitter();
        const stop = await serverAt(hang, (socket) => void socket.on("data", () => heard.emit("data")));
        /** Once the backend has heard of it. */
        const going: Partial<Ask> = { end: true, endsAfter: () => once(heard, "data"), waitMs: 2_000 };
        const raw = (...sends: readonly (string | RegExp)[]): Ask => ({ sends, anyReason: true });
        const head = (target: string, ...lines: readonly string[]): string =>
            [`POST ${target} HTTP/1.1`, `host: ${HOST}`, ...lines, "", ""].join("\r\n");
        return {
            objects: [
                ...httpGateway(setting, [HOST], [at("/hangs", to("hang.test", NO_RETRY)), at("/sent", to(setting.backends[0], NO_RETRY))]),
                serviceAt("hang.test", hang),
            ],
            asks: {
                "gone while it waits": { ...raw(head("/hangs", "content-length: 0")), ...going },
                "gone by a reset": { ...raw(head("/hangs", "content-length: 0")), ...going, resets: true },
                "gone within its body": { ...raw(head("/hangs", "content-length: 10") + "abc"), ...going },
                "gone within its head": { ...raw("GET / HT"), end: true },
                "a chunk that is none": raw(head("/sent", "transfer-encoding: chunked") + "zz\r\n"),
                "no HTTP": raw("nonsense\r\n\r\n"),
                "no host": raw("GET / HTTP/1.1\r\n\r\n"),
                "HTTP/1.0": raw(`GET /sent HTTP/1.0\r\nhost: ${HOST}\r\n\r\n`),
                "two lengths": raw(head("/sent", "content-length: 1", "content-length: 2")),
                "a name that is none": raw(head("/sent", "a b: c", "content-length: 0")),
                "a head too large": raw(head("/sent", `x-a: ${"a".repeat(62_000)}`, "content-length: 0")),
            },
            stop,
        };
    },
    {
        differences: {
            "gone within its head": { ours: { log: [] }, why: "nothing was asked: who only looks whether somebody is there fills no log" },
            "a chunk that is none": {
                ours: ({ log = [] }) => ({
                    headers: { "content-length": "0" },
                    body: NONE,
                    backend: NONE,
                    log: log.map((one) =>
                        one
                            .replace(" 0 11 <ms>", " 0 0 <ms>")
                            .replace('"127.0.0.1:<port>"', '"-"')
                            .replace("test 127.0.0.1:<port>", "test -"),
                    ),
                }),
                why: "what came with its head is looked at before a backend is asked",
            },
            "no HTTP": refused(SAYS_WHY, "malformed_start_line"),
            "no host": { ours: line('"GET / HTTP/1.1"', '"- - HTTP/1.1"'), why: "nothing is believed of a head that is no request's" },
            "HTTP/1.0": {
                ours: ({ log = [] }) => ({
                    headers: { "content-length": "86", "content-type": "text/plain", upgrade: "HTTP/1.1" },
                    body: "HTTP/1.0 is not accepted: use HTTP/1.1, or have the gateway accept it (acceptHttp10).\n",
                    log: log.map((one) => one.replace(/ 0 \d+ <ms>/, " 0 86 <ms>")),
                }),
                why: "it says what is to be done",
            },
            "two lengths": refused(SAYS_WHY, "malformed_or_repeated_content-length"),
            "a name that is none": refused(SAYS_WHY, "malformed_field_name"),
            "a head too large": refused(NO_BODY),
        },
        http2: {
            clients: {
                "gone within its body": { ours: { log: [brokenOver2("content-length_that_the_body_does_not_have")] }, why: NO_REQUEST },
                "two lengths": { ours: { log: [brokenOver2("malformed_or_repeated_content-length")] }, why: SAYS_WHY },
                "a head too large": {
                    ours: {
                        status: 431,
                        ended: NONE,
                        headers: {},
                        log: [brokenOver2("header_list_too_large,_or_of_too_many_fields", 431)],
                    },
                    why: "RFC 9113 §10.5.1: it is answered, where Envoy resets its stream",
                },
            },
        },
    },
);

const DENIED = logged("who is refused", (setting) => ({
    objects: [
        ...httpGateway(setting, [HOST], [at("/sent", to(setting.backends[0])), at("/answer", answering("in"))]),
        policy("deny-path", {
            ...GATEWAY_PODS,
            action: "DENY",
            rules: [operation({ paths: ["/sent/admin", "/answer/admin", "/nowhere"] })],
        }),
        policy("deny-client", { ...GATEWAY_PODS, action: "DENY", rules: [from({ ipBlocks: ["127.0.0.9"] })] }),
        authentication("tokens", [rule()]),
    ],
    asks: {
        "a path": get("/sent/admin"),
        "a path that is answered": get("/answer/admin"),
        "a path that nothing leads on": get("/nowhere"),
        "an address": get("/sent", [], { from: "127.0.0.9" }),
        "a token that is none": get("/sent", ["authorization: Bearer x"]),
    },
}));

/** Of a POST. */
const headOf = (path: string, ...list: readonly string[]): string[] => [
    ...[":method", "POST", ":scheme", "http", ":authority", HOST, ":path", path],
    ...list,
];

const OVER_HTTP2 = logged(
    "what is HTTP/2's own",
    async (setting) => {
        const hang = await setting.port("hang");
        const heard = new EventEmitter();
        const stop = await serverAt(hang, (socket) => void socket.on("data", () => heard.emit("data")));
        return {
            objects: [
                ...httpGateway(
                    setting,
                    [HOST],
                    [at("/hangs", to("hang.test", NO_RETRY)), at("/sent", to(setting.http2, NO_RETRY)), at("/again", to(setting.http2))],
                ),
                serviceAt("hang.test", hang),
            ],
            asks: {
                "a reset": ask2(HOST, "GET /sent", [`${reply(reset("INTERNAL_ERROR"))}`]),
                "a refusal": ask2(HOST, "GET /sent", [`${reply(reset("REFUSED_STREAM"))}`]),
                "a refusal, asked again": ask2(HOST, "GET /again", [`${reply(reset("REFUSED_STREAM"))}`]),
                "a reset within the answer": ask2(HOST, "GET /sent", [
                    `${reply(Buffer.concat([headers([":status", "200"], false), reset("CANCEL")]))}`,
                ]),
                "a frame that is none": ask2(HOST, "GET /sent", [
                    `${reply(frame(TYPES.headers, END_HEADERS | END_STREAM, 1, Buffer.alloc(4, 0xff)))}`,
                ]),
                "a head without a status": ask2(HOST, "GET /sent", [`${reply(headers(["x-a", "1"], true))}`]),
                "a client that resets": {
                    sends: [headers(headOf("/hangs"), false)],
                    http2: { method: "POST", resetsAfter: () => once(heard, "data") },
                    anyReason: true,
                    waitMs: 700,
                },
                "a client that ends its connection": {
                    ...ask2(HOST, "GET /hangs"),
                    end: true,
                    endsAfter: () => once(heard, "data"),
                    anyReason: true,
                },
                "a length that is not kept": {
                    sends: [Buffer.concat([headers(headOf("/sent", "content-length", "5"), false), data("abc", true)])],
                    http2: { method: "POST" },
                },
            },
            stop,
        };
    },
    {
        differences: {
            "a length that is not kept": { ours: { log: [brokenOver2("content-length_that_the_body_does_not_have")] }, why: NO_REQUEST },
        },
    },
);

const TOO_MANY = logged("what is too much at once", async (setting) => {
    const hang = await setting.port("hang");
    const heard = new EventEmitter();
    const stop = await serverAt(hang, (socket) => void socket.on("data", () => heard.emit("data")));
    const open: net.Socket[] = [];
    /** The one request that may be under way, and the one that may wait for it. */
    const before = async (): Promise<void> => {
        for (const isFirst of open.length === 0 ? [true, false] : []) {
            const socket = net.connect(setting.ports.http, "127.0.0.1");
            open.push(socket.on("error", () => undefined));
            const arrived = isFirst ? once(heard, "data") : new Promise((resolve) => setTimeout(resolve, 100));
            socket.write(`GET / HTTP/1.1\r\nhost: ${HOST}\r\n\r\n`);
            await arrived;
        }
    };
    return {
        objects: [
            ...httpGateway(setting, [HOST], [to("hang.test", NO_RETRY)]),
            serviceAt("hang.test", hang),
            istioObject("DestinationRule", "few", {
                host: "hang.test",
                trafficPolicy: {
                    connectionPool: { tcp: { maxConnections: 1 }, http: { http2MaxRequests: 1, http1MaxPendingRequests: 1 } },
                },
            }),
        ],
        asks: { "a third request": get("/", [], { before }) },
        stop: async () => {
            for (const socket of open) socket.destroy();
            await stop();
        },
    };
});

const JSON_LINES: Case = {
    title: "in JSON",
    differences: {
        "bytes that are no ASCII": { ours: line("\u00c3\u00bc", "\\u00fc"), why: "the same text to JSON's readers, in a line of ASCII" },
    },
    make: (setting): Play => {
        const log = logFile();
        const asks: Readonly<Record<string, Ask>> = {
            "a GET": get("/sent?a=b", ['user-agent: a "quoted" \\ agent']),
            "no rule": get("/nothing"),
            "bytes that are no ASCII": get("/sent", ["user-agent: ü\tx"]),
        };
        return {
            objects: [
                meshConfig({
                    accessLogFile: log.file,
                    accessLogEncoding: "JSON",
                    accessLogFormat: JSON.stringify({
                        at: "%START_TIME%",
                        code: "%RESPONSE_CODE%",
                        flags: "%RESPONSE_FLAGS%",
                        agent: "%REQ(USER-AGENT)%",
                        path: "%REQ(:PATH)%",
                        route: "%ROUTE_NAME%",
                        sent: "%BYTES_SENT%",
                        mixed: "%PROTOCOL% %RESPONSE_CODE%",
                        nothing: "%REQ(X-NONE)%",
                    }),
                }),
                ...httpGateway(setting, [HOST], [at("/sent", to(setting.backends[0]))]),
            ],
            asks: Object.fromEntries(Object.entries(asks).map(([name, asked]) => [name, { ...asked, log }])),
            stop: async () => log.remove(),
        };
    },
};

export const logLines: Topic = {
    name: "log-lines",
    http2: ["clients"],
    cases: [PLAIN, FAILURES, CERTIFICATES, CLIENTS, DENIED, OVER_HTTP2, TOO_MANY, JSON_LINES],
};
