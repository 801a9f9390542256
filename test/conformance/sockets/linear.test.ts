/** What a stranger sends costs no more than its bytes do: the steps are counted, of one size and of four times that. */
import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { FAILED, NEED_DATA } from "../../../proxy/codec/http1/events";
import { Http1Parser } from "../../../proxy/codec/http1/parser";
import { requestFraming, requestText } from "../../../proxy/codec/http1/serializer";
import type { ConnectionInfo, RequestHead, ResponseWriter } from "../../../proxy/http/doors";
import { createRequestHandler, createRuntime } from "../../../proxy/exchange";
import { bindSnapshot } from "../../../proxy/snapshot";
import { hostOf, HostIndex } from "../../../proxy/tables";
import { ClientHelloReader } from "../../../proxy/tls";
import { createUpstreamServices } from "../../../proxy/upstream";
import { stepsOf, stepsOfEach } from "../../support/steps";
import { delta, match, ORIGIN, route, virtualHost } from "../../proxy/snapshot/entries";

const SMALL = 12_000;
const FACTOR = 4;
/** Of what grows with the square, four times the size is sixteen times the steps. */
const MOST = FACTOR * 1.25;

/** A request whose head is about so many bytes. */
type Form = (bytes: number) => string;

const fill = (text: string, bytes: number): string => text.repeat(Math.ceil(bytes / text.length));
const request = (target: string, ...lines: string[]): string =>
    ["GET " + target + " HTTP/1.1", ...(lines.some((line) => /^host:/i.test(line)) ? [] : ["Host: a.apps.test"]), ...lines, "", ""].join(
        "\r\n",
    );
/** A hundred lines at most make up a head. */
const lines = (name: (at: number) => string, bytes: number, value = "x"): string[] =>
    Array.from({ length: 90 }, (_, at) => `${name(at)}: ${fill(value, bytes / 90)}`);

const FORMS: Readonly<Record<string, Form>> = {
    "a host of dots": (n) => request("/", `Host: ${fill(".", n)}a`),
    "a host of labels": (n) => request("/", `Host: ${fill("a.", n)}apps.test`),
    "a host of escapes": (n) => request("/", `Host: ${fill("%41", n)}`),
    "an open address": (n) => request("/", `Host: [${fill(":", n)}`),
    "an absolute target of dots": (n) => request(`http://${fill(".", n)}/`),
    "a path of slashes": (n) => request(fill("/", n)),
    "a path of dot segments": (n) => request(fill("/..", n)),
    "a path of dot segments with parameters": (n) => request(fill("/..;a", n)),
    "a path of deep segments and ways back": (n) => request(fill("/a", n / 2) + fill("/..", n / 2)),
    "a path of escapes": (n) => request("/" + fill("%61", n)),
    "a path of what is encoded": (n) => request("/" + fill("{", n)),
    "a query of separators": (n) => request("/?" + fill("&", n)),
    "a query of names nearly asked for": (n) => request("/?" + fill("want&wan=", n)),
    "a long fragment": (n) => request("/#" + fill("#a", n)),
    "a long method": (n) => `${fill("A", n)} / HTTP/1.1\r\n\r\n`,
    "a long name": (n) => request("/", `${fill("x", n)}: 1`),
    "a name of underscores": (n) => request("/", `x${fill("_", n)}: 1`),
    "connection options that name every header": (n) =>
        request("/", ...lines((at) => `x-own-${at}`, n / 2), `Connection: ${fill("x-own,", n / 2)}close`),
    "many connection lines": (n) => request("/", ...lines(() => "Connection", n, "a, ")),
    "connection options of commas": (n) => request("/", `Connection: ${fill(",", n)}`),
    codings: (n) => request("/", `Transfer-Encoding: ${fill("chunked,", n)}chunked`),
    te: (n) => request("/", ...lines(() => "TE", n, "gzip,")),
    upgrades: (n) => request("/", "Connection: upgrade", `Upgrade: ${fill("a,", n)}`),
    "blanks around a value": (n) => request("/", `X-A:${fill(" \t", n)}b${fill(" \t", n)}`),
    addresses: (n) => request("/", ...lines(() => "X-Forwarded-For", n, "1.1.1.1,")),
    cookies: (n) => request("/", ...lines(() => "Cookie", n, "a=b; ")),
    "a header that repeats and is asked for": (n) => request("/", ...lines(() => "x-wanted", n, "a")),
    "an origin": (n) => request("/", `Origin: ${fill("a", n)}`),
    "a length": (n) => request("/", `Content-Length: ${fill("1", n)}`),
    "an expectation": (n) => request("/", `Expect: ${fill("1", n)}`),
};

