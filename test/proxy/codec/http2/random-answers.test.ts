/**
 * A backend that answers by frames in any order: nothing is thrown (a fault that no test expects ends the run), and every client
 * hears of the end of its request, by an answer or by the end of its connection.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { after, before, describe, it } from "mocha";
import { RawClient } from "../../exchange/client";
import { startProxy, type TestProxy } from "../../exchange/harness";
import { forwardingTo } from "../../snapshot/entries";
import {
    block,
    continuation,
    data,
    frame,
    goAway,
    headers,
    paddedData,
    ping,
    reset,
    settings,
    SETTINGS_ACK,
    windowUpdate,
} from "./support/raw-frames";
import { RawEndpoint } from "./support/raw-endpoint";

/** By the stream that is to be answered. */
type Frame = (id: number) => Buffer;

const fields = fc.oneof(
    {
        weight: 5,
        arbitrary: fc.constantFrom<[string, string][]>(
            [[":status", "200"]],
            [[":status", "204"]],
            [
                [":status", "200"],
                ["content-length", "5"],
            ],
            [[":status", "103"]],
        ),
    },
    {
        weight: 1,
        arbitrary: fc.constantFrom<[string, string][]>(
            [[":status", "20"]],
            [["x", "1"]],
            [
                [":status", "200"],
                ["Connection", "x"],
            ],
            [[":status", "101"]],
            [],
        ),
    },
);
const other = fc.constantFrom(0, 0, 0, 2, 2, 100, -1);
const frames: fc.Arbitrary<Frame> = fc.oneof(
    fc.tuple(fields, fc.boolean()).map(
        ([list, end]): Frame =>
            (id) =>
                headers(id, block(list), end ? 5 : 4),
    ),
    fc.boolean().map(
        (end): Frame =>
            (id) =>
                Buffer.concat([
                    headers(id, block([[":status", "200"]]).subarray(0, 5), end ? 1 : 0),
                    continuation(id, block([[":status", "200"]]).subarray(5), 4),
                ]),
    ),
    fc.tuple(fc.nat({ max: 9 }), fc.boolean(), other).map(
        ([size, end, more]): Frame =>
            (id) =>
                data(id + more, "x".repeat(size), end ? 1 : 0),
    ),
    fc.nat({ max: 9 }).map(
        (padding): Frame =>
            (id) =>
                paddedData(id, "hello", padding),
    ),
    fc.boolean().map(
        (end): Frame =>
            (id) =>
                headers(id, block([["x-trailer", "1"]]), end ? 5 : 4),
    ),
    fc.tuple(fc.nat({ max: 14 }), other).map(
        ([code, more]): Frame =>
            (id) =>
                reset(id + more, code),
    ),
    fc.tuple(fc.nat({ max: 8 }), other).map(
        ([code, more]): Frame =>
            (id) =>
                goAway(Math.max(0, id + more), code, "bye"),
    ),
    fc.constantFrom<Frame>(
        () => SETTINGS_ACK,
        () => ping(),
        () => settings([3, 0]),
        () => settings([4, 0], [1, 0]),
        (id) => windowUpdate(id, 5),
        () => windowUpdate(0, 0),
        (id) => frame(5, 4, id, Buffer.alloc(8)),
    ),
    fc.tuple(fc.nat({ max: 11 }), fc.nat({ max: 255 }), fc.uint8Array({ maxLength: 20 })).map(
        ([type, flags, payload]): Frame =>
            (id) =>
                frame(type, flags, id, Buffer.from(payload)),
    ),
);

describe("answers of frames in any order", () => {
    let endpoint: RawEndpoint;
    let gateway: TestProxy;
    let answers: readonly Frame[] = [];

    before(async () => {
        endpoint = await RawEndpoint.listen((peer, id) => {
            for (const one of answers) peer.send(one(id));
            // What is not whole by now is never going to be.
            setImmediate(() => peer.socket.end());
        });
        gateway = await startProxy(forwardingTo(endpoint.port, { protocol: "http2" }));
    });
    after(async () => {
        await gateway.close();
        await endpoint.close();
    });

    it("throw nothing, and leave nobody waiting", async () => {
        let asked = 0;
        await fc.assert(
            fc.asyncProperty(fc.array(frames, { maxLength: 8 }), fc.boolean(), async (list, upload) => {
                answers = list;
                const client = new RawClient(gateway.port);
                if (upload) client.send("POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 5\r\n\r\nhello");
                else client.get("/", "a", "connection: close");
                await client.end();
                await client.close();
                const records = await gateway.recorded(++asked);
                assert.equal(records.length, asked);
                assert.ok(client.received === "" || /^HTTP\/1\.1 (103|200|204|502|503|504) /.test(client.received), client.received);
            }),
            { numRuns: 60 },
        );
    });
});
