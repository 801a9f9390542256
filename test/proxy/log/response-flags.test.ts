/**
 * Every response flag of Envoy's: provoked on real sockets by whatever it occurs on – requests over HTTP/1.1 and over HTTP/2, and
 * connections that are passed on –, or listed with why it does not occur. That Envoy sets the same ones in these cases is held in
 * test/answers/cases/log-lines.ts and log-connections.ts.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import net from "node:net";
import { afterEach, describe, it } from "mocha";
import { closedPort } from "../../../harness/ports";
import { Codecs } from "../../../proxy/codec";
import { http1 } from "../../../proxy/codec/http1/codec";
import { Http1ServerConnection } from "../../../proxy/codec/http1/server-connection";
import { HTTP1_SERVER_DEFAULTS } from "../../../proxy/codec/http1/server-options";
import { http2 } from "../../../proxy/codec/http2/codec";
import { Http2ServerConnection } from "../../../proxy/codec/http2/server-connection";
import { HTTP2_SERVER_DEFAULTS } from "../../../proxy/codec/http2/server-options";
import { Sweeper } from "../../../proxy/codec/sweeper";
import type { ClusterEntry, TablesDelta } from "../../../proxy/tables";
import { serveTcp } from "../../../proxy/tcp";
import { Cluster, connectTcp, createUpstreamServices } from "../../../proxy/upstream";
import { flagBits, longFlags, RESPONSE_FLAGS } from "../../../proxy/telemetry/response-flags";
import { frame, headers, number, PREFACE, reset, settings, TYPES } from "../../answers/support/http2/frames";
import { Front, listenerEntry, tcpChain } from "../../support/front";
import { eventually } from "../../support/eventually";
import { RawEndpoint } from "../codec/http2/support/raw-endpoint";
import { reset as resetOf } from "../codec/http2/support/raw-frames";
import { RawClient } from "../exchange/client";
import { guarded, passwords } from "../exchange/external-entries";
import { backend, startProxy, type Backend } from "../exchange/harness";
import { cluster, DEFAULT_RETRY, delta, endpoints, forwardTo, NO_RETRY, ORIGIN, route, virtualHost } from "../snapshot/entries";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
});

type Via = "HTTP/1.1" | "HTTP/2" | "TCP";
type Http = Exclude<Via, "TCP">;

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
const silent = (socket: net.Socket): void => void socket.resume();
const answering = (socket: net.Socket): void => void socket.on("data", () => socket.write(OK));
const replying =
    (text: string) =>
    (socket: net.Socket): void =>
        void socket.on("data", () => socket.write(text));

async function serving(serve: (socket: net.Socket) => void): Promise<Backend> {
    const made = await backend(serve);
    closing.push(() => made.close());
    return made;
}
const portOf = async (serve: (socket: net.Socket) => void): Promise<number> => (await serving(serve)).port;

/** `web.test` leads to a cluster with these ports. */
function leading(ports: readonly number[], action: object = { retry: NO_RETRY }, more: object = {}, ofCluster: object = {}): TablesDelta {
    return delta(1, {
        virtualHosts: [virtualHost("web.test", [route(forwardTo("c", action), more)])],
        clusters: [cluster("c", ofCluster)],
        endpoints: [endpoints("c", ...ports)],
    });
}

/** One request in an hour, whoever asks. */
function limited(tables: TablesDelta): TablesDelta {
    const rate = { name: "one", requests: 1, perMs: 3_600_000, burst: 1, matches: [], routes: [], status: 429, shadow: false } as const;
    const limits = [{ key: "Service edge/front", isOfGateway: true, rates: [{ ...rate, tells: "limited" as const }], origin: ORIGIN }];
    return { ...tables, set: { ...tables.set, limits } };
}

const headOf = (method: string, host: string): string[] => [":method", method, ":scheme", "http", ":authority", host, ":path", "/"];
const over2 = (...frames: readonly Buffer[]): string => Buffer.concat([PREFACE, settings(), ...frames]).toString("latin1");

/** A request without a body. */
const GET: Readonly<Record<Http, (host: string) => string>> = {
    "HTTP/1.1": (host) => `GET / HTTP/1.1\r\nhost: ${host}\r\n\r\n`,
    "HTTP/2": (host) => over2(headers(headOf("GET", host), true)),
};

/** The flags of the first request that is over, of so many. */
async function flagsOf(tables: TablesDelta, via: Http, bytes = GET[via]("web.test"), count = 1, codecs?: Codecs): Promise<string> {
    const proxy = await startProxy(tables, codecs ? { services: { codecs } } : {});
    closing.push(() => proxy.close());
    for (let at = 0; at < count; at++) {
        const client = new RawClient(proxy.port);
        closing.push(() => client.close());
        client.send(bytes);
    }
    const records = await proxy.recorded(1);
    return records[0]?.flags ?? "nothing";
}