const BODIES: Readonly<Record<string, Form>> = {
    "chunks of one byte": (n) => `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${fill("1\r\na\r\n", n)}0\r\n\r\n`,
    "chunk extensions": (n) =>
        `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${fill(`1;${"a".repeat(200)}\r\na\r\n`, n)}`,
    trailers: (n) => `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${fill("x-a: b\r\n", n)}\r\n`,
    "requests one after the other": (n) => fill("GET / HTTP/1.1\r\nHost: a\r\n\r\n", n),
};

const CONNECTION: ConnectionInfo = {
    remoteAddress: "127.0.0.1",
    remotePort: 1,
    localAddress: "127.0.0.1",
    localPort: 2,
    port: 80,
    scheme: "http",
    serverName: "",
    routeTable: "http.80",
    chain: "",
    forwardedClientCert: "",
};
const WRITER: ResponseWriter = {
    informational() {},
    head() {},
    data: () => true,
    end() {},
    reset() {},
    pauseRequest() {},
    resumeRequest() {},
};

function parsed(bytes: Buffer, piece: number): RequestHead[] {
    const heads: RequestHead[] = [];
    const parser = new Http1Parser({ scheme: "http", acceptHttp10: false });
    for (let at = 0; at < bytes.length; at += piece) {
        const part = bytes.subarray(at, at + piece);
        parser.feed(Buffer.from(part));
        for (let event = parser.next(); event !== NEED_DATA && event !== FAILED; event = parser.next()) {
            if (parser.requestHead !== undefined && heads.at(-1) !== parser.requestHead) heads.push(parser.requestHead);
        }
    }
    return heads;
}

function assertLinear(small: number, large: number): void {
    assert.ok(large <= small * MOST + 1_000, `${small} steps became ${large}`);
}

/** Rules that look at all that can be looked at, and hold for nothing. */
const RULES = [
    match({ path: { kind: "regex", value: "/(a|b)+c.*", ignoreCase: false } }),
    match({ path: { kind: "prefix", value: "/WANTED", ignoreCase: true } }),
    match({ queryParams: [{ name: "want", match: { kind: "exact", value: "no" } }] }),
    match({
        headers: [
            { name: "x-wanted", match: { kind: "regex", value: "(a|aa)+b" }, invert: false },
            { name: "cookie", match: { kind: "regex", value: ".*;want=no" }, invert: false },
        ],
    }),
    match({ authority: { kind: "regex", value: ".*x" } }),
].map((one) => route({ kind: "direct", status: 200 }, { match: one }));

