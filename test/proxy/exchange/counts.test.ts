/** Whatever clients and backends do: what began is told as over once, and nothing is counted that is not there any more. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { setTimeout as after } from "node:timers/promises";
import { afterEach, describe, it } from "mocha";
import { Cluster, type Endpoint } from "../../../proxy/upstream";
import type { TablesDelta } from "../../../proxy/tables";
import type { StartedRequest } from "../../../proxy/telemetry";
import { closedPort } from "../../../harness/ports";
import { eventually } from "../../support/eventually";
import { cluster, DEFAULT_RETRY, delta, endpoints, forwardTo, route, virtualHost } from "../snapshot/entries";
import { backend, startProxy } from "./harness";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
});

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const ANSWERS: readonly ((socket: net.Socket) => unknown)[] = [
    (socket) => socket.write(OK),
    (socket) => socket.write(OK),
    (socket) => socket.end("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
    (socket) => socket.write(`${OK}more than was asked for`),
    (socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", () => socket.destroy()),
    (socket) => socket.write("no HTTP\r\n\r\n"),
    (socket) => socket.write("HTTP/1.1 503 No\r\ngrpc-status: 14\r\ncontent-length: 0\r\n\r\n"),
    (socket) => socket.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\nbytes"),
    (socket) => socket.destroy(),
    // Until a timeout ends it.
    () => undefined,
];
const GET = "GET / HTTP/1.1\r\nhost: web.test\r\n\r\n";
const CHUNKED = "POST / HTTP/1.1\r\nhost: web.test\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n";
const REQUESTS = [
    GET,
    GET + GET,
    "GET / HTTP/1.1\r\nhost: web.test\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
    "POST / HTTP/1.1\r\nhost: web.test\r\ncontent-length: 10\r\n\r\nhalf",
    "PUT / HTTP/1.1\r\nhost: web.test\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\nbody",
    `${CHUNKED}0\r\nx-trailer: 1\r\n\r\n`,
    `${CHUNKED}no chunk\r\n`,
];
const LEAVES: readonly ((socket: net.Socket) => unknown)[] = [
    (socket) => socket.destroy(),
    (socket) => socket.resetAndDestroy(),
    (socket) => socket.end().once("end", () => socket.destroy()),
];

/** The cluster at its bound, other endpoints each time, and connections given up each time. */
function tables(version: number, port: number, dead: number): TablesDelta {
    const faults = { delay: { percent: 20, delayMs: 10 }, abort: { percent: 5, status: 503 } };
    const action = forwardTo("c", { retry: { ...DEFAULT_RETRY, perTryTimeoutMs: 40 }, timeoutMs: 80 });
    const bounds = { maxConnections: 6, maxPendingRequests: 10, maxRequestsPerConnection: version % 3 };
    return delta(version, {
        virtualHosts: [virtualHost("web.test", [route(action, { fault: faults })])],
        clusters: [cluster("c", { ...bounds, protocol: version % 2 === 0 ? "http1" : "tcp" })],
        endpoints: [endpoints("c", ...(version % 2 === 0 ? [port] : [port, dead]))],
    });
}

describe("counts", () => {
    it("come down to nothing when all clients have gone, whatever happened meanwhile", async () => {
        let turn = 0;
        const next = <T>(list: readonly T[]): T => list[(turn = (turn * 25 + 13) % 9973) % list.length]!;
        const made = await backend((socket) =>
            socket.on("data", () => !socket.destroyed && next(ANSWERS)(socket)).on("end", () => socket.end()),
        );
        closing.push(() => made.close());
        const dead = await closedPort();
        const open = new Set<StartedRequest>();
        let started = 0;
        const proxy = await startProxy(tables(1, made.port, dead), {
            observer: {
                requestStarted: (request) => {
                    started++;
                    open.add(request);
                },
                requestFinished: (_record, request) => assert.ok(open.delete(request), "told as over once"),
            },
        });
        closing.push(() => proxy.close());
        const clusters = new Set<Cluster>();
        const seen = new Set<Endpoint>();
        for (let round = 2; round < 14; round++) {
            const clients = Array.from({ length: 25 }, async (_, at) => {
                const socket = net.connect(proxy.port, "127.0.0.1");
                socket.on("error", () => undefined).resume();
                socket.write(next(REQUESTS));
                await after(at * 2);
                next(LEAVES)(socket);
                if (!socket.closed) await once(socket, "close");
            });
            await after(25);
            for (const one of proxy.runtime.snapshot.clusters.values()) clusters.add(one);
            for (const one of clusters) for (const endpoint of one.endpoints.list) seen.add(endpoint);
            proxy.apply(tables(round, made.port, dead));
            await Promise.all(clients);
        }
        assert.ok(started > 200 && seen.size > 1);
        await eventually(() => assert.equal(open.size, 0));
        proxy.apply({ version: 0, full: true, set: {}, remove: {} });
        await eventually(() => {
            for (const { active, connections, text } of seen) assert.deepEqual([text, active, connections], [text, 0, 0]);
            for (const { connections, waits } of clusters) assert.deepEqual([connections, waits], [0, 0]);
        });
    });
});
