/** What becomes of trailers over HTTP/2, those of clients and those of backends of either protocol. */
import { linesOf } from "../support/backend";
import { ask, httpGateway, reply, to, type Answer, type Ask, type Received, type Topic } from "../support/case";
import { data, headers } from "../support/http2/frames";
import { ask2, post2 } from "../support/http2/requests";
import { answers, byBoth, MALFORMED, resets, toEach } from "../support/http2/differences";
import { toBoth } from "./http2-heads";

const TRAILERS: Readonly<Record<string, readonly string[]>> = {
    "an own one": ["x-t", "1"],
    "lines of a name": ["x-t", "1", "x-u", "2", "x-t", "3"],
    "that say who the client is": [
        "x-forwarded-for",
        "1.2.3.4",
        "x-forwarded-client-cert",
        "x",
        "x-request-id",
        "1",
        "x-envoy-internal",
        "true",
    ],
    "that give rights": ["authorization", "x", "cookie", "a=1"],
    "a length": ["content-length", "5"],
    host: ["host", "other.test"],
    "of calls": ["grpc-status", "0", "grpc-message", "fine"],
    underscores: ["x_t", "1"],
    "that a rule sets": ["x-route", "mine"],
    none: [],
};
const BAD: Readonly<Record<string, readonly string[]>> = {
    "a pseudo-header": [":path", "/b"],
    "a status": [":status", "200"],
    "upper case": ["X-t", "1"],
    "a line break in a value": ["x-t", "1\r\nx-u: 2"],
    "a NUL in a value": ["x-t", "a\0b"],
    "a line break in a name": ["x-t\r\nx-u", "1"],
    connection: ["connection", "close"],
    "transfer-encoding": ["transfer-encoding", "chunked"],
    "te gzip": ["te", "gzip"],
    "of 70 KiB": Array.from({ length: 70 }, (_, at) => [`x-${at}`, "a".repeat(1000)]).flat(),
};

const each = (host: string, all: Readonly<Record<string, readonly string[]>>): Record<string, Ask> =>
    Object.fromEntries(
        Object.entries(all).map(([title, list]) => [title, post2(host, ["te", "trailers"], data("hello", false), headers(list, true))]),
    );

/** An answer over HTTP/1.1 with these trailers. */
const chunked = (...lines: readonly string[]): string =>
    ["HTTP/1.1 200 OK", "transfer-encoding: chunked", "trailer: x-t", "", "2", "ok", "0", ...lines, "", ""].join("\r\n");

const PASSED = "RFC 9110 §6.5: checksums and signatures come in them";

/** The backend gets these trailers. */
function passed(list: readonly string[]): (recorded: Answer) => Partial<Answer> {
    const trailers = linesOf(list);
    return ({ backend = [] }) => ({
        backend: backend.map((one) => ({
            ...one,
            trailers: Object.keys(trailers).length > 0 ? trailers : undefined,
        })) as readonly Received[],
    });
}

export const http2Trailers: Topic = {
    name: "http2-trailers",
    cases: [
        {
            title: "of a client of HTTP/2",
            make: (setting) =>
                toBoth(setting, (host) => ({
                    ...each(host, TRAILERS),
                    "without a body": post2(host, [], headers(["x-t", "1"], true)),
                    "with a length": post2(host, ["content-length", "5"], data("hello", false), headers(["x-t", "1"], true)),
                    "with a length that lies": post2(host, ["content-length", "7"], data("hello", false), headers(["x-t", "1"], true)),
                    "that do not end": post2(host, [], data("hello", false), headers(["x-t", "1"], false), data("", true)),
                    "with GET": ask2(host, "GET /", [], { trailers: ["x-t: 1"] }),
                    ...each(host, BAD),
                })),
            differences: {
                ...Object.fromEntries(
                    ["an own one", "lines of a name", "of calls", "underscores", "that a rule sets"].map((title) => [
                        `to HTTP/1.1: ${title}`,
                        { ours: passed(TRAILERS[title] ?? []), why: PASSED },
                    ]),
                ),
                "to HTTP/1.1: without a body": { ours: passed(["x-t", "1"]), why: PASSED },
                "to HTTP/1.1: with GET": { ours: passed(["x-t", "1"]), why: PASSED },
                ...answers(
                    "RFC 9110 §6.5.1: who passes them on does not know what they would do behind",
                    ["to HTTP/2: that say who the client is", "to HTTP/2: that give rights"],
                    passed([]),
                ),
                ...resets("somebody behind could believe them", toEach("a length", "host")),
                ...resets(MALFORMED, toEach(...Object.keys(BAD), "with a length that lies", "that do not end")),
                ...resets("no trailers need so much", toEach("of 70 KiB"), "goaway ENHANCE_YOUR_CALM"),
            },
        },
        {
            title: "of a client of HTTP/1.1",
            make: (setting) =>
                toBoth(setting, (host) => ({
                    trailers: {
                        sends: [
                            `POST / HTTP/1.1\r\nHost: ${host}\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx-t: 1\r\n\r\n`,
                        ],
                    },
                })),
            differences: answers(PASSED, toEach("trailers"), passed(["x-t", "1"])),
        },
        {
            title: "of a backend of HTTP/1.1",
            make: (setting) => ({
                objects: httpGateway(setting, ["h.test"], [to(setting.backends[0])]),
                asks: Object.fromEntries(
                    Object.entries({
                        "an own one": chunked("x-t: 1"),
                        "lines of a name": chunked("x-t: 1", "x-u: 2", "x-t: 3"),
                        "that say what proxies do": chunked("server: own", "x-envoy-a: 1", "set-cookie: a=1", "via: 1.1 a"),
                        "of calls": chunked("grpc-status: 0"),
                        "upper case": chunked("X-T: 1"),
                    }).flatMap(([title, text]) => [
                        [`HTTP/1.1: ${title}`, ask("h.test", "GET /", ["te: trailers", reply(text)])],
                        [`HTTP/2: ${title}`, ask2("h.test", "GET /", ["te: trailers", reply(text)])],
                    ]),
                ),
            }),
            differences: {
                ...answers(PASSED, byBoth("an own one", "upper case"), { trailers: { "x-t": "1" } }),
                ...answers(PASSED, byBoth("lines of a name"), { trailers: { "x-t": "1\n3", "x-u": "2" } }),
                ...answers(PASSED, byBoth("that say what proxies do"), { trailers: { via: "1.1 a" } }),
                ...answers(PASSED, byBoth("of calls"), { trailers: { "grpc-status": "0" } }),
            },
        },
    ],
};
