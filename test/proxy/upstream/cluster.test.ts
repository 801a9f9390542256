import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import type { ClusterEntry, EndpointsEntry } from "../../../proxy/tables";
import { Cluster, createUpstreamServices, type UpstreamServices } from "../../../proxy/upstream";
import { backend, type Backend } from "../exchange/harness";
import { cluster as entry, endpoints } from "../snapshot/entries";
import { eventually } from "../../support/eventually";
import { NotedWaiter } from "./waiters";
import { closedPort } from "../../../harness/ports";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
});

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/** Answers each request once `go` lets it; by default at once. */
async function server(go: (answer: () => void) => void = (answer) => answer()): Promise<Backend> {
    const made = await backend((socket) => socket.on("data", () => go(() => socket.write(OK))).on("end", () => socket.end()));
    closing.push(() => made.close());
    return made;
}

function make(more: Partial<ClusterEntry>, list: EndpointsEntry, services: UpstreamServices = createUpstreamServices()): Cluster {
    const made = new Cluster(services, entry("c", more), list, new Map());
    closing.push(() => made.drain());
    return made;
}

describe("a cluster's connections", () => {
    it("are used again, the last one first", async () => {
        const up = await server();
        const cluster = make({}, endpoints("c", up.port));
        const first = [new NotedWaiter(cluster), new NotedWaiter(cluster)];
        for (const one of first) await one.answered();
        assert.deepEqual(
            first.map((one) => one.connection!.reused),
            [false, false],
        );
        await first[0]!.get();
        await first[1]!.get();
        const next = await new NotedWaiter(cluster).get();
        assert.equal(next.connection, first[1]!.connection);
        assert.equal(next.connection!.reused, true);
        assert.equal(up.accepted(), 2);
    });

    it("are still there for who waits, or comes late, when the cluster has left the tables, and close when they are idle", async () => {
        const answers: (() => void)[] = [];
        const up = await server((answer) => answers.push(answer));
        const cluster = make({ maxConnections: 1 }, endpoints("c", up.port));
        const first = new NotedWaiter(cluster).get();
        await eventually(() => assert.equal(answers.length, 1));
        const waiting = new NotedWaiter(cluster).get();
        cluster.leave();
        const late = new NotedWaiter(cluster).get();
        answers.shift()!();
        await first;
        await eventually(() => assert.equal(answers.length, 1));
        answers.shift()!();
        await waiting;
        await eventually(() => assert.equal(answers.length, 1));
        answers.shift()!();
        await late;
        await eventually(() => assert.equal(cluster.connections, 0));
        await eventually(() => assert.equal(cluster.members.length, 0));
    });

    it("are not used again where somebody wants a fresh one", async () => {
        const up = await server();
        const cluster = make({}, endpoints("c", up.port));
        await new NotedWaiter(cluster).get();
        assert.equal((await new NotedWaiter(cluster, { fresh: true }).answered()).connection!.reused, false);
        assert.equal(up.accepted(), 2);
    });

    it("go to who waits longest as soon as one is free", async () => {
        const answers: (() => void)[] = [];
        const up = await server((answer) => answers.push(answer));
        const cluster = make({ maxConnections: 1 }, endpoints("c", up.port));
        const [one, two, three] = [new NotedWaiter(cluster), new NotedWaiter(cluster), new NotedWaiter(cluster)];
        await one!.answered();
        one!.send();
        await eventually(() => assert.equal(answers.length, 1));
        assert.deepEqual([two!.settled, cluster.waits], [false, 2]);
        answers[0]!();
        await two!.answered();
        assert.deepEqual([two!.connection, three!.settled, up.accepted()], [one!.connection, false, 1]);
    });

    it("that were lent and not used go back", async () => {
        const up = await server();
        const cluster = make({}, endpoints("c", up.port));
        const one = await new NotedWaiter(cluster).answered();
        assert.equal(cluster.endpoints.list[0]!.active, 1);
        one.connection!.release();
        assert.equal(cluster.endpoints.list[0]!.active, 0);
        assert.equal((await new NotedWaiter(cluster).answered()).connection, one.connection);
    });

    it("are closed after as many requests as the cluster allows", async () => {
        const up = await server();
        const cluster = make({ maxRequestsPerConnection: 2 }, endpoints("c", up.port));
        for (let at = 0; at < 5; at++) await new NotedWaiter(cluster).get();
        assert.equal(up.accepted(), 3);
        await eventually(() => assert.equal(up.sockets.size, 1));
    });

    it("are closed when nobody used them for the idle timeout", async () => {
        const up = await server();
        const services = createUpstreamServices();
        const cluster = make({ idleTimeoutMs: 3000 }, endpoints("c", up.port), services);
        await new NotedWaiter(cluster).get();
        const tick = () => services.sweep.tick();
        tick();
        tick();
        assert.equal(cluster.connections, 1);
        tick();
        assert.equal(cluster.connections, 0);
        await eventually(() => assert.equal(up.sockets.size, 0));
    });

    it("are forgotten when the endpoint closes them", async () => {
        const up = await server();
        const cluster = make({}, endpoints("c", up.port));
        await new NotedWaiter(cluster).get();
        for (const socket of up.sockets) socket.destroy();
        await eventually(() => assert.equal(cluster.connections, 0));
        await new NotedWaiter(cluster).get();
        assert.equal(up.accepted(), 2);
    });

    it("are not used again after a response that was not whole or not alone", async () => {
        for (const lie of [
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab",
            `${OK}HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n`,
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
        ]) {
            const up = await backend((socket) => socket.on("data", () => socket.write(lie)));
            closing.push(() => up.close());
            const cluster = make({}, endpoints("c", up.port));
            const one = await new NotedWaiter(cluster).get();
            one.writer!.reset("local");
            await eventually(() => assert.deepEqual([cluster.connections, cluster.endpoints.list[0]!.active], [0, 0]));
            assert.equal((await new NotedWaiter(cluster).answered()).connection!.reused, false);
        }
    });
});

