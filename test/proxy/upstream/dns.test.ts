import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import { NameWatch, type NameResolution } from "../../../proxy/upstream/dns";
import { Cluster, createUpstreamServices } from "../../../proxy/upstream";
import { eventually } from "../../support/eventually";
import { cluster as entry, endpoints } from "../snapshot/entries";
import { NotedWaiter } from "./waiters";
import { backend } from "../exchange/harness";

/** A resolver whose answers the test gives. */
class Questions {
    readonly names: string[] = [];
    readonly #open: { resolve: (resolution: NameResolution) => void; reject: (error: Error) => void }[] = [];

    readonly resolve = (name: string): Promise<NameResolution> => {
        this.names.push(name);
        return new Promise((resolve, reject) => this.#open.push({ resolve, reject }));
    };
    async answer(...addresses: string[]): Promise<void> {
        this.#open.shift()!.resolve({ addresses, ttl: 30 });
        await new Promise(setImmediate);
    }
    async fail(code = "ENOTFOUND"): Promise<void> {
        this.#open.shift()!.reject(Object.assign(new Error(code), { code }));
        await new Promise(setImmediate);
    }
}

const clusters: Cluster[] = [];
afterEach(() => {
    for (const cluster of clusters.splice(0)) cluster.drain();
});

function make(questions: Questions, port: number, ...names: string[]): Cluster {
    const list = names.map((address) => ({ address, port, weight: 1 }));
    const cluster = new Cluster(
        createUpstreamServices({ resolve: questions.resolve }),
        entry("c", { discovery: "dns" }),
        endpoints("c", ...list),
        new Map(),
    );
    clusters.push(cluster);
    return cluster;
}
const addresses = (cluster: Cluster): string[] => cluster.endpoints.list.map(({ text }) => text);
/** Asks again now, as its timer would. */
const askAgain = (cluster: Cluster, name: string): void => {
    cluster.names.get(name)?.ask();
};

describe("endpoints that are names", () => {
    it("are all addresses of all names", async () => {
        const questions = new Questions();
        const cluster = make(questions, 80, "a.test", "b.test");
        await questions.answer("10.0.0.1", "2001:db8::1");
        assert.deepEqual(addresses(cluster), ["10.0.0.1:80", "[2001:db8::1]:80"]);
        await questions.answer("10.0.0.2");
        assert.deepEqual(addresses(cluster), ["10.0.0.1:80", "[2001:db8::1]:80", "10.0.0.2:80"]);
    });

    it("let requests wait for the first answer", async () => {
        const up = await backend((socket) => socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")));
        const questions = new Questions();
        const cluster = make(questions, up.port, "a.test");
        const [one, gone] = [new NotedWaiter(cluster), new NotedWaiter(cluster)];
        assert.equal(one.settled, false);
        cluster.cancel(gone.waiting!);
        await questions.answer("127.0.0.1");
        assert.equal((await one.get()).status, 200);
        assert.equal(gone.settled, false);
        await up.close();
    });

    it("that do not resolve are no endpoints, and the reason is told", async () => {
        const questions = new Questions();
        const cluster = make(questions, 80, "gone.test");
        const early = new NotedWaiter(cluster);
        await questions.fail();
        assert.deepEqual([early.failure, early.detail], ["no-endpoint", "gone.test: ENOTFOUND"]);
        const late = new NotedWaiter(cluster);
        assert.deepEqual([late.failure, late.detail], ["no-endpoint", "gone.test: ENOTFOUND"]);
    });

    it("keep their last good addresses when a later question fails", async () => {
        const questions = new Questions();
        const cluster = make(questions, 80, "a.test");
        await questions.answer("10.0.0.1");
        askAgain(cluster, "a.test");
        await questions.fail("ESERVFAIL");
        assert.deepEqual(addresses(cluster), ["10.0.0.1:80"]);
        askAgain(cluster, "a.test");
        await questions.answer();
        assert.deepEqual(addresses(cluster), ["10.0.0.1:80"], "an empty answer is a failure too");
    });

    it("keep what is known of an address that stays", async () => {
        const questions = new Questions();
        const cluster = make(questions, 80, "a.test");
        await questions.answer("10.0.0.1", "10.0.0.2");
        const [, kept] = cluster.endpoints.list;
        askAgain(cluster, "a.test");
        await questions.answer("10.0.0.3", "10.0.0.2");
        assert.deepEqual(addresses(cluster), ["10.0.0.2:80", "10.0.0.3:80"]);
        assert.equal(cluster.endpoints.list[0], kept);
    });

    it("are asked for no more when the cluster is gone", async () => {
        const questions = new Questions();
        const cluster = make(questions, 80, "a.test");
        cluster.drain();
        await questions.answer("10.0.0.1");
        assert.deepEqual(addresses(cluster), []);
    });
});

describe("the watch of a name", () => {
    it("asks again when the answer runs out", async () => {
        let asked = 0;
        const timers: number[] = [];
        const { setTimeout: real } = globalThis;
        const watch = new NameWatch(
            "a.test",
            () => Promise.resolve({ addresses: [`10.0.0.${++asked}`], ttl: asked === 1 ? 1 : 0 }),
            () => {},
        );
        globalThis.setTimeout = ((run: () => void, milliseconds: number) => {
            // Others in the process have short ones.
            if (milliseconds < 1000) return real(run, milliseconds);
            timers.push(milliseconds);
            return real(run, timers.length === 1 ? 0 : 1e6);
        }) as typeof setTimeout;
        try {
            await new Promise((resolve) => real(resolve, 30));
        } finally {
            globalThis.setTimeout = real;
            watch.stop();
        }
        assert.deepEqual(timers, [5000, 60_000], "five seconds at least, a minute where no time to live is known");
        assert.deepEqual(watch.addresses, ["10.0.0.2"]);
    });
});

describe("the system's resolver", () => {
    it("knows localhost", async () => {
        const cluster = new Cluster(
            createUpstreamServices(),
            entry("c", { discovery: "dns" }),
            endpoints("c", { address: "localhost", port: 80, weight: 1 }),
            new Map(),
        );
        clusters.push(cluster);
        await eventually(() => assert.ok(addresses(cluster).includes("127.0.0.1:80")));
    });
});
