/** Connections to endpoints of HTTP/2: how many requests they take, when they go, what is sent again, and whether anybody is there. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { afterEach, describe, it } from "mocha";
import { HTTP2_CLIENT_DEFAULTS } from "../../../../proxy/codec/http2/client-options";
import { Http2ClientConnection } from "../../../../proxy/codec/http2/client-connection";
import { Sweeper } from "../../../../proxy/codec/sweeper";
import type { ClientOwner, KeepAlive } from "../../../../proxy/codec";
import type { HeaderList, RequestHead, ResponseHead, ResponseReceiver } from "../../../../proxy/http/doors";
import type { ClusterEntry, RetryEntry } from "../../../../proxy/tables";
import { eventually } from "../../../support/eventually";
import { RawClient } from "../../exchange/client";
import { startProxy, type TestProxy } from "../../exchange/harness";
import { DEFAULT_RETRY, delta, forwardingTo, NO_RETRY } from "../../snapshot/entries";
import { RawEndpoint, response } from "./support/raw-endpoint";
import { ACK, CODE, data, END_STREAM, goAway, ping, reset, settings, TYPE, windowUpdate } from "./support/raw-frames";
import type { RawPeer } from "./support/raw-peer";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
});

const MAX_CONCURRENT_STREAMS = 3;
const INITIAL_WINDOW_SIZE = 4;
const ENABLE_CONNECT_PROTOCOL = 8;

/** An endpoint that keeps what it is asked until the test answers. */
class Held {
    readonly asked: { readonly peer: RawPeer; readonly id: number; answer(): void }[] = [];
    endpoint!: RawEndpoint;

    static async listen(first?: Buffer): Promise<Held> {
        const held = new Held();
        held.endpoint = await RawEndpoint.listen((peer, id) => {
            held.asked.push({ peer, id, answer: () => void peer.send(response(id, [[":status", "200"]])) });
        }, first);
        closing.push(() => held.endpoint.close());
        return held;
    }
    async count(count: number): Promise<void> {
        await eventually(() => assert.equal(this.asked.length, count));
    }
}

async function proxy(port: number, more: Partial<ClusterEntry> = {}, retry: RetryEntry = NO_RETRY): Promise<TestProxy> {
    const made = await startProxy(forwardingTo(port, { protocol: "http2", ...more }, { retry }));
    closing.push(() => made.close());
    return made;
}
const asking = (gateway: TestProxy, count: number): RawClient[] =>
    Array.from({ length: count }, (_, at) => new RawClient(gateway.port).get(`/${at}`));
const statuses = (clients: readonly RawClient[]): Promise<number[]> =>
    Promise.all(clients.map(async (one) => (await one.response()).status));

