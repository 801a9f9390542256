/** What a gateway makes of what HTTP/2 backends answer, for clients of either protocol. */
import { ask, httpGateway, reply, to, type Ask, type Topic } from "../support/case";
import { data, END_HEADERS, END_STREAM, frame, headerBlock, headers, number, reset, TYPES } from "../support/http2/frames";
import { answers as differs, byBoth, byHttp1, byHttp2, CUT } from "../support/http2/differences";
import { ask2 } from "../support/http2/requests";

const HOST = "h.test";
const OK = [":status", "200"];
const whole = (...list: readonly string[]): Buffer => Buffer.concat([headers([...OK, ...list], false), data("ok", true)]);
const several = (...frames: readonly Buffer[]): Buffer => Buffer.concat(frames);
const goAway = (last: number, code: number): Buffer => frame(TYPES.goAway, 0, 0, Buffer.concat([number(last), number(code)]));
const interim = (status: string, ...list: readonly string[]): Buffer => headers([":status", status, ...list], false);

/** A line of 4 KiB that the table keeps (RFC 7541 §6.2.1), and `count` octets that name it once more each. */
function large(count: number): Buffer {
    const line = headerBlock(["x-a", "a".repeat(4_000)]);
    line[0] = 0x40;
    const block = Buffer.concat([headerBlock(OK), line, Buffer.alloc(count, 0xbe)]);
    return several(frame(TYPES.headers, END_HEADERS, 1, block), data("ok", true));
}

const HEADS: Readonly<Record<string, Buffer>> = {
    plain: whole("content-type", "text/plain"),
    "with a length": whole("content-length", "2"),
    "an end with the head": headers([...OK, "content-length", "0"], true),
    "an end with the head, and no length": headers(OK, true),
    "an empty frame for its end": several(headers(OK, false), data("ok", false), data("", true)),
    "early hints": several(interim("103", "link", "</a>"), whole()),
    "several interim responses": several(interim("102"), interim("103", "link", "</a>"), interim("103", "link", "</b>"), whole()),
    "an interim response nobody knows": several(interim("199", "x-a", "1"), whole()),
    "a continue that nobody asked for": several(interim("100"), whole()),
    "a switch that nobody asked for": several(interim("101"), whole()),
    "an interim response that ends": headers([":status", "103"], true),
    "204": headers([":status", "204"], true),
    "204 with a length": headers([":status", "204", "content-length", "0"], true),
    "204 with a body": several(headers([":status", "204"], false), data("ok", true)),
    "304 with a length": headers([":status", "304", "etag", "x", "content-length", "10"], true),
    "304 with a body": several(headers([":status", "304", "etag", "x"], false), data("ok", true)),
    "205": headers([":status", "205", "content-length", "0"], true),
    "a status of no class": headers([":status", "999"], true),
    "a status of two digits": headers([":status", "20"], true),
    "a status of four digits": headers([":status", "0200"], true),
    "a status that is none": headers([":status", "abc"], true),
    "no status": headers(["content-type", "text/plain"], true),
    "two statuses": headers([...OK, ":status", "201"], true),
    "a status behind a header": headers(["x-a", "1", ...OK], true),
    "a path": headers([...OK, ":path", "/"], true),
    "a pseudo-header that nobody knows": headers([...OK, ":own", "1"], true),
    "upper case in a name": whole("X-a", "1"),
    "a line break in a value": whole("x-a", "1\r\nx-b: 2"),
    "a NUL in a value": whole("x-a", "a\0b"),
    "a line break in a name": whole("x-a\r\nx-b", "1"),
    "a space in a name": whole("x a", "1"),
    "an empty name": whole("", "1"),
    "blanks around a value": whole("x-a", " b "),
    "UTF-8": whole("x-a", "Zürich"),
    "lines of a name": whole("set-cookie", "a=1", "set-cookie", "b=2", "x-a", "1", "x-a", "2"),
    underscores: whole("x_own", "1", "x-own", "2"),
    connection: whole("connection", "close"),
    "connection that names a header": whole("connection", "x-a", "x-a", "1"),
    "keep-alive": whole("keep-alive", "timeout=5"),
    "transfer-encoding": whole("transfer-encoding", "chunked"),
    upgrade: whole("upgrade", "h2c"),
    te: whole("te", "trailers"),
    "what concerns proxies": whole("proxy-authenticate", "basic", "trailer", "x-t", "proxy-connection", "x"),
    "server and date": whole("server", "own", "via", "2 a", "x-powered-by", "a"),
    "a hundred and twenty headers": whole(...Array.from({ length: 120 }, (_, at) => [`x-${at}`, "1"]).flat()),
    "a head of 80 KiB": large(20),
    "a head of 8 MiB": large(2000),
};

