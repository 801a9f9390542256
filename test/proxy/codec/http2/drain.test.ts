/** Leaving without a failed request: GOAWAY in two steps (RFC 9113 §6.8), whatever the client does meanwhile. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { afterEach, describe, it } from "mocha";
import { serveHttp } from "../../../../proxy/codec";
import { Connections } from "../../../../proxy/listeners";
import { Sweeper } from "../../../../proxy/codec/sweeper";
import { Http2Client, answerOn } from "./support/client";
import { ACK, CODE, END_STREAM, TYPE, data, headers, ping, request, upload, type RawFrame } from "./support/raw-frames";
import { RawPeer } from "./support/raw-peer";
import { Asked, Served } from "./support/served";

const LAST = 0x7fff_ffff;
const isGoAway = ({ type }: RawFrame): boolean => type === TYPE.GOAWAY;
const isPing = ({ type, flags }: RawFrame): boolean => type === TYPE.PING && flags === 0;

function lastIds(peer: RawPeer): [last: number, code: number][] {
    return peer.frames.filter(isGoAway).map(({ payload }) => [payload.readUInt32BE(0), payload.readUInt32BE(4)]);
}

describe("a connection of HTTP/2 that is to go", () => {
    const closing: (() => Promise<void> | void)[] = [];
    afterEach(async () => {
        for (const close of closing.splice(0).reverse()) await close();
    });
    async function serve(...more: Parameters<typeof Served.start>): Promise<Served> {
        const served = await Served.start(...more);
        closing.push(() => served.close());
        return served;
    }
    async function connect(port: number): Promise<RawPeer> {
        const peer = await (await RawPeer.connect(port)).settle();
        closing.push(() => peer.destroy());
        return peer;
    }
    function client(port: number): Http2Client {
        const made = new Http2Client(port);
        closing.push(() => made.close());
        return made;
    }
    async function answered(peer: RawPeer, id: number): Promise<void> {
        await peer.frame((one) => one.id === id && (one.flags & END_STREAM) !== 0);
    }

    it("names no request at first, answers what still comes, and then names the last", async () => {
        const served = await serve((asked) => asked.answer("x"));
        const peer = await connect(served.port);
        peer.send(headers(1, request()));
        await answered(peer, 1);
        served.connections[0]!.retire();
        const asks = await peer.frame(isPing);
        assert.deepEqual(lastIds(peer), [[LAST, CODE.NO_ERROR]]);
        peer.send(headers(3, request("/crossed")));
        await answered(peer, 3);
        assert.equal(peer.closed, false);
        peer.socket.write(ping(ACK, asks!.payload.toString("latin1")));
        await peer.ending();
        assert.deepEqual(lastIds(peer), [
            [LAST, CODE.NO_ERROR],
            [3, CODE.NO_ERROR],
        ]);
        assert.deepEqual(
            served.asked.map(({ head }) => head.path),
            ["/", "/crossed"],
        );
    });

    it("still asks of what is under way that it moves, long after the client was told to go", async () => {
        const served = await serve(() => {}, { sweeper: new Sweeper(10), goAwayTimeout: 20, streamIdleTimeout: 150 });
        const peer = await connect(served.port);
        peer.send(headers(1, upload(), 4));
        const asked = await served.request();
        served.connections[0]!.retire();
        await peer.ending();
        assert.equal(asked.wasReset, "timeout");
        assert.equal(peer.count(TYPE.HEADERS, 1), 1);
    });

    it("ends behind what is under way, and hears nothing that comes after the last", async () => {
        const served = await serve();
        const peer = await connect(served.port);
        peer.send(headers(1, upload(), 4));
        const asked = await served.request();
        served.connections[0]!.drain();
        const asks = await peer.frame(isPing);
        peer.send(ping(ACK, asks!.payload.toString("latin1")));
        await peer.frame((one) => isGoAway(one) && one.payload.readUInt32BE(0) === 1);
        peer.send(headers(3, upload("/late"), 4), data(3, "body"), data(1, "part"), data(1, " and end", END_STREAM));
        await answeredRequest(asked);
        asked.answer(asked.body);
        await peer.ending();
        assert.equal(
            peer.frames
                .filter(({ type }) => type === TYPE.DATA)
                .map(({ payload }) => payload.toString())
                .join(""),
            "part and end",
        );
        assert.equal(served.asked.length, 1);
        assert.equal(peer.count(TYPE.RST_STREAM), 0);
    });

    it("leaves alone who has connected and not asked yet, until it has", async () => {
        const served = await serve((asked) => asked.answer("first"));
        const peer = await connect(served.port);
        served.connections[0]!.retire();
        peer.send(ping());
        await peer.frame(({ type, flags }) => type === TYPE.PING && flags === ACK);
        assert.deepEqual(lastIds(peer), []);
        peer.send(headers(1, request()));
        await answered(peer, 1);
        assert.deepEqual(lastIds(peer), [[LAST, CODE.NO_ERROR]]);
    });

    it("does not wait long for who never asks or never answers", async () => {
        const served = await serve((asked) => asked.answer("x"), { sweeper: new Sweeper(20), goAwayTimeout: 100 });
        const silent = await connect(served.port);
        const deaf = await connect(served.port);
        deaf.send(headers(1, request()));
        await answered(deaf, 1);
        for (const connection of served.connections) connection.drain();
        await Promise.all([silent.ending(), deaf.ending()]);
        assert.deepEqual(
            [lastIds(silent).at(-1), lastIds(deaf).at(-1)],
            [
                [0, CODE.NO_ERROR],
                [1, CODE.NO_ERROR],
            ],
        );
    });

    it("fails no request of clients that ask all the time", async () => {
        const served = await serve((asked) => setTimeout(() => asked.answer("x"), 2));
        let failures = 0;
        const asking = Array.from({ length: 4 }, async (_, who) => {
            let one = client(served.port);
            for (let number = 0; number < 60; ) {
                if (one.session.closed || one.session.destroyed) one = client(served.port);
                const { status, code } = await one.ask(`/${who}/${number}`);
                // Node's client has read GOAWAY and not told yet: it was never sent.
                if (status === 0 && code === CODE.REFUSED_STREAM) continue;
                number++;
                if (status !== 200 || code !== 0) failures++;
            }
        });
        const leaving = setInterval(() => served.connections.splice(0).forEach((connection) => connection.drain()), 20);
        await Promise.all(asking);
        clearInterval(leaving);
        assert.equal(failures, 0);
        // Each of them once: none that was refused has been seen here.
        assert.deepEqual([served.asked.length, new Set(served.asked.map(({ head }) => head.path)).size], [240, 240]);
    });

    it("is let finish by a drain of all connections, open requests and idle ones alike", async () => {
        const connections = new Connections();
        const asked: Asked[] = [];
        const serve = serveHttp({
            handler: (head, end, writer) => {
                const one = new Asked(head, end, writer);
                asked.push(one);
                if (head.path === "/now") one.answer("now");
                return one;
            },
        });
        const server = net.createServer({ allowHalfOpen: true }, (socket) => {
            const info = { remoteAddress: "", remotePort: 0, localAddress: "", localPort: 0, port: 80, scheme: "http" } as never;
            connections.add(socket, { drain: () => {}, destroy: () => socket.destroy() });
            connections.hand(socket, serve(socket, info));
        });
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        closing.push(() => void server.close());
        const { port } = server.address() as net.AddressInfo;
        const idle = client(port);
        const busy = client(port);
        assert.equal((await idle.ask("/now")).status, 200);
        const stream = busy.open("/held");
        const answer = answerOn(stream);
        stream.write("first");
        while (asked.length < 2) await new Promise((done) => setTimeout(done, 5));
        // One that has connected, and shows what it speaks only when the drain has begun.
        const late = net.connect(port, "127.0.0.1");
        await once(late, "connect");
        while (connections.active < 3) await new Promise((done) => setTimeout(done, 5));
        const drained = connections.drain(4_000, 1_500);
        const peer = new RawPeer(late, false);
        peer.send(Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]), headers(1, request("/now")));
        await answered(peer, 1);
        const asks = await peer.frame(isPing);
        peer.send(ping(ACK, asks!.payload.toString("latin1")));
        stream.end(" second");
        await answeredRequest(asked[1]!);
        asked[1]!.answer(asked[1]!.body);
        const { status, body, code } = await answer;
        assert.deepEqual([status, body.toString(), code], [200, "first second", 0]);
        await drained;
        assert.equal(connections.active, 0);
    });
});

async function answeredRequest(asked: Asked): Promise<void> {
    while (!asked.ended) await new Promise((done) => setTimeout(done, 2));
}