describe("a connection to an endpoint of HTTP/2", () => {
    it("carries no more requests than the endpoint takes, now and when it says less or more", async () => {
        const up = await Held.listen(settings([MAX_CONCURRENT_STREAMS, 2]));
        const gateway = await proxy(up.endpoint.port, { maxConnections: 1 });
        const first = asking(gateway, 1);
        await up.count(1);
        const more = asking(gateway, 3);
        await up.count(2);
        const [peer] = up.endpoint.peers;
        peer!.send(settings([MAX_CONCURRENT_STREAMS, 1]));
        await eventually(() => assert.equal(peer!.frames.filter(({ type, flags }) => type === TYPE.SETTINGS && flags === ACK).length, 2));
        up.asked[0]!.answer();
        assert.deepEqual(await statuses(first), [200]);
        assert.equal(up.asked.length, 2, "one is still open, and no more are taken");
        up.asked[1]!.answer();
        await up.count(3);
        peer!.send(settings([MAX_CONCURRENT_STREAMS, 10]));
        await up.count(4);
        for (const one of up.asked.slice(2)) one.answer();
        assert.deepEqual(await statuses(more), [200, 200, 200]);
        assert.equal(up.endpoint.peers.length, 1);
    });

    it("takes a new one to carry no more than the last one did, until its endpoint says so", async () => {
        const up = await Held.listen(settings([MAX_CONCURRENT_STREAMS, 1]));
        const gateway = await proxy(up.endpoint.port);
        const [first] = asking(gateway, 1);
        await up.count(1);
        const others = asking(gateway, 4);
        await up.count(5);
        assert.equal(new Set(up.asked.map(({ peer }) => peer)).size, 5, "none of them is asked for more than it takes");
        for (const one of up.asked) one.answer();
        assert.deepEqual(await statuses([first!, ...others]), [200, 200, 200, 200, 200]);
    });

    it("is one of several where the cluster wants fewer on each, or each to end after so many", async () => {
        for (const [more, peers] of [
            [{ maxConcurrentStreams: 2 }, 3],
            [{ maxRequestsPerConnection: 2 }, 3],
            [{}, 1],
        ] as const) {
            const up = await Held.listen();
            const gateway = await proxy(up.endpoint.port, more);
            const clients = asking(gateway, 5);
            await up.count(5);
            for (const one of up.asked) one.answer();
            assert.deepEqual(await statuses(clients), [200, 200, 200, 200, 200]);
            assert.equal(up.endpoint.peers.length, peers);
            if ("maxRequestsPerConnection" in more)
                await eventually(() => assert.equal(up.endpoint.peers.filter(({ closed }) => closed).length, 2));
        }
    });

    it("answers 503 UO for a request beyond those that the cluster may have", async () => {
        const up = await Held.listen();
        const gateway = await proxy(up.endpoint.port, { maxRequests: 2 });
        const clients = asking(gateway, 2);
        await up.count(2);
        assert.deepEqual(await statuses(asking(gateway, 1)), [503]);
        assert.equal((await gateway.recorded(1))[0]!.flags, "UO");
        for (const one of up.asked) one.answer();
        assert.deepEqual(await statuses(clients), [200, 200]);
    });

    it("ends with the words of the protocol when it is not needed any more", async () => {
        const up = await Held.listen();
        const gateway = await proxy(up.endpoint.port);
        const clients = asking(gateway, 1);
        await up.count(1);
        up.asked[0]!.answer();
        await statuses(clients);
        gateway.apply(delta(2, {}, { endpoints: ["c"] }));
        assert.deepEqual(await up.endpoint.peers[0]!.ending(), { code: CODE.NO_ERROR, debug: "" });
    });
});