/** Ends a client, or its request, once that has arrived. */
async function goneClient(via: Http, leave: (client: RawClient) => void): Promise<string> {
    let arrived: () => void = () => undefined;
    const got = new Promise<void>((resolve) => {
        arrived = resolve;
    });
    const proxy = await startProxy(leading([await portOf((socket) => void socket.on("data", () => arrived()))]));
    closing.push(() => proxy.close());
    const client = new RawClient(proxy.port);
    client.send(via === "HTTP/1.1" ? GET[via]("web.test") : over2(headers(headOf("POST", "web.test"), false)));
    await got;
    leave(client);
    return (await proxy.recorded(1))[0]?.flags ?? "nothing";
}

/** Of an upstream that speaks HTTP/2. */
async function http2Flags(via: Http): Promise<string> {
    const endpoint = await RawEndpoint.listen((peer, id) => void peer.send(resetOf(id, 2)));
    closing.push(() => endpoint.close());
    return flagsOf(leading([endpoint.port], { retry: NO_RETRY }, {}, { protocol: "http2" }), via);
}

/** Of a client whose request is under way. */
function brokenFlags(via: Http): Promise<string> {
    if (via === "HTTP/2") return goneClient(via, (client) => client.socket.write(NO_CREDIT));
    return portOf(silent).then((port) => flagsOf(leading([port]), via, BROKEN_CHUNK));
}
const BROKEN_CHUNK = "POST / HTTP/1.1\r\nhost: web.test\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n";
/** WINDOW_UPDATE by nothing, RFC 9113 §6.9. */
const NO_CREDIT = frame(TYPES.windowUpdate, 0, 1, number(0));

const STREAM_IDLE_MS = 40;

/** Of a request that nothing comes of, by codecs that wait for less. */
async function quietFlags(via: Http): Promise<string> {
    const more = { streamIdleTimeout: STREAM_IDLE_MS, sweeper: new Sweeper(10) };
    const codecs = new Codecs([
        {
            ...http2,
            server: (service) => (socket, info) => new Http2ServerConnection(socket, info, service, { ...HTTP2_SERVER_DEFAULTS, ...more }),
        },
        {
            ...http1,
            server:
                ({ handler }) =>
                (socket, info) =>
                    new Http1ServerConnection(socket, info, handler, { ...HTTP1_SERVER_DEFAULTS, ...more }, () => undefined),
        },
    ]);
    return flagsOf(leading([await portOf(silent)]), via, undefined, 1, codecs);
}

/** The flags of a connection that is led to cluster `c`, of the last of so many. */
async function tcpFlags(ports: readonly number[], entry: Partial<ClusterEntry> = {}, count = 1, key = "c"): Promise<string> {
    const made = new Cluster(createUpstreamServices(), cluster("c", { protocol: "tcp", ...entry }), endpoints("c", ...ports), new Map());
    const flags: string[] = [];
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
        const route = { clusters: [{ cluster: key, weight: 1 }], origin: ORIGIN };
        serveTcp(
            socket,
            { accepted: false },
            route,
            (name, options, done) => connectTcp(new Map([["c", made]]), name, options, done),
            (outcome) => flags.push(outcome.flags),
        );
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const clients: net.Socket[] = [];
    closing.push(() => {
        for (const client of clients) client.destroy();
        server.close();
        made.drain();
    });
    for (let at = 0; at < count; at++) {
        const client = net.connect((server.address() as net.AddressInfo).port, "127.0.0.1");
        clients.push(client.on("error", () => undefined));
        client.write("x");
        // One that is refused is reset before it hears that it was connected.
        await once(client, "connect").catch(() => undefined);
    }
    await eventually(() => assert.ok(flags.length > 0));
    return flags[0] ?? "nothing";
}

/** Of TLS for a name that nobody has, where it is passed on. */
async function noChain(): Promise<string> {
    const front = await new Front().start({ listeners: [listenerEntry("tls")], chains: [tcpChain("a", ["a.test"])] });
    closing.push(() => front.close());
    front.connect().write("GET / HTTP/1.1\r\n\r\n");
    await eventually(() => assert.equal(front.records.length, 1));
    return front.records[0]?.flags ?? "nothing";
}

interface Provocation {
    /** All flags that are set with it; default: it alone. */
    readonly all?: string;
    readonly http?: (via: Http) => Promise<string>;
    /** Only over one of them. */
    readonly only?: Http;
    readonly tcp?: readonly [expected: string, () => Promise<string>];
}

const FEW = { maxRequests: 1, maxConnections: 1, maxPendingRequests: 1 };

