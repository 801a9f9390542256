/** What a pool counts is requests, played on a codec that carries several on a connection. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import { afterEach, before, describe, it } from "mocha";
import { Codecs } from "../../../proxy/codec";
import { http1 } from "../../../proxy/codec/http1/codec";
import type { ConnectionInfo, RequestHead, RequestReceiver, ResponseWriter } from "../../../proxy/http/doors";
import type { ClusterEntry, EndpointsEntry, UpstreamTlsEntry } from "../../../proxy/tables";
import { Cluster, createUpstreamServices, type UpstreamServices } from "../../../proxy/upstream";
import { eventually } from "../../support/eventually";
import { makeAuthority, type TestCertificate } from "../../support/certificates";
import { CAPACITY, EITHER_CODEC, lines, LinesServer, TWO_CODECS } from "../codec/support/lines";
import { cluster as entry, endpoints } from "../snapshot/entries";
import { NotedWaiter } from "./waiters";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
});

const RECEIVER: RequestReceiver = { onRequestData() {}, onRequestEnd() {}, onRequestReset() {}, onResponseWritable() {} };

interface Request {
    readonly head: RequestHead;
    readonly writer: ResponseWriter;
    readonly connection: LinesServer;
    answer(): void;
}

/** An endpoint that keeps what it is asked until the test answers. */
class Endpoint {
    readonly requests: Request[] = [];
    readonly connections: LinesServer[] = [];
    readonly open = new Set<net.Socket>();
    /** What it does first with a connection. */
    greet: (connection: LinesServer) => void = () => {};
    readonly #server: net.Server;