describe("requests that an endpoint has not processed", () => {
    it("are sent again on another connection where it goes away; the others are answered", async () => {
        const up = await Held.listen();
        const gateway = await proxy(up.endpoint.port, {}, { ...DEFAULT_RETRY, on: ["refused-stream"], backoffMs: 1 });
        const first = new RawClient(gateway.port).get("/1");
        await up.count(1);
        const second = new RawClient(gateway.port).send("POST /2 HTTP/1.1\r\nhost: a.test\r\ncontent-length: 0\r\n\r\n");
        await up.count(2);
        const [peer] = up.endpoint.peers;
        peer!.send(goAway(0x7fff_ffff), goAway(up.asked[0]!.id));
        await up.count(3);
        assert.notEqual(up.asked[2]!.peer, peer);
        for (const at of [2, 0]) up.asked[at]!.answer();
        assert.deepEqual(await statuses([first, second]), [200, 200]);
        await peer!.ending();
    });

    it("are given up where every connection goes away so, and after as many as the policy says", async () => {
        for (const [retry, flags, attempts] of [
            [NO_RETRY, "UR", 1],
            [{ ...DEFAULT_RETRY, attempts: 2, on: ["connect-failure"], backoffMs: 1 }, "UR", 1],
            [{ ...DEFAULT_RETRY, attempts: 2, on: ["refused-stream"], backoffMs: 1 }, "URX,UR", 3],
        ] as const) {
            const endpoint = await RawEndpoint.listen((peer) => void peer.send(goAway(0)));
            closing.push(() => endpoint.close());
            const gateway = await proxy(endpoint.port, {}, retry);
            assert.deepEqual(await statuses(asking(gateway, 1)), [503]);
            const [record] = await gateway.recorded(1);
            assert.deepEqual([record!.flags, record!.attempts, endpoint.peers.length], [flags, attempts, attempts]);
        }
    });

    it("and that it refuses, are sent again as often as the policy says and no more", async () => {
        for (const [retry, asked, status, flags] of [
            [NO_RETRY, 1, 503, "UR"],
            [{ ...DEFAULT_RETRY, attempts: 2, on: ["connect-failure"], backoffMs: 1 }, 1, 503, "UR"],
            [{ ...DEFAULT_RETRY, attempts: 2, on: ["refused-stream"], backoffMs: 1 }, 3, 503, "URX,UR"],
            [{ ...DEFAULT_RETRY, attempts: 2, on: ["reset-before-request"], backoffMs: 1 }, 1, 503, "UR"],
        ] as const) {
            let count = 0;
            const endpoint = await RawEndpoint.listen((peer, id) => void (count++, peer.send(reset(id, CODE.REFUSED_STREAM))));
            closing.push(() => endpoint.close());
            const gateway = await proxy(endpoint.port, {}, retry);
            assert.deepEqual(await statuses(asking(gateway, 1)), [status]);
            assert.deepEqual([count, (await gateway.recorded(1))[0]!.flags, endpoint.peers.length], [asked, flags, 1]);
        }
    });

    it("are not those that it reset for another reason, or took before it was lost", async () => {
        const on = ["connect-failure", "refused-stream", "reset-before-request"];
        for (const end of [
            (peer: RawPeer, id: number) => void peer.send(reset(id, CODE.CANCEL)),
            (peer: RawPeer) => peer.destroy(),
            (peer: RawPeer, id: number) => void peer.send(response(id, [[":status", "103"]], false), reset(id, CODE.REFUSED_STREAM)),
        ]) {
            let count = 0;
            const endpoint = await RawEndpoint.listen((peer, id) => void (count++, end(peer, id)));
            closing.push(() => endpoint.close());
            const gateway = await proxy(endpoint.port, {}, { ...DEFAULT_RETRY, on, backoffMs: 1 });
            await asking(gateway, 1)[0]!.until(/HTTP\/1.1 503/);
            assert.equal(count, 1);
        }
    });

    it("are not those that it has begun to answer when an attempt's time is over", async () => {
        const up = await RawEndpoint.listen((peer, id) => peer.send(response(id, [[":status", "200"]], false)));
        closing.push(() => up.close());
        const gateway = await proxy(up.port, {}, { ...DEFAULT_RETRY, on: ["5xx"], perTryTimeoutMs: 300 });
        const client = new RawClient(gateway.port);
        client.send("POST /talk HTTP/1.1\r\nhost: a.test\r\ntransfer-encoding: chunked\r\n\r\n");
        await eventually(() => assert.match(client.received, /^HTTP\/1.1 200 /));
        client.send("0\r\n\r\n");
        const [peer] = up.peers;
        const { id } = (await peer!.frame(({ type, flags }) => type === TYPE.DATA && (flags & END_STREAM) !== 0))!;
        await new Promise((resolve) => setTimeout(resolve, 350));
        peer!.send(data(id, "hello", END_STREAM));
        await eventually(() => assert.match(client.received, /5\r\nhello\r\n0\r\n\r\n$/));
        assert.equal(up.peers.flatMap(({ frames }) => frames).filter(({ type }) => type === TYPE.HEADERS).length, 1);
    });

    it("are sent once more where a connection that was kept alive was closed under them", async () => {
        const up = await Held.listen();
        const gateway = await proxy(up.endpoint.port);
        const [one] = asking(gateway, 1);
        await up.count(1);
        up.asked[0]!.answer();
        await statuses([one!]);
        const again = new RawClient(gateway.port).get("/again");
        await up.count(2);
        up.asked[1]!.peer.destroy();
        await up.count(3);
        up.asked[2]!.answer();
        assert.deepEqual(await statuses([again]), [200]);
    });
});

// --- without a proxy ---------------------------------------------------------------------------------------------------

class Noted implements ResponseReceiver, ClientOwner {
    readonly told: string[] = [];
    head: ResponseHead | undefined;
    onInformational(status: number): void {
        this.told.push(`informational ${status}`);
    }
    onResponseHead(head: ResponseHead, end: boolean): void {
        this.head = head;
        this.told.push(`head ${head.status}${end ? " end" : ""}`);
    }
    onResponseData(chunk: Buffer): void {
        this.told.push(`data ${chunk.toString()}`);
    }
    onResponseEnd(trailers: HeaderList | undefined): void {
        this.told.push(`end ${trailers?.join() ?? ""}`);
    }
    onResponseReset(reason: string, sent: boolean, detail: string): void {
        this.told.push(`reset ${reason} ${sent} ${detail}`);
    }
    onRequestWritable(): void {
        this.told.push("writable");
    }
    onStreamEnd(): void {
        this.told.push("stream end");
    }
    onCapacity(): void {}
    onGoingAway(): void {
        this.told.push("going away");
    }
    onClosed(): void {
        this.told.push("closed");
    }
    async has(text: string): Promise<void> {
        await eventually(() => assert.ok(this.told.includes(text), this.told.join("\n")));
    }
}

const GET: RequestHead = {
    method: "GET",
    scheme: "http",
    authority: "a.test",
    path: "/",
    headers: [],
    contentLength: 0,
    upgrade: "",
    expectContinue: false,
    underscored: false,
    protocol: "HTTP/1.1",
};

