/**
 * The property that the codec's safety stands on: what our parser accepts, Node's strict parser accepts with the same
 * framing, fields and body. Ours may refuse more, never understand something else. Held for messages put together from
 * sound and dangerous pieces and then mutated, parted at every place.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { RequestHead, ResponseHead } from "../../../../proxy/http/doors";
import { everyCut, parseRequests, parseResponses, type Driving, type Message, type Result } from "./ours";
import { reference, type Reference } from "./llhttp";

const DROPPED = ["connection", "host", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"];
/** Those that connection may list and not take away. */
const FRAMING = ["content-length", "expect"];

/** What must be left of raw fields, said a second time and naively. */
function endToEnd(raw: readonly string[]): string[] {
    const pairs = Array.from({ length: raw.length / 2 }, (_, index) => [raw[2 * index]!.toLowerCase(), raw[2 * index + 1]!] as const);
    const values = (name: string): string[] =>
        pairs
            .filter((pair) => pair[0] === name)
            .flatMap((pair) =>
                pair[1]
                    .toLowerCase()
                    .split(",")
                    .map((item) => item.trim()),
            );
    const listed = values("connection").filter(
        (name) => !FRAMING.includes(name) && !name.startsWith("x-forwarded-") && name !== "x-real-ip" && name !== "forwarded",
    );
    const kept = pairs.filter(([name]) => !DROPPED.includes(name) && !listed.includes(name)).flat();
    return values("te").includes("trailers") ? [...kept, "te", "trailers"] : kept;
}

function agrees(ours: Message, theirs: Reference, request: boolean): void {
    const context = JSON.stringify({ ours, theirs });
    if (request) {
        const head = ours.head as RequestHead;
        assert.equal(head.method, theirs.method, context);
        if (theirs.url.startsWith("/") || theirs.url === "*") assert.equal(head.path, theirs.url.split("#")[0], context);
        else assert.ok(theirs.url.toLowerCase().includes(head.authority.toLowerCase()), context);
        assert.equal(head.protocol, `HTTP/1.${theirs.minor}`, context);
        assert.deepEqual(head.headers, endToEnd(theirs.headers), context);
    } else {
        assert.equal((ours.head as ResponseHead).status, theirs.status, context);
        assert.deepEqual(
            ours.head.headers,
            endToEnd(theirs.headers).filter((_, index, all) => all[index - (index % 2)] !== "te"),
            context,
        );
    }
    if (ours.whole) {
        assert.equal(ours.body, theirs.body, context);
        assert.ok(theirs.whole, context);
        assert.deepEqual(ours.trailers ?? [], endToEnd(theirs.trailers), context);
    } else {
        assert.ok(theirs.body.startsWith(ours.body), context);
    }
}

/** Ours, one piece: all that it delivered is what llhttp found; and it is in no doubt where llhttp failed. */
function compare(result: Result, bytes: string, request: boolean, driving: Driving): void {
    const { messages, failed } = reference(request ? "request" : "response", bytes, driving.method, driving.closes);
    for (const [index, ours] of result.messages.entries()) {
        const theirs = messages[index];
        assert.ok(theirs !== undefined, `only ours found message ${index}: ${JSON.stringify(bytes)}`);
        agrees(ours, theirs, request);
        // What follows an upgrade is no HTTP to llhttp; ours reads on until the exchange switches.
        if (theirs.upgrade) return;
    }
    if (!result.idle) return;
    assert.ok(!failed, `only llhttp refuses ${JSON.stringify(bytes)}`);
    assert.equal(messages.length, result.messages.length, JSON.stringify(bytes));
}

function check(parse: typeof parseRequests, bytes: string, request: boolean, driving: Driving): void {
    const whole = parse(bytes, [], driving);
    compare(whole, bytes, request, driving);
    for (const cuts of everyCut(bytes)) {
        assert.deepEqual(
            parse(bytes, cuts, driving),
            whole,
            `parted at ${cuts.length === 1 ? cuts[0] : "each byte"}: ${JSON.stringify(bytes)}`,
        );
    }
}

// --- pieces: the sound ones are there often enough that many messages pass -----------------------------------------

const often = <T>(sound: readonly T[], dangerous: readonly T[]): fc.Arbitrary<T> =>
    fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...sound) }, { weight: 1, arbitrary: fc.constantFrom(...dangerous) });

