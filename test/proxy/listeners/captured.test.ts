import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { setAskOriginal, type ServeHttp } from "../../../proxy/listeners";
import type { ConnectTcp } from "../../../proxy/tcp";
import type { FilterChainEntry, ListenerEntry } from "../../../proxy/tables";
import { eventually } from "../../support/eventually";
import { Front, httpChain, listenerEntry, tcpChain, type Seen } from "../../support/front";

const DOOR: ListenerEntry = { ...listenerEntry("tcp", "0.0.0.0:15001"), capture: "transparent" };
const PASSTHROUGH = { mode: "PASSTHROUGH" } as const;

function virtual(kind: ListenerEntry["kind"], bind: string, port: number): ListenerEntry {
    return { ...listenerEntry(kind), key: `${bind}:${port} ${kind}`, bind, port, capture: "virtual" };
}

/** Says which cluster it is, and whom the client meant, before it is spoken to. */
const told: ConnectTcp = (cluster, options, done) => {
    const server = net.createServer((socket) => {
        socket.on("error", () => {});
        socket.write(`${cluster} ${options.original?.address}:${options.original?.port} ${options.serverName ?? "-"} `);
        socket.pipe(socket);
        server.close();
    });
    server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as net.AddressInfo;
        const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true, onread: options.onread });
        socket.on("error", () => {});
        socket.once("connect", () => done({ kind: "connected", socket, endpoint: `127.0.0.1:${port}` }));
    });
    return () => server.close();
};

/** Says whose connection it is once a request comes. */
const tellWhose: ServeHttp = (socket, info) => {
    socket.on("data", () => socket.write(JSON.stringify(info))).resume();
    return { drain: () => void socket.end(), destroy: () => void socket.destroy() };
};

