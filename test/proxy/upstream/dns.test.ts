import assert from "node:assert/strict";
import type net from "node:net";
import { mock } from "node:test";
import { afterEach, describe, it } from "mocha";
import { NameWatch, type NameResolution } from "../../../proxy/upstream/dns";
import { Cluster, connectTcp, createUpstreamServices } from "../../../proxy/upstream";
import { nameCount } from "../../../proxy/upstream/named-clusters";
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
    return makeBy("dns", questions, port, ...names);
}

function makeBy(discovery: "dns" | "logicalDns", questions: Questions, port: number, ...names: string[]): Cluster {
    const list = names.map((address) => ({ address, port, weight: 1 }));
    const cluster = new Cluster(
        createUpstreamServices({ resolve: questions.resolve }),
        entry("c", { discovery }),
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

describe("a name that a client has chosen", () => {
    const dynamic = (questions: Questions): Cluster => {
        const services = createUpstreamServices({ resolveNamed: questions.resolve, names: nameCount(1) });
        const cluster = new Cluster(
            services,
            entry("c", { discovery: "dynamic", dynamic: { hosts: ["*"], port: 0 } }),
            undefined,
            new Map(),
        );
        clusters.push(cluster);
        return cluster;
    };

    it("is not given up for another while a connection waits for its address", async () => {
        const questions = new Questions();
        const cluster = dynamic(questions);
        const outcomes: string[] = [];
        const connect = (serverName: string): (() => void) =>
            connectTcp(new Map([["c", cluster]]), "c", { serverName, port: 1 }, (outcome) =>
                outcomes.push(`${serverName} ${outcome.kind === "failed" ? outcome.flag : "connected"}`),
            );
        const giveUp = connect("a.test");
        connect("b.test");
        assert.deepEqual(outcomes, ["b.test UO"]);
        giveUp();
        connect("b.test");
        assert.deepEqual(questions.names, ["a.test", "b.test"]);
        await questions.fail();
        await questions.fail();
        assert.deepEqual(outcomes, ["b.test UO", "b.test DF"]);
    });

    it("is not given up for another while a request waits for its address", async () => {
        const questions = new Questions();
        const cluster = dynamic(questions);
        const first = new NotedWaiter(cluster, { host: "a.test", port: 1 });
        const second = new NotedWaiter(cluster, { host: "b.test", port: 1 });
        assert.deepEqual([first.settled, second.failure], [false, "overflow"]);
        await questions.fail();
        assert.equal(first.failure, "no-endpoint");
    });
});

describe("the watch of a name", () => {
    it("asks again when the answer runs out", async () => {
        mock.timers.enable({ apis: ["setTimeout"] });
        let asked = 0;
        const watch = new NameWatch(
            "a.test",
            () => Promise.resolve({ addresses: [`10.0.0.${++asked}`], ttl: asked === 1 ? 1 : 0 }),
            () => {},
        );
        const askedAfter = async (milliseconds: number): Promise<number> => {
            await new Promise(setImmediate);
            mock.timers.tick(milliseconds);
            await new Promise(setImmediate);
            return asked;
        };
        try {
            assert.deepEqual([await askedAfter(4_999), await askedAfter(1)], [1, 2], "five seconds at least");
            assert.deepEqual([await askedAfter(59_999), await askedAfter(1)], [2, 3], "a minute where no time to live is known");
        } finally {
            watch.stop();
            mock.timers.reset();
        }
        assert.deepEqual(watch.addresses, ["10.0.0.3"]);
    });
});

describe("a name that is one endpoint", () => {
    it("is its first address of IPv4, however many it has", async () => {
        const questions = new Questions();
        const cluster = makeBy("logicalDns", questions, 80, "a.test");
        await questions.answer("2001:db8::1", "10.0.0.9", "10.0.0.1");
        assert.deepEqual(addresses(cluster), ["10.0.0.9:80"]);
    });

    it("stays the same endpoint with its connections as its addresses change, and new ones go to what comes first then", async () => {
        const answers = (text: string) => (socket: net.Socket) =>
            socket.on("data", () => socket.write(`HTTP/1.1 200 OK\r\nx-from: ${text}\r\ncontent-length: 0\r\n\r\n`));
        const up = await backend(answers("one"));
        const questions = new Questions();
        const cluster = makeBy("logicalDns", questions, up.port, "a.test");
        await questions.answer("127.0.0.1", "127.0.0.2");
        assert.equal((await new NotedWaiter(cluster).get()).status, 200);
        const [before] = cluster.endpoints.list;
        askAgain(cluster, "a.test");
        await questions.answer("127.0.0.2", "127.0.0.1");
        const [after] = cluster.endpoints.list;
        assert.equal(after, before);
        assert.deepEqual([after?.address, after?.connections], ["127.0.0.2", 1]);
        askAgain(cluster, "a.test");
        await questions.fail();
        assert.deepEqual(addresses(cluster), [`127.0.0.2:${up.port}`]);
        await up.close();
    });

    it("becomes one endpoint an address where the way of looking up changes", async () => {
        const questions = new Questions();
        const cluster = makeBy("logicalDns", questions, 80, "a.test");
        await questions.answer("10.0.0.2", "10.0.0.1");
        cluster.update(entry("c", { discovery: "dns" }), new Map());
        await questions.answer("10.0.0.2", "10.0.0.1");
        assert.deepEqual(addresses(cluster), ["10.0.0.1:80", "10.0.0.2:80"]);
    });
});

describe("a name with a hundred addresses", () => {
    it("is a hundred endpoints, those that stay the same ones", async () => {
        const many = Array.from({ length: 100 }, (_, at) => `10.0.1.${at}`);
        const questions = new Questions();
        const cluster = make(questions, 80, "many.test");
        await questions.answer(...many);
        const before = cluster.endpoints.list;
        askAgain(cluster, "many.test");
        await questions.answer(...many.slice(1).toReversed());
        assert.equal(before.length, 100);
        assert.deepEqual(
            cluster.endpoints.list,
            before.filter(({ address }) => address !== "10.0.1.0"),
        );
    });
});

describe("an address that is listed twice", () => {
    it("is one endpoint, as the first one says", async () => {
        const names = { "a.test": ["10.0.0.1"], "b.test": ["10.0.0.1", "10.0.0.2"] };
        const resolve = (name: string): Promise<NameResolution> =>
            Promise.resolve({ addresses: names[name as keyof typeof names], ttl: 30 });
        const list = [
            { address: "a.test", port: 80, weight: 3, priority: 0 },
            { address: "b.test", port: 80, weight: 5, priority: 1 },
        ];
        const cluster = new Cluster(
            createUpstreamServices({ resolve }),
            entry("c", { discovery: "dns" }),
            endpoints("c", ...list),
            new Map(),
        );
        clusters.push(cluster);
        await eventually(() =>
            assert.deepEqual(
                cluster.members.map(({ text, weight, priority }) => [text, weight, priority]),
                [
                    ["10.0.0.1:80", 3, 0],
                    ["10.0.0.2:80", 5, 1],
                ],
            ),
        );
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