const BODIES: Readonly<Record<string, Buffer>> = {
    "longer than its length": several(headers([...OK, "content-length", "1"], false), data("ok", true)),
    "shorter than its length": several(headers([...OK, "content-length", "3"], false), data("ok", true)),
    "none, of a length": headers([...OK, "content-length", "3"], true),
    "two equal lengths": whole("content-length", "2", "content-length", "2"),
    "two lengths": whole("content-length", "2", "content-length", "3"),
    "a length that is none": whole("content-length", "two"),
    trailers: several(headers(OK, false), data("ok", false), headers(["x-t", "1", "x-t", "2"], true)),
    "trailers, and a length": several(headers([...OK, "content-length", "2"], false), data("ok", false), headers(["x-t", "1"], true)),
    "trailers without a body": several(headers(OK, false), headers(["x-t", "1"], true)),
    "trailers with a status": several(headers(OK, false), data("ok", false), headers([":status", "200", "x-t", "1"], true)),
    "trailers with a length": several(headers(OK, false), data("ok", false), headers(["content-length", "2"], true)),
    "trailers that do not end": several(headers(OK, false), data("ok", false), headers(["x-t", "1"], false), data("", true)),
    "trailers with a line break": several(headers(OK, false), data("ok", false), headers(["x-t", "1\r\nx-u: 2"], true)),
    "trailers in upper case": several(headers(OK, false), data("ok", false), headers(["X-t", "1"], true)),
    "trailers that say what proxies do": several(
        headers(OK, false),
        data("ok", false),
        headers(["server", "own", "x-envoy-a", "1", "set-cookie", "a=1", "grpc-status", "0"], true),
    ),
    padding: several(headers(OK, false), frame(TYPES.data, END_STREAM | 8, 1, Buffer.from("\x03ok\0\0\0"))),
};

