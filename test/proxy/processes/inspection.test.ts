/** What workers hold is asked of the workers: their endpoints, with what is under way, and why there are none. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { listenerEntry, tcpChain, terminated } from "../../support/front";
import { eventually } from "../../support/eventually";
import { clusterTo, ProxyRig } from "../../support/proxy-rig";
import { bundle, type Bundle } from "../../support/worker-bundle";
import { and, echoBackend, echoing, TCP } from "./support";

interface Endpoints {
    readonly endpoints: readonly {
        readonly cluster: string;
        readonly address: string;
        readonly active: number;
        readonly workers: readonly { readonly worker: number; readonly active: number }[];
    }[];
    readonly unresolved: readonly unknown[];
}

describe("what workers hold", () => {
    let worker: Bundle;
    before(() => {
        worker = bundle({ entry: "proxy/processes/worker-main.ts" });
    });
    after(() => worker.remove());

    it("is told by each of them, with the connections that it has under way now", async () => {
        const backend = await echoBackend();
        const nowhere = clusterTo("nowhere", 80);
        const named = {
            clusters: nowhere.clusters.map((one) => ({ ...one, discovery: "dns" as const })),
            endpoints: [{ key: "nowhere", endpoints: [{ address: "nobody.invalid", port: 80, weight: 1 }] }],
        };
        const rig = await new ProxyRig().start(worker.file, and(backend.entries, named), { concurrency: 2 });
        try {
            await rig.proxy.ready;
            const { socket, say } = await echoing(rig.port(TCP));
            await say("hello");
            await eventually(async () => {
                const { endpoints, unresolved } = (await rig.admin("/endpoints")) as Endpoints;
                assert.equal(endpoints.length, 1);
                const [echo] = endpoints;
                assert.deepEqual([echo!.cluster, echo!.active], ["echo", 1]);
                assert.match(echo!.address, /^127\.0\.0\.1:\d+$/);
                assert.deepEqual(echo!.workers.map((one) => one.worker).sort(), [1, 2]);
                assert.deepEqual(echo!.workers.map((one) => one.active).sort(), [0, 1]);
                const [fault] = unresolved as { cluster: string; why: string; workers: number[] }[];
                assert.deepEqual([fault?.cluster, fault?.workers], ["nowhere", [1, 2]]);
                assert.match(fault?.why ?? "", /nobody\.invalid/);
            });
            socket.destroy();
            await eventually(async () => assert.equal(((await rig.admin("/endpoints")) as Endpoints).endpoints[0]!.active, 0));
        } finally {
            await rig.stop();
            backend.close();
        }
    });

    it("is the levels of the log too, which are changed in all of them and in one that replaces another", async () => {
        const backend = await echoBackend();
        const rig = await new ProxyRig().start(worker.file, backend.entries, { concurrency: 1 });
        try {
            await rig.proxy.ready;
            const post = async (query: string): Promise<Record<string, string>> =>
                (await (await fetch(`http://${rig.proxy.adminAddress}/logging?${query}`, { method: "POST" })).json()) as Record<
                    string,
                    string
                >;
            assert.equal((await post("level=workers:off,upstream:debug"))["upstream"], "debug");
            const [{ pid } = { pid: 0 }] = await rig.workers();
            process.kill(pid, "SIGKILL");
            await eventually(async () => assert.ok((await rig.workers()).every((one) => one.pid !== pid && one.inSync)));
            assert.equal(
                rig.log.some(({ msg }) => msg === "worker died"),
                false,
            );
            assert.deepEqual(Object.values(await post("reset=true")), Array(7).fill("info"));
            assert.equal((await fetch(`http://${rig.proxy.adminAddress}/logging?level=x`, { method: "POST" })).status, 400);
        } finally {
            await rig.stop();
            backend.close();
        }
    });

    it("is stale while a worker has not taken what it was sent, for as long as that is", async () => {
        const backend = await echoBackend();
        const rig = await new ProxyRig().start(worker.file, backend.entries);
        try {
            await rig.proxy.ready;
            const sync = async (): Promise<{ version: number; workers: { version: number; inSync: boolean; staleSeconds: number }[] }> =>
                (await rig.admin("/sync")) as never;
            await eventually(async () =>
                assert.deepEqual(
                    (await sync()).workers.map((one) => [one.inSync, one.staleSeconds]),
                    [[true, 0]],
                ),
            );
            const { version } = await sync();
            const [{ pid } = { pid: 0 }] = await rig.workers();
            process.kill(pid, "SIGSTOP");
            rig.set(and(backend.entries, clusterTo("another", 80)));
            await eventually(async () => {
                const { version: now, workers } = await sync();
                assert.deepEqual([now, workers[0]!.version, workers[0]!.inSync], [version + 1, version, false]);
                assert.ok(workers[0]!.staleSeconds >= 1);
            });
            process.kill(pid, "SIGCONT");
            await eventually(async () => assert.deepEqual((await sync()).workers[0]!.staleSeconds, 0));
        } finally {
            await rig.stop();
            backend.close();
        }
    });

    it("has of a chain whose certificate is not there the reason, and no other's", async () => {
        const backend = await echoBackend();
        const secure = "0.0.0.0:443";
        const entries = and(backend.entries, {
            listeners: [listenerEntry("tls", secure)],
            chains: [{ ...tcpChain("shop", ["shop.test"], undefined, secure), tls: terminated("kubernetes://ns/gone") }],
        });
        const rig = await new ProxyRig().start(worker.file, entries);
        try {
            await rig.proxy.ready;
            const contexts = (await rig.admin("/contexts")) as { chain: string; served: boolean; problem: string; workers: number[] }[];
            assert.deepEqual(
                contexts.map(({ chain, served, workers }) => [chain, served, workers]),
                [["shop", false, [1]]],
            );
            assert.match(contexts[0]!.problem, /kubernetes:\/\/ns\/gone is not there/);
        } finally {
            await rig.stop();
            backend.close();
        }
    });
});
