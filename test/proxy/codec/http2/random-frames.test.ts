/**
 * Frames in any order, sound ones and broken ones, parted anywhere: nothing is thrown (a fault that no test expects ends the
 * run), every request that was handed in hears of its end, and nothing is left when the connection is gone.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import net from "node:net";
import { once } from "node:events";
import { after, before, describe, it } from "mocha";
import type { Http2ServerConnection } from "../../../../proxy/codec/http2/server-connection";
import { eventually } from "../../../support/eventually";
import {
    PREFACE,
    SETTINGS_ACK,
    block,
    continuation,
    data,
    frame,
    goAway,
    headers,
    paddedData,
    ping,
    request,
    reset,
    settings,
    upload,
    windowUpdate,
} from "./support/raw-frames";
import { Served, type Asked } from "./support/served";

/** By its path a request is answered at once, with a body, is reset, or waits for its end. */
function act(asked: Asked): void {
    const { writer, head } = asked;
    if (head.path === "/now") asked.answer();
    else if (head.path === "/body") asked.answer("x".repeat(70_000));
    else if (head.path === "/reset") writer.reset("local");
    else if (head.path === "/interim") writer.informational(103, ["link", "a"]);
    else if (head.path === "/paused") writer.pauseRequest();
}

const path = fc.constantFrom("/now", "/body", "/reset", "/interim", "/paused", "/held");
const ids = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(1, 3, 5, 7, 9, 11) },
    { weight: 1, arbitrary: fc.constantFrom(0, 2, 4, 99, 0x7fff_ffff) },
);
const some = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));

/** What a client may send, most of the time. */
const sound = fc.oneof(
    fc.tuple(ids, path).map(([id, to]) => headers(id, request(to))),
    fc.tuple(ids, path).map(([id, to]) => headers(id, upload(to), 4)),
    fc
        .tuple(ids, path)
        .map(([id, to]) => Buffer.concat([headers(id, upload(to).subarray(0, 9), 1), continuation(id, upload(to).subarray(9), 4)])),
    fc.tuple(ids, fc.nat({ max: 300 }), fc.boolean()).map(([id, size, end]) => data(id, Buffer.alloc(size), end ? 1 : 0)),
    fc.tuple(ids, fc.nat({ max: 20 })).map(([id, padding]) => paddedData(id, "padded", padding)),
    ids.map((id) => headers(id, block([["x-trailer", "1"]]))),
    ids.map((id) => reset(id)),
    fc.tuple(ids, fc.integer({ min: 1, max: 0x10000 })).map(([id, more]) => windowUpdate(id, more)),
    fc.constantFrom(0, 10, 65_535, 1 << 20).map((window) => settings([4, window], [1, 0])),
    fc.constantFrom(
        SETTINGS_ACK,
        ping(),
        frame(2, 0, 3, Buffer.alloc(5)),
        frame(16, 0, 0, Buffer.from("\0\0\0\x01u=1")),
        frame(77, 3, 1, Buffer.from("x")),
    ),
);
/** What it may not. */
const broken = fc.oneof(
    fc.tuple(fc.nat({ max: 11 }), fc.nat({ max: 255 }), ids, some).map(([type, flags, id, payload]) => frame(type, flags, id, payload)),
    fc.tuple(ids, some).map(([id, bytes]) => headers(id, bytes)),
    fc.tuple(ids, fc.constantFrom("connection", "X", "", ":path")).map(([id, name]) => headers(id, request("/now", [name, "1"]))),
    some,
    fc.constantFrom(goAway(0), windowUpdate(0, 0x7fff_ffff), settings([5, 1])),
);
const sequence = fc.array(fc.oneof({ weight: 12, arbitrary: sound }, { weight: 1, arbitrary: broken }), { minLength: 1, maxLength: 30 });

describe("frames in any order", () => {
    let served: Served;
    before(async () => {
        served = await Served.start(act);
    });
    after(() => served.close());

    it("throw nothing, and leave nothing behind", async () => {
        await fc.assert(
            fc.asyncProperty(
                sequence,
                fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 8 }),
                fc.boolean(),
                async (frames, cuts, abrupt) => {
                    served.asked.length = 0;
                    served.connections.length = 0;
                    const socket = net.connect({ port: served.port, host: "127.0.0.1", noDelay: true });
                    socket.on("error", () => {}).resume();
                    await once(socket, "connect");
                    let bytes = Buffer.concat([PREFACE, settings(), ...frames]);
                    for (const cut of cuts) {
                        socket.write(bytes.subarray(0, cut));
                        bytes = bytes.subarray(cut);
                        await new Promise((done) => setImmediate(done));
                    }
                    socket.write(bytes);
                    // Its answer shows that all was read; or the connection has ended, or waits for more of a frame.
                    await new Promise((done) => setTimeout(done, 5));
                    if (abrupt) socket.resetAndDestroy();
                    else socket.destroy();
                    await eventually(() => {
                        const connection = served.connections[0] as Http2ServerConnection;
                        assert.equal(connection.streams.size, 0);
                        assert.equal(served.open, 0);
                    });
                    for (const { head, ended, wasReset, writer } of served.asked) {
                        const answered = ["/now", "/body", "/reset"].includes(head.path);
                        assert.ok(answered || wasReset !== undefined, `${head.path} ended=${ended}`);
                        // Whoever is late harms nobody.
                        writer.head({ status: 200, headers: [], contentLength: -1 }, false);
                        writer.data(Buffer.from("late"));
                        writer.resumeRequest();
                        writer.end(undefined);
                        writer.reset("local");
                    }
                },
            ),
            { numRuns: 60 },
        );
    });
});
