/** Whatever frames an endpoint sends, in whatever order and cut wherever: each request ends once, and none is left behind. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import fc from "fast-check";
import { after, before, describe, it } from "mocha";
import { Http2ClientConnection } from "../../../../proxy/codec/http2/client-connection";
import { HTTP2_CLIENT_DEFAULTS } from "../../../../proxy/codec/http2/client-options";
import { CLIENT_COUNTS } from "../../../../proxy/codec/http2/counts";
import type { RequestHead, ResponseReceiver } from "../../../../proxy/http/doors";
import { eventually } from "../../../support/eventually";
import {
    block,
    data,
    END_HEADERS,
    END_STREAM,
    frame,
    goAway,
    headers,
    ping,
    reset,
    settings,
    SETTINGS_ACK,
    windowUpdate,
} from "./support/raw-frames";

const REQUESTS = 5;
const id = fc.integer({ min: 0, max: REQUESTS }).map((at) => 2 * at + 1);
const flags = fc.constantFrom(END_HEADERS, END_HEADERS | END_STREAM);
const fields = fc.constantFrom(
    [[":status", "200"]],
    [[":status", "103"]],
    [[":status", "204"]],
    [
        [":status", "200"],
        ["content-length", "3"],
    ],
    [["grpc-status", "0"]],
    [
        ["x", "y"],
        [":status", "200"],
    ],
    [["connection", "close"]],
) as fc.Arbitrary<[string, string][]>;
const anyFrame = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(id, fields, flags).map(([stream, list, how]) => headers(stream, block(list), how)) },
    {
        weight: 4,
        arbitrary: fc
            .tuple(id, fc.constantFrom("", "abc", "x".repeat(20_000).slice(0, 9000)), fc.constantFrom(0, END_STREAM))
            .map(([stream, text, how]) => data(stream, text, how)),
    },
    fc.tuple(id, fc.constantFrom(0, 1, 7, 8)).map(([stream, code]) => reset(stream, code)),
    fc.tuple(id, fc.constantFrom(1, 70_000, 0x7fff_ffff)).map(([stream, more]) => windowUpdate(stream, more)),
    fc.constantFrom(
        settings([3, 1]),
        settings([3, 0]),
        settings([4, 0]),
        settings([4, 100_000]),
        settings([8, 1]),
        SETTINGS_ACK,
        ping(),
        ping(1),
    ),
    id.map((stream) => goAway(stream)),
    fc
        .tuple(fc.integer({ min: 0, max: 20 }), id, fc.uint8Array({ maxLength: 12 }))
        .map(([type, stream, bytes]) => frame(type, END_HEADERS, stream, Buffer.from(bytes))),
);

const GET: RequestHead = {
    method: "POST",
    scheme: "http",
    authority: "a.test",
    path: "/",
    headers: [],
    contentLength: -1,
    upgrade: "",
    expectContinue: false,
    underscored: false,
    protocol: "HTTP/2",
};

class Ends implements ResponseReceiver {
    heads = 0;
    ends = 0;
    isOver = false;
    onInformational(): void {
        assert.equal(this.heads + this.ends, 0);
    }
    onResponseHead(_head: unknown, end: boolean): void {
        assert.deepEqual([this.heads++, this.isOver], [0, false]);
        if (end) this.#end();
    }
    onResponseData(): void {
        assert.deepEqual([this.heads, this.isOver], [1, false]);
    }
    onResponseEnd(): void {
        assert.equal(this.heads, 1);
        this.#end();
    }
    onResponseReset(): void {
        this.#end();
    }
    onRequestWritable(): void {
        assert.equal(this.isOver, false);
    }
    #end(): void {
        assert.equal(this.isOver, false);
        this.isOver = true;
        this.ends++;
    }
}

describe("any frames of an endpoint", () => {
    let server: net.Server;
    const accepted: ((socket: net.Socket) => void)[] = [];
    before(async () => {
        server = net.createServer({ noDelay: true }, (socket) => accepted.shift()!(socket));
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
    });
    after(() => void server.close());

    it("end each request once", async () => {
        const active = CLIENT_COUNTS.streamsActive;
        await fc.assert(
            fc.asyncProperty(
                fc.array(anyFrame, { maxLength: 25 }),
                fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 6 }),
                async (frames, cuts) => {
                    const peer = new Promise<net.Socket>((resolve) => accepted.push(resolve));
                    const socket = net.connect({
                        port: (server.address() as net.AddressInfo).port,
                        host: "127.0.0.1",
                        noDelay: true,
                        allowHalfOpen: true,
                    });
                    await once(socket, "connect");
                    const told = { open: 0, streams: 0, closed: 0 };
                    const owner = {
                        onStreamEnd: () => void told.streams++,
                        onCapacity() {},
                        onGoingAway() {},
                        onClosed: () => void told.closed++,
                    };
                    const connection = new Http2ClientConnection(socket, owner, undefined, HTTP2_CLIENT_DEFAULTS);
                    const requests = Array.from({ length: REQUESTS }, (_, at) => {
                        const ends = new Ends();
                        const writer = connection.open(GET, at === 0, ends);
                        if (at % 2 === 1) writer.data(Buffer.alloc(50_000));
                        if (at === 2) writer.end(["t", "1"]);
                        return ends;
                    });
                    const other = (await peer).on("error", () => {});
                    other.resume();
                    let bytes = Buffer.concat([settings(), ...frames]);
                    for (const cut of cuts) {
                        if (other.writable) other.write(bytes.subarray(0, cut));
                        bytes = bytes.subarray(cut);
                        await new Promise((resolve) => setImmediate(resolve));
                    }
                    other.end(bytes);
                    await eventually(() => assert.equal(told.closed, 1));
                    assert.deepEqual(
                        requests.map(({ ends }) => ends),
                        Array(REQUESTS).fill(1),
                    );
                    assert.ok(told.streams <= REQUESTS);
                    assert.equal(connection.streams.size, 0);
                    socket.destroy();
                    other.destroy();
                },
            ),
            { numRuns: 50 },
        );
        await eventually(() => assert.equal(CLIENT_COUNTS.streamsActive, active));
    });
});
