import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "mocha";
import { Cluster, connectTcp, createUpstreamServices, type TcpConnectOutcome } from "../../../proxy/upstream";
import type { ClusterEntry } from "../../../proxy/tables";
import { eventually } from "../../support/eventually";
import { backend } from "../exchange/harness";
import { cluster as entry, endpoints } from "../snapshot/entries";
import { closedPort } from "../../../harness/ports";

function clusters(more: Partial<ClusterEntry>, ...ports: number[]): Map<string, Cluster> {
    return new Map([
        [
            "c",
            new Cluster(
                createUpstreamServices(),
                entry("c", { protocol: "tcp", lb: "ROUND_ROBIN", ...more }),
                endpoints("c", ...ports),
                new Map(),
            ),
        ],
    ]);
}
const connect = (from: Map<string, Cluster>, key = "c"): Promise<TcpConnectOutcome> =>
    new Promise((resolve) => connectTcp(from, key, {}, resolve));

describe("a TCP connection to a cluster", () => {
    it("is one to an endpoint, which counts as load until it closes", async () => {
        const up = await backend((socket) => socket.on("end", () => socket.end("bye")).resume());
        const from = clusters({}, up.port);
        const outcome = await connect(from);
        assert.ok(outcome.kind === "connected");
        assert.equal(outcome.endpoint, `127.0.0.1:${up.port}`);
        const cluster = from.get("c")!;
        assert.deepEqual([cluster.connections, cluster.endpoints.list[0]!.active], [1, 1]);
        outcome.socket.end();
        const [answer] = (await once(outcome.socket, "data")) as [Buffer];
        assert.equal(answer.toString(), "bye", "our side was closed and theirs still open");
        await eventually(() => assert.deepEqual([cluster.connections, cluster.endpoints.list[0]!.active], [0, 0]));
        await up.close();
    });

    it("goes to another endpoint where one refuses", async () => {
        const up = await backend((socket) => socket.resume());
        const from = clusters({}, await closedPort(), up.port);
        const outcome = await connect(from);
        assert.equal(outcome.endpoint, `127.0.0.1:${up.port}`);
        const cluster = from.get("c")!;
        assert.deepEqual([cluster.connections, ...cluster.endpoints.list.map(({ active }) => active)], [1, 0, 1]);
        if (outcome.kind === "connected") outcome.socket.destroy();
        await up.close();
    });

    it("goes to the endpoint that the client's address had before, where the cluster asks for that", async () => {
        const ups = await Promise.all([1, 2, 3].map(() => backend((socket) => socket.resume())));
        const from = clusters({ lb: "RING_HASH", hash: { policy: { kind: "sourceIp" } } }, ...ups.map(({ port }) => port));
        const of = async (clientAddress: string): Promise<string> => {
            const outcome = await new Promise<TcpConnectOutcome>((resolve) => connectTcp(from, "c", { clientAddress }, resolve));
            if (outcome.kind === "connected") outcome.socket.destroy();
            return outcome.endpoint;
        };
        const seen = new Set<string>();
        // So many that none of three is missed by chance.
        for (let at = 1; at <= 60; at++) {
            const first = await of(`192.0.2.${at}`);
            assert.equal(await of(`192.0.2.${at}`), first);
            seen.add(first);
        }
        assert.equal(seen.size, 3);
        await Promise.all(ups.map((up) => up.close()));
    });

    it("fails with a flag that says why", async () => {
        const flags = async (from: Map<string, Cluster>, key?: string): Promise<string> => {
            const outcome = await connect(from, key);
            return outcome.kind === "failed" ? `${outcome.flag} ${outcome.detail}` : "connected";
        };
        assert.equal(await flags(clusters({}, 1), "gone"), "NC no cluster gone");
        assert.equal(await flags(clusters({})), "UH ");
        assert.equal(await flags(clusters({}, await closedPort())), "UF ECONNREFUSED");
        const full = clusters({ maxConnections: 1 }, 1);
        full.get("c")!.connections = 1;
        assert.equal(await flags(full), "UO too many connections");
    });

    it("that is given up is never told of", async () => {
        const up = await backend((socket) => socket.resume());
        const from = clusters({}, up.port);
        let told = 0;
        connectTcp(from, "c", {}, () => told++)();
        await eventually(() => assert.deepEqual([from.get("c")!.connections, up.sockets.size <= 1], [0, true]));
        assert.equal(told, 0);
        await up.close();
    });

    it("reads into the buffers it is given", async () => {
        const up = await backend((socket) => socket.end("hello"));
        const buffer = Buffer.alloc(64);
        const read = new Promise<string>((resolve) => {
            const onread = {
                buffer,
                callback: (length: number) => {
                    resolve(buffer.toString("latin1", 0, length));
                    return true;
                },
            };
            connectTcp(clusters({}, up.port), "c", { onread }, (outcome) => {
                if (outcome.kind === "connected") outcome.socket.resume();
            });
        });
        assert.equal(await read, "hello");
        await up.close();
    });
});