const lineEnd = often(["\r\n"], ["\n", "\r", "\r\r\n", "\r\n ", "\n\r\n"]);
const fields = often(
    [
        "A: b",
        "x-y:z",
        "Accept: */*",
        "X-Long: some value, with \t parts",
        "Cookie: a=b; c=d",
        "Empty:",
        "Obs: \xe9\xff",
        "TE: trailers",
        "Connection: keep-alive",
        "Connection: close",
        "Connection: x-y",
        "X-Y: 1",
        "Content-Length: 0",
        "Trailer: t",
    ],
    [
        "Content-Length: 3",
        "Content-Length: +3",
        "Content-Length: 3, 3",
        "Content-Length: ",
        "Content-Length : 3",
        "Content-Length: 0x3",
        "Content-Length: 99999999999999999999",
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding:\tchunked",
        "Transfer-Encoding: \x0bchunked",
        " folded: x",
        "a b: c",
        "a_b: c",
        "nul: a\0b",
        "del: \x7f",
        "noColon",
        ": noName",
        "Connection: upgrade",
        "Upgrade: websocket",
        "Connection: transfer-encoding",
        "Host: b",
        "Expect: 100-continue",
        "Expect: what",
        "a\xe9: c",
        "(a): b",
        "Keep-Alive: 5",
    ],
);
const framings = often(
    [
        ["", ""],
        ["Content-Length: 5\r\n", "hello"],
        ["Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"],
        ["transfer-encoding: Chunked\r\n", '3;a=b\r\nabc\r\nA;c="d \\" e";f\r\n0123456789\r\n0\r\nt: v\r\nX-Y: 2\r\n\r\n'],
        ["Transfer-Encoding: chunked\r\n", "1\r\na\r\n1\r\nb\r\n01\r\nc\r\n0\r\n\r\n"],
    ],
    [
        ["Content-Length: 5\r\nContent-Length: 5\r\n", "hello"],
        ["Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"],
        ["Transfer-Encoding: chunked\r\n", "5 \r\nhello\r\n0\r\n\r\n"],
        ["Transfer-Encoding: chunked\r\n", "5\r\nhelloX0\r\n\r\n"],
        ["Transfer-Encoding: chunked\r\n", "0x5\r\nhello\r\n0\r\n\r\n"],
        ["Transfer-Encoding: chunked\r\n", "5\nhello\n0\n\n"],
        ["Transfer-Encoding: chunked\r\n", "-1\r\n0\r\n\r\n"],
        ["Transfer-Encoding: chunked\r\n", "5;a b\r\nhello\r\n0\r\n\r\n"],
        ["Transfer-Encoding: chunked\r\n", "FFFFFFFFFFFFFFFF\r\nhello"],
        ["Transfer-Encoding: chunked\r\n", ";a\r\n0\r\n\r\n"],
        ["Transfer-Encoding: chunked\r\n", "0\r\nbad trailer\r\n\r\n"],
        ["Transfer-Encoding: chunked\r\n", "0\r\nContent-Length: 9\r\n\r\n"],
        ["Transfer-Encoding: chunked\r\n", "0\r\n a: b\r\n\r\n"],
        ["Transfer-Encoding: chunked\r\n", '5;a="\n"\r\nhello\r\n0\r\n\r\n'],
    ],
);
const requestLines = often(
    [
        "GET / HTTP/1.1",
        "POST /a/b?c=d&e=%zz HTTP/1.1",
        "PUT /%41 HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "GET http://h.example/x HTTP/1.1",
        "DELETE / HTTP/1.1",
        "M-SEARCH /q HTTP/1.1",
        "GET / HTTP/1.0",
    ],
    [
        "GET  / HTTP/1.1",
        "GET / HTTP/1.1 ",
        "get / HTTP/1.1",
        "GET /a b HTTP/1.1",
        "GET /#f HTTP/1.1",
        "GET /\xe9 HTTP/1.1",
        "GET /%00 HTTP/1.1",
        "GET / HTTP/2.0",
        "GET / http/1.1",
        "GET /",
        "FOO / HTTP/1.1",
        "CONNECT a:1 HTTP/1.1",
        "GET * HTTP/1.1",
        "GET x HTTP/1.1",
        "GET http://u@h/ HTTP/1.1",
        "GET\t/ HTTP/1.1",
        "GET / HTTP/1.1\0",
        "GET / HTTP/01.1",
        "GET / HTTP/1.10",
    ],
);
const statusLines = often(
    [
        "HTTP/1.1 200 OK",
        "HTTP/1.1 404 Not Found",
        "HTTP/1.1 204 No Content",
        "HTTP/1.1 304 Not Modified",
        "HTTP/1.1 200",
        "HTTP/1.1 200 ",
        "HTTP/1.0 200 OK",
        "HTTP/1.1 100 Continue",
        "HTTP/1.1 103 Early Hints",
    ],
    [
        "HTTP/1.1  200 OK",
        "HTTP/1.1 20 OK",
        "HTTP/1.1 2000 OK",
        "HTTP/2.0 200 OK",
        "HTTP/1.1 099 x",
        "HTTP/1.1 200\tOK",
        "http/1.1 200 OK",
        "HTTP/1.1 101 Switching Protocols",
        "HTTP/1.1 200 a\0b",
        " HTTP/1.1 200 OK",
        "HTTP/1.1 +20 OK",
        "HTTP/1.1",
    ],
);
const hosts = often(
    ["Host: a.example\r\n", "host:b:8080\r\n", "HOST: [::1]:80\r\n"],
    ["", "Host: a\r\nHost: a\r\n", "Host: a b\r\n", "Host:\r\n", "Host: u@a\r\n", "Host: a/b\r\n"],
);