async function connect(port: number, owner: ClientOwner, keepAlive?: KeepAlive, sweeper = new Sweeper(5)): Promise<Http2ClientConnection> {
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
    await once(socket, "connect");
    closing.push(() => void socket.destroy());
    return new Http2ClientConnection(socket, owner, keepAlive, { ...HTTP2_CLIENT_DEFAULTS, sweeper });
}

describe("whether an endpoint is there", () => {
    it("is asked by PING, and its answers keep the connection", async () => {
        const up = await Held.listen();
        const noted = new Noted();
        await connect(up.endpoint.port, noted, { intervalMs: 10, timeoutMs: 1000 });
        for (let count = 1; count <= 3; count++) {
            const [peer] = up.endpoint.peers;
            await eventually(() => assert.equal(peer?.count(TYPE.PING), count));
            const { payload } = peer!.frames.findLast(({ type }) => type === TYPE.PING)!;
            peer!.send(ping(ACK, payload.toString("latin1")));
        }
        assert.deepEqual(noted.told, []);
    });

    it("and is not, where no answer comes in time: what is open has lost its connection", async () => {
        const up = await Held.listen();
        const noted = new Noted();
        const connection = await connect(up.endpoint.port, noted, { intervalMs: 10, timeoutMs: 20 });
        connection.open(GET, true, noted);
        await up.count(1);
        // Not ours: no answer to what was asked.
        up.endpoint.peers[0]!.send(ping(ACK, "12345678"));
        await noted.has("reset connection-closed true no answer to PING in time");
        assert.deepEqual(noted.told[0], "closed");
    });

    it("is no question while it says something, however late its answer is", async () => {
        const up = await Held.listen();
        const noted = new Noted();
        // Nothing passes by itself.
        const sweeper = new Sweeper(60_000);
        const connection = await connect(up.endpoint.port, noted, { intervalMs: 1000, timeoutMs: 3000 }, sweeper);
        const start = sweeper.now;
        const pass = (ms: number): void => connection.sweep((sweeper.now = start + ms));
        connection.open(GET, true, noted);
        await up.count(1);
        const { peer, id } = up.asked[0]!;
        peer.send(response(id, [[":status", "200"]], false));
        pass(1000);
        await peer.frame(({ type }) => type === TYPE.PING);
        pass(3000);
        peer.send(data(id, "x"));
        await noted.has("data x");
        pass(5000);
        assert.ok(!noted.told.includes("closed"));
        pass(6000);
        await noted.has("reset connection-closed true no answer to PING in time");
    });

    it("is not asked where nobody wants to know", async () => {
        const up = await Held.listen();
        await connect(up.endpoint.port, new Noted());
        await new Promise((resolve) => setTimeout(resolve, 40));
        assert.equal(up.endpoint.peers[0]!.count(TYPE.PING), 0);
    });
});

