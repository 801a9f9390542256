/**
 * The other way: what an HTTP/2 backend answers that HTTP/1.1 has no form for, or two, reaches no HTTP/1.1 client. Where nothing
 * has been said yet the client gets a 502 of ours; where the head is out, the connection ends before the message is whole.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { RawClient } from "../../exchange/client";
import { startProxy, type TestProxy } from "../../exchange/harness";
import { forwardingTo } from "../../snapshot/entries";
import { END_HEADERS, END_STREAM, block, data, headers } from "./support/raw-frames";
import { RawEndpoint } from "./support/raw-endpoint";

type Field = readonly [name: string, value: string];

interface Answer {
    readonly what: string;
    readonly fields: readonly Field[];
    /** Interim response before it. */
    readonly interim?: readonly Field[];
    readonly body?: string;
    readonly trailers?: readonly Field[];
}

const OK: readonly Field[] = [[":status", "200"]];
const head = (what: string, fields: readonly Field[]): Answer => ({ what, fields });
const NOWHERE = ["\r", "\n", "\r\n", "\0", "\x01", "\x7f"];
const INJECTED = "x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nsmuggled";

/** Refused before the client has heard a word. */
const HEADS: readonly Answer[] = [
    ...["", "X-Upper", "x y", "x ", "x:", "\u00fc", INJECTED, "Set-Cookie", ...NOWHERE.map((byte) => `x${byte}y`)].map((name) =>
        head(`the name ${JSON.stringify(name)}`, [...OK, [name, "1"]]),
    ),
    ...[INJECTED, ...NOWHERE.map((byte) => `a${byte}b`)].flatMap((value) =>
        ["x-a", "set-cookie", "location", "content-type"].map((name) =>
            head(`${JSON.stringify(value)} in ${name}`, [...OK, [name, value]]),
        ),
    ),
    ...["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"].map((name) => head(name, [...OK, [name, "close"]])),
    ...["", "2", "20", "2000", "abc", "2xx", "+20", "099", "000", " 200", "200 ", "200 OK", "101", "-20", "20\r", INJECTED].map((status) =>
        head(`the status ${JSON.stringify(status)}`, [[":status", status]]),
    ),
    head("no status", [["x-a", "1"]]),
    head("nothing", []),
    head("two statuses", [...OK, ...OK]),
    head("a status behind a field", [["x-a", "1"], ...OK]),
    ...[":path", ":method", ":authority", ":scheme", ":unknown", ":", ":Status"].map((name) => head(name, [...OK, [name, "1"]])),
    ...["+5", "-5", "5, 5", "0x5", "five", "", "9".repeat(20)].map((length) =>
        head(`content-length ${JSON.stringify(length)}`, [...OK, ["content-length", length]]),
    ),
    head("two lengths, the same", [...OK, ["content-length", "5"], ["content-length", "5"]]),
    head("a length, and no body", [...OK, ["content-length", "5"]]),
    head("two hosts", [...OK, ["host", "a"], ["host", "b"]]),
    {
        what: "a line end in an interim response",
        fields: OK,
        interim: [
            [":status", "103"],
            ["link", "a\r\nb"],
        ],
    },
    { what: "a switch of protocols", fields: OK, interim: [[":status", "101"]] },
    { what: "an interim response without a status", fields: OK, interim: [["x-a", "1"]] },
    head("an interim response that is the last word", [[":status", "103"]]),
];

/** Turn out to be so when the head is with the client. */
const BODIES: readonly Answer[] = [
    { what: "a body longer than its length", fields: [...OK, ["content-length", "5"]], body: `hello${INJECTED}` },
    { what: "a body shorter than its length", fields: [...OK, ["content-length", "10"]], body: "hello" },
    { what: "trailers before the whole body", fields: [...OK, ["content-length", "10"]], body: "hello", trailers: [["x-a", "1"]] },
    ...["transfer-encoding", "connection", "content-length", ":status", "X-Upper", "x\r\ny", ""].map((name) => ({
        what: `${JSON.stringify(name)} in trailers`,
        fields: OK,
        body: "hello",
        trailers: [[name, "1"]] as const,
    })),
    ...NOWHERE.map((byte) => ({
        what: `${JSON.stringify(byte)} in a trailer`,
        fields: OK,
        body: "hello",
        trailers: [["x-a", `a${byte}b`]] as const,
    })),
];

