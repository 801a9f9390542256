/** Requests to change the protocol of a connection, and what backends may answer to them. */
import { httpGateway, reply, to, type Answer, type Ask, type Case, type Topic } from "../support/case";

const HOST = "h.test";
const upgrade = (...lines: string[]): Ask => ({ sends: [["GET / HTTP/1.1", `Host: ${HOST}`, ...lines, "", ""].join("\r\n")], waitMs: 300 });
const asked = (answer: string): Ask => upgrade("connection: upgrade", "upgrade: websocket", reply(answer));

const RECEIVED = { host: HOST, upgrade: "websocket", "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http" };
const NOT_ASKED_FOR: NonNullable<Case["differences"]>[string] = {
    ours: {
        status: 502,
        headers: { "content-length": "87", "content-type": "text/plain" },
        body: "upstream connect error or disconnect/reset before headers. reset reason: protocol error",
    },
    why: "RFC 9110 §15.2.2: it says which protocol follows, and nobody asked for that one",
};

export const upgrades: Topic = {
    name: "upgrades",
    http2: ["backends"],
    cases: [
        {
            title: "upgrades",
            make: (setting) => ({
                objects: httpGateway(setting, [HOST], [to(setting.backends[0])]),
                asks: {
                    websocket: upgrade("connection: upgrade", "upgrade: websocket", "sec-websocket-key: x"),
                    "other letters": upgrade("connection: keep-alive, UPGRADE", "upgrade: WebSocket"),
                    "one that connection does not name": upgrade("connection: close", "upgrade: websocket"),
                    "another protocol": upgrade("connection: upgrade, close", "upgrade: foo"),
                    "HTTP/2": upgrade("connection: upgrade, http2-settings, close", "upgrade: h2c", "http2-settings: x"),
                    "HTTP/2, and settings that connection does not name": upgrade(
                        "connection: upgrade, close",
                        "upgrade: h2c",
                        "http2-settings: x",
                    ),
                    "no protocol": upgrade("connection: upgrade, close"),
                    refused: asked("HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n"),
                    "answered as if it were none": asked("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"),
                    "another protocol in the answer": asked("HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n"),
                    "no protocol in the answer": asked("HTTP/1.1 101 Switching\r\n\r\n"),
                },
            }),
            differences: {
                "other letters": {
                    ours: {
                        headers: { upgrade: "websocket" },
                        backend: [{ at: "one.backends.test", request: "GET / HTTP/1.1", headers: RECEIVED }],
                    } as Partial<Answer>,
                    why: "RFC 9110 §7.8: the case of a protocol's name says nothing",
                },
                "answered as if it were none": {
                    ours: { headers: { "content-length": "2" }, body: "ok" },
                    why: "RFC 9110 §7.8: whoever ignores the wish answers as to any request",
                },
                "another protocol in the answer": NOT_ASKED_FOR,
                "no protocol in the answer": NOT_ASKED_FOR,
            },
        },
    ],
};
