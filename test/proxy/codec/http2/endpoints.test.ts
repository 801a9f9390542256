/** What is made of endpoints that break HTTP/2's rules, or use them: answers, flags and details as Envoy has them. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "mocha";
import { eventually } from "../../../support/eventually";
import { RawClient } from "../../exchange/client";
import { startProxy, type TestProxy } from "../../exchange/harness";
import { forwardingTo } from "../../snapshot/entries";
import { RawEndpoint, response, type Fields } from "./support/raw-endpoint";
import {
    block,
    CODE,
    continuation,
    data,
    END_HEADERS,
    END_STREAM,
    frame,
    goAway,
    headers,
    reset,
    settings,
    TYPE,
    windowUpdate,
} from "./support/raw-frames";
import type { RawPeer } from "./support/raw-peer";

type Answer = (peer: RawPeer, id: number) => void;
const OK: Fields = [[":status", "200"]];
const says =
    (...frames: readonly ((id: number) => Buffer)[]): Answer =>
    (peer, id) =>
        void peer.send(...frames.map((one) => one(id)));
const head =
    (fields: Fields, end = true) =>
    (id: number) =>
        response(id, fields, end);
const body =
    (text: string, end = true) =>
    (id: number) =>
        data(id, text, end ? END_STREAM : 0);
const trailers =
    (fields: Fields, flags = END_HEADERS | END_STREAM) =>
    (id: number) =>
        headers(id, block(fields), flags);
const ended = (code: number) => (id: number) => reset(id, code);

const PROTOCOL = "502 UPE upstream_reset_before_response_started{protocol_error}";
const CUT = "200 UPE upstream_reset_after_response_started{protocol_error}";
const RESET = "503 UR upstream_reset_before_response_started{remote_reset}";
const REFUSED = "503 UR upstream_reset_before_response_started{remote_refused_stream_reset}";
const FINE = "200  via_upstream";
const bad = (fields: Fields, status = "200"): Answer => says(head([[":status", status], ...fields]));

const CASES: Readonly<Record<string, readonly [answer: Answer, wanted: string]>> = {
    "RST_STREAM NO_ERROR instead of an answer": [says(ended(0)), RESET],
    "RST_STREAM PROTOCOL_ERROR": [says(ended(1)), PROTOCOL],
    "RST_STREAM INTERNAL_ERROR": [says(ended(2)), RESET],
    "RST_STREAM REFUSED_STREAM": [says(ended(7)), REFUSED],
    "RST_STREAM CANCEL": [says(ended(8)), RESET],
    "RST_STREAM HTTP_1_1_REQUIRED": [says(ended(13)), RESET],
    "REFUSED_STREAM after an interim response": [says(head([[":status", "103"]], false), ended(7)), REFUSED],
    "RST_STREAM within the answer": [
        says(head(OK, false), body("part", false), ended(2)),
        "200 UR upstream_reset_after_response_started{remote_reset}",
    ],
    "RST_STREAM NO_ERROR behind the answer": [says(head(OK), ended(0)), FINE],
    "the connection closed": [(peer) => peer.destroy(), "503 UC upstream_reset_before_response_started{connection_termination}"],
    "the connection ended": [(peer) => void peer.socket.end(), "503 UC upstream_reset_before_response_started{connection_termination}"],
    "GOAWAY, and the answer": [says((id) => goAway(id), head(OK)), FINE],
    "no :status": [says(head([["x", "y"]])), PROTOCOL],
    "two of them": [says(head([...OK, ...OK])), PROTOCOL],
    "one behind a field": [says(head([["x", "y"], ...OK])), PROTOCOL],
    ":path in a response": [bad([[":path", "/"]]), PROTOCOL],
    "a pseudo-field that nobody knows": [bad([[":new", "1"]]), PROTOCOL],
    ...Object.fromEntries(
        ["99", "1000", "abc", "000", "099", "0200", "200 ", "+20", "", "2０0"].map((status) => [
            `:status ${JSON.stringify(status)}`,
            [bad([], status), PROTOCOL] as const,
        ]),
    ),
    ":status 600": [bad([], "600"), "600  via_upstream"],
    "101": [bad([], "101"), PROTOCOL],
    "an interim response that ends it": [bad([], "103"), PROTOCOL],
    "interim responses without end": [
        (peer, id) => void peer.send(...Array.from({ length: 50 }, () => response(id, [[":status", "103"]], false))),
        PROTOCOL,
    ],
    ...Object.fromEntries(
        ["connection", "transfer-encoding", "upgrade", "keep-alive", "proxy-connection", "X-Upper", "", "a:b", "a b", "a\r\nb", "a\0"].map(
            (name) => [`the field ${JSON.stringify(name)}`, [bad([[name, "x"]]), PROTOCOL] as const],
        ),
    ),
    ...Object.fromEntries(
        ["a\r\nb: c", "a\nb", "a\0b"].map((value) => [
            `the value ${JSON.stringify(value)}`,
            // Blanks at its ends are no part of it.
            [bad([["x", value]]), /^[ \t]?a[ \t]?$/.test(value) ? FINE : PROTOCOL] as const,
        ]),
    ),
    "te: gzip": [bad([["te", "gzip"]]), PROTOCOL],
    "content-length without a body": [bad([["content-length", "5"]]), PROTOCOL],
    "content-length twice": [says(head([...OK, ["content-length", "3"], ["content-length", "3"]], false), body("abc")), PROTOCOL],
    "content-length that is no number": [says(head([...OK, ["content-length", "3x"]], false), body("abc")), PROTOCOL],
    "content-length below 0": [says(head([...OK, ["content-length", "-3"]], false), body("abc")), PROTOCOL],
    "a body shorter than its content-length": [says(head([...OK, ["content-length", "5"]], false), body("abc")), CUT],
    "a body longer than its content-length": [says(head([...OK, ["content-length", "2"]], false), body("abc")), CUT],
    "trailers before the body is whole": [
        says(head([...OK, ["content-length", "5"]], false), body("abc", false), trailers([["t", "1"]])),
        CUT,
    ],
    "a body of 204": [
        says(head([[":status", "204"]], false), body("abc")),
        "204 UPE upstream_reset_after_response_started{protocol_error}",
    ],
    "content-length of 204": [bad([["content-length", "7"]], "204"), PROTOCOL],
    "content-length of 304": [bad([["content-length", "7"]], "304"), "304  via_upstream"],
    "an empty DATA frame that ends a 204": [says(head([[":status", "204"]], false), body("")), "204  via_upstream"],
    "DATA before the head": [says(body("abc")), PROTOCOL],
    "an end before the head": [says(body("")), PROTOCOL],
    "pseudo-fields in trailers": [says(head(OK, false), body("abc", false), trailers(OK)), CUT],
    "trailers that do not end it": [says(head(OK, false), body("abc", false), trailers([["t", "1"]], END_HEADERS)), CUT],
    "connection in trailers": [says(head(OK, false), body("abc", false), trailers([["connection", "x"]])), CUT],
    "a second answer": [says(head(OK), head(OK)), FINE],
    PUSH_PROMISE: [
        says(
            (id) => frame(TYPE.PUSH_PROMISE, END_HEADERS, id, Buffer.concat([Buffer.from([0, 0, 0, 2]), block([[":method", "GET"]])])),
            head(OK),
        ),
        PROTOCOL,
    ],
    "a stream of the endpoint's own": [says((id) => headers(id + 1, block(OK)), head(OK)), PROTOCOL],
    "a frame that nobody knows": [says((id) => frame(77, 0, id, Buffer.from("abc")), head(OK)), FINE],
    ALTSVC: [says((id) => frame(10, 0, id, Buffer.from("\0\0abc")), head(OK)), FINE],
    "HTTP/1.1": [(peer) => void peer.send(Buffer.from("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")), PROTOCOL],
    "a block that cannot be decoded": [says((id) => headers(id, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))), PROTOCOL],
    "a block that never ends": [
        (peer, id) =>
            void peer.send(headers(id, block(OK), 0), ...Array.from({ length: 100 }, () => continuation(id, block([["x", "y"]])))),
        PROTOCOL,
    ],
    "more fields than a head may have": [bad(Array.from({ length: 200 }, (_, at) => [`x-${at}`, "y"] as const)), PROTOCOL],
    "a window that overflows": [says((id) => windowUpdate(id, 0x7fff_ffff)), PROTOCOL],
    "a setting that there is not to be": [says(() => settings([4, 0x8000_0000]), head(OK)), PROTOCOL],
};

describe("endpoints of HTTP/2", () => {
    let up: RawEndpoint;
    let gateway: TestProxy;
    before(async () => {
        up = await RawEndpoint.listen((peer, id) => answering(peer, id));
        gateway = await startProxy(forwardingTo(up.port, { protocol: "http2" }));
    });
    let answering: Answer = says(head(OK));
    afterEach(() => {
        answering = says(head(OK));
        gateway.records.length = 0;
    });
    after(async () => {
        await gateway.close();
        await up.close();
    });

    it("are answered for by their faults", async () => {
        for (const [what, [answer, wanted]] of Object.entries(CASES)) {
            answering = answer;
            gateway.records.length = 0;
            const client = new RawClient(gateway.port).send("POST / HTTP/1.1\r\nhost: a.test\r\ncontent-length: 0\r\n\r\n");
            const [{ status, flags, details } = { status: 0, flags: "", details: "" }] = await gateway.recorded(1);
            assert.equal(`${status} ${flags} ${details}`, wanted, what);
            await client.close();
            // The connection is good for the next one, or gone.
            answering = says(head(OK));
            gateway.records.length = 0;
            await new RawClient(gateway.port).get("/").response();
            assert.equal((await gateway.recorded(1))[0]!.status, 200, `after ${what}`);
        }
    });

    it("that answer early are sent no more, and that is no fault", async () => {
        answering = says(head(OK, false), body("early"));
        const client = new RawClient(gateway.port).send("POST / HTTP/1.1\r\nhost: a.test\r\ncontent-length: 100\r\n\r\nabc");
        await client.until(/early/);
        const peer = up.peers.at(-1)!;
        const found = await peer.frame(({ type }) => type === TYPE.RST_STREAM);
        assert.equal(found!.payload.readUInt32BE(0), CODE.NO_ERROR);
        assert.deepEqual(
            (await gateway.recorded(1)).map(({ status, flags }) => `${status} ${flags}`),
            ["200 "],
        );
    });

    it("hear of a client that is gone", async () => {
        answering = () => {};
        const peer = up.peers.at(-1)!;
        const before = peer.count(TYPE.HEADERS);
        const client = new RawClient(gateway.port).get("/");
        await eventually(() => assert.equal(peer.count(TYPE.HEADERS), before + 1));
        await client.close();
        const found = await peer.frame(({ type, payload }) => type === TYPE.RST_STREAM && payload.readUInt32BE(0) === CODE.CANCEL);
        assert.equal(found !== undefined && !peer.closed, true);
    });
});
