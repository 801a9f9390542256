/** TCP routes whose endpoints are HTTP proxies, and how long their connections live. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, describe, it } from "mocha";
import type { ClusterEntry, TunnelEntry } from "../../../proxy/tables";
import { serveTcp, type TcpOutcome } from "../../../proxy/tcp";
import { Cluster, connectTcp, createUpstreamServices } from "../../../proxy/upstream";
import { eventually } from "../../support/eventually";
import { backend } from "../exchange/harness";
import { cluster, endpoints, ORIGIN } from "../snapshot/entries";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
});

interface Served {
    readonly port: number;
    readonly outcomes: TcpOutcome[];
}

/** A listener whose connections go to cluster `c` at this port. */
async function served(port: number, entry: Partial<ClusterEntry>): Promise<Served> {
    const made = new Cluster(createUpstreamServices(), cluster("c", { protocol: "tcp", ...entry }), endpoints("c", port), new Map());
    const clusters = new Map([["c", made]]);
    const outcomes: TcpOutcome[] = [];
    const route = { clusters: [{ cluster: "c", weight: 100 }], origin: ORIGIN };
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
        serveTcp(
            socket,
            { accepted: false },
            route,
            (key, options, done) => connectTcp(clusters, key, options, done),
            (outcome) => outcomes.push(outcome),
        );
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    closing.push(() => {
        server.close();
        made.drain();
    });
    return { port: (server.address() as AddressInfo).port, outcomes };
}

/** Sends this, ends, and takes all that comes. */
async function talk(port: number, text: string): Promise<string> {
    const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    let all = "";
    socket.on("error", () => undefined).on("data", (chunk: Buffer) => (all += chunk.toString("latin1")));
    socket.end(text);
    await new Promise((resolve) => socket.once("close", resolve));
    return all;
}

/** An HTTP proxy by hand: what it was asked, and this answer; then what it gets it sends back in capitals. */
async function httpProxy(answer: string, asked: string[], echo: (text: string) => string, last: string): Promise<number> {
    const made = await backend((socket) => {
        let head = "";
        socket.on("data", (chunk: Buffer) => {
            const text = chunk.toString("latin1");
            const end = head.includes("\r\n\r\n") ? -1 : (head + text).indexOf("\r\n\r\n");
            if (head.includes("\r\n\r\n")) return void socket.write(echo(text));
            head += text;
            if (end === -1) return;
            asked.push(head.slice(0, end));
            socket.write(answer);
            const rest = head.slice(end + 4);
            if (rest !== "") socket.write(echo(rest));
        });
        socket.on("end", () => socket.end(last));
    });
    closing.push(() => made.close());
    return made.port;
}

const TUNNEL: TunnelEntry = { method: "CONNECT", targetHost: "db.test", targetPort: 5432 };
const capitals = (text: string): string => text.toUpperCase();

describe("a tunnel through a proxy", () => {
    it("by CONNECT passes bytes both ways behind the answer, those that came with it too", async () => {
        const asked: string[] = [];
        const port = await httpProxy("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nx: y\r\n\r\nhello,", asked, capitals, "!");
        const made = await served(port, { tunnel: TUNNEL });
        assert.equal(await talk(made.port, "world"), "hello,WORLD!");
        assert.deepEqual(asked, ["CONNECT db.test:5432 HTTP/1.1\r\nhost: db.test:5432"]);
        await eventually(() =>
            assert.deepEqual(
                made.outcomes.map(({ flags, bytesReceived, bytesSent }) => [flags, bytesReceived, bytesSent]),
                [["", 5, 12]],
            ),
        );
    });

    it("is none where the proxy refuses, says no HTTP, nothing, or closes", async () => {
        for (const [answer, failure] of [
            ["HTTP/1.1 403 Forbidden\r\n\r\n", /CONNECT db.test:5432 was answered with 403/],
            ["SSH-2.0-x\r\n\r\n", /answered with no HTTP/],
            [`HTTP/1.1 200 OK\r\nx: ${"y".repeat(20_000)}`, /too long/],
        ] as const) {
            const made = await served(await httpProxy(answer, [], capitals, ""), { tunnel: TUNNEL });
            assert.equal(await talk(made.port, "world"), "");
            await eventually(() => assert.match(made.outcomes[0]?.failure ?? "", failure));
            assert.equal(made.outcomes[0]!.flags, "UF,URX");
        }
        const silent = await served(await httpProxy("", [], capitals, ""), { tunnel: TUNNEL, connectTimeoutMs: 50 });
        await talk(silent.port, "");
        await eventually(() => assert.match(silent.outcomes[0]?.failure ?? "", /no answer to CONNECT within 50 ms/));
    });

    it("by POST is the bodies of the request and of its answer", async () => {
        const asked: string[] = [];
        const made = await served(
            await httpProxy(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhi,\r\n",
                asked,
                (text) => (text.includes("world") ? "5\r\nWORLD\r\n" : "") + (text.includes("0\r\n\r\n") ? "0\r\n\r\n" : ""),
                "",
            ),
            { tunnel: { ...TUNNEL, method: "POST" } },
        );
        assert.equal(await talk(made.port, "world"), "hi,WORLD");
        assert.match(asked[0]!, /^POST \/ HTTP\/1\.1\r\nhost: db\.test:5432\r\n.*transfer-encoding: chunked/s);
        await eventually(() =>
            assert.deepEqual(
                made.outcomes.map(({ flags, bytesSent }) => [flags, bytesSent]),
                [["", 8]],
            ),
        );
        const refused = await served(await httpProxy("HTTP/1.1 405 x\r\ncontent-length: 0\r\n\r\n", [], capitals, ""), {
            tunnel: { ...TUNNEL, method: "POST" },
        });
        assert.equal(await talk(refused.port, "world"), "");
        await eventually(() => assert.match(refused.outcomes[0]?.failure ?? "", /POST was answered with 405/));
    });
});

describe("a connection of TCP", () => {
    it("ends when it is as old, or was as long without a byte, as it may be", async () => {
        const silent = await backend((socket) => socket.resume());
        closing.push(() => silent.close());
        for (const [entry, flag] of [
            [{ maxConnectionDurationMs: 40 }, "DT"],
            [{ idleTimeoutMs: 40 }, ""],
        ] as const) {
            const made = await served(silent.port, entry);
            const socket = net.connect(made.port, "127.0.0.1");
            socket.on("error", () => undefined).write("x");
            await new Promise((resolve) => socket.once("close", resolve));
            await eventually(() =>
                assert.deepEqual(
                    made.outcomes.map(({ flags }) => flags),
                    [flag],
                ),
            );
        }
    });
});