describe("an HTTP/2 response that HTTP/1.1 would read in another way", () => {
    let endpoint: RawEndpoint;
    let gateway: TestProxy;
    let answer: Answer = head("", OK);
    /** The head alone at first; the rest when the client has it. */
    let rest: (() => void) | undefined;

    before(async () => {
        endpoint = await RawEndpoint.listen((peer, id) => {
            const { fields, interim, body, trailers } = answer;
            if (interim !== undefined) peer.send(headers(id, block(interim), END_HEADERS));
            peer.send(headers(id, block(fields), END_HEADERS | (body === undefined ? END_STREAM : 0)));
            rest = () => {
                if (body !== undefined) peer.send(data(id, Buffer.from(body), trailers === undefined ? END_STREAM : 0));
                if (trailers !== undefined) peer.send(headers(id, block(trailers), END_HEADERS | END_STREAM));
            };
        });
        gateway = await startProxy(forwardingTo(endpoint.port, { protocol: "http2" }));
    });
    after(async () => {
        await gateway.close();
        await endpoint.close();
    });

    it("is answered by a 502, and the next request as if nothing had been", async () => {
        const client = new RawClient(gateway.port);
        for (const one of HEADS) {
            answer = one;
            const refused = await client.get("/attack").response();
            assert.equal(refused.status, 502, one.what);
            assert.ok(
                !refused.text.includes("smuggled") && !/^(x-a|set-cookie|location|transfer-encoding|link):/im.test(refused.text),
                refused.text,
            );
            answer = head("harmless", [...OK, ["content-length", "0"], ["x-harmless", "1"]]);
            const next = await client.get("/harmless").response();
            assert.equal(next.status, 200, one.what);
            assert.match(next.text, /^x-harmless:/m);
        }
        await client.close();
    });

    it("is cut off where its head is out already, and nothing stands behind it", async () => {
        for (const one of BODIES) {
            answer = one;
            const client = new RawClient(gateway.port);
            const begun = await client.get("/attack").until(/\r\n\r\n/);
            assert.match(begun, /^HTTP\/1\.1 200 /, one.what);
            rest!();
            await client.end();
            assert.ok(!client.received.includes("smuggled"), `${one.what}: ${client.received}`);
            const length = Number(/^content-length: (\d+)/m.exec(begun)?.[1] ?? NaN);
            if (Number.isNaN(length))
                assert.ok(!client.received.endsWith("0\r\n\r\n") && !client.received.includes("x-a"), `${one.what}: ${client.received}`);
            else assert.ok(client.received.length <= length, `${one.what}: ${client.received}`);
            await client.close();
        }
    });

    it("is handed on in one form where all agree on what it means", async () => {
        const client = new RawClient(gateway.port);
        answer = {
            what: "",
            fields: [...OK, ["set-cookie", "a=1"], ["set-cookie", "b=2"], ["x_y", "\u00fc"], ["te", "trailers"]],
            body: "hello",
            trailers: [
                ["x-a", "1"],
                ["set-cookie", "c"],
            ],
        };
        const begun = await client.get("/").until(/\r\n\r\n/);
        rest!();
        assert.match(begun, /^set-cookie: a=1\r\nset-cookie: b=2\r\nx_y: \u00fc\r$/m);
        assert.match(begun, /^transfer-encoding: chunked\r$/m);
        assert.equal(await client.until(/0\r\n[^]*\r\n\r\n/), "5\r\nhello\r\n0\r\nx-a: 1\r\n\r\n");
        await client.close();
    });
});
