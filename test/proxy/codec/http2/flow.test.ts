/** Flow control in both directions and the order of those that wait (RFC 9113 §5.2, §6.9). */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "mocha";
import {
    CODE,
    END_HEADERS,
    END_STREAM,
    TYPE,
    data,
    headers,
    ping,
    request,
    reset,
    settings,
    upload,
    windowUpdate,
} from "./support/raw-frames";
import { RawPeer } from "./support/raw-peer";
import { Served, type Asked } from "./support/served";

const STREAM_WINDOW = 256 * 1024;
const CONNECTION_WINDOW = 1024 * 1024;
const FRAME = 16_384;
const PART = Buffer.alloc(FRAME, "u");

function stream(asked: Asked, bytes: number, size = FRAME): void {
    asked.writer.head({ status: 200, headers: [], contentLength: bytes }, false);
    for (let sent = 0; sent < bytes; sent += size) asked.writer.data(Buffer.alloc(Math.min(size, bytes - sent), "d"));
    asked.writer.end(undefined);
}

describe("flow control of HTTP/2", () => {
    let served: Served;
    let peer: RawPeer;

    before(async () => {
        served = await Served.start();
    });
    after(() => served.close());
    afterEach(() => {
        peer.destroy();
        served.asked.length = 0;
    });
    async function connect(...pairs: (readonly [id: number, value: number])[]): Promise<void> {
        peer = await (await RawPeer.connect(served.port, { settings: settings(...pairs) })).settle();
    }
    function bytesOn(id: number): number {
        return peer.frames.filter((one) => one.type === TYPE.DATA && one.id === id).reduce((sum, { payload }) => sum + payload.length, 0);
    }
    /** All that was sent is read and acted upon, and the answer to it is here. */
    async function heard(): Promise<void> {
        const before = peer.count(TYPE.PING);
        peer.send(ping());
        while (peer.count(TYPE.PING) === before && !peer.closed) await new Promise((done) => setTimeout(done, 1));
    }
    async function bytes(id: number, wanted: number): Promise<void> {
        while (bytesOn(id) < wanted && !peer.closed) await new Promise((done) => setTimeout(done, 1));
    }

    it("sends no more than the stream's window and the connection's, and goes on when they grow", async () => {
        await connect([4, 1000]);
        peer.send(headers(1, request()));
        const asked = await served.request();
        stream(asked, 100_000);
        await bytes(1, 1000);
        await heard();
        assert.equal(bytesOn(1), 1000);
        peer.send(windowUpdate(1, 200_000));
        await bytes(1, 65_535);
        await heard();
        assert.equal(bytesOn(1), 65_535);
        peer.send(windowUpdate(0, 100_000));
        await bytes(1, 100_000);
        assert.equal(peer.frames.findLast(({ type }) => type === TYPE.DATA)!.flags & END_STREAM, END_STREAM);
    });

    it("takes a new initial window for streams that are open, and waits below none", async () => {
        await connect([4, 1000]);
        peer.send(headers(1, request()));
        const asked = await served.request();
        stream(asked, 3000);
        await bytes(1, 1000);
        peer.send(settings([4, 0]), windowUpdate(1, 500));
        await heard();
        assert.equal(bytesOn(1), 1000);
        peer.send(settings([4, 1500]));
        await bytes(1, 2000);
        await heard();
        assert.equal(bytesOn(1), 2000);
        peer.send(settings([4, 5000]));
        await bytes(1, 3000);
    });

    it("tells the writer to stop while much waits, and to go on when little does", async () => {
        await connect([4, 0]);
        peer.send(headers(1, request()));
        const { writer } = await served.request();
        const asked = served.asked[0]!;
        writer.head({ status: 200, headers: [], contentLength: -1 }, false);
        let accepted = 0;
        while (writer.data(Buffer.alloc(8192))) accepted++;
        assert.ok(accepted <= 8, `${accepted} chunks were taken`);
        peer.send(windowUpdate(1, 10));
        await bytes(1, 10);
        assert.equal(asked.writable, 0);
        peer.send(windowUpdate(1, 60_000));
        await bytes(1, 60_010);
        assert.equal(asked.writable, 1);
    });

    it("gives a window back in halves while its reader takes what comes", async () => {
        await connect();
        peer.send(headers(1, upload(), END_HEADERS));
        const asked = await served.request();
        for (let sent = 0; sent < 40; sent++) {
            peer.send(data(1, PART));
            await heard();
        }
        assert.equal(asked.bytes, 40 * FRAME);
        const given = peer.frames
            .filter(({ type, id }) => type === TYPE.WINDOW_UPDATE && id === 1)
            .map(({ payload }) => payload.readUInt32BE(0));
        assert.equal(given.length, Math.floor((40 * FRAME) / (STREAM_WINDOW / 2)));
    });

    it("gives none back while its reader is paused, and all of it when that goes on", async () => {
        await connect();
        peer.send(headers(1, upload(), END_HEADERS), headers(3, upload(), END_HEADERS));
        const asked = await served.request(0);
        const other = await served.request(1);
        asked.writer.pauseRequest();
        for (let sent = 0; sent < STREAM_WINDOW / FRAME; sent++) peer.send(data(1, PART));
        for (let sent = 0; sent < STREAM_WINDOW / FRAME; sent++) peer.send(data(3, PART));
        await heard();
        assert.equal(other.bytes, STREAM_WINDOW);
        const grown = (id: number): number =>
            peer.frames
                .filter((one) => one.type === TYPE.WINDOW_UPDATE && one.id === id)
                .reduce((sum, { payload }) => sum + payload.readUInt32BE(0), 0);
        assert.deepEqual([grown(1), grown(3)], [0, STREAM_WINDOW]);
        asked.writer.resumeRequest();
        await heard();
        assert.equal(grown(1), STREAM_WINDOW);
        // What the connection's window has lost to both is there again: as much as fits into half of it is still kept.
        assert.ok(grown(0) - (CONNECTION_WINDOW - 65_535) >= 2 * STREAM_WINDOW - CONNECTION_WINDOW / 2);
    });

    it("gives back to the connection what is taken, however much of it is held by those that are paused", async () => {
        await connect();
        const ids = [1, 3, 5, 7];
        peer.send(...ids.map((id) => headers(id, upload(), END_HEADERS)));
        for (const number of [0, 1, 2]) (await served.request(number)).writer.pauseRequest();
        const taking = await served.request(3);
        const held = 3 * STREAM_WINDOW - 4 * FRAME;
        for (const id of [1, 3, 5]) for (let part = 0; part < held / 3 / FRAME; part++) peer.send(data(id, PART.subarray(0, FRAME)));
        await heard();
        const granted = (id: number, first: number): number =>
            peer.frames
                .filter((one) => one.type === TYPE.WINDOW_UPDATE && one.id === id)
                .reduce((sum, { payload }) => sum + payload.readUInt32BE(0), first);
        // As a client does: no more than both windows let through.
        let sent = 0;
        const room = (): number => Math.min(granted(7, STREAM_WINDOW) - sent, granted(0, 65_535) - dataSent());
        const heldSent = 3 * Math.ceil(held / 3 / FRAME) * FRAME;
        const dataSent = (): number => heldSent + sent;
        for (let turn = 0; turn < 80; turn++) {
            const part = Math.min(FRAME, room());
            assert.ok(part > 0, `the window is closed after ${sent} bytes`);
            peer.send(data(7, PART.subarray(0, part)));
            sent += part;
            await heard();
        }
        assert.equal(taking.bytes, sent);
        assert.equal(peer.frames.filter(({ type, payload }) => type === TYPE.WINDOW_UPDATE && payload.readUInt32BE(0) === 0).length, 0);
    });

    it("gives back to the connection what came for streams that are closed", async () => {
        await connect();
        const rounds = 3 * (CONNECTION_WINDOW / STREAM_WINDOW);
        for (let round = 0; round < rounds; round++) {
            const id = 2 * round + 1;
            peer.send(headers(id, upload(), END_HEADERS));
            const asked = await served.request(round);
            asked.writer.pauseRequest();
            for (let sent = 0; sent < STREAM_WINDOW / FRAME; sent++) peer.send(data(id, PART));
            peer.send(reset(id));
            await heard();
        }
        assert.equal(peer.closed, false);
        assert.equal(peer.count(TYPE.GOAWAY), 0);
    });

    it("ends a stream, or the connection, that sends more than its window", async () => {
        await connect();
        peer.send(headers(1, upload(), END_HEADERS));
        (await served.request()).writer.pauseRequest();
        for (let sent = 0; sent <= STREAM_WINDOW / FRAME; sent++) peer.send(data(1, PART));
        const sent = await peer.frame((one) => one.type === TYPE.RST_STREAM && one.id === 1);
        assert.equal(sent!.payload.readUInt32BE(0), CODE.FLOW_CONTROL_ERROR);
        peer.send(...[3, 5, 7, 9, 11].map((id) => headers(id, upload(), END_HEADERS)));
        for (const number of [1, 2, 3, 4, 5]) (await served.request(number)).writer.pauseRequest();
        for (const id of [3, 5, 7, 9, 11]) for (let part = 0; part < STREAM_WINDOW / FRAME; part++) peer.send(data(id, PART));
        assert.equal((await peer.ending()).code, CODE.FLOW_CONTROL_ERROR);
    });

    it("lets streams take turns under a full window: a small body does not wait for a large one", async () => {
        await connect([4, 0x7fff_ffff]);
        peer.send(windowUpdate(0, 0x7fff_0000 - 65_535), headers(1, request()), headers(3, request()), headers(5, request()));
        const all = [await served.request(0), await served.request(1), await served.request(2)];
        stream(all[0]!, 8 * 1024 * 1024, 256 * 1024);
        stream(all[1]!, 512 * 1024, 256 * 1024);
        stream(all[2]!, 100);
        await bytes(1, 8 * 1024 * 1024);
        const order = peer.frames.filter(({ type }) => type === TYPE.DATA);
        const lastOf = (id: number): number => order.findLastIndex((one) => one.id === id);
        assert.ok(order.every(({ payload }) => payload.length <= FRAME));
        assert.ok(lastOf(5) < 10, `the small one ended with frame ${lastOf(5)}`);
        // 32 frames of each of the two large ones, one after the other.
        assert.ok(lastOf(3) < 2 * 32 + 10, `the second one ended with frame ${lastOf(3)}`);
    });

    it("sends a head, a short body and the end of many answers in one write", async () => {
        await connect();
        peer.send(...Array.from({ length: 20 }, (_, index) => headers(2 * index + 1, request())));
        await served.request(19);
        await heard();
        const chunks: number[] = [];
        peer.socket.on("data", (chunk: Buffer) => chunks.push(chunk.length));
        for (const asked of served.asked) asked.answer("short");
        await bytes(39, 5);
        assert.equal(chunks.length, 1);
        assert.equal(peer.count(TYPE.DATA), 20);
    });
});
