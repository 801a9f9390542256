/** Each rule for request heads and bodies as a line of a table, and every line at every place where input can part. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { RequestHead } from "../../../proxy/http/doors";
import { everyCut, parseRequests, type Driving, type Result } from "./support/ours";

function everywhere(bytes: string, driving: Driving = {}): Result {
    const whole = parseRequests(bytes, [], driving);
    for (const cuts of everyCut(bytes)) assert.deepEqual(parseRequests(bytes, cuts, driving), whole, `parted at ${cuts.join()}`);
    return whole;
}

const get = (target: string, lines = "Host: a\r\n"): string => `GET ${target} HTTP/1.1\r\n${lines}\r\n`;
const post = (lines: string, body: string): string => `POST / HTTP/1.1\r\nHost: a\r\n${lines}\r\n${body}`;
const chunked = (body: string): string => post("Transfer-Encoding: chunked\r\n", body);
const only = (result: Result): RequestHead => {
    assert.equal(result.status, 0);
    assert.equal(result.messages.length, 1);
    return result.messages[0]!.head as RequestHead;
};

const REFUSED: readonly (readonly [what: string, status: number, bytes: string])[] = [
    ["transfer-encoding beside content-length", 400, post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")],
    ["content-length beside transfer-encoding", 400, post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")],
    ["two transfer-encodings", 400, post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")],
    ["chunked twice in one list", 400, post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")],
    ["chunked not last", 400, post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n")],
    ["another coding before chunked", 501, post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")],
    ["another coding alone", 400, post("Transfer-Encoding: gzip\r\n", "0\r\n\r\n")],
    ["identity", 400, post("Transfer-Encoding: identity\r\n", "")],
    ["xchunked", 400, post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")],
    ["chunked behind a vertical tab", 400, post("Transfer-Encoding: \x0bchunked\r\n", "0\r\n\r\n")],
    ["chunked in quotes", 400, post('Transfer-Encoding: "chunked"\r\n', "0\r\n\r\n")],
    ["chunked with a parameter", 400, post("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n")],
    ["an empty transfer-encoding", 400, post("Transfer-Encoding:\r\n", "0\r\n\r\n")],
    ["equal content-lengths", 400, post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")],
    ["different content-lengths", 400, post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello")],
    ["a list of content-lengths", 400, post("Content-Length: 5, 5\r\n", "hello")],
    ["a signed content-length", 400, post("Content-Length: +5\r\n", "hello")],
    ["a negative content-length", 400, post("Content-Length: -5\r\n", "hello")],
    ["an empty content-length", 400, post("Content-Length:\r\n", "")],
    ["a hexadecimal content-length", 400, post("Content-Length: 0x5\r\n", "hello")],
    ["a content-length with a space inside", 400, post("Content-Length: 5 5\r\n", "hello")],
    ["a content-length beyond 2^53", 400, post("Content-Length: 9007199254740993\r\n", "hello")],
    ["a content-length beyond 2^64", 400, post("Content-Length: 18446744073709551621\r\n", "hello")],
    ["white space before a colon", 400, get("/", "Host: a\r\nX : b\r\n")],
    ["a tab before the colon of transfer-encoding", 400, post("Transfer-Encoding\t: chunked\r\n", "0\r\n\r\n")],
    ["a folded line", 400, get("/", "Host: a\r\nX: b\r\n c\r\n")],
    ["a folded line by tab", 400, get("/", "Host: a\r\nX: b\r\n\tc\r\n")],
    ["a space before the first field", 400, get("/", " Host: a\r\n")],
    ["a line without colon", 400, get("/", "Host: a\r\nnothing\r\n")],
    ["an empty field name", 400, get("/", "Host: a\r\n: b\r\n")],
    ["a forbidden byte in a field name", 400, get("/", "Host: a\r\nX(y): b\r\n")],
    ["non-ASCII in a field name", 400, get("/", "Host: a\r\nX\xe9: b\r\n")],
    ["bare LF after the start line", 400, "GET / HTTP/1.1\nHost: a\r\n\r\n"],
    ["bare LF after a field", 400, get("/", "Host: a\nX: b\r\n")],
    ["bare LF as the empty line", 400, "GET / HTTP/1.1\r\nHost: a\r\n\n"],
    ["bare CR in a value", 400, get("/", "Host: a\r\nX: b\rc\r\n")],
    ["bare CR before a field", 400, get("/", "Host: a\r\n\rX: b\r\n")],
    ["NUL in a value", 400, get("/", "Host: a\r\nX: b\0c\r\n")],
    ["a control byte in a value", 400, get("/", "Host: a\r\nX: b\x01\r\n")],
    ["DEL in a value", 400, get("/", "Host: a\r\nX: b\x7f\r\n")],
    ["no Host", 400, get("/", "X: b\r\n")],
    ["two Hosts", 400, get("/", "Host: a\r\nHost: b\r\n")],
    ["two equal Hosts", 400, get("/", "Host: a\r\nhost: a\r\n")],
    ["an absolute target without an authority", 400, get("http://?a")],
    ["a Host with a space", 400, get("/", "Host: a b\r\n")],
    ["a Host with a slash", 400, get("/", "Host: a/b\r\n")],
    ["a Host with userinfo", 400, get("/", "Host: u:p@a\r\n")],
    ["a Host with a port too large", 400, get("/", "Host: a:65536\r\n")],
    ["a Host with a port of letters", 400, get("/", "Host: a:http\r\n")],
    ["a Host with two ports", 400, get("/", "Host: a:1:2\r\n")],
    ["a Host with bare IPv6", 400, get("/", "Host: ::1\r\n")],
    ["a Host with broken IPv6", 400, get("/", "Host: [::x]\r\n")],
    ["a Host with an open bracket", 400, get("/", "Host: [::1\r\n")],
    ["a Host with a zone", 400, get("/", "Host: [fe80::1%25eth0]\r\n")],
    ["a Host with a broken escape", 400, get("/", "Host: a%4\r\n")],
    ["a Host with obs-text", 400, get("/", "Host: a\xe9\r\n")],
    ["an absolute target without Host", 400, get("http://a/", "")],
    ["an absolute target with a bad Host", 400, get("http://a/", "Host: b c\r\n")],
    ["an absolute target with userinfo", 400, get("http://u@a/")],
    ["an absolute target without host", 400, get("http:///x")],
    ["another scheme", 400, get("ftp://a/")],
    ["an https target without TLS", 403, get("HTTPS://a/x")],
    ["GET *", 400, get("*")],
    ["a relative target", 400, get("x")],
    ["an authority as target", 400, get("a:80")],
    ["a fragment alone", 400, get("#a")],
    ["raw non-ASCII in the path", 400, get("/\xc3\xa9")],
    ["raw non-ASCII in the query", 400, get("/?\xc3\xa9")],
    ["an encoded NUL in the path", 400, get("/a%00b")],
    ["an escape of one digit", 400, get("/a%4")],
    ["an escape of no digits", 400, get("/a%zz")],
    ["an escape cut by the query", 400, get("/a%4?b")],
    ["a backslash in the path", 400, get("/a\\b")],
    ["a tab as separator", 400, "GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n"],
    ["two spaces", 400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["a space in the target", 400, "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["a space after the version", 400, "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"],
    ["HTTP/0.9", 400, "GET /\r\n\r\n"],
    ["a lower-case version", 400, "GET / http/1.1\r\nHost: a\r\n\r\n"],
    ["a version of two digits", 400, "GET / HTTP/1.10\r\nHost: a\r\n\r\n"],
    ["five empty lines first", 400, `${"\r\n".repeat(5)}${get("/")}`],
    ["bare LF first", 400, `\n${get("/")}`],
    ["a TLS hello", 400, "\x16\x03\x01\x02\0\x01"],
    ["HTTP/2.0", 505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"],
    ["the preface of HTTP/2", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["HTTP/1.2", 505, "GET / HTTP/1.2\r\nHost: a\r\n\r\n"],
    ["HTTP/1.0", 426, "GET / HTTP/1.0\r\nHost: a\r\n\r\n"],
    ["CONNECT", 405, "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["TRACE", 405, "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["an unknown method", 501, "FOO / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["a lower-case method", 501, "get / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["another expectation", 417, post("Content-Length: 1\r\nExpect: 200-ok\r\n", "a")],
    ["two expectations", 417, post("Content-Length: 1\r\nExpect: 100-continue\r\nExpect: 100-continue\r\n", "a")],
    ["a connection option that is no token", 400, get("/", "Host: a\r\nConnection: close, a b\r\n")],
    ["a chunk size with a sign", 400, chunked("+5\r\nhello\r\n0\r\n\r\n")],
    ["a chunk size with 0x", 400, chunked("0x5\r\nhello\r\n0\r\n\r\n")],
    ["a chunk size with a space before it", 400, chunked(" 5\r\nhello\r\n0\r\n\r\n")],
    ["a chunk size with a space in it", 400, chunked("1 0\r\nhello, all of you\r\n0\r\n\r\n")],
    ["a chunk size with a space behind it", 400, chunked("5 \r\nhello\r\n0\r\n\r\n")],
    ["a chunk size with a space before its extension", 400, chunked("5 ;a\r\nhello\r\n0\r\n\r\n")],
    ["a chunk size with 257 zeros before it", 400, chunked(`${"0".repeat(258)}5\r\nhello\r\n0\r\n\r\n`)],
    ["a chunk size beyond 2^53 with zeros before it", 400, chunked("00020000000000000\r\nhello")],
    ["a chunk size beyond 2^53", 400, chunked("20000000000000\r\nhello")],
    ["an empty chunk size", 400, chunked("\r\nhello\r\n0\r\n\r\n")],
    ["a chunk size ended by LF", 400, chunked("5\nhello\r\n0\r\n\r\n")],
    ["a chunk size ended by CR", 400, chunked("5\rhello\r\n0\r\n\r\n")],
    ["a chunk longer than its size", 400, chunked("5\r\nhelloX\r\n0\r\n\r\n")],
    ["a chunk ended by some byte and LF", 400, chunked("5\r\nhelloX\n0\r\n\r\n")],
    ["a chunk size ended by CR and some byte", 400, chunked("5\r\rhello\r\n0\r\n\r\n")],
    ["a chunk ended by LF", 400, chunked("5\r\nhello\n0\r\n\r\n")],
    ["LF inside a chunk extension", 400, chunked("5;a\nb\r\nhello\r\n0\r\n\r\n")],
    ["a chunk extension without name", 400, chunked("5;\r\nhello\r\n0\r\n\r\n")],
    ["a chunk extension longer than 256 bytes", 400, chunked(`5;${"a".repeat(256)}\r\nhello\r\n0\r\n\r\n`)],
    ["a last chunk ended by LF", 400, chunked("0\n\n")],
    ["a malformed trailer", 400, chunked("0\r\nnothing\r\n\r\n")],
    ["a folded trailer", 400, chunked("0\r\nA: b\r\n c\r\n\r\n")],
    ["content-length in a trailer", 400, chunked("0\r\nContent-Length: 5\r\n\r\n")],
    ["transfer-encoding in a trailer", 400, chunked("0\r\nTransfer-Encoding: chunked\r\n\r\n")],
];

describe("request heads and bodies", () => {
    for (const [what, status, bytes] of REFUSED) {
        it(`answers ${status} to ${what}`, () => {
            const result = everywhere(bytes);
            assert.equal(result.status, status);
            assert.equal(
                result.messages.some((message) => message.whole),
                false,
            );
        });
    }

    it("answers 431 to a head over 60 KiB and to the 101st field, and takes what is just within", () => {
        const sized = (size: number): string => `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(size - 32)}\r\n\r\n`;
        const cuts = [[], [60 * 1024 - 1], [60 * 1024], [1], [61_000 / 2]];
        for (const cut of cuts) {
            assert.equal(parseRequests(sized(60 * 1024), cut).status, 0);
            assert.equal(parseRequests(sized(60 * 1024 + 1), cut).status, 431);
            assert.equal(parseRequests(sized(60 * 1024 + 1).slice(0, 60 * 1024), cut).status, 431);
        }
        const counted = (count: number): string => get("/", `Host: a\r\n${"X: y\r\n".repeat(count - 1)}`);
        assert.equal(parseRequests(counted(100)).status, 0);
        assert.equal(parseRequests(counted(101)).status, 431);
    });

    it("answers 431 to trailers over 16 KiB, and 400 to 16 KiB of chunk extensions in one body", () => {
        assert.equal(parseRequests(chunked(`0\r\nX: ${"x".repeat(17_000)}\r\n\r\n`)).status, 431);
        assert.equal(parseRequests(chunked(`${`1;${"a".repeat(200)}\r\nx\r\n`.repeat(80)}0\r\n\r\n`)).status, 0);
        assert.equal(parseRequests(chunked(`${`1;${"a".repeat(200)}\r\nx\r\n`.repeat(90)}0\r\n\r\n`)).status, 400);
    });

    it("takes zeros before a chunk size, which add nothing to it", () => {
        for (const size of ["05", "0000000000000005", `${"0".repeat(200)}5`, "00000000000000005;a"]) {
            const [message] = everywhere(chunked(`${size}\r\nhello\r\n${"0".repeat(17)}\r\n\r\n`)).messages;
            assert.deepEqual([message?.whole, message?.body], [true, "hello"], JSON.stringify(size));
        }
        assert.equal(parseRequests(chunked(`${`${"0".repeat(200)}1\r\nx\r\n`.repeat(90)}0\r\n\r\n`)).status, 400);
    });

    it("takes path and query as they came", () => {
        assert.equal(only(everywhere(get("/a/../%2e%2F//b?c=%zz&d={|}"))).path, "/a/../%2e%2F//b?c=%zz&d={|}");
    });

    it("takes the authority of an absolute target before Host", () => {
        const head = only(everywhere(get("http://Other.example:81/p?q", "Host: a\r\n")));
        assert.deepEqual([head.authority, head.path], ["Other.example:81", "/p?q"]);
        assert.equal(only(everywhere(get("HTTP://b?q"))).path, "/?q");
        assert.equal(only(everywhere(get("http://b"))).path, "/");
        assert.equal(only(everywhere("OPTIONS http://b HTTP/1.1\r\nHost: a\r\n\r\n")).path, "*");
    });

    it("takes * of OPTIONS, IP literals, ports and empty lines before a request", () => {
        assert.equal(only(everywhere("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")).path, "*");
        assert.equal(only(everywhere(get("/", "Host: [2001:db8::1]:8443\r\n"))).authority, "[2001:db8::1]:8443");
        assert.equal(only(everywhere(get("/", "Host: a_b.example:\r\n"))).authority, "a_b.example:");
        assert.equal(only(everywhere(`\r\n\r\n${get("/")}`)).authority, "a");
    });

    it("gives names in lower case, values trimmed and in order, repeated ones apart", () => {
        const head = only(
            everywhere(get("/", "Host: a\r\nX-Unheard-Of:\t b  c \t\r\nAccept:*/*\r\nCOOKIE: a\r\ncookie: b\r\nEmpty:\r\nObs: \xe9\r\n")),
        );
        assert.deepEqual(head.headers, ["x-unheard-of", "b  c", "accept", "*/*", "cookie", "a", "cookie", "b", "empty", "", "obs", "\xe9"]);
    });

    it("takes an empty Host, and leaves a fragment out", () => {
        assert.equal(only(everywhere(get("/", "Host:\r\n"))).authority, "");
        for (const [target, path] of [
            ["/a#b", "/a"],
            ["/a?b#c?d", "/a?b"],
            ["/#", "/"],
            ["http://h#a", "/"],
            ["http://h/a##b", "/a"],
        ] as const) {
            assert.equal(only(everywhere(get(target))).path, path, target);
        }
    });

    it("lets what it reads itself be read too: lengths, expectations", () => {
        assert.deepEqual(only(everywhere(post("Content-Length: 05\r\nExpect: 100-Continue\r\n", "hello"))).headers, [
            "content-length",
            "05",
            "expect",
            "100-Continue",
        ]);
        assert.deepEqual(only(everywhere(chunked("0\r\n\r\n"))).headers, []);
    });

    it("takes out hop-by-hop fields and what connection lists, but never what a proxy in front has said", () => {
        const head = only(
            everywhere(
                get(
                    "/",
                    "Host: a\r\nX-Secret: 1\r\nConnection: x-secret, X-Forwarded-For, x-real-ip, host, close\r\nX-Forwarded-For: 1.2.3.4\r\nX-Real-IP: 1.2.3.4\r\nKeep-Alive: 5\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: b\r\nTrailer: t\r\nHTTP2-Settings: x\r\nUpgrade: h2c\r\nTE: gzip;q=1\r\nContent-Length: 0\r\n",
                ),
            ),
        );
        assert.deepEqual(head.headers, [
            "x-forwarded-for",
            "1.2.3.4",
            "x-real-ip",
            "1.2.3.4",
            "proxy-authorization",
            "b",
            "trailer",
            "t",
            "http2-settings",
            "x",
            "content-length",
            "0",
        ]);
        assert.equal(head.upgrade, "");
    });

    it("keeps te for trailers alone", () => {
        assert.deepEqual(only(everywhere(get("/", "Host: a\r\nTE: gzip, Trailers\r\nConnection: te\r\n"))).headers, ["te", "trailers"]);
    });

    it("reports an upgrade only where connection lists it and no body comes", () => {
        assert.equal(
            only(everywhere(get("/", "Host: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket, h2c\r\n"))).upgrade,
            "websocket",
        );
        assert.equal(only(everywhere(get("/", "Host: a\r\nUpgrade: websocket\r\n"))).upgrade, "");
        assert.equal(only(everywhere(post("Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 1\r\n", "a"))).upgrade, "");
    });

    it("reports who waits for 100, and nobody who has no body", () => {
        assert.equal(only(everywhere(post("Expect: 100-Continue\r\nContent-Length: 1\r\n", "a"))).expectContinue, true);
        assert.equal(only(everywhere(post("Expect: 100-continue\r\n", ""))).expectContinue, false);
    });

    it("says whether a name has an underscore, and takes it as it is", () => {
        const head = only(everywhere(get("/", "Host: a\r\nX_Y: b\r\nX-Y: c\r\n")));
        assert.deepEqual([head.headers, head.underscored], [["x_y", "b", "x-y", "c"], true]);
        assert.equal(only(everywhere(get("/", "Host: a\r\nX-Y: c_d\r\n"))).underscored, false);
    });

    it("takes HTTP/1.0 where it is accepted: Host optional, no chunks, no expectations", () => {
        const driving = { acceptHttp10: true };
        assert.equal(only(everywhere("GET / HTTP/1.0\r\n\r\n", driving)).authority, "");
        assert.equal(only(everywhere("POST / HTTP/1.0\r\nContent-Length: 1\r\nExpect: what\r\n\r\na", driving)).expectContinue, false);
        assert.equal(everywhere("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", driving).status, 400);
    });

    it("joins chunks, strips extensions, and passes trailers that change nothing", () => {
        const [message] = everywhere(
            chunked(
                '5;a=b;c="d;\\""\r\nhello\r\n006\r\n world\r\n1\r\n!\r\n0;x\r\nGrpc-Status: 0\r\nCookie: no\r\nConnection: close\r\n\r\n',
            ),
        ).messages;
        assert.equal(message!.body, "hello world!");
        assert.deepEqual(message!.trailers, ["grpc-status", "0"]);
    });

    it("reads pipelined requests one after the other", () => {
        const result = everywhere(`${get("/1")}${post("Content-Length: 5\r\n", "hello")}${chunked("1\r\na\r\n0\r\n\r\n")}${get("/2")}`);
        assert.deepEqual(
            result.messages.map((message) => [(message.head as RequestHead).path, message.body, message.whole]),
            [
                ["/1", "", true],
                ["/", "hello", true],
                ["/", "a", true],
                ["/2", "", true],
            ],
        );
    });

    it("delivers nothing after a fault", () => {
        const result = everywhere(`${chunked("5\r\nhelloX")}${get("/smuggled")}`);
        assert.equal(result.status, 400);
        assert.equal(result.messages.length, 1);
        assert.equal(result.messages[0]!.whole, false);
    });
});