function message(start: fc.Arbitrary<string>, host: fc.Arbitrary<string>): fc.Arbitrary<string> {
    return fc
        .tuple(
            often(["", ""], ["\r\n", "\r\n\r\n", "\n", "\r"]),
            start,
            lineEnd,
            host,
            fc.array(
                fc.tuple(fields, lineEnd).map((pair) => pair.join("")),
                { maxLength: 4 },
            ),
            framings,
            often(["\r\n"], ["\n", "\r", "\r\n\r\n"]),
        )
        .map(
            ([before, line, end, hostLine, lines, [framing, body], emptyLine]) =>
                `${before}${line}${end}${hostLine}${lines.join("")}${framing}${emptyLine}${body}`,
        );
}

const danger = fc.constantFrom("\r", "\n", "\0", " ", "\t", ":", ",", ";", "\r\n", "0", "\x0b", "\x7f", "\xff", "#", "%", "_");
const mutations = fc.array(fc.record({ place: fc.double({ min: 0, max: 1, noNaN: true }), removed: fc.nat(2), added: danger }), {
    maxLength: 2,
});

function mutated(bytes: fc.Arbitrary<string>): fc.Arbitrary<string> {
    return fc.oneof(
        { weight: 2, arbitrary: bytes },
        {
            weight: 3,
            arbitrary: fc.tuple(bytes, mutations).map(([text, changes]) =>
                changes.reduce((result, { place, removed, added }) => {
                    const at = Math.floor(place * result.length);
                    return result.slice(0, at) + added + result.slice(at + removed);
                }, text),
            ),
        },
    );
}

const several = (one: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    mutated(fc.array(one, { minLength: 1, maxLength: 2 }).map((all) => all.join("")));

/** Declares the tests, each with as many messages as said. */
export const againstLlhttp = (runs: number): void =>
    void describe("the HTTP/1.1 parser against Node's strict one", () => {
        it("accepts no request that llhttp refuses or reads otherwise, wherever it is parted", () => {
            let accepted = 0;
            fc.assert(
                fc.property(several(message(requestLines, hosts)), fc.boolean(), (bytes, acceptHttp10) => {
                    const driving = { acceptHttp10 };
                    check(parseRequests, bytes, true, driving);
                    if (parseRequests(bytes, [], driving).messages.some((one) => one.whole)) accepted++;
                }),
                { numRuns: runs },
            );
            assert.ok(accepted > runs / 10, `only ${accepted} of ${runs} were accepted: the property says too little`);
        });

        it("accepts no response that llhttp refuses or reads otherwise, wherever it is parted", () => {
            let accepted = 0;
            fc.assert(
                fc.property(
                    several(message(statusLines, fc.constant(""))),
                    fc.constantFrom("GET", "HEAD"),
                    fc.boolean(),
                    (bytes, method, closes) => {
                        const driving = { method, closes };
                        check(parseResponses, bytes, false, driving);
                        if (parseResponses(bytes, [], driving).messages.some((one) => one.whole)) accepted++;
                    },
                ),
                { numRuns: runs },
            );
            assert.ok(accepted > runs / 10, `only ${accepted} of ${runs} were accepted: the property says too little`);
        });
    });