describe("a request on a connection of HTTP/2", () => {
    it("waits for the endpoint's windows, and goes on with them", async () => {
        const up = await Held.listen(settings([INITIAL_WINDOW_SIZE, 10]));
        const noted = new Noted();
        const connection = await connect(up.endpoint.port, noted);
        await eventually(() => assert.equal(connection.settled, true));
        const writer = connection.open({ ...GET, method: "POST", contentLength: 100_000 }, false, noted);
        assert.equal(writer.data(Buffer.alloc(99_999)), false);
        await up.count(1);
        const { peer, id } = up.asked[0]!;
        await eventually(() => assert.equal(peer.dataBytes, 10));
        peer.send(windowUpdate(id, 80_000), windowUpdate(0, 30_000));
        await noted.has("writable");
        writer.data(Buffer.alloc(1));
        writer.end(["t", "1"]);
        peer.send(windowUpdate(id, 20_000), windowUpdate(0, 20_000));
        await eventually(() => assert.equal(peer.dataBytes, 100_000));
        await eventually(() => assert.equal(peer.count(TYPE.HEADERS), 2));
        peer.send(response(id, [[":status", "200"]]));
        await noted.has("head 200 end");
    });

    it("gets no more than a window of the answer while nobody takes it, and the others theirs", async () => {
        const up = await Held.listen();
        const [noted, other] = [new Noted(), new Noted()];
        const connection = await connect(up.endpoint.port, noted);
        const writer = connection.open(GET, true, noted);
        connection.open(GET, true, other);
        writer.pauseResponse();
        await up.count(2);
        const { peer, id } = up.asked[0]!;
        const window = Array.from({ length: 16 }, () => data(id, Buffer.alloc(16_384, "x")));
        peer.send(response(id, [[":status", "200"]], false), ...window, response(up.asked[1]!.id, [[":status", "200"]]));
        await other.has("head 200 end");
        assert.equal(peer.count(TYPE.WINDOW_UPDATE, id), 0);
        writer.resumeResponse();
        await peer.frame((one) => one.type === TYPE.WINDOW_UPDATE && one.id === id);
        peer.send(...window, data(id, "", END_STREAM));
        await noted.has("end ");
        writer.pauseResponse();
        peer.send(data(id, "late"));
    });

    it("is stopped by none of the others, however many nobody takes", async () => {
        const up = await Held.listen();
        const noted = new Noted();
        const connection = await connect(up.endpoint.port, noted);
        for (let count = 0; count < 40; count++) connection.open(GET, true, noted).pauseResponse();
        await up.count(40);
        const window = Buffer.alloc(16_384);
        for (const { peer, id } of up.asked)
            peer.send(response(id, [[":status", "200"]], false), ...Array.from({ length: 16 }, () => data(id, window)));
        const other = new Noted();
        connection.open(GET, true, other);
        await up.count(41);
        up.asked[40]!.peer.send(response(up.asked[40]!.id, [[":status", "200"]], false), data(up.asked[40]!.id, "mine", END_STREAM));
        await other.has("data mine");
    });

    it("ends with its connection where the endpoint sends more than the window", async () => {
        const up = await Held.listen();
        const noted = new Noted();
        const writer = (await connect(up.endpoint.port, noted)).open(GET, true, noted);
        writer.pauseResponse();
        await up.count(1);
        const { peer, id } = up.asked[0]!;
        peer.send(response(id, [[":status", "200"]], false), ...Array.from({ length: 17 }, () => data(id, Buffer.alloc(16_384, "x"))));
        await noted.has("reset protocol-error true more DATA than the stream's window");
        const found = await peer.frame(({ type }) => type === TYPE.RST_STREAM);
        assert.equal(found!.payload.readUInt32BE(0), CODE.FLOW_CONTROL_ERROR);
    });

    it("is not completed where its body is not as long as it said", async () => {
        const up = await Held.listen();
        for (const [size, what] of [
            [4, "longer"],
            [2, "shorter"],
        ] as const) {
            const noted = new Noted();
            const connection = await connect(up.endpoint.port, noted);
            const writer = connection.open({ ...GET, method: "POST", contentLength: 3 }, false, noted);
            writer.data(Buffer.alloc(size));
            writer.end(undefined);
            await noted.has(`reset local false request body ${what} than its content-length`);
            await up.endpoint.peers.at(-1)!.frame(({ type, flags }) => type === TYPE.RST_STREAM && flags === 0);
            assert.equal(
                up.endpoint.peers.at(-1)!.frames.some(({ type, flags }) => type === TYPE.DATA && (flags & END_STREAM) !== 0),
                false,
            );
        }
    });

    it("that holds what no head may is not sent, and the next one is", async () => {
        const up = await Held.listen();
        for (const wrong of [
            { path: "/a b" },
            { path: "" },
            { path: "/\r\nx: y" },
            { authority: "a\nb" },
            { headers: ["x", "a\r\nb"] },
            { headers: ["X", "a"] },
            { headers: ["a:b", "c"] },
            { method: "G T" },
        ] satisfies Partial<RequestHead>[]) {
            const noted = new Noted();
            const connection = await connect(up.endpoint.port, noted);
            const before = up.asked.length;
            connection.open({ ...GET, ...wrong }, true, noted);
            await noted.has("reset local false request head holds a forbidden byte");
            assert.equal(noted.told[0], "stream end");
            connection.open(GET, true, noted);
            await up.count(before + 1);
            up.asked.at(-1)!.answer();
            await noted.has("head 200 end");
        }
    });

    it("is told apart where the connection is lost: what had not left can't have been processed", async () => {
        const up = await Held.listen();
        const noted = new Noted();
        const connection = await connect(up.endpoint.port, noted);
        connection.open(GET, true, noted);
        await up.count(1);
        const late = new Noted();
        up.endpoint.peers[0]!.destroy();
        await once(connection.socket, "readable").catch(() => undefined);
        connection.open(GET, true, late);
        await eventually(() => assert.equal(noted.told.filter((one) => one.startsWith("reset connection-closed true")).length, 1));
        await eventually(() => assert.equal(late.told.filter((one) => one.startsWith("reset connection-closed")).length, 1));
    });

    it("leaves the ids to others when they are used up", async () => {
        const up = await Held.listen();
        const noted = new Noted();
        const connection = await connect(up.endpoint.port, noted);
        connection.beginAt(0x7fff_ffff);
        assert.ok(connection.capacity > 0);
        connection.open(GET, true, noted);
        assert.deepEqual([connection.capacity, noted.told], [0, ["going away"]]);
        await up.count(1);
        assert.equal(up.asked[0]!.id, 0x7fff_ffff);
        up.asked[0]!.answer();
        await noted.has("head 200 end");
    });
});

