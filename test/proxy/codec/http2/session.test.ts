/** What a peer's frames do to streams, settings and the connection (RFC 9113 §5, §6), frame by frame. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { after, afterEach, before, describe, it } from "mocha";
import { Sweeper } from "../../../../proxy/codec/sweeper";
import {
    ACK,
    CODE,
    END_HEADERS,
    END_STREAM,
    PREFACE,
    SETTINGS_ACK,
    TYPE,
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
import { RawPeer } from "./support/raw-peer";
import { Served } from "./support/served";

const PRIORITY_OF_1 = Buffer.from([0, 0, 0, 1, 16]);

describe("a connection of HTTP/2", () => {
    let served: Served;
    let peer: RawPeer;
    const peers: RawPeer[] = [];

    before(async () => {
        served = await Served.start((asked) => {
            if (asked.head.path !== "/held") asked.answer("x");
        });
    });
    after(() => served.close());
    afterEach(() => {
        for (const one of peers.splice(0)) one.destroy();
        served.asked.length = served.refused.length = 0;
    });
    async function connect(): Promise<RawPeer> {
        peer = await (await RawPeer.connect(served.port)).settle();
        peers.push(peer);
        return peer;
    }
    async function answered(id: number): Promise<void> {
        assert.ok(await peer.frame((one) => one.id === id && (one.flags & END_STREAM) !== 0), `no answer on ${id}`);
    }
    /** All that was sent is read and acted upon. */
    async function heard(): Promise<void> {
        const before = peer.frames.length;
        peer.send(ping());
        await peer.frame((one) => peer.frames.indexOf(one) >= before && one.type === TYPE.PING);
    }

    it("says what it holds to before anything else, and acknowledges what the peer says", async () => {
        await connect();
        await peer.frame(({ type, flags }) => type === TYPE.SETTINGS && flags === ACK);
        const [first] = peer.frames;
        const said = new Map<number, number>();
        for (let at = 0; at < first!.payload.length; at += 6)
            said.set(first!.payload.readUInt16BE(at), first!.payload.readUInt32BE(at + 2));
        assert.deepEqual([said.get(3), said.get(4), said.get(8)], [100, 256 * 1024, 1]);
    });

    it("empties its table where SETTINGS took the room away and gave it back at once", async () => {
        await connect();
        peer.send(headers(1, request()));
        await answered(1);
        peer.send(settings([1, 0], [1, 4096]), headers(3, request()));
        await answered(3);
        const head = await peer.frame((one) => one.type === TYPE.HEADERS && one.id === 3);
        assert.equal(head!.payload.toString("hex", 0, 4), "203fe11f");
    });

    it("reads the same of every split of its bytes", async () => {
        const bytes = Buffer.concat([
            PREFACE,
            settings([4, 70_000]),
            headers(1, upload("/held", ["x-a", "b"]).subarray(0, 20), 0),
            continuation(1, upload("/held", ["x-a", "b"]).subarray(20, 30)),
            continuation(1, upload("/held", ["x-a", "b"]).subarray(30), END_HEADERS),
            paddedData(1, "padded ", 7),
            data(1, ""),
            frame(77, 0xff, 9, Buffer.from("unknown")),
            data(1, "body", END_STREAM),
            SETTINGS_ACK,
        ]);
        for (let size = 1; size < bytes.length; size += size < 40 ? 1 : 23) {
            const { socket } = (peer = new RawPeer(await plain(served.port), false));
            peers.push(peer);
            for (let at = 0; at < bytes.length; at += size) {
                socket.write(bytes.subarray(at, at + size));
                if (size > 8) await new Promise<void>((done) => setImmediate(done));
            }
            const asked = await served.request();
            while (!asked.ended) await new Promise((done) => setImmediate(done));
            assert.deepEqual([asked.head.path, asked.body, asked.ended], ["/held", "padded body", true], `pieces of ${size}`);
            peer.destroy();
            served.asked.length = 0;
        }
    });

    const connectionFaults: [string, number, () => Buffer[]][] = [
        ["a frame larger than allowed", CODE.FRAME_SIZE_ERROR, () => [headers(1, upload(), 4), data(1, Buffer.alloc(16_385))]],
        ["DATA on stream 0", CODE.PROTOCOL_ERROR, () => [data(0, "x")]],
        ["HEADERS on a stream of ours", CODE.PROTOCOL_ERROR, () => [headers(2, request())]],
        ["a stream id that goes back", CODE.PROTOCOL_ERROR, () => [headers(5, request()), headers(3, request())]],
        ["DATA on a stream that nobody has opened", CODE.PROTOCOL_ERROR, () => [data(7, "x")]],
        ["RST_STREAM on one", CODE.PROTOCOL_ERROR, () => [reset(7)]],
        ["WINDOW_UPDATE on one", CODE.PROTOCOL_ERROR, () => [windowUpdate(7, 1)]],
        [
            "padding longer than its frame",
            CODE.PROTOCOL_ERROR,
            () => [headers(1, upload(), 4), frame(TYPE.DATA, 8, 1, Buffer.from([9, 1]))],
        ],
        ["CONTINUATION without HEADERS", CODE.PROTOCOL_ERROR, () => [continuation(1, request(), END_HEADERS)]],
        ["a frame within a header block", CODE.PROTOCOL_ERROR, () => [headers(1, request(), 0), ping()]],
        ["a block that is no HPACK", CODE.COMPRESSION_ERROR, () => [headers(1, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))]],
        ["SETTINGS on a stream", CODE.PROTOCOL_ERROR, () => [frame(TYPE.SETTINGS, 0, 1)]],
        ["SETTINGS of five bytes", CODE.FRAME_SIZE_ERROR, () => [frame(TYPE.SETTINGS, 0, 0, Buffer.alloc(5))]],
        ["an acknowledgement with a payload", CODE.FRAME_SIZE_ERROR, () => [frame(TYPE.SETTINGS, ACK, 0, Buffer.alloc(6))]],
        ["SETTINGS_ENABLE_PUSH of 2", CODE.PROTOCOL_ERROR, () => [settings([2, 2])]],
        ["SETTINGS_INITIAL_WINDOW_SIZE of 2^31", CODE.FLOW_CONTROL_ERROR, () => [settings([4, 0x8000_0000])]],
        ["SETTINGS_MAX_FRAME_SIZE of 16383", CODE.PROTOCOL_ERROR, () => [settings([5, 16_383])]],
        ["PING of seven bytes", CODE.FRAME_SIZE_ERROR, () => [frame(TYPE.PING, 0, 0, Buffer.alloc(7))]],
        ["PUSH_PROMISE", CODE.PROTOCOL_ERROR, () => [frame(TYPE.PUSH_PROMISE, 4, 1, Buffer.alloc(4))]],
        ["WINDOW_UPDATE of 0", CODE.PROTOCOL_ERROR, () => [windowUpdate(0, 0)]],
        ["a window of the connection above 2^31-1", CODE.FLOW_CONTROL_ERROR, () => [windowUpdate(0, 0x7fff_ffff)]],
        ["HEADERS on a stream that both have ended", CODE.STREAM_CLOSED, () => [headers(1, request())]],
        ["GOAWAY on a stream", CODE.PROTOCOL_ERROR, () => [frame(TYPE.GOAWAY, 0, 1, Buffer.alloc(8))]],
        ["RST_STREAM of three bytes", CODE.FRAME_SIZE_ERROR, () => [headers(1, request()), frame(TYPE.RST_STREAM, 0, 1, Buffer.alloc(3))]],
    ];
    for (const [what, code, bytes] of connectionFaults) {
        it(`ends by GOAWAY for ${what}`, async () => {
            await connect();
            if (code === CODE.STREAM_CLOSED) {
                peer.send(headers(1, request()));
                await answered(1);
            }
            peer.send(...bytes());
            assert.equal((await peer.ending()).code, code);
            assert.equal(served.refused.length, 1);
        });
    }

    it("ends for a beginning that is none", async () => {
        peer = new RawPeer(await plain(served.port), false);
        peers.push(peer);
        peer.send(Buffer.from("GET / HTTP/1.1\r\nhost: a.test\r\n\r\n"));
        assert.equal((await peer.ending()).code, CODE.PROTOCOL_ERROR);
        assert.equal(served.asked.length, 0);
    });

    const streamFaults: [string, number, () => Buffer[]][] = [
        ["WINDOW_UPDATE of 0", CODE.PROTOCOL_ERROR, () => [windowUpdate(1, 0)]],
        ["a window above 2^31-1", CODE.FLOW_CONTROL_ERROR, () => [windowUpdate(1, 0x7fff_ffff)]],
        ["trailers that do not end it", CODE.PROTOCOL_ERROR, () => [headers(1, block([["x-a", "b"]]), END_HEADERS)]],
        ["trailers with a pseudo-header", CODE.PROTOCOL_ERROR, () => [headers(1, block([[":path", "/"]]))]],
        ["PRIORITY of four bytes", CODE.FRAME_SIZE_ERROR, () => [frame(TYPE.PRIORITY, 0, 1, Buffer.alloc(4))]],
        ["DATA behind its end", CODE.STREAM_CLOSED, () => [data(1, "", END_STREAM), data(1, "more")]],
        ["HEADERS behind its end", CODE.STREAM_CLOSED, () => [data(1, "", END_STREAM), headers(1, block([["x-a", "b"]]))]],
    ];
    for (const [what, code, bytes] of streamFaults) {
        it(`resets a stream for ${what}, and goes on with the others`, async () => {
            await connect();
            peer.send(headers(1, upload("/held"), END_HEADERS));
            const asked = await served.request();
            peer.send(...bytes());
            const sent = await peer.frame((one) => one.type === TYPE.RST_STREAM && one.id === 1);
            assert.equal(sent!.payload.readUInt32BE(0), code);
            assert.deepEqual([asked.wasReset, asked.codecError], ["protocol-error", "http2.codec_error"]);
            peer.send(headers(3, request()));
            await answered(3);
        });
    }

    it("lets nobody hear of what was opened and reset in one read", async () => {
        await connect();
        peer.send(headers(1, upload(), 4), data(1, "body"), reset(1), headers(3, request("/second")));
        await answered(3);
        assert.deepEqual(
            served.asked.map(({ head }) => head.path),
            ["/second"],
        );
    });

    it("tells the exchange of a reset, and throws away what was on its way when it reset a stream itself", async () => {
        await connect();
        peer.send(headers(1, upload("/held"), 4), headers(3, upload("/held"), 4));
        const [first, second] = [await served.request(0), await served.request(1)];
        peer.send(reset(1));
        await heard();
        assert.equal(first.wasReset, "remote-reset");
        second.writer.reset("local");
        await peer.frame((one) => one.type === TYPE.RST_STREAM && one.id === 3);
        peer.send(data(3, "late"), headers(3, block([["x-late", "1"]])), reset(3), windowUpdate(3, 5));
        await heard();
        assert.deepEqual([second.parts.length, second.wasReset, peer.count(TYPE.RST_STREAM)], [0, undefined, 1]);
    });

    it("answers no more streams at once than it has said", async () => {
        await connect();
        const opened = Array.from({ length: 101 }, (_, index) => headers(2 * index + 1, request("/held")));
        peer.send(...opened);
        const refused = await peer.frame(({ type }) => type === TYPE.RST_STREAM);
        assert.deepEqual([refused!.id, refused!.payload.readUInt32BE(0)], [201, CODE.REFUSED_STREAM]);
        assert.equal(served.asked.length, 100);
        served.asked[0]!.answer("x");
        await answered(1);
        peer.send(headers(203, request()));
        await answered(203);
    });

    it("ends a request whose answer came before its body, with no error", async () => {
        await connect();
        peer.send(headers(1, upload("/early"), 4));
        await answered(1);
        const sent = await peer.frame((one) => one.type === TYPE.RST_STREAM && one.id === 1);
        assert.equal(sent!.payload.readUInt32BE(0), CODE.NO_ERROR);
    });

    it("passes over priorities, frames that it does not know and GOAWAY of the client", async () => {
        await connect();
        peer.send(
            frame(TYPE.PRIORITY, 0, 9, PRIORITY_OF_1),
            frame(TYPE.PRIORITY_UPDATE, 0, 0, Buffer.from([0, 0, 0, 1, 0x75])),
            frame(99, 7, 3, Buffer.from("whatever")),
            headers(1, Buffer.concat([PRIORITY_OF_1.fill(0, 0, 4), request("/", ["priority", "u=1, i"])]), END_HEADERS | END_STREAM | 0x20),
            goAway(0),
        );
        await answered(1);
        assert.deepEqual(served.asked[0]!.head.headers, ["priority", "u=1, i"]);
    });

    it("cuts whoever does not begin, does not finish a frame or a header block, or acknowledges nothing", async () => {
        const hasty = await Served.start(() => {}, {
            sweeper: new Sweeper(20),
            headTimeout: 80,
            frameTimeout: 80,
            settingsTimeout: 200,
        });
        try {
            const silent = new RawPeer(await plain(hasty.port), false);
            const slow = await (await RawPeer.connect(hasty.port)).settle();
            slow.send(ping().subarray(0, 12));
            const blocked = await (await RawPeer.connect(hasty.port)).settle();
            blocked.send(headers(1, request(), 0));
            const rude = await RawPeer.connect(hasty.port);
            const ends = await Promise.all([silent, slow, blocked, rude].map((one) => one.ending()));
            assert.deepEqual(
                ends.map(({ code }) => code),
                [undefined, CODE.ENHANCE_YOUR_CALM, CODE.ENHANCE_YOUR_CALM, CODE.SETTINGS_TIMEOUT],
            );
        } finally {
            await hasty.close();
        }
    });

    it("answers a request that does not move on by itself", async () => {
        const hasty = await Served.start(() => {}, { sweeper: new Sweeper(20), streamIdleTimeout: 80 });
        try {
            peer = await (await RawPeer.connect(hasty.port)).settle();
            peer.send(headers(1, upload(), 4), headers(3, request()));
            await Promise.all([answered(1), answered(3)]);
            const statuses = peer.frames
                .filter(({ type }) => type === TYPE.HEADERS)
                .map(({ payload }) => /408|504/.exec(payload.toString("latin1"))?.[0]);
            assert.deepEqual(
                hasty.asked.map(({ wasReset }) => wasReset),
                ["timeout", "timeout"],
            );
            assert.equal(statuses.length, 2);
        } finally {
            peer.destroy();
            await hasty.close();
        }
    });

    it("answers 408 to a body that drips, but not to a call of gRPC", async () => {
        const hasty = await Served.start(() => {}, { sweeper: new Sweeper(20), uploadRate: 1000, uploadWindow: 150 });
        try {
            peer = await (await RawPeer.connect(hasty.port)).settle();
            peers.push(peer);
            peer.send(headers(1, upload(), 4), headers(3, upload("/", ["content-type", "application/grpc"]), 4));
            const drip = setInterval(() => peer.send(data(1, Buffer.from("x"), 0), data(3, Buffer.from("x"), 0)), 20);
            await answered(1).finally(() => clearInterval(drip));
            const [head] = peer.frames.filter(({ type }) => type === TYPE.HEADERS);
            assert.match(head!.payload.toString("latin1"), /408/);
            assert.deepEqual(
                hasty.asked.map(({ wasReset }) => wasReset),
                ["timeout", undefined],
            );
        } finally {
            await hasty.close();
        }
    });

    it("lets a client take the rest of an answer slowly", async () => {
        const hasty = await Served.start((asked) => asked.answer("s".repeat(2000)), { sweeper: new Sweeper(20), streamIdleTimeout: 300 });
        try {
            peer = await (await RawPeer.connect(hasty.port, { settings: settings([4, 0]) })).settle();
            peers.push(peer);
            peer.send(headers(1, request()));
            while (peer.dataBytes < 2000 && peer.count(TYPE.RST_STREAM) === 0) {
                peer.send(windowUpdate(1, 200));
                await new Promise((done) => setTimeout(done, 50));
            }
            assert.deepEqual([peer.dataBytes, peer.count(TYPE.RST_STREAM)], [2000, 0]);
        } finally {
            await hasty.close();
        }
    });

    it("leaves a quiet call of gRPC to itself as long as its client answers PINGs, and no longer", async () => {
        const quick = { sweeper: new Sweeper(20), streamIdleTimeout: 60, pongTimeout: 1_500 };
        const hasty = await Served.start((asked) => asked.writer.head({ status: 200, headers: [], contentLength: -1 }, false), quick);
        try {
            const call = headers(1, upload("/held", ["content-type", "application/grpc"]), END_HEADERS);
            peer = await (await RawPeer.connect(hasty.port)).settle();
            const gone = await (await RawPeer.connect(hasty.port)).settle();
            peers.push(peer, gone);
            peer.socket.on("data", () => {
                const asks = peer.frames.findLast(({ type, flags }) => type === TYPE.PING && flags === 0);
                if (asks !== undefined) peer.send(ping(ACK, asks.payload.toString("latin1")));
            });
            peer.send(call);
            gone.send(call);
            await gone.ending();
            while (peer.count(TYPE.PING) < 3 && !peer.closed) await new Promise((done) => setTimeout(done, 5));
            assert.deepEqual([peer.closed, peer.count(TYPE.RST_STREAM)], [false, 0]);
        } finally {
            peer.destroy();
            await hasty.close();
        }
    });

    it("leaves a call of gRPC to itself before it is answered too, and no other request", async () => {
        const hasty = await Served.start(() => {}, { sweeper: new Sweeper(20), streamIdleTimeout: 80, tunnelIdleTimeout: 80 });
        try {
            peer = await (await RawPeer.connect(hasty.port)).settle();
            peers.push(peer);
            peer.send(
                headers(1, upload("/a.B/C", ["content-type", "application/grpc+proto"]), END_HEADERS),
                headers(3, upload("/a.B/C", ["content-type", "text/plain"]), END_HEADERS),
            );
            await answered(3);
            await new Promise((done) => setTimeout(done, 150));
            assert.deepEqual(
                hasty.asked.map(({ wasReset }) => wasReset),
                [undefined, "timeout"],
            );
        } finally {
            peer.destroy();
            await hasty.close();
        }
    });

    it("tells all that is open when the connection is lost, and keeps nothing", async () => {
        await connect();
        peer.send(headers(1, upload("/held"), 4), headers(3, request("/held")));
        const both = [await served.request(0), await served.request(1)];
        peer.destroy();
        while (both.some(({ wasReset }) => wasReset === undefined)) await new Promise((done) => setTimeout(done, 2));
        assert.deepEqual(
            both.map(({ wasReset }) => wasReset),
            ["client-gone", "client-gone"],
        );
        both[0]!.answer("nobody");
        both[1]!.writer.reset("local");
    });
});

async function plain(port: number): Promise<net.Socket> {
    const socket = net.connect(port, "127.0.0.1");
    await once(socket, "connect");
    return socket.setNoDelay(true);
}
