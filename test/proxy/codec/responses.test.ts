/** Each rule for responses as a line of a table, and every line at every place where input can part. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { ResponseHead } from "../../../proxy/http/doors";
import { everyCut, parseResponses, type Driving, type Message, type Result } from "./support/ours";

function everywhere(bytes: string, driving: Driving = {}): Result {
    const whole = parseResponses(bytes, [], driving);
    for (const cuts of everyCut(bytes)) assert.deepEqual(parseResponses(bytes, cuts, driving), whole, `parted at ${cuts.join()}`);
    return whole;
}

const ok = (lines: string, body = ""): string => `HTTP/1.1 200 OK\r\n${lines}\r\n${body}`;

export const REFUSED_RESPONSES: readonly (readonly [what: string, bytes: string])[] = [
    ["transfer-encoding beside content-length", ok("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")],
    ["two content-lengths", ok("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")],
    ["a list of content-lengths", ok("Content-Length: 5, 5\r\n", "hello")],
    ["a signed content-length", ok("Content-Length: +5\r\n", "hello")],
    ["another coding", ok("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")],
    ["chunked twice", ok("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")],
    ["transfer-encoding in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["bare LF", "HTTP/1.1 200 OK\nContent-Length: 0\n\n"],
    ["bare LF after a field", ok("A: b\nContent-Length: 0\r\n")],
    ["bare CR in a value", ok("A: b\rc\r\n")],
    ["NUL in a value", ok("A: b\0c\r\n")],
    ["a folded line", ok("A: b\r\n c\r\n")],
    ["white space before a colon", ok("A : b\r\n")],
    ["a status of two digits", "HTTP/1.1 20 OK\r\n\r\n"],
    ["a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n"],
    ["a status below 100", "HTTP/1.1 099 OK\r\n\r\n"],
    ["HTTP/2.0", "HTTP/2.0 200 OK\r\n\r\n"],
    ["no HTTP at all", "SSH-2.0-OpenSSH\r\n"],
    ["an empty line first", `\r\n${ok("Content-Length: 0\r\n")}`],
    ["a control byte in the reason", "HTTP/1.1 200 O\x01K\r\n\r\n"],
    ["101 that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"],
    ["an interim response that ends the connection", `HTTP/1.1 100 Continue\r\nConnection: close\r\n\r\n${ok("Content-Length: 0\r\n")}`],
    ["a flood of interim responses", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(33)],
    ["a chunk size ended by LF", ok("Transfer-Encoding: chunked\r\n", "5\nhello\r\n0\r\n\r\n")],
    ["a chunk longer than its size", ok("Transfer-Encoding: chunked\r\n", "5\r\nhelloX\r\n0\r\n\r\n")],
    ["101 header fields", ok("A: b\r\n".repeat(101))],
];

const only = (result: Result): Message & { head: ResponseHead } => {
    assert.equal(result.status, 0);
    assert.equal(result.messages.length, 1);
    return result.messages[0] as Message & { head: ResponseHead };
};

describe("response heads and bodies", () => {
    for (const [what, bytes] of REFUSED_RESPONSES) {
        it(`refuses ${what}`, () => {
            const result = everywhere(bytes);
            assert.notEqual(result.status, 0);
            assert.equal(
                result.messages.some((message) => message.whole && !message.informational),
                false,
            );
        });
    }

    it("ends a body by length, by chunks and by close", () => {
        assert.equal(only(everywhere(ok("Content-Length: 5\r\n", "hello"))).body, "hello");
        assert.equal(only(everywhere(ok("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"))).body, "hello");
        assert.deepEqual(
            [everywhere(ok("", "hello")).messages[0]!.whole, only(everywhere(ok("", "hello"), { closes: true })).whole],
            [false, true],
        );
    });

    it("knows where no body can be, whatever the fields say", () => {
        assert.equal(only(everywhere(ok("Content-Length: 5\r\n"), { method: "HEAD" })).head.contentLength, 5);
        assert.equal(only(everywhere(ok("Transfer-Encoding: chunked\r\n"), { method: "HEAD" })).whole, true);
        assert.equal(only(everywhere("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n")).head.contentLength, 5);
        assert.equal(only(everywhere("HTTP/1.1 204 No Content\r\n\r\n")).whole, true);
    });

    it("says truncated where the peer closes before the end", () => {
        for (const bytes of [
            "HTTP/1.1 200",
            ok("Content-Length: 6\r\n", "hello"),
            ok("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n"),
        ]) {
            assert.notEqual(everywhere(bytes, { closes: true }).status, 0);
        }
    });

    it("passes interim responses before the final one", () => {
        const result = everywhere(
            `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok("Content-Length: 1\r\n", "a")}`,
        );
        assert.deepEqual(
            result.messages.map((message) => [(message.head as ResponseHead).status, message.informational]),
            [
                [100, true],
                [103, true],
                [200, false],
            ],
        );
        assert.deepEqual(result.messages[1]!.head.headers, ["link", "</a>"]);
    });

    it("takes 101 as answer to the upgrade that was asked for, and no other", () => {
        const bytes =
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Accept: x\r\n\r\n\0raw";
        const switched = only(everywhere(bytes, { upgrade: "websocket" }));
        assert.deepEqual([switched.head.headers, switched.body], [["sec-websocket-accept", "x"], "\0raw"]);
        assert.notEqual(everywhere(bytes, { upgrade: "chat" }).status, 0);
    });

    it("takes out hop-by-hop fields and what connection lists", () => {
        const { head } = only(
            everywhere(
                ok(
                    "X-A: 1\r\nConnection: x-a\r\nKeep-Alive: 5\r\nProxy-Authenticate: b\r\nTrailer: t\r\nUpgrade: h2\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nX_Y: z\r\nContent-Length: 0\r\n",
                ),
            ),
        );
        assert.deepEqual(head.headers, [
            "proxy-authenticate",
            "b",
            "trailer",
            "t",
            "set-cookie",
            "a",
            "set-cookie",
            "b",
            "x_y",
            "z",
            "content-length",
            "0",
        ]);
    });
});
