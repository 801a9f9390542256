/** Every response flag of Envoy's: provoked on real sockets, or listed with why it does not occur. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import net from "node:net";
import { afterEach, describe, it } from "mocha";
import { closedPort } from "../../../harness/ports";
import type { TablesDelta } from "../../../proxy/tables";
import { flagBits, longFlags, RESPONSE_FLAGS } from "../../../proxy/telemetry/response-flags";
import { RawClient } from "../exchange/client";
import { guarded, passwords } from "../exchange/external-entries";
import { headers, PREFACE, reset, settings } from "../../answers/support/http2/frames";
import { backend, startProxy, type Backend } from "../exchange/harness";
import { cluster, DEFAULT_RETRY, delta, endpoints, forwardTo, NO_RETRY, route, virtualHost } from "../snapshot/entries";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
});

const GET = "GET / HTTP/1.1\r\nhost: web.test\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
const silent = (socket: net.Socket): void => void socket.resume();
const answering = (socket: net.Socket): void => void socket.on("data", () => socket.write(OK));

async function serving(serve: (socket: net.Socket) => void): Promise<Backend> {
    const made = await backend(serve);
    closing.push(() => made.close());
    return made;
}

/** `web.test` leads to a cluster with these ports. */
function leading(ports: readonly number[], action: object = { retry: NO_RETRY }, more: object = {}, ofCluster: object = {}): TablesDelta {
    return delta(1, {
        virtualHosts: [virtualHost("web.test", [route(forwardTo("c", action), more)])],
        clusters: [cluster("c", ofCluster)],
        endpoints: [endpoints("c", ...ports)],
    });
}

/** The flags of the last of so many requests. */
async function flagsOf(tables: TablesDelta, bytes = GET, act: (client: RawClient) => void = () => undefined, count = 1): Promise<string> {
    const proxy = await startProxy(tables);
    closing.push(() => proxy.close());
    const clients = Array.from({ length: count }, () => new RawClient(proxy.port));
    for (const client of clients) {
        closing.push(() => client.close());
        client.send(bytes);
        act(client);
    }
    const records = await proxy.recorded(1);
    return records.at(-1)?.flags ?? "nothing";
}

const overHttp2 = Buffer.concat([
    PREFACE,
    settings(),
    headers([":method", "POST", ":scheme", "http", ":authority", "web.test", ":path", "/"], false),
]).toString("latin1");

/** Ends a client, or its request, once that has arrived. */
async function goneClient(leave: (client: RawClient) => void, bytes = GET): Promise<string> {
    let arrived: () => void = () => undefined;
    const got = new Promise<void>((resolve) => {
        arrived = resolve;
    });
    const { port } = await serving((socket) => void socket.on("data", () => arrived()));
    const proxy = await startProxy(leading([port]));
    closing.push(() => proxy.close());
    const client = new RawClient(proxy.port);
    client.send(bytes);
    await got;
    leave(client);
    return (await proxy.recorded(1))[0]?.flags ?? "nothing";
}

const BROKEN_CHUNK = "POST / HTTP/1.1\r\nhost: web.test\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n";

const PROVOKED: Readonly<Record<string, readonly [expected: string, provoke: () => Promise<string>]>> = {
    NR: ["NR", () => flagsOf(leading([]), "GET / HTTP/1.1\r\nhost: other.test\r\n\r\n")],
    NC: ["NC", () => flagsOf(delta(1, { virtualHosts: [virtualHost("web.test", [route(forwardTo("nowhere"))])] }))],
    UH: ["UH", () => flagsOf(leading([]))],
    UF: ["UF", async () => flagsOf(leading([await closedPort()]))],
    URX: ["URX,UF", async () => flagsOf(leading([await closedPort()], { retry: DEFAULT_RETRY }))],
    UC: ["UC", async () => flagsOf(leading([(await serving((socket) => void socket.on("data", () => socket.end()))).port]))],
    UT: ["UT", async () => flagsOf(leading([(await serving(silent)).port], { retry: NO_RETRY, timeoutMs: 50 }))],
    UPE: [
        "UPE",
        async () => flagsOf(leading([(await serving((socket) => void socket.on("data", () => socket.write("no HTTP\r\n\r\n")))).port])),
    ],
    DPE: ["DPE", async () => flagsOf(leading([(await serving(silent)).port]), BROKEN_CHUNK)],
    DC: ["DC", () => goneClient((client) => client.socket.resetAndDestroy())],
    DR: ["DR", () => goneClient((client) => client.socket.write(reset("CANCEL")), overHttp2)],
    DI: [
        "DI",
        async () =>
            flagsOf(leading([(await serving(answering)).port], { retry: NO_RETRY }, { fault: { delay: { percent: 100, delayMs: 1 } } })),
    ],
    FI: ["FI", () => flagsOf(leading([], {}, { fault: { abort: { percent: 100, status: 418 } } }))],
    UAEX: ["UAEX", () => flagsOf(guarded([[passwords([["ann", "$2y$04$"]])]]))],
};

/** Provoked where what brings them about is tested: a peer that speaks frames, a splice, a resolver. */
const ELSEWHERE: Readonly<Record<string, string>> = {
    UO: "test/proxy/codec/http2/client-connections.test.ts",
    UR: "test/proxy/codec/http2/endpoints.test.ts",
    SI: "test/proxy/tcp/tunnels.test.ts",
    DF: "test/proxy/egress/forward-proxy.test.ts",
    DT: "test/proxy/egress/tunnel-life.test.ts",
    LR: "test/proxy/exchange/forwarding.test.ts",
    OM: "test/proxy/exchange/overload.test.ts",
};

describe("response flags", () => {
    for (const { flag, ...more } of RESPONSE_FLAGS) {
        if ("never" in more) {
            it(`${flag} does not occur: ${more.never}`, () => assert.equal(PROVOKED[flag] ?? ELSEWHERE[flag], undefined));
            continue;
        }
        const [expected, provoke] = PROVOKED[flag] ?? [];
        it(`${flag} is set when ${more.occurs}`, async () => {
            if (provoke !== undefined) return assert.equal(await provoke(), expected);
            const file = ELSEWHERE[flag];
            assert.ok(file !== undefined, `nothing provokes ${flag}`);
            assert.match(readFileSync(file, "utf8"), new RegExp(`["\` ,]${flag}["\` ,]`), `${file} asserts no ${flag}`);
        });
    }

    it("have their long names, and bits of their own", () => {
        assert.equal(longFlags("URX,UF"), "UpstreamRetryLimitExceeded,UpstreamConnectionFailure");
        assert.equal(longFlags(""), "-");
        assert.equal(flagBits("URX,UF"), 0x8000 + 0x20);
        assert.equal(new Set(RESPONSE_FLAGS.map(({ bit }) => bit)).size, RESPONSE_FLAGS.length);
    });
});
