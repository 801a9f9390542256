/** How old connections to endpoints grow, and what the system keeps them alive by. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, describe, it } from "mocha";
import type { ClusterEntry } from "../../../proxy/tables";
import { Cluster, createUpstreamServices } from "../../../proxy/upstream";
import { eventually } from "../../support/eventually";
import { backend, type Backend } from "../exchange/harness";
import { cluster as entry, endpoints } from "../snapshot/entries";
import { NotedWaiter } from "./waiters";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
});

async function server(): Promise<Backend> {
    const answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    const made = await backend((socket) => socket.on("data", () => socket.write(answer)).on("end", () => socket.end()));
    closing.push(() => made.close());
    return made;
}

function make(more: Partial<ClusterEntry>, port: number): Cluster {
    const made = new Cluster(createUpstreamServices(), entry("c", more), endpoints("c", port), new Map());
    closing.push(() => made.drain());
    return made;
}

describe("a connection that has grown old", () => {
    it("closes when it is idle, and takes no request more while one is under way", async () => {
        const up = await server();
        const cluster = make({ maxConnectionDurationMs: 60 }, up.port);
        const busy = await new NotedWaiter(cluster).answered();
        const idle = await new NotedWaiter(cluster).get();
        await eventually(() => assert.equal(up.sockets.size, 1));
        assert.notEqual(idle.connection, busy.connection);
        await busy.get();
        assert.equal(busy.status, 200);
        await eventually(() => assert.deepEqual([up.sockets.size, cluster.connections], [0, 0]));
        assert.equal((await new NotedWaiter(cluster).get()).connection!.reused, false);
    });

    it("is given up when another age is said", async () => {
        const up = await server();
        const cluster = make({}, up.port);
        await new NotedWaiter(cluster).get();
        cluster.update(entry("c", { maxConnectionDurationMs: 3_600_000 }), new Map());
        await eventually(() => assert.equal(up.sockets.size, 0));
    });
});

describe("the system's keep-alive", () => {
    /** Seconds until the system's timer of the connection to this port, where it is one of keep-alive (Linux). */
    function timerOf(port: number): number | undefined {
        const remote = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
        const lines = readFileSync("/proc/net/tcp", "latin1")
            .split("\n")
            .map((text) => text.trim().split(/\s+/));
        const timer = lines.find((fields) => fields[2]?.endsWith(remote) && fields[3] === "01")?.[5];
        const [kind, ticks = ""] = timer?.split(":") ?? [];
        return kind === "02" ? Number.parseInt(ticks, 16) / 100 : undefined;
    }

    it("probes after the time that is said, else after a minute", async function () {
        if (process.platform !== "linux") this.skip();
        for (const [more, seconds] of [
            [{}, 60],
            [{ tcpKeepalive: { idleMs: 7_000 } }, 7],
            [{ tcpKeepalive: { idleMs: 20_000, intervalMs: 3_000, probes: 4 } }, 20],
        ] as const) {
            const up = await server();
            await new NotedWaiter(make(more, up.port)).get();
            const left = timerOf(up.port) ?? -1;
            assert.ok(left > seconds - 3 && left <= seconds + 1, `${left} s of ${seconds}`);
        }
    });
});

describe("a request that waits for a connection", () => {
    it("counts among those of which a part may be sent again", async () => {
        const cluster = make({ retryBudget: { percent: 50, minimum: 1 } }, (await server()).port);
        const all = Array.from({ length: 6 }, () => new NotedWaiter(cluster));
        assert.deepEqual([cluster.waits, cluster.load.requests], [6, 0]);
        assert.deepEqual(
            Array.from({ length: 5 }, () => cluster.retries.take()),
            [true, true, true, false, false],
        );
        for (const one of all) await one.get();
    });
});

describe("a request that waits while its cluster is changed", () => {
    it("goes on waiting where its client's hash leads now, when table and protocol are others", async () => {
        const up = await server();
        const policy = { kind: "sourceIp" } as const;
        const cluster = make({ lb: "RING_HASH", hash: { policy, size: 64 } }, up.port);
        const waiter = new NotedWaiter(cluster, { hash: 7 });
        cluster.update(entry("c", { lb: "MAGLEV", hash: { policy, size: 65_537 }, maxConnectionDurationMs: 3_600_000 }), new Map());
        assert.equal((await waiter.get()).status, 200);
        assert.equal(cluster.waits, 0);
    });
});

describe("a request that waits where its client meant to go", () => {
    for (const [how, change] of [
        ["has endpoints of its own", (one: Cluster) => one.update(entry("c"), new Map())],
        ["is gone", (one: Cluster) => one.drain()],
    ] as const)
        it(`waits there no more once its cluster ${how}, and leaves no connection`, async () => {
            const up = await server();
            const cluster = new Cluster(createUpstreamServices(), entry("c", { discovery: "original" }), endpoints("c"), new Map());
            const waiter = new NotedWaiter(cluster, { original: { address: "127.0.0.1", port: up.port } });
            change(cluster);
            assert.equal((await waiter.answered()).failure, "no-endpoint");
            await eventually(() => assert.deepEqual([cluster.connections, cluster.waits, up.sockets.size], [0, 0, 0]));
        });
});