describe("an upgrade towards an endpoint of HTTP/2", () => {
    const UPGRADE: RequestHead = {
        ...GET,
        upgrade: "websocket",
        headers: ["sec-websocket-version", "13", "sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="],
    };

    it("waits for the endpoint's word, and is an extended CONNECT then", async () => {
        const up = await Held.listen(Buffer.alloc(0));
        const noted = new Noted();
        const connection = await connect(up.endpoint.port, noted);
        const writer = connection.open(UPGRADE, true, noted);
        const given = connection.open(UPGRADE, true, new Noted());
        given.reset("local");
        await eventually(() => assert.equal(up.endpoint.peers.length, 1));
        const [peer] = up.endpoint.peers;
        await peer!.frame(({ type }) => type === TYPE.SETTINGS);
        assert.equal(up.asked.length, 0);
        peer!.send(settings([ENABLE_CONNECT_PROTOCOL, 1]));
        await up.count(1);
        const { id } = up.asked[0]!;
        writer.data(Buffer.from("too early: there is nobody yet"));
        peer!.send(response(id, [[":status", "200"]], false), data(id, "hello"));
        await noted.has("data hello");
        assert.deepEqual([noted.head!.status, noted.head!.headers], [101, ["sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="]]);
        writer.data(Buffer.from("there"));
        peer!.send(data(id, "", END_STREAM));
        await noted.has("end ");
        writer.end(undefined);
        await eventually(() => assert.equal(peer!.dataBytes, 5));
        assert.deepEqual(noted.told.filter((one) => one === "stream end").length, 2);
    });

    it("is answered for once, whatever the endpoint says of it", async () => {
        const up = await Held.listen(settings([ENABLE_CONNECT_PROTOCOL, 1]));
        const noted = new Noted();
        (await connect(up.endpoint.port, noted)).open(UPGRADE, true, noted);
        await up.count(1);
        const fields = [
            [":status", "200"],
            ["sec-websocket-accept", "of another key"],
        ] as const;
        up.endpoint.peers[0]!.send(response(up.asked[0]!.id, fields, false));
        await eventually(() => assert.deepEqual(noted.head?.headers, ["sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="]));
    });

    it("waits elsewhere where the endpoint takes no more", async () => {
        const up = await Held.listen(Buffer.alloc(0));
        const noted = new Noted();
        const connection = await connect(up.endpoint.port, noted);
        connection.open(GET, true, new Noted());
        connection.open(UPGRADE, true, noted);
        await up.count(1);
        up.endpoint.peers[0]!.send(settings([ENABLE_CONNECT_PROTOCOL, 1], [MAX_CONCURRENT_STREAMS, 1]));
        await noted.has("reset refused false beyond the streams that the endpoint takes");
        assert.deepEqual([noted.told[0], up.asked.length], ["stream end", 1]);
    });

    it("is not sent to one that takes none", async () => {
        const up = await Held.listen();
        const noted = new Noted();
        (await connect(up.endpoint.port, noted)).open(UPGRADE, true, noted);
        await noted.has("reset protocol-error false no extended CONNECT");
        assert.deepEqual([noted.told[0], up.asked.length], ["stream end", 0]);
    });

    it("that is refused is an answer like any other", async () => {
        const up = await Held.listen(settings([ENABLE_CONNECT_PROTOCOL, 1]));
        const noted = new Noted();
        (await connect(up.endpoint.port, noted)).open(UPGRADE, true, noted);
        await up.count(1);
        up.endpoint.peers[0]!.send(
            response(
                up.asked[0]!.id,
                [
                    [":status", "403"],
                    ["content-length", "2"],
                ],
                false,
            ),
            data(up.asked[0]!.id, "no", END_STREAM),
        );
        await noted.has("end ");
        assert.equal(noted.head!.status, 403);
    });
});