const ENDS: Readonly<Record<string, Buffer>> = {
    "reset: REFUSED_STREAM": reset("REFUSED_STREAM"),
    "reset: CANCEL": reset("CANCEL"),
    "reset: NO_ERROR": reset("NO_ERROR"),
    "reset: INTERNAL_ERROR": reset("INTERNAL_ERROR"),
    "reset: PROTOCOL_ERROR": reset("PROTOCOL_ERROR"),
    "reset: HTTP_1_1_REQUIRED": reset("HTTP_1_1_REQUIRED"),
    "reset: ENHANCE_YOUR_CALM": reset("ENHANCE_YOUR_CALM"),
    "reset behind a head": several(headers(OK, false), reset("CANCEL")),
    "reset behind half a body": several(headers([...OK, "content-length", "4"], false), data("ok", false), reset("INTERNAL_ERROR")),
    "reset behind an interim response": several(interim("103"), reset("CANCEL")),
    "reset behind the end": several(whole(), reset("NO_ERROR")),
    "going away, before this one": goAway(0, 0),
    "going away with an error, before this one": goAway(0, 2),
    "going away, and an answer": several(goAway(2_147_483_647, 0), whole()),
    "going away with an error, and an answer": several(goAway(1, 11), whole()),
    "a body without a head": data("ok", true),
    "a frame too large": frame(TYPES.data, END_STREAM, 1, Buffer.alloc(20_000)),
    "a push": frame(TYPES.push, END_HEADERS, 1, Buffer.concat([number(2), headerBlock([":method", "GET"])])),
    "settings that are none": frame(TYPES.settings, 0, 0, Buffer.alloc(5)),
    "an answer in HTTP/1.1": frame(72, 84, 0, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
};

/** Each answer for a client of either protocol; `GET` and `HEAD`. */
function answers(told: Readonly<Record<string, Buffer>>, method = "GET"): Record<string, Ask> {
    return Object.fromEntries(
        Object.entries(told).flatMap(([title, frames]) => [
            [`HTTP/1.1: ${title}`, ask(HOST, `${method} /`, [reply(frames)])],
            [`HTTP/2: ${title}`, ask2(HOST, `${method} /`, [reply(frames)])],
        ]),
    );
}

const BROKEN = "an answer that breaks in the read in which it begins is not begun";
const TRAILERS = "RFC 9110 §6.5: checksums and signatures come in them";
const PROTOCOL_ERROR = "upstream connect error or disconnect/reset before headers. reset reason: protocol error";

const HEAD = ["with a length", "an end with the head", "plain", "304 with a length"];

export const http2Answers: Topic = {
    name: "http2-answers",
    cases: [
        {
            title: "heads",
            make: (setting) => ({ objects: httpGateway(setting, [HOST], [to(setting.http2)]), asks: answers(HEADS) }),
            differences: {
                ...differs("RFC 9110 §15.2: each of them is for the client", byBoth("several interim responses"), {
                    informational: [102, 103, 103],
                }),
                ...differs("RFC 9110 §15.2: each of them is for the client", byBoth("an interim response nobody knows"), {
                    informational: [199],
                }),
                ...differs(BROKEN, byHttp1("204 with a body", "304 with a body"), CUT),
                ...differs("the head says that no body follows: it is whole", byHttp2("204 with a body", "304 with a body"), {
                    ended: undefined,
                }),
                ...differs("RFC 9110 §10.1.4: it is a request's", byBoth("te"), { headers: {} }),
                ...differs(
                    "it is the backend that broke the rules",
                    byBoth("a hundred and twenty headers", "a head of 80 KiB", "a head of 8 MiB"),
                    {
                        status: 502,
                        headers: { "content-length": "87", "content-type": "text/plain" },
                        body: PROTOCOL_ERROR,
                    },
                ),
            },
        },
        {
            title: "bodies and trailers",
            make: (setting) => ({ objects: httpGateway(setting, [HOST], [to(setting.http2)]), asks: answers(BODIES) }),
            differences: {
                ...differs(
                    BROKEN,
                    byHttp1(
                        ...["longer than its length", "shorter than its length", "trailers with a status", "trailers with a length"],
                        ...["trailers that do not end", "trailers with a line break", "trailers in upper case"],
                    ),
                    CUT,
                ),
                ...differs("what came before the fault was good", byHttp2("shorter than its length"), { body: "ok" }),
                ...differs(TRAILERS, byHttp1("trailers"), { trailers: { "x-t": "1\n2" } }),
                ...differs(TRAILERS, byHttp1("trailers without a body"), { trailers: { "x-t": "1" } }),
                ...differs("somebody behind could believe it", byHttp2("trailers with a length"), {
                    ended: "reset INTERNAL_ERROR",
                    trailers: undefined,
                }),
                ...differs("of these the gateway has the say", byBoth("trailers that say what proxies do"), {
                    trailers: { "grpc-status": "0" },
                }),
            },
        },
        {
            title: "to HEAD",
            make: (setting) => ({
                objects: httpGateway(setting, [HOST], [to(setting.http2)]),
                asks: answers(
                    {
                        ...Object.fromEntries(HEAD.map((title) => [title, HEADS[title] ?? Buffer.alloc(0)])),
                        "a length and no body": headers([...OK, "content-length", "10"], true),
                    },
                    "HEAD",
                ),
            }),
            differences: {
                ...differs(BROKEN, byHttp1("with a length", "plain"), CUT),
                ...differs("the method says that no body follows: it is whole", byHttp2("with a length", "plain"), { ended: undefined }),
            },
        },
        {
            title: "resets and endings",
            make: (setting) => ({
                objects: httpGateway(setting, [HOST], [to(setting.http2, { retries: { attempts: 0 } })]),
                asks: answers(ENDS),
            }),
            differences: differs(BROKEN, byHttp1("reset behind a head", "reset behind half a body"), CUT),
        },
    ],
};