describe("cost of what strangers send", () => {
    const host = virtualHost("*.apps.test", [
        ...RULES,
        route(
            { kind: "direct", status: 404 },
            {
                cors: {
                    allowOrigins: [{ kind: "regex", value: "(a|aa)+b" }],
                    allowMethods: "*",
                    allowHeaders: "*",
                    exposeHeaders: "",
                    maxAge: "",
                    allowCredentials: false,
                    forwardUnmatchedPreflights: false,
                },
            },
        ),
    ]);
    const tables = delta(1, { virtualHosts: [host], routeTables: [{ key: "http.80", port: 80, origin: ORIGIN }] });
    const runtime = createRuntime(bindSnapshot(undefined, tables, createUpstreamServices()), []);
    const handler = createRequestHandler(runtime);

    /** The steps of each size: parsed, routed, and written as a backend would get it. */
    function served(form: Form, ...sizes: number[]): number[] {
        return stepsOfEach(
            sizes
                .map((size) => Buffer.from(form(size), "latin1"))
                .map((bytes) => () => {
                    for (const head of parsed(bytes, bytes.length)) {
                        requestText(head, requestFraming(head, true));
                        handler(head, true, WRITER, CONNECTION);
                    }
                }),
        );
    }

    // What is done once only is not counted.
    before(() => {
        for (const form of [FORMS["cookies"]!, BODIES["trailers"]!]) served(form, SMALL);
    });

    for (const [name, form] of Object.entries({ ...FORMS, ...BODIES })) {
        it(`grows with the bytes of ${name}`, () => {
            const [, small, large] = served(form, 100, SMALL, SMALL * FACTOR);
            assertLinear(small!, large!);
        });
    }

    it("grows with the bytes where each comes alone", () => {
        const steps = (size: number): number => {
            const bytes = Buffer.from(request("/", `X-A: ${fill("a", size)}`), "latin1");
            return stepsOf(() => void parsed(bytes, 1));
        };
        assertLinear(steps(2_000), steps(8_000));
    });

    it("grows with the bytes that wait behind a request, each alone", () => {
        const steps = (size: number): number => {
            const parser = new Http1Parser({ scheme: "http", acceptHttp10: false });
            parser.feed(Buffer.from(fill("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 60), "latin1"));
            parser.next();
            return stepsOf(() => {
                for (let at = 0; at < size; at++) parser.feed(Buffer.from("a"));
            });
        };
        assertLinear(steps(2_000), steps(8_000));
    });

    it("grows with the name that is looked up, whatever suffixes there are", () => {
        const suffixes = Array.from({ length: 500 }, (_, at) => `*.${"s".repeat(at % 20)}${at}.apps.test`);
        const index = new HostIndex<number>().changed(suffixes.map((one, at) => [one, at] as const));
        for (const unit of [".", "a.", "0.apps.test."]) {
            const steps = (size: number): number => {
                const host = fill(unit, size) + "a";
                return stepsOf(() => {
                    index.find(hostOf(host));
                    index.find(host);
                });
            };
            assertLinear(steps(SMALL), steps(SMALL * FACTOR));
        }
    });

    it("grows with the bytes of a ClientHello, in records of one byte and in pieces of one", () => {
        const hello = (size: number): Buffer => {
            const body = Buffer.concat([Buffer.from([3, 3]), Buffer.alloc(32), Buffer.from([0, 0, 2, 0x13, 1, 1, 0])]);
            const names = Buffer.from(fill("\u0001a", size), "latin1");
            const alpn = Buffer.concat([Buffer.from([0, 16]), uint16(names.length + 2), uint16(names.length), names]);
            const message = Buffer.concat([body, uint16(alpn.length), alpn]);
            return Buffer.concat([Buffer.from([1, 0]), uint16(message.length), message]);
        };
        const recorded = (bytes: Buffer, size: number): Buffer =>
            Buffer.concat(
                Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => {
                    const part = bytes.subarray(at * size, (at + 1) * size);
                    return Buffer.concat([Buffer.from([22, 3, 1]), uint16(part.length), part]);
                }),
            );
        const steps = (size: number, record: number, piece: number): number => {
            const bytes = recorded(hello(size), record);
            return stepsOf(() => {
                const reader = new ClientHelloReader();
                for (let at = 0; at < bytes.length; at += piece) reader.push(bytes.subarray(at, at + piece));
            });
        };
        assertLinear(steps(2_000, 1, 1), steps(8_000, 1, 1));
        assertLinear(steps(SMALL, 16_000, 60_000), steps(SMALL * FACTOR, 16_000, 60_000));
    });

    it("refuses a host longer than a name can be", () => {
        const status = (host: string): number => {
            const parser = new Http1Parser({ scheme: "http", acceptHttp10: false });
            parser.feed(Buffer.from(request("/", `Host: ${host}`), "latin1"));
            return parser.next() === FAILED ? parser.fault!.status : 200;
        };
        const longest = `${"a".repeat(61)}.`.repeat(4) + "a".repeat(5);
        assert.equal(longest.length, 253);
        for (const fine of [longest, `${longest}.`, `${longest}:65535`, `${longest}.:80`, "a.".repeat(126) + "a"])
            assert.equal(status(fine), 200, fine);
        for (const long of [`a${longest}`, `a${longest}.`, `a${longest}:80`, ".".repeat(128), "a.".repeat(128), `[${"0:".repeat(300)}:]`])
            assert.equal(status(long), 400, long);
    });
});

function uint16(value: number): Buffer {
    return Buffer.from([value >> 8, value & 255]);
}