const PROVOKED: Readonly<Record<string, Provocation>> = {
    NR: { http: (via) => flagsOf(leading([]), via, GET[via]("other.test")), tcp: ["NR", noChain] },
    NC: {
        http: (via) => flagsOf(delta(1, { virtualHosts: [virtualHost("web.test", [route(forwardTo("nowhere"))])] }), via),
        tcp: ["NC", () => tcpFlags([], {}, 1, "nowhere")],
    },
    UH: { http: (via) => flagsOf(leading([]), via), tcp: ["UH", () => tcpFlags([])] },
    UF: { http: async (via) => flagsOf(leading([await closedPort()]), via), tcp: ["UF,URX", async () => tcpFlags([await closedPort()])] },
    URX: {
        all: "URX,UF",
        http: async (via) => flagsOf(leading([await closedPort()], { retry: DEFAULT_RETRY }), via),
        tcp: ["UF,URX", async () => tcpFlags([await closedPort()])],
    },
    UC: { http: async (via) => flagsOf(leading([await portOf((socket) => void socket.on("data", () => socket.end()))]), via) },
    UO: {
        http: async (via) => flagsOf(leading([await portOf(silent)], { retry: NO_RETRY }, {}, FEW), via, undefined, 2),
        tcp: ["UO", async () => tcpFlags([await portOf(silent)], { maxConnections: 1 }, 2)],
    },
    RL: { http: async (via) => flagsOf(limited(leading([await portOf(silent)])), via, undefined, 2) },
    UR: {
        http: http2Flags,
        tcp: ["UR", async () => tcpFlags([await portOf((socket) => void socket.on("data", () => socket.resetAndDestroy()))])],
    },
    UT: { http: async (via) => flagsOf(leading([await portOf(silent)], { retry: NO_RETRY, timeoutMs: 50 }), via) },
    UPE: { http: async (via) => flagsOf(leading([await portOf(replying("no HTTP\r\n\r\n"))]), via) },
    DPE: { http: brokenFlags },
    SI: { http: quietFlags },
    DC: { http: (via) => goneClient(via, (client) => client.socket.resetAndDestroy()) },
    DR: { http: (via) => goneClient(via, (client) => client.socket.write(reset("CANCEL"))), only: "HTTP/2" },
    DI: {
        http: async (via) =>
            flagsOf(leading([await portOf(answering)], { retry: NO_RETRY }, { fault: { delay: { percent: 100, delayMs: 1 } } }), via),
    },
    FI: { http: (via) => flagsOf(leading([], {}, { fault: { abort: { percent: 100, status: 418 } } }), via) },
    UAEX: { http: (via) => flagsOf(guarded([[passwords([["ann", "$2y$04$"]])]]), via) },
    DT: { tcp: ["DT", async () => tcpFlags([await portOf(silent)], { maxConnectionDurationMs: 40 })] },
};

/** Provoked where what brings them about is tested: limits that only a codec has, a resolver, a worker's memory. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
    SI: ["test/proxy/egress/tunnel-life.test.ts"],
    DF: ["test/proxy/egress/forward-proxy.test.ts"],
    DT: ["test/proxy/egress/tunnel-life.test.ts"],
    LR: ["test/proxy/exchange/forwarding.test.ts"],
    OM: ["test/proxy/exchange/overload.test.ts"],
};

describe("response flags", () => {
    for (const { flag, ...more } of RESPONSE_FLAGS) {
        const provoked = PROVOKED[flag];
        const files = ELSEWHERE[flag];
        if ("never" in more) {
            it(`${flag} does not occur: ${more.never}`, () => assert.deepEqual([provoked, files], [undefined, undefined]));
            continue;
        }
        it(`${flag} is provoked`, () => {
            assert.ok(provoked ?? files, `nothing provokes ${flag}, which is set when ${more.occurs}`);
            for (const file of files ?? [])
                assert.match(readFileSync(file, "utf8"), new RegExp(`["\` ,]${flag}["\` ,]`), `${file} asserts no ${flag}`);
        });
        const { all = flag, http, only, tcp } = provoked ?? {};
        for (const via of ["HTTP/1.1", "HTTP/2"] as const)
            if (http && (only ?? via) === via)
                it(`${flag} is set over ${via} when ${more.occurs}`, async () => assert.equal(await http(via), all));
        if (tcp)
            it(`${flag} is set of a connection that is passed on when ${more.occurs}`, async () => assert.equal(await tcp[1](), tcp[0]));
    }

    it("do not occur where docs/observability.md says so, and nowhere else", () => {
        const [, told = ""] =
            /Response flags are Envoy's\. (.*) do not occur here/.exec(readFileSync("docs/observability.md", "utf8")) ?? [];
        const never = RESPONSE_FLAGS.flatMap((one) => ("never" in one ? [one.flag] : []));
        assert.deepEqual(told.match(/[A-Z]+/g)?.toSorted(), never.toSorted());
    });

    it("have their long names, and bits of their own", () => {
        assert.equal(longFlags("URX,UF"), "UpstreamRetryLimitExceeded,UpstreamConnectionFailure");
        assert.equal(longFlags(""), "-");
        assert.equal(flagBits("URX,UF"), 0x8000 + 0x20);
        assert.equal(new Set(RESPONSE_FLAGS.map(({ bit }) => bit)).size, RESPONSE_FLAGS.length);
    });
});
