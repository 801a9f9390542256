/** WebSockets and other changes of protocol where one side speaks HTTP/2, or both do. */
import { httpGateway, reply, to, type Answer, type Ask, type Differences, type Topic } from "../support/case";
import { data, headers } from "../support/http2/frames";
import { answers, MALFORMED, refuses, resets } from "../support/http2/differences";
import { ask2 } from "../support/http2/requests";

const HOST = "h.test";
const HTTP2_HOST = "h2.test";

const upgrade = (host: string, ...lines: string[]): Ask => ({
    sends: [["GET /chat HTTP/1.1", `Host: ${host}`, ...lines, "", ""].join("\r\n")],
    waitMs: 400,
});
const KEY = ["sec-websocket-version: 13", "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="];
const wish = (host: string, ...lines: string[]): Ask => upgrade(host, "connection: upgrade", "upgrade: websocket", ...KEY, ...lines);
const connect = (list: readonly string[], ...frames: readonly (Buffer | RegExp)[]): Ask => ({
    sends: [headers([":method", "CONNECT", ...list], false), ...frames],
    http2: {},
    waitMs: 1_500,
});
const extended = (host: string, protocol = "websocket", more: readonly string[] = ["sec-websocket-version", "13"]): Ask =>
    connect([":protocol", protocol, ":scheme", "http", ":authority", host, ":path", "/chat", ...more]);

const asks = (host: string): Record<string, Ask> => ({
    "HTTP/1.1: websocket": wish(host),
    "HTTP/1.1: websocket without a key": upgrade(host, "connection: upgrade", "upgrade: websocket"),
    "HTTP/1.1: websocket with a subprotocol": wish(host, "sec-websocket-protocol: a, b", "sec-websocket-extensions: permessage-deflate"),
    "HTTP/1.1: another protocol": upgrade(host, "connection: upgrade, close", "upgrade: foo"),
    "HTTP/1.1: CONNECT": { sends: [`CONNECT ${host}:80 HTTP/1.1\r\nHost: ${host}:80\r\nconnection: close\r\n\r\n`], waitMs: 400 },
    "HTTP/2: extended CONNECT": extended(host),
    "HTTP/2: extended CONNECT to another protocol": extended(host, "connect-udp"),
    "HTTP/2: extended CONNECT without a scheme": connect([":protocol", "websocket", ":authority", host, ":path", "/chat"]),
    "HTTP/2: CONNECT": connect([":authority", `${host}:80`]),
    "HTTP/2: CONNECT with a path": connect([":authority", `${host}:80`, ":path", "/", ":scheme", "http"]),
    "HTTP/2: GET with upgrade": ask2(host, "GET /chat", ["connection: upgrade", "upgrade: websocket"]),
    "HTTP/2: sec-websocket-key in GET": ask2(host, "GET /chat", [
        "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
        "sec-websocket-version: 13",
    ]),
});

const told = (host: string, answer: string | Buffer): Record<string, Ask> => ({
    "HTTP/1.1": wish(host, reply(answer)),
});

const ALLOWED = { allow: "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH" };
const ACCEPT = { "sec-websocket-accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" };
const PROVEN = "RFC 6455 §4.1: a client fails the connection without it; RFC 8441 §5: HTTP/2 has no use for the key";

/** The client gets its proof, where there is to be one, and the backend no key. */
const proven =
    (headers: object = ACCEPT) =>
    ({ headers: recorded = {}, backend = [] }: Answer): Partial<Answer> => ({
        headers: { ...recorded, ...headers },
        backend: backend.map((one) => {
            const { "sec-websocket-key": _key, ...rest } = one.headers;
            return { ...one, headers: rest };
        }),
    });

/** What is the same whatever the backend speaks. */
const SAME: Differences = {
    ...refuses(405, "there is no tunnel here", ["HTTP/1.1: CONNECT"], { ...ALLOWED, "content-length": "0" }),
    ...refuses(405, "there is no tunnel here", ["HTTP/2: CONNECT"], ALLOWED),
    ...refuses(403, "RFC 8441 §4: as over HTTP/1.1", ["HTTP/2: extended CONNECT to another protocol"]),
    ...resets(MALFORMED, ["HTTP/2: extended CONNECT without a scheme", "HTTP/2: CONNECT with a path", "HTTP/2: GET with upgrade"]),
};
const SERVED = "RFC 8441: browsers ask so, and Envoy would pass it on if Istio let it";
const RECEIVED = { "sec-websocket-version": "13", "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http" };

export const http2Upgrades: Topic = {
    name: "http2-upgrades",
    cases: [
        {
            title: "to a backend of HTTP/1.1",
            make: (setting) => ({ objects: httpGateway(setting, [HOST], [to(setting.backends[0])]), asks: asks(HOST) }),
            differences: {
                ...SAME,
                ...answers(SERVED, ["HTTP/2: extended CONNECT"], {
                    status: 200,
                    ended: undefined,
                    headers: {},
                    backend: [
                        {
                            at: "one.backends.test",
                            request: "GET /chat HTTP/1.1",
                            headers: { ...RECEIVED, host: HOST, upgrade: "websocket", "sec-websocket-key": "<key>" },
                        },
                    ],
                }),
            },
        },
        {
            title: "to a backend of HTTP/2",
            make: (setting) => ({ objects: httpGateway(setting, [HTTP2_HOST], [to(setting.http2)]), asks: asks(HTTP2_HOST) }),
            differences: {
                ...SAME,
                ...answers(PROVEN, ["HTTP/1.1: websocket", "HTTP/1.1: websocket with a subprotocol"], proven()),
                ...answers(SERVED, ["HTTP/2: extended CONNECT"], {
                    status: 200,
                    ended: "open",
                    headers: {},
                    backend: [
                        {
                            at: "http2.backends.test",
                            request: "CONNECT /chat HTTP/2",
                            headers: { ...RECEIVED, ":authority": HTTP2_HOST, ":protocol": "websocket", ":scheme": "http" },
                        },
                    ],
                }),
            },
        },
        {
            title: "what a backend of HTTP/2 answers",
            make: (setting) => ({
                objects: httpGateway(setting, [HTTP2_HOST], [to(setting.http2)]),
                asks: Object.fromEntries(
                    Object.entries({
                        "200": headers([":status", "200", "sec-websocket-protocol", "a"], false),
                        "200 that ends": headers([":status", "200"], true),
                        "201": headers([":status", "201"], true),
                        "403": headers([":status", "403", "content-length", "0"], true),
                        "403 with a body": Buffer.concat([headers([":status", "403"], false), data("no", true)]),
                        "101": headers([":status", "101"], false),
                        "200 with data": Buffer.concat([headers([":status", "200"], false), data("hello", true)]),
                    }).flatMap(([title, frames]) =>
                        Object.entries(told(HTTP2_HOST, frames)).map(([client, asked]) => [`${client}: ${title}`, asked]),
                    ),
                ),
            }),
            differences: {
                ...answers(PROVEN, ["HTTP/1.1: 200", "HTTP/1.1: 200 with data"], proven()),
                ...answers(PROVEN, ["HTTP/1.1: 101", "HTTP/1.1: 201", "HTTP/1.1: 403", "HTTP/1.1: 403 with a body"], proven({})),
                ...answers("RFC 9110 §7.8: what has ended switches to nothing", ["HTTP/1.1: 200 that ends"], (recorded: Answer) => ({
                    ...proven({})(recorded),
                    status: 200,
                    headers: { "content-length": "0" },
                })),
            },
        },
    ],
};