describe("captured connections", () => {
    let front: Front;
    let meant: { address: string; port: number } | undefined;

    before(() => setAskOriginal(() => meant));
    after(() => setAskOriginal(undefined));
    afterEach(() => front.close());

    async function serve(listeners: ListenerEntry[], chains: FilterChainEntry[]): Promise<void> {
        front = await new Front({ connectTcp: told, serveHttp: tellWhose }).start({ listeners: [DOOR, ...listeners], chains });
    }
    function to(address: string, port: number): net.Socket {
        meant = { address, port };
        return front.connect();
    }
    async function saying(socket: net.Socket, bytes: string | Buffer): Promise<string> {
        if (bytes.length > 0) socket.write(bytes);
        const [data] = (await once(socket, "data")) as [Buffer];
        return data.toString("latin1").split(" ").slice(0, 3).join(" ");
    }

    it("go to the narrowest address that covers what they were meant for, and to the port", async () => {
        const binds = ["0.0.0.0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "fd00::/8"];
        await serve(
            [...binds.map((bind) => virtual("tcp", bind, 3306)), virtual("tcp", "10.1.2.3", 5432)],
            [...binds.map((bind) => `${bind}:3306`), "10.1.2.3:5432"].map((at) => tcpChain(at, [], undefined, `${at} tcp`)),
        );
        const of = async (address: string, port: number): Promise<string> => saying(to(address, port), "");
        assert.equal(await of("10.1.2.3", 3306), "10.1.2.3:3306 10.1.2.3:3306 -");
        assert.equal(await of("10.1.2.4", 3306), "10.1.0.0/16:3306 10.1.2.4:3306 -");
        assert.equal(await of("10.2.0.1", 3306), "10.0.0.0/8:3306 10.2.0.1:3306 -");
        assert.equal(await of("192.0.2.1", 3306), "0.0.0.0:3306 192.0.2.1:3306 -");
        assert.equal(await of("fd00::1", 3306), "fd00::/8:3306 fd00::1:3306 -");
        assert.equal(await of("10.1.2.3", 5432), "10.1.2.3:5432 10.1.2.3:5432 -");
    });

    it("are told apart by their first bytes where an address is for several", async () => {
        const kinds = ["http", "tls", "tcp"] as const;
        await serve(
            kinds.map((kind) => virtual(kind, "0.0.0.0", 443)),
            [
                httpChain("web", [], undefined, "0.0.0.0:443 http"),
                tcpChain("named", ["a.test"], PASSTHROUGH, "0.0.0.0:443 tls"),
                tcpChain("bytes", [], undefined, "0.0.0.0:443 tcp"),
            ],
        );
        const asking = to("192.0.2.1", 443);
        asking.write("GET / HTTP/1.1\r\n");
        const [answer] = (await once(asking, "data")) as [Buffer];
        const seen = JSON.parse(answer.toString()) as Seen & { readonly localAddress: string };
        assert.deepEqual([seen.chain, seen.localAddress, seen.localPort], ["web", "192.0.2.1", 443]);
        meant = { address: "192.0.2.1", port: 443 };
        const hello = await helloOf("a.test");
        assert.equal(await saying(to("192.0.2.1", 443), hello), "named 192.0.2.1:443 a.test");
        assert.equal(await saying(to("192.0.2.1", 443), await helloOf("b.test")), "bytes 192.0.2.1:443 b.test");
        assert.equal(await saying(to("192.0.2.1", 443), "\u0000\u0001"), "bytes 192.0.2.1:443 -");
        assert.equal(await saying(to("192.0.2.1", 443), ""), "bytes 192.0.2.1:443 -", "a server that speaks first is waited for");
    });

    it("go where what nobody knows goes, which is nowhere where that is not said", async () => {
        await serve([virtual("tcp", "0.0.0.0", 0)], [tcpChain("PassthroughCluster", [], undefined, "0.0.0.0:0 tcp")]);
        assert.equal(await saying(to("192.0.2.1", 9999), ""), "PassthroughCluster 192.0.2.1:9999 -");
        front.close();
        await serve([virtual("tls", "0.0.0.0", 443)], [tcpChain("named", ["a.test"], PASSTHROUGH, "0.0.0.0:443 tls")]);
        const socket = to("192.0.2.1", 443);
        socket.write(await helloOf("b.test"));
        await once(socket.resume(), "close");
        await eventually(() => assert.equal(front.records.length, 1));
        const { details, serverName, downstreamLocalAddress } = front.records[0]!;
        assert.deepEqual([details, serverName, downstreamLocalAddress], ["BlackHoleCluster", "b.test", "192.0.2.1:443"]);
    });

    it("are closed where they were meant for the port itself, or nobody knows for whom", async () => {
        await serve([virtual("tcp", "0.0.0.0", 0)], [tcpChain("PassthroughCluster", [], undefined, "0.0.0.0:0 tcp")]);
        for (const original of [undefined, { address: "127.0.0.1", port: front.port }]) {
            meant = original;
            const socket = front.connect();
            await once(socket.resume(), "close");
        }
        await eventually(() =>
            assert.deepEqual(
                front.records.map(({ details }) => details),
                ["no_original_destination", "no_original_destination"],
            ),
        );
    });

    it("end within the time of a drain where nothing may have them any more, and stay with who has them where something may", async () => {
        const passing = (clusters: FilterChainEntry): FilterChainEntry[] => [
            clusters,
            tcpChain("mysql", [], undefined, "10.0.0.7:3306 tcp"),
            httpChain("web", [], undefined, "10.0.0.7:80 http"),
        ];
        const listeners = [DOOR, virtual("tcp", "0.0.0.0", 0), virtual("tcp", "10.0.0.7", 3306), virtual("http", "10.0.0.7", 80)];
        const any = tcpChain("PassthroughCluster", [], undefined, "0.0.0.0:0 tcp");
        if (any.target.kind !== "tcp") throw new Error("a chain of TCP");
        const none: FilterChainEntry = { ...any, target: { kind: "tcp", route: { ...any.target.route, clusters: [] } } };
        front = await new Front({ connectTcp: told, serveHttp: tellWhose, drainMs: 200 }).start({ listeners, chains: passing(any) });
        const unknown = to("192.0.2.1", 9999);
        assert.match(await saying(unknown, ""), /PassthroughCluster/);
        const known = to("10.0.0.7", 3306);
        assert.match(await saying(known, ""), /mysql/);
        const web = to("10.0.0.7", 80);
        assert.match(await saying(web, "GET"), /"web"/);
        const ended = new Promise((resolve) => unknown.once("close", resolve).resume());
        front.apply({ listeners, chains: passing(none) });
        await ended;
        assert.deepEqual([known.destroyed, web.destroyed], [false, false]);
    });
});

/** The first bytes of a client that asks for a name. */
async function helloOf(name: string): Promise<Buffer> {
    const tls = await import("node:tls");
    return new Promise((resolve) => {
        const server = net.createServer((socket) =>
            socket.once("data", (bytes: Buffer) => {
                socket.destroy();
                server.close();
                resolve(bytes);
            }),
        );
        server.listen(0, "127.0.0.1", () => {
            const { port } = server.address() as net.AddressInfo;
            tls.connect({ port, host: "127.0.0.1", servername: name }).on("error", () => {});
        });
    });
}
