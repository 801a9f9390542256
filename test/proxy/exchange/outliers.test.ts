import assert from "node:assert/strict";
import { once } from "node:events";
import type net from "node:net";
import { afterEach, describe, it } from "mocha";
import type { ClusterEntry, RetryEntry } from "../../../proxy/tables";
import type { UpstreamEvents } from "../../../proxy/upstream";
import { NO_EVENTS } from "../../../proxy/upstream";
import { cluster, delta, endpoints, forwardTo, NO_RETRY, outlier, route, virtualHost } from "../snapshot/entries";
import { RawClient } from "./client";
import { backend, startProxy, type Backend, type TestProxy } from "./harness";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
});

const OUTLIER = outlier(2);
const RETRY_5XX: RetryEntry = { ...NO_RETRY, attempts: 1, on: ["5xx"], backoffMs: 1 };

async function up(serve: (socket: net.Socket, count: number) => void): Promise<Backend> {
    const made = await backend(serve);
    closing.push(() => made.close());
    return made;
}
/** Counts what it was asked, and answers with this each time. */
async function answering(status: number): Promise<Backend & { asked: number }> {
    let asked = 0;
    const made = await up((socket) => {
        socket
            .on("data", () => {
                asked++;
                socket.write(`HTTP/1.1 ${status} x\r\ncontent-length: 0\r\n\r\n`);
            })
            .on("end", () => socket.end());
    });
    return Object.defineProperty(made, "asked", { get: () => asked }) as Backend & { asked: number };
}

interface Made {
    readonly proxy: TestProxy;
    readonly events: string[];
    readonly client: RawClient;
}

async function made(
    backends: readonly Backend[],
    entry: Partial<ClusterEntry>,
    action: { readonly retry?: RetryEntry; readonly timeoutMs?: number } = {},
    random = Math.random,
): Promise<Made> {
    const events: string[] = [];
    const ports = backends.map(({ port }) => port);
    const told: UpstreamEvents = {
        ...NO_EVENTS,
        ejected: (_cluster, endpoint, cause) => events.push(`${ports.findIndex((port) => endpoint.endsWith(`:${port}`))} ${cause}`),
        retrySpared: () => events.push("retry spared"),
    };
    const proxy = await startProxy(
        delta(1, {
            virtualHosts: [virtualHost("web.test", [route(forwardTo("c", action))])],
            clusters: [cluster("c", { lb: "ROUND_ROBIN", ...entry })],
            endpoints: [endpoints("c", ...ports)],
        }),
        { services: { events: told, random }, random: () => 0.5 },
    );
    closing.push(() => proxy.close());
    const client = new RawClient(proxy.port);
    closing.push(() => client.close());
    await once(client.socket, "connect");
    return { proxy, events, client };
}

async function statuses({ client }: Made, count: number): Promise<number[]> {
    const all: number[] = [];
    for (let at = 0; at < count; at++) all.push((await client.get("/").response()).status);
    return all;
}