describe("a cluster's bounds", () => {
    it("refuse who may not even wait", async () => {
        const up = await server();
        const cluster = make({ maxConnections: 1, maxPendingRequests: 1 }, endpoints("c", up.port));
        const [one, two] = [new NotedWaiter(cluster), new NotedWaiter(cluster)];
        assert.equal(two!.failure, "overflow");
        assert.equal((await one!.answered()).failure, undefined);
    });

    it("leave each endpoint at least one connection", async () => {
        const [a, b] = [await server(), await server()];
        const cluster = make({ maxConnections: 1, lb: "ROUND_ROBIN" }, endpoints("c", a.port, b.port));
        await new NotedWaiter(cluster).answered();
        assert.equal((await new NotedWaiter(cluster).answered()).failure, undefined);
        assert.equal(cluster.connections, 2);
    });

    it("count right after any mixture of ends", async () => {
        const up = await backend((socket, count) =>
            socket.on("data", () => void (count % 3 === 0 ? socket.destroy() : socket.write(OK))).on("end", () => socket.end()),
        );
        closing.push(() => up.close());
        const cluster = make({ maxConnections: 4 }, endpoints("c", up.port));
        for (let round = 0; round < 40; round++) {
            const waiters = Array.from({ length: 6 }, () => new NotedWaiter(cluster));
            if (round % 4 === 0 && waiters[5]!.waiting !== undefined && !waiters[5]!.settled) cluster.cancel(waiters.pop()!.waiting!);
            await Promise.all(
                waiters.map(async (one) => {
                    await one.answered();
                    if (round % 5 === 0) one.connection!.release();
                    else await one.get();
                }),
            );
        }
        assert.deepEqual([cluster.waits, cluster.endpoints.list[0]!.active], [0, 0]);
        assert.ok(cluster.connections <= 4);
        cluster.drain();
        assert.equal(cluster.connections, 0);
        await eventually(() => assert.equal(up.sockets.size, 0));
    });
});

describe("a connection that cannot be made", () => {
    it("is told as refused, with the reason", async () => {
        const one = await new NotedWaiter(make({}, endpoints("c", await closedPort()))).answered();
        assert.deepEqual([one.failure, one.detail], ["connect-failure", "ECONNREFUSED"]);
    });

    it("is not waited for any more by who went away", async () => {
        const up = await server();
        const cluster = make({}, endpoints("c", up.port));
        const one = new NotedWaiter(cluster);
        cluster.cancel(one.waiting!);
        await eventually(() => assert.equal(up.accepted(), 1));
        assert.equal(one.settled, false);
        assert.deepEqual([cluster.waits, cluster.endpoints.list[0]!.active], [0, 0]);
    });

    it("is told of where no socket takes the port", async () => {
        const cluster = make({}, endpoints("c", 70_000));
        const one = await new NotedWaiter(cluster).answered();
        assert.equal(one.failure, "connect-failure");
        assert.deepEqual([cluster.connections, cluster.waits, cluster.endpoints.list[0]!.active], [0, 0, 0]);
    });

    it("is no connection for want of endpoints", async () => {
        assert.equal(new NotedWaiter(make({}, endpoints("c"))).failure, "no-endpoint");
    });
});

describe("a cluster whose tables change", () => {
    it("keeps the connections of endpoints that stay", async () => {
        const [a, b] = [await server(), await server()];
        const cluster = make({ lb: "ROUND_ROBIN" }, endpoints("c", a.port, b.port));
        await new NotedWaiter(cluster).get();
        await new NotedWaiter(cluster).get();
        cluster.setEndpoints(endpoints("c", a.port));
        cluster.update(entry("c", { connectTimeoutMs: 5 }), new Map());
        await eventually(() => assert.deepEqual([a.sockets.size, b.sockets.size], [1, 0]));
        assert.equal((await new NotedWaiter(cluster).get()).connection!.reused, true);
        assert.equal(a.accepted(), 1);
    });

    it("lets the request at a removed endpoint finish, then closes its connection", async () => {
        const answers: (() => void)[] = [];
        const [a, b] = [await server((answer) => answers.push(answer)), await server()];
        const cluster = make({}, endpoints("c", a.port));
        const one = new NotedWaiter(cluster).get();
        await eventually(() => assert.equal(answers.length, 1));
        cluster.setEndpoints(endpoints("c", b.port));
        answers[0]!();
        assert.equal((await one).status, 200);
        await eventually(() => assert.equal(a.sockets.size, 0));
    });

    it("moves who waits at a removed endpoint to another", async () => {
        const [a, b] = [await server(() => {}), await server()];
        const cluster = make({ maxConnections: 1 }, endpoints("c", a.port));
        const one = await new NotedWaiter(cluster).answered();
        one.send();
        const two = new NotedWaiter(cluster).get();
        cluster.setEndpoints(endpoints("c", b.port));
        assert.equal((await two).status, 200);
        assert.equal(b.accepted(), 1);
    });

    it("tells who waits when no endpoint is left", async () => {
        const a = await server(() => {});
        const cluster = make({ maxConnections: 1 }, endpoints("c", a.port));
        (await new NotedWaiter(cluster).answered()).send();
        const two = new NotedWaiter(cluster);
        cluster.drain();
        assert.equal(two.failure, "no-endpoint");
    });
});
