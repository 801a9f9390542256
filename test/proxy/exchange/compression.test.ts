/** Which bodies go out smaller, and what their heads say: by the passes alone. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { compressionOf, type Compression } from "../../../istio/semantics";
import type { ConnectionInfo } from "../../../proxy/http/doors";
import { delta, forwardTo, ORIGIN, route, virtualHost } from "../snapshot/entries";
import { compressed } from "../../../proxy/exchange/compressors";
import { Gateway, type Asked } from "./asking";

const KEY = "VirtualService default/web";
const BODY = "hello ".repeat(500);

function of(value: unknown): Compression | false {
    const read = compressionOf(value);
    if ("fault" in read) throw new Error(read.fault);
    return read.value;
}

function gateway(value: unknown = true, all?: unknown): Gateway {
    const part = (given: unknown): object => ({ compression: { value: of(given), origin: ORIGIN }, origin: ORIGIN });
    const edges = [{ key: KEY, ...part(value) }, ...(all === undefined ? [] : [{ key: "*", ...part(all) }])];
    return new Gateway(
        delta(1, { virtualHosts: [virtualHost("a.test", [route(forwardTo("c"))], { edge: [KEY] })], edges: edges as never }),
        "c",
    );
}

interface Exchanged {
    readonly request?: string[];
    readonly method?: string;
    readonly status?: number;
    readonly headers?: string[];
    readonly body?: string | undefined;
    readonly settings?: unknown;
    readonly connection?: Partial<ConnectionInfo>;
}

const TYPE = ["content-type", "text/html; charset=utf-8"];

function exchanged(given: Exchanged = {}): Asked {
    const { request = ["accept-encoding", "gzip"], method = "GET", status = 200, headers = TYPE, settings, connection } = given;
    const g = gateway(settings);
    const asked = g.ask("a.test/x", { headers: request, method }, connection);
    g.cluster().last.answer(status, [...headers], "body" in given ? given.body : BODY);
    return asked;
}

const coding = (given?: Exchanged): string | undefined => exchanged(given).response.header("content-encoding");
const head = ({ response }: Asked, ...names: string[]): (string | undefined)[] => names.map((name) => response.header(name));

describe("compression", () => {
    it("is of what a client takes, and says so to caches also where the body stays as it is", () => {
        assert.deepEqual(head(exchanged(), "content-encoding", "vary"), ["gzip", "Accept-Encoding"]);
        assert.deepEqual(head(exchanged({ request: [] }), "content-encoding", "vary"), [undefined, "Accept-Encoding"]);
        assert.equal(exchanged({ request: [] }).response.body, BODY);
        assert.equal(coding({ request: ["accept-encoding", "gzip;q=0.5", "accept-encoding", "br"] }), "br");
        assert.equal(coding({ request: ["accept-encoding", "br, gzip"], settings: { algorithms: ["gzip"] } }), "gzip");
        const varied = (vary: string): string | undefined => exchanged({ headers: [...TYPE, "vary", vary] }).response.header("vary");
        assert.equal(varied("Origin"), "Origin, Accept-Encoding");
        assert.equal(varied("origin, accept-encoding"), "origin, accept-encoding");
        assert.equal(varied("*"), "*");
    });

    it("leaves alone what is compressed, too short, of another type, in part, not to be touched, or without a body", () => {
        const none: Exchanged[] = [
            { headers: [...TYPE, "content-encoding", "br"] },
            { headers: [...TYPE, "content-encoding", "identity"] },
            { body: "short" },
            { headers: ["content-type", "image/png"] },
            { headers: ["content-type", "text/event-stream"] },
            { headers: [] },
            { headers: [...TYPE, "cache-control", "max-age=1, no-transform"] },
            { status: 206, headers: [...TYPE, "content-range", "bytes 0-2999/9000"] },
            { status: 204, body: undefined },
            { status: 304, body: undefined },
            { body: undefined },
            { request: ["accept-encoding", "gzip", "content-type", "application/grpc"] },
            { settings: false },
        ];
        const said = (headers: readonly string[] = []): string | undefined =>
            headers[headers.indexOf("content-encoding") + 1 || headers.length];
        for (const given of none) assert.equal(coding(given), said(given.headers), JSON.stringify(given).slice(0, 120));
        assert.equal(exchanged({ headers: ["content-type", "image/png"] }).response.header("vary"), undefined);
        assert.equal(exchanged({ status: 304, body: undefined }).response.header("vary"), "Accept-Encoding");
        assert.equal(coding({ status: 500 }), "gzip", "an error that a backend explains at length");
        assert.equal(coding({ headers: ["content-type", "TEXT/HTML"] }), "gzip");
    });

    it("takes away what was said of the bytes as they were, and weakens a strong tag", () => {
        const said = [
            "etag",
            '"a"',
            "accept-ranges",
            "bytes",
            "content-md5",
            "x",
            "repr-digest",
            "x",
            "content-length",
            "3000",
            "last-modified",
            "x",
        ];
        const asked = exchanged({ headers: [...TYPE, ...said] });
        assert.deepEqual(head(asked, "etag", "accept-ranges", "content-md5", "repr-digest", "content-length", "last-modified"), [
            'W/"a"',
            undefined,
            undefined,
            undefined,
            undefined,
            "x",
        ]);
        assert.equal(asked.response.contentLength, -1);
        assert.equal(exchanged({ headers: [...TYPE, "etag", 'W/"a"'] }).response.header("etag"), 'W/"a"');
        assert.equal(exchanged({ request: [], headers: [...TYPE, "etag", '"a"'] }).response.header("etag"), '"a"');
    });

    it("says of HEAD what it would say of GET, but for a length that nobody knows", () => {
        const asked = (request: string[], headers: string[]): Asked => {
            const g = gateway();
            const one = g.ask("a.test/x", { headers: request, method: "HEAD" });
            g.cluster().last.receiver.onResponseHead({ status: 200, headers: [...TYPE, ...headers], contentLength: BODY.length }, true);
            return one;
        };
        const said = ["etag", '"a"', "accept-ranges", "bytes", "content-length", String(BODY.length)];
        const smaller = asked(["accept-encoding", "gzip"], said);
        assert.deepEqual(head(smaller, "content-encoding", "etag", "accept-ranges", "content-length"), [
            "gzip",
            'W/"a"',
            undefined,
            undefined,
        ]);
        assert.deepEqual([smaller.response.contentLength, smaller.response.ended], [-1, true]);
        for (const whole of [asked([], said), asked(["accept-encoding", "gzip", "cookie", "a=b"], said)])
            assert.deepEqual([...head(whole, "content-encoding", "etag"), whole.response.contentLength], [undefined, '"a"', BODY.length]);
        assert.equal(compressed.asTheyAre, 0);
    });

    it("keeps in 304 the tag that a client has of it", () => {
        const tag = (asked: string | undefined, backend: string): string | undefined =>
            exchanged({
                request: ["accept-encoding", "gzip", ...(asked === undefined ? [] : ["if-none-match", asked])],
                status: 304,
                headers: ["etag", backend],
                body: undefined,
            }).response.header("etag");
        assert.equal(tag('W/"a"', '"a"'), 'W/"a"');
        assert.equal(tag('"b", W/"a"', '"a"'), 'W/"a"');
        assert.equal(tag('"a"', '"a"'), '"a"', "it has the body as it was");
        assert.equal(tag('W/"b"', '"a"'), '"a"');
        assert.equal(tag(undefined, '"a"'), '"a"');
    });

    it("is not of what may be one person's own, unless it is said to be for everybody, or asked for", () => {
        const gzip = ["accept-encoding", "gzip"];
        const own: Exchanged[] = [
            { request: [...gzip, "cookie", "session=1"] },
            { request: [...gzip, "authorization", "Bearer x"] },
            { connection: { forwardedClientCert: "Hash=aa" } },
            { headers: [...TYPE, "set-cookie", "a=b"] },
            { headers: [...TYPE, "set-cookie", "a=b", "cache-control", "public"] },
            { request: [...gzip, "cookie", "a=b"], headers: [...TYPE, "cache-control", "private, max-age=60"] },
        ];
        for (const given of own) {
            assert.equal(coding(given), undefined, JSON.stringify(given));
            assert.equal(coding({ ...given, settings: { credentials: true } }), "gzip");
        }
        for (const control of ["public, max-age=60", "max-age=31536000, immutable", "s-maxage=60"])
            assert.equal(coding({ request: [...gzip, "cookie", "a=b"], headers: [...TYPE, "cache-control", control] }), "gzip", control);
    });

    it("is the host's before the gateway's, and tells backends of no coding where that is asked", () => {
        const g = gateway(false, true);
        g.ask("a.test/x", { headers: ["accept-encoding", "gzip"] });
        g.cluster().last.answer(200, [...TYPE], BODY);
        assert.equal(g.cluster().last.header("accept-encoding"), "gzip");
        const hidden = gateway({ removeAcceptEncoding: true });
        const asked = hidden.ask("a.test/x", { headers: ["accept-encoding", "gzip"] });
        assert.equal(hidden.cluster().last.header("accept-encoding"), undefined);
        hidden.cluster().last.answer(200, [...TYPE], BODY);
        assert.equal(asked.response.header("content-encoding"), "gzip");
    });
});