describe("outlier detection in the exchange", () => {
    it("lets no request see an ejected endpoint, and with retries none sees its errors", async () => {
        const [good, bad] = [await answering(200), await answering(500)];
        const one = await made([good, bad], { outlier: OUTLIER });
        assert.deepEqual((await statuses(one, 12)).filter((status) => status === 500).length, 2);
        assert.deepEqual([one.events, bad.asked], [["1 consecutive_5xx"], 2]);
        const again = await made([await answering(200), bad], { outlier: OUTLIER }, { retry: RETRY_5XX });
        assert.deepEqual(new Set(await statuses(again, 12)), new Set([200]));
        assert.deepEqual([again.events, bad.asked], [["1 consecutive_5xx"], 4]);
    });

    it("answers 503 where all are out, and asks all where too few are well", async () => {
        const bad = await answering(500);
        const one = await made([bad], { outlier: OUTLIER });
        assert.deepEqual(await statuses(one, 4), [500, 500, 503, 503]);
        assert.equal((await one.proxy.recorded(4))[3]!.flags, "UH");
        const panicking = await made([bad], { outlier: OUTLIER, panicPercent: 50 });
        assert.deepEqual(await statuses(panicking, 4), [500, 500, 500, 500]);
    });

    it("counts requests that are lost or late, not those that met a connection that was closing", async () => {
        const cut = await up((socket) => socket.on("data", () => socket.destroy()));
        assert.deepEqual([await statuses(await made([cut], { outlier: OUTLIER }), 3)], [[503, 503, 503]]);
        const silent = await up((socket) => socket.on("data", () => undefined).on("end", () => socket.end()));
        const late = await made([silent], { outlier: { ...OUTLIER, consecutive5xx: 0, consecutiveGatewayErrors: 2 } }, { timeoutMs: 10 });
        assert.deepEqual(await statuses(late, 3), [504, 504, 503]);
        assert.deepEqual(late.events, ["0 consecutive_gateway_failure"]);
        const perTry = await made([silent], { outlier: OUTLIER }, { retry: { ...RETRY_5XX, perTryTimeoutMs: 10 } });
        assert.deepEqual(await statuses(perTry, 2), [504, 503]);
        // Each connection closes under its second request, which is sent once more.
        const closes = await up((socket) => {
            let asked = 0;
            socket.on("data", () => (++asked > 1 ? socket.destroy() : socket.write("HTTP/1.1 200 x\r\ncontent-length: 0\r\n\r\n")));
        });
        const stale = await made([closes], { outlier: { ...OUTLIER, consecutive5xx: 1 } });
        assert.deepEqual([await statuses(stale, 5), stale.events], [[200, 200, 200, 200, 200], []]);
    });

    it("sends no more requests again at once than may be, and says so", async () => {
        const bad = await answering(503);
        const slow: RetryEntry = { ...RETRY_5XX, attempts: 2, backoffMs: 100 };
        for (const [entry, again] of [
            [{ maxRetries: 2 }, 2],
            [{ retryBudget: { percent: 0, minimum: 1 } }, 1],
            [{ retryBudget: { percent: 0, minimum: 1 }, maxRetries: 5 }, 1],
            [{ retryBudget: { percent: 100, minimum: 1, intervalMs: 60_000 } }, 8],
        ] as const) {
            const one = await made([bad], entry, { retry: slow });
            const clients = Array.from({ length: 8 }, () => new RawClient(one.proxy.port));
            await Promise.all(clients.map((client) => once(client.socket, "connect")));
            const all = await Promise.all(clients.map((client) => client.get("/").response()));
            for (const client of clients) await client.close();
            assert.deepEqual(new Set(all.map(({ status }) => status)), new Set([503]));
            const flags = (await one.proxy.recorded(8)).map((record) => record.flags).sort();
            const wanted = [...Array.from({ length: 8 - again }, () => "UO"), ...Array.from({ length: again }, () => "URX")];
            assert.deepEqual(flags, wanted, JSON.stringify(entry));
            assert.equal(one.events.filter((event) => event === "retry spared").length, 8 - again);
            assert.deepEqual((await one.client.get("/").response()).status, 503);
            const held = one.proxy.runtime.snapshot.clusters.get("c")!.retries.active;
            assert.equal(held, 0, "what is over holds nothing");
        }
    });

    it("tries endpoints that have failed again only where they are not to be left out", async () => {
        for (const [anyEndpoint, wanted] of [
            [undefined, 200],
            [true, 503],
        ] as const) {
            const [bad, good] = [await answering(503), await answering(200)];
            const retry = { ...RETRY_5XX, ...(anyEndpoint ? { anyEndpoint } : {}) };
            const one = await made([bad, good], { lb: "RANDOM" }, { retry }, () => 0);
            assert.deepEqual(await statuses(one, 1), [wanted]);
        }
    });

    it("goes to another priority after two endpoints, also where those that have failed are not left out", async () => {
        for (const anyEndpoint of [undefined, true] as const) {
            const [bad, good] = [await answering(503), await answering(200)];
            const retry: RetryEntry = { ...RETRY_5XX, attempts: 2, remoteLocalities: true, ...(anyEndpoint ? { anyEndpoint } : {}) };
            const list = [bad, good].map(({ port }, priority) => ({ address: "127.0.0.1", port, weight: 1, priority }));
            const proxy = await startProxy(
                delta(1, {
                    virtualHosts: [virtualHost("web.test", [route(forwardTo("c", { retry }))])],
                    clusters: [cluster("c")],
                    endpoints: [{ key: "c", endpoints: list }],
                }),
                { random: () => 0.5 },
            );
            closing.push(() => proxy.close());
            const client = new RawClient(proxy.port);
            closing.push(() => client.close());
            assert.deepEqual([(await client.get("/").response()).status, good.asked], [200, 1]);
        }
    });
});