    constructor(server: net.Server = net.createServer()) {
        this.#server = server;
        server.on(server instanceof tls.Server ? "secureConnection" : "connection", (socket: net.Socket) => this.serve(socket));
        closing.push(async () => {
            for (const socket of this.open) socket.destroy();
            server.close();
            await once(server, "close");
        });
    }
    async listen(): Promise<this> {
        this.#server.listen(0, "127.0.0.1");
        await once(this.#server, "listening");
        return this;
    }
    get port(): number {
        return (this.#server.address() as net.AddressInfo).port;
    }
    serve(socket: net.Socket): void {
        this.open.add(socket);
        socket.on("close", () => this.open.delete(socket));
        if (socket instanceof tls.TLSSocket && socket.alpnProtocol !== "lines/1") {
            socket.on("error", () => {});
            socket.on("data", () => socket.write("HTTP/1.1 204 No Content\r\n\r\n"));
            return;
        }
        const connection = lines.server({
            handler: (head, _end, writer) => {
                const answer = () => writer.head({ status: 200, headers: [], contentLength: 0 }, true);
                this.requests.push({ head, writer, connection, answer });
                return RECEIVER;
            },
        })(socket, {} as ConnectionInfo) as LinesServer;
        this.connections.push(connection);
        this.greet(connection);
    }
    async asked(count: number): Promise<readonly Request[]> {
        await eventually(() => assert.equal(this.requests.length, count));
        return this.requests;
    }
}

function make(
    more: Partial<ClusterEntry>,
    list: EndpointsEntry,
    codecs: Codecs = TWO_CODECS,
    services: Partial<UpstreamServices> = {},
): Cluster {
    const made = new Cluster(createUpstreamServices({ codecs, ...services }), entry("c", { protocol: "http2", ...more }), list, new Map());
    closing.push(() => made.drain());
    return made;
}

const asking = (cluster: Cluster, count: number): NotedWaiter[] => Array.from({ length: count }, () => new NotedWaiter(cluster));
async function sent(cluster: Cluster, count: number): Promise<NotedWaiter[]> {
    const waiters = asking(cluster, count);
    for (const one of waiters) (await one.answered()).send();
    return waiters;
}
const active = (cluster: Cluster): number => cluster.endpoints.list[0]!.active;

describe("a pool of connections that carry several requests", () => {
    it("has one for as many requests as it carries, and makes another for the next", async () => {
        const up = await new Endpoint().listen();
        const cluster = make({}, endpoints("c", up.port));
        const first = await sent(cluster, CAPACITY);
        assert.deepEqual([new Set(first.map((one) => one.connection)).size, cluster.connections, active(cluster)], [1, 1, CAPACITY]);
        const [next] = await sent(cluster, 1);
        assert.notEqual(next!.connection, first[0]!.connection);
        await up.asked(CAPACITY + 1);
        assert.deepEqual([up.connections.length, cluster.connections, active(cluster)], [2, 2, CAPACITY + 1]);
    });

    it("makes as few as who waits at once needs", async () => {
        const up = await new Endpoint().listen();
        const cluster = make({}, endpoints("c", up.port));
        const waiters = asking(cluster, 2 * CAPACITY + 1);
        assert.equal(cluster.connections, 3);
        for (const one of waiters) (await one.answered()).send();
        await up.asked(waiters.length);
        assert.equal(up.connections.length, 3);
    });

    it("gives room on one that is in use before one that is idle, and of those the last one", async () => {
        const up = await new Endpoint().listen();
        const cluster = make({}, endpoints("c", up.port));
        const waiters = await sent(cluster, 3 * CAPACITY);
        const used = [0, 1, 2].map((at) => waiters[at * CAPACITY]!.connection);
        for (const one of await up.asked(waiters.length)) one.answer();
        await eventually(() => assert.equal(active(cluster), 0));
        const again = await sent(cluster, 4);
        assert.deepEqual([new Set(again.slice(0, 3).map((one) => one.connection)).size, cluster.connections], [1, 3]);
        assert.ok(used.includes(again[3]!.connection) && again[3]!.connection !== again[0]!.connection);
        assert.deepEqual(
            [again[0]!.connection!.reused, again[1]!.connection === again[0]!.connection],
            [false, true],
            "shared with who came after",
        );
    });

    it("lets only those without a request grow old", async () => {
        const up = await new Endpoint().listen();
        const services = createUpstreamServices();
        const cluster = make({ idleTimeoutMs: 2000 }, endpoints("c", up.port), TWO_CODECS, { sweep: services.sweep });
        const tick = () => services.sweep.tick();
        await sent(cluster, 2);
        const [one, two] = await up.asked(2);
        one!.answer();
        await eventually(() => assert.equal(active(cluster), 1));
        for (let at = 0; at < 5; at++) tick();
        assert.equal(cluster.connections, 1);
        two!.answer();
        await eventually(() => assert.equal(active(cluster), 0));
        tick();
        assert.equal(cluster.connections, 1);
        tick();
        assert.equal(cluster.connections, 0);
        await eventually(() => assert.equal(up.open.size, 0));
    });

    it("counts the requests of a connection over its life, and ends it after its last", async () => {
        const up = await new Endpoint().listen();
        const cluster = make({ maxRequestsPerConnection: 2 }, endpoints("c", up.port));
        const waiters = await sent(cluster, 3);
        const [one, two] = await up.asked(3);
        assert.equal(up.connections.length, 2);
        assert.equal(waiters[0]!.connection, waiters[1]!.connection);
        one!.answer();
        await eventually(() => assert.equal(active(cluster), 2));
        assert.equal(up.open.size, 2, "another request is still on it");
        two!.answer();
        await eventually(() => assert.deepEqual([up.open.size, cluster.connections], [1, 1]));
    });

    it("keeps to the bounds of the cluster", async () => {
        const up = await new Endpoint().listen();
        const cluster = make({ maxConnections: 1, maxPendingRequests: 1 }, endpoints("c", up.port));
        const first = await new NotedWaiter(cluster).answered();
        first.send();
        await sent(cluster, CAPACITY - 1);
        const [waits, tooMany] = asking(cluster, 2);
        assert.deepEqual([waits!.settled, tooMany!.failure, cluster.connections], [false, "overflow", 1]);
        (await up.asked(CAPACITY))[1]!.answer();
        assert.equal((await waits!.answered()).connection, first.connection);
    });

    it("puts no more on a connection than the cluster wants, whatever its endpoint takes", async () => {
        const up = await new Endpoint().listen();
        const cluster = make({ maxConcurrentStreams: 2 }, endpoints("c", up.port));
        const waiters = asking(cluster, 3);
        assert.equal(cluster.connections, 2, "as many as those who wait need");
        for (const one of waiters) (await one.answered()).send();
        const [first] = await up.asked(3);
        assert.deepEqual(new Set(waiters.map((one) => one.connection)).size, 2);
        first!.answer();
        await eventually(() => assert.equal(active(cluster), 2));
        await sent(cluster, 2);
        assert.equal(cluster.connections, 2);
    });

    it("has no more requests under way than the cluster may, those that wait among them", async () => {
        const up = await new Endpoint().listen();
        const cluster = make({ maxRequests: 2 }, endpoints("c", up.port));
        const [one, two, three] = asking(cluster, 3);
        assert.deepEqual([three!.failure, three!.detail], ["overflow", "too many requests are under way"]);
        for (const waiter of [one!, two!]) (await waiter.answered()).send();
        assert.equal(new NotedWaiter(cluster).failure, "overflow");
        const [first, second] = await up.asked(2);
        first!.answer();
        await eventually(() => assert.equal(one!.status, 200));
        const [next] = await sent(cluster, 1);
        second!.connection.destroy();
        await eventually(() => assert.equal(next!.wasReset, "connection-closed"));
        assert.equal(cluster.load.requests, 0, "of a connection that is lost each is counted off");
        await sent(cluster, 2);
        cluster.setEndpoints(endpoints("c", (await new Endpoint().listen()).port));
        assert.equal(new NotedWaiter(cluster).failure, "overflow", "those at an endpoint that is gone are under way");
    });

    it("goes by what the endpoint says it takes, more or less", async () => {
        const up = await new Endpoint().listen();
        const cluster = make({ maxConnections: 1 }, endpoints("c", up.port));
        await sent(cluster, CAPACITY);
        const [four, five, six] = asking(cluster, 3);
        await up.asked(CAPACITY);
        up.connections[0]!.write("capacity", CAPACITY + 2);
        await Promise.all([four!.answered(), five!.answered()]);
        assert.equal(six!.settled, false);
        four!.send();
        five!.send();
        await up.asked(CAPACITY + 2);
        up.connections[0]!.write("capacity", 1);
        for (let at = 0; at < CAPACITY + 1; at++) up.requests[at]!.answer();
        await eventually(() => assert.equal(active(cluster), 2));
        assert.equal(six!.settled, false);
        up.requests[CAPACITY + 1]!.answer();
        assert.equal((await six!.answered()).failure, undefined);
    });

    it("tells who waits where an endpoint takes nothing, and does not connect without end", async () => {
        const up = await new Endpoint().listen();
        const none = {
            ...lines,
            connect: (...args: Parameters<typeof lines.connect>) => Object.assign(lines.connect(...args), { capacity: 0 }),
        };
        const codecs = Object.assign(Object.create(TWO_CODECS) as Codecs, {
            forPort: () => ({ ...TWO_CODECS.forPort("http2")!, negotiated: () => none }),
        });
        const cluster = make({}, endpoints("c", up.port), codecs);
        const waiters = asking(cluster, 2);
        for (const one of waiters)
            assert.deepEqual([(await one.answered()).failure, one.detail], ["connect-failure", "it takes no requests"]);
        await eventually(() => assert.deepEqual([cluster.connections, up.open.size, active(cluster)], [0, 0, 0]));
        assert.equal(up.connections.length, 1);
    });

    it("tells all who waited for a connection that could not be made, once each", async () => {
        const server = net.createServer();
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        const { port } = server.address() as net.AddressInfo;
        server.close();
        await once(server, "close");
        const cluster = make({}, endpoints("c", port));
        const waiters = asking(cluster, CAPACITY);
        assert.equal(cluster.connections, 1);
        for (const one of waiters) assert.equal((await one.answered()).detail, "ECONNREFUSED");
        assert.deepEqual([cluster.connections, cluster.waits, active(cluster)], [0, 0, 0]);
    });

    it("gives back what was given out and not used", async () => {
        const up = await new Endpoint().listen();
        const cluster = make({ maxRequestsPerConnection: 2 }, endpoints("c", up.port));
        for (let at = 0; at < 5; at++) (await new NotedWaiter(cluster).answered()).connection!.release();
        assert.deepEqual([cluster.connections, active(cluster)], [1, 0]);
        await eventually(() => assert.equal(up.connections.length, 1));
    });
});

describe("a connection that goes away", () => {
    it("takes no more requests, and closes after its last; the next ones have another", async () => {
        const up = await new Endpoint().listen();
        const cluster = make({ maxConnections: 1 }, endpoints("c", up.port));
        const [one, two] = await sent(cluster, 2);
        await up.asked(2);
        up.connections[0]!.away(2);
        await eventually(() => assert.equal(cluster.endpoints.list[0]!.connections, 0));
        const [three] = await sent(cluster, 1);
        assert.notEqual(three!.connection, one!.connection);
        await up.asked(3);
        assert.deepEqual([up.open.size, cluster.connections], [2, 2]);
        up.requests[0]!.answer();
        await eventually(() => assert.equal(one!.status, 200));
        assert.equal(up.open.size, 2);
        up.requests[1]!.answer();
        await eventually(() => assert.deepEqual([two!.status, up.open.size, cluster.connections, active(cluster)], [200, 1, 1, 1]));
        assert.equal(cluster.endpoints.list[0]!.connections, 1);
    });

    it("says of which requests nothing was processed; the others go on", async () => {
        const up = await new Endpoint().listen();
        const cluster = make({}, endpoints("c", up.port));
        const [one, two, three] = await sent(cluster, 3);
        await up.asked(3);
        up.connections[0]!.away(1);
        await eventually(() => assert.equal(three!.resets.length, 1));
        assert.deepEqual(
            [one!.resets, two!.resets, three!.resets],
            [[], [{ reason: "refused", sent: false }], [{ reason: "refused", sent: false }]],
        );
        assert.equal(active(cluster), 1);
        up.requests[0]!.answer();
        await eventually(() => assert.deepEqual([one!.status, active(cluster), cluster.connections], [200, 0, 0]));
    });

    it("is closed at once where nothing is on it", async () => {
        const up = await new Endpoint().listen();
        const cluster = make({}, endpoints("c", up.port));
        (await new NotedWaiter(cluster).answered()).connection!.release();
        await eventually(() => assert.equal(up.connections.length, 1));
        up.connections[0]!.away(0);
        await eventually(() => assert.deepEqual([cluster.connections, up.open.size], [0, 0]));
    });

    it("from its beginning costs each request one attempt", async () => {
        const up = await new Endpoint().listen();
        up.greet = (connection) => connection.away(0);
        const cluster = make({}, endpoints("c", up.port));
        const [one] = await sent(cluster, 1);
        await eventually(() => assert.equal(one!.resets.length, 1));
        assert.deepEqual(one!.resets[0], { reason: "refused", sent: false });
        await eventually(() => assert.deepEqual([cluster.connections, active(cluster), up.connections.length], [0, 0, 1]));
    });
});

describe("requests that share a connection", () => {
    it("do not end with one of them that is reset, by either side", async () => {
        const up = await new Endpoint().listen();
        const cluster = make({}, endpoints("c", up.port));
        const [one, two, three] = await sent(cluster, 3);
        const requests = await up.asked(3);
        requests[0]!.writer.reset("refused");
        two!.writer!.reset("local");
        await eventually(() => assert.deepEqual([one!.resets, active(cluster)], [[{ reason: "refused", sent: false }], 1]));
        requests[2]!.answer();
        await eventually(() => assert.equal(three!.status, 200));
        assert.deepEqual([two!.resets, cluster.connections, up.open.size], [[], 1, 1]);
    });

    it("are each told once when it is lost, and what they ask next goes elsewhere", async () => {
        const up = await new Endpoint().listen();
        const cluster = make({}, endpoints("c", up.port));
        const waiters = await sent(cluster, 2);
        const again: NotedWaiter[] = [];
        for (const one of waiters) {
            const told = one.onResponseReset.bind(one);
            one.onResponseReset = (reason, was) => {
                told(reason, was);
                again.push(new NotedWaiter(cluster));
            };
        }
        await up.asked(2);
        up.connections[0]!.destroy();
        await eventually(() => assert.equal(again.length, 2));
        for (const one of again) (await one.answered()).send();
        await up.asked(4);
        assert.deepEqual(
            waiters.map((one) => one.resets),
            [[{ reason: "connection-closed", sent: true }], [{ reason: "connection-closed", sent: true }]],
        );
        assert.ok(again.every((one) => one.connection !== waiters[0]!.connection));
        assert.deepEqual([up.connections.length, cluster.connections, active(cluster)], [2, 1, 2]);
    });

    it("finish where their endpoint is removed, and are the last ones", async () => {
        const [a, b] = [await new Endpoint().listen(), await new Endpoint().listen()];
        const cluster = make({}, endpoints("c", a.port));
        const waiters = await sent(cluster, 2);
        const requests = await a.asked(2);
        cluster.setEndpoints(endpoints("c", b.port));
        requests[0]!.answer();
        await eventually(() => assert.equal(waiters[0]!.status, 200));
        await sent(cluster, 1);
        await b.asked(1);
        assert.deepEqual([a.requests.length, a.open.size], [2, 1]);
        requests[1]!.answer();
        await eventually(() => assert.deepEqual([waiters[1]!.status, a.open.size, cluster.connections], [200, 0, 1]));
    });

    it("leave right counts after any mixture of ends", async () => {
        const up = await new Endpoint().listen();
        // Each of them may have a single use left, and nobody is answered before all are asked.
        const maxConnections = 7;
        const cluster = make({ maxConnections, maxRequestsPerConnection: 7 }, endpoints("c", up.port));
        for (let round = 0; round < 30; round++) {
            const waiters = asking(cluster, 7);
            if (round % 4 === 0) {
                for (const one of waiters.splice(5)) {
                    if (one.settled) one.connection?.release();
                    else cluster.cancel(one.waiting!);
                }
            }
            const before = up.requests.length;
            let sentNow = 0;
            for (const one of waiters) {
                await one.answered();
                if (one.connection === undefined) continue;
                if (round % 5 === 1) {
                    one.connection.release();
                } else {
                    one.send();
                    sentNow++;
                }
            }
            await up.asked(before + sentNow);
            const asked = up.requests.slice(before);
            if (round % 6 === 2) asked[0]?.connection.away(1);
            if (round % 6 === 4) asked[0]?.connection.destroy();
            for (const [at, one] of asked.entries()) {
                if (at % 3 === 2) one.writer.reset("refused");
                else one.answer();
            }
            await eventually(() => assert.equal(active(cluster), 0));
        }
        assert.equal(cluster.waits, 0);
        assert.ok(cluster.connections <= maxConnections);
        cluster.drain();
        await eventually(() => assert.deepEqual([cluster.connections, up.open.size], [0, 0]));
    });
});

describe("the codec of a connection", () => {
    const TLS: UpstreamTlsEntry = { mode: "SIMPLE", sni: "a.test", subjectAltNames: [], insecureSkipVerify: true };
    let pair: TestCertificate;
    before(async () => {
        pair = await (await makeAuthority()).issue({ dns: ["a.test"] });
    });
    const secure = (protocols: readonly string[]): Promise<Endpoint> =>
        new Endpoint(tls.createServer({ ...pair, ...(protocols.length > 0 ? { ALPNProtocols: [...protocols] } : {}) })).listen();

    it("is the one that the handshake agrees on, whatever was thought before", async () => {
        for (const [protocols, spoken] of [
            [["lines/1", "http/1.1"], "HTTP/2"],
            [["http/1.1", "lines/1"], "HTTP/1.1"],
            [["http/1.1"], "HTTP/1.1"],
        ] as const) {
            const up = await secure(protocols);
            const cluster = make({ tls: TLS }, endpoints("c", up.port), EITHER_CODEC);
            const [one, two] = asking(cluster, 2);
            assert.equal(cluster.connections, 1, "one is enough, if it is the one that is hoped for");
            for (const waiter of [one!, two!]) (await waiter.answered()).send();
            assert.equal(one!.connection!.protocol, spoken);
            if (spoken === "HTTP/2") assert.equal(one!.connection, two!.connection);
            if (spoken === "HTTP/2") for (const request of await up.asked(2)) request.answer();
            await eventually(() => assert.deepEqual([one!.status, two!.status], spoken === "HTTP/2" ? [200, 200] : [204, 204]));
        }
    });

    it("is the cluster's first where nothing is agreed on, with TLS and without", async () => {
        const seen: string[] = [];
        const note = (socket: net.Socket): void => {
            closing.push(() => void socket.destroy());
            socket.on("error", () => {}).once("data", (chunk: Buffer) => seen.push(chunk.toString("latin1").split("\n")[0]!));
        };
        const servers = [tls.createServer(pair, note), net.createServer(note)];
        for (const server of servers) {
            server.listen(0, "127.0.0.1");
            await once(server, "listening");
            const cluster = make(
                server instanceof tls.Server ? { tls: TLS } : {},
                endpoints("c", (server.address() as net.AddressInfo).port),
                EITHER_CODEC,
            );
            assert.equal((await new NotedWaiter(cluster).answered()).connection!.protocol, "HTTP/2");
            closing.push(() => void server.close());
        }
        await eventually(() => assert.deepEqual(seen, ["LINES/1", "LINES/1"]));
    });

    it("is never one that the cluster's ports do not speak", async () => {
        const up = await secure(["lines/1"]);
        const one = await new NotedWaiter(make({ tls: TLS, protocol: "http1" }, endpoints("c", up.port), TWO_CODECS)).answered();
        assert.equal(one.failure, "tls-failure");
    });

    it("is the client's where the cluster wants that, on connections of their own", async () => {
        for (const entryTls of [undefined, TLS]) {
            const up = entryTls ? await secure(["lines/1", "http/1.1"]) : await new Endpoint().listen();
            const cluster = make({ protocol: "client", ...(entryTls ? { tls: entryTls } : {}) }, endpoints("c", up.port));
            const asks = (http2: boolean): Promise<NotedWaiter> => new NotedWaiter(cluster, { http2 }).answered();
            const both = await Promise.all([asks(true), asks(false), asks(true)]);
            assert.deepEqual(
                both.map((one) => one.connection!.protocol),
                ["HTTP/2", "HTTP/1.1", "HTTP/2"],
            );
            assert.equal(both[0]!.connection, both[2]!.connection);
            for (const one of both) one.connection!.release();
            assert.deepEqual([(await asks(false)).connection, (await asks(true)).connection], [both[1]!.connection, both[0]!.connection]);
            assert.equal(cluster.connections, 2);
        }
    });

    it("is nobody's where none speaks to such ports", () => {
        assert.deepEqual(new NotedWaiter(make({}, endpoints("c", 1), new Codecs([http1]))).failure, "unsupported");
    });
});
