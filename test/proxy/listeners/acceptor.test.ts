import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import type { ConnectTcp } from "../../../proxy/tcp";
import { testAdoption } from "../../../proxy/tcp";
import { makeAuthority, type TestAuthority, type TestCertificate } from "../../support/certificates";
import { eventually } from "../../support/eventually";
import { ask, certificateFor, Front, httpChain, listenerEntry, secretEntry, tcpChain, terminated, type Seen } from "../../support/front";

async function closed(socket: net.Socket): Promise<void> {
    socket.resume();
    if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
}

/** Backends by cluster name. */
function connectTo(ports: Readonly<Record<string, number>>): ConnectTcp {
    return (cluster, options, done) => {
        const socket = net.connect({ port: ports[cluster]!, host: "127.0.0.1", allowHalfOpen: true, onread: options.onread });
        socket.on("error", () => {});
        socket.once("connect", () => done({ kind: "connected", socket, endpoint: `127.0.0.1:${ports[cluster]}` }));
        return () => socket.destroy();
    };
}

async function listening<T extends net.Server>(server: T): Promise<T & { port: number }> {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return Object.assign(server, { port: (server.address() as net.AddressInfo).port });
}

describe("accepted connections", () => {
    let ca: TestAuthority;
    let a: TestCertificate;
    let b: TestCertificate;
    let front: Front;
    const servers: net.Server[] = [];

    before(async () => {
        ca = await makeAuthority();
        [a, b] = await Promise.all([ca.issue({ dns: ["a.test"] }), ca.issue({ dns: ["b.test"] })]);
        await testAdoption();
    });
    afterEach(() => {
        front.close();
        for (const server of servers.splice(0)) server.close();
    });

    async function echo(): Promise<number> {
        const server = await listening(net.createServer({ allowHalfOpen: true }, (socket) => socket.on("error", () => {}).pipe(socket)));
        servers.push(server);
        return server.port;
    }
    async function tlsBackend(pair: TestCertificate): Promise<number> {
        const server = await listening(
            tls.createServer(pair, (socket) =>
                socket.on("error", () => {}).end(`from ${(socket as tls.TLSSocket & { servername: string }).servername}`),
            ),
        );
        servers.push(server);
        return server.port;
    }

    it("serves HTTP on a plaintext listener", async () => {
        front = await new Front().start({
            listeners: [listenerEntry("http", "0.0.0.0:80")],
            chains: [httpChain("web", [], undefined, "0.0.0.0:80")],
        });
        const seen = (await ask(front.connect())) as Seen;
        assert.deepEqual([seen.scheme, seen.chain, seen.serverName, seen.localPort], ["http", "web", "", front.port]);
    });

    it("closes a connection of a listener that has no chain", async () => {
        front = await new Front().start({ listeners: [listenerEntry("http", "0.0.0.0:80")] });
        assert.match(String(await ask(front.connect())), /closed|ECONNRESET/);
        assert.equal(front.records[0]?.flags, "NR");
    });

    it("passes a TLS connection through by its name: the client sees the backend's own certificate", async () => {
        const ports = { A: await tlsBackend(a), B: await tlsBackend(b) };
        front = await new Front({ connectTcp: connectTo(ports) }).start({
            listeners: [listenerEntry("tls")],
            chains: [tcpChain("A", ["a.test"], { mode: "PASSTHROUGH" }), tcpChain("B", ["*.b.test"], { mode: "PASSTHROUGH" })],
        });
        assert.equal(await certificateFor(front, "a.test", { ca: ca.cert, rejectUnauthorized: true }), "a.test");
        assert.equal(await certificateFor(front, "x.b.test"), "b.test");
        const socket = front.tls("a.test");
        const [data] = (await once(socket, "data")) as [Buffer];
        assert.equal(data.toString(), "from a.test");
        await eventually(() => assert.equal(front.records.length, 3));
        const record = front.records[2]!;
        assert.deepEqual(
            [record.serverName, record.cluster, record.upstreamHost, record.flags],
            ["a.test", "A", `127.0.0.1:${ports.A}`, ""],
        );
        assert.ok(record.bytesReceived > 200 && record.bytesSent > 500, JSON.stringify(record));
    });

    it("passes through a ClientHello that comes byte by byte", async () => {
        const ports = { A: await tlsBackend(a) };
        front = await new Front({ connectTcp: connectTo(ports) }).start({
            listeners: [listenerEntry("tls")],
            chains: [tcpChain("A", ["a.test"], { mode: "PASSTHROUGH" })],
        });
        const raw = front.connect().setNoDelay(true);
        const slow = await listening(
            net.createServer((socket) => {
                socket.on("error", () => {});
                raw.pipe(socket);
                socket.on("data", (chunk: Buffer) => {
                    for (const byte of chunk) raw.write(Buffer.from([byte]));
                });
            }),
        );
        servers.push(slow);
        const client = tls.connect({ port: slow.port, host: "127.0.0.1", servername: "a.test", rejectUnauthorized: false });
        const [data] = (await once(client, "data")) as [Buffer];
        assert.equal(data.toString(), "from a.test");
        client.destroy();
    });

    it("serves TCP behind terminated TLS, with half-close", async () => {
        front = await new Front({ connectTcp: connectTo({ T: await echo() }) }).start({
            listeners: [listenerEntry("tls")],
            secrets: [secretEntry("a", a)],
            chains: [tcpChain("T", ["a.test"], terminated("a", { alpn: [] }))],
        });
        const client = front.tls("a.test", { allowHalfOpen: true } as tls.ConnectionOptions);
        client.end("over tls");
        let text = "";
        client.on("data", (chunk: Buffer) => (text += chunk.toString()));
        await once(client, "end");
        assert.equal(text, "over tls");
        await eventually(() =>
            assert.deepEqual(
                front.records.map((r) => [r.bytesReceived, r.bytesSent, r.serverName]),
                [[8, 8, "a.test"]],
            ),
        );
        assert.equal(front.connections.active, 0);
    });

    it("says of TCP behind TLS whether the client has shown a certificate", async () => {
        front = await new Front({ connectTcp: connectTo({ T: await echo(), O: await echo() }) }).start({
            listeners: [listenerEntry("tls")],
            secrets: [secretEntry("a", a), secretEntry("ca", {}, ca.cert)],
            chains: [
                tcpChain("T", ["a.test"], terminated("a", { alpn: [], mode: "MUTUAL", caSecret: "ca" })),
                tcpChain("O", ["b.test"], terminated("a", { alpn: [] })),
            ],
        });
        for (const [name, credentials] of [
            ["a.test", await ca.issue({ dns: ["client"] })],
            ["b.test", {}],
        ] as const)
            await once(front.tls(name, credentials).end("x").resume(), "close");
        await eventually(() =>
            assert.deepEqual(
                front.records.map((record) => [record.serverName, record.mtls]),
                [
                    ["a.test", true],
                    ["b.test", false],
                ],
            ),
        );
    });

    it("serves plain TCP", async () => {
        front = await new Front({ connectTcp: connectTo({ T: await echo() }) }).start({
            listeners: [listenerEntry("tcp", "0.0.0.0:31400")],
            chains: [tcpChain("T", [], undefined, "0.0.0.0:31400")],
        });
        const client = front.connect();
        client.write("hel");
        await once(client, "data");
        const { progress: _progress, ...known } = [...front.opened][0]!;
        assert.ok(known.id !== undefined);
        assert.deepEqual(
            { ...known, start: 0, id: 0 },
            {
                start: 0,
                id: 0,
                tls: undefined,
                downstreamLocalAddress: `127.0.0.1:${front.port}`,
                downstreamRemoteAddress: `127.0.0.1:${client.localPort}`,
                serverName: "",
                mtls: false,
                policyMarks: [],
            },
        );
        assert.equal(front.records.length, 0, "it has begun and not ended");
        client.end("lo");
        const [data] = (await once(client, "data")) as [Buffer];
        assert.equal(data.toString(), "lo");
        await eventually(() => assert.deepEqual([front.records.length, front.opened.size, front.connections.active], [1, 0, 0]));
        assert.deepEqual({ ...front.records[0]!, ...known }, front.records[0], "what was known at its start stands in its record");
    });

    it("closes at once what is no TLS on a TLS listener", async () => {
        front = await new Front().start({
            listeners: [listenerEntry("tls")],
            secrets: [secretEntry("a", a)],
            chains: [httpChain("A", ["a.test"], terminated("a"))],
        });
        const client = front.connect();
        client.write("GET / HTTP/1.1\r\n\r\n");
        await closed(client);
        assert.deepEqual(front.refused, [": not-tls"]);
        assert.deepEqual(
            front.records.map(({ flags, details }) => [flags, details]),
            [["NR", "filter_chain_not_found"]],
        );
    });

    it("gives peek and handshake one deadline, which drops of bytes do not move", async () => {
        front = await new Front({ handshakeMs: 120 }).start({
            listeners: [listenerEntry("tls")],
            secrets: [secretEntry("a", a)],
            chains: [httpChain("A", ["a.test"], terminated("a"))],
        });
        const silent = front.connect();
        const dripping = front.connect();
        dripping.write(Buffer.from([22, 3, 1, 1, 0]));
        const timer = setInterval(() => dripping.write(Buffer.from([1])), 20);
        await Promise.all([closed(silent), closed(dripping)]);
        clearInterval(timer);
        // A client that sends a whole hello and then nothing.
        const stuck = front.connect();
        const hello = await new Promise<Buffer>((resolve) => {
            const server = net.createServer((socket) =>
                socket.once("data", (chunk: Buffer) => {
                    socket.destroy();
                    server.close();
                    resolve(chunk);
                }),
            );
            server.listen(0, "127.0.0.1", () =>
                tls
                    .connect({ port: (server.address() as net.AddressInfo).port, host: "127.0.0.1", servername: "a.test" })
                    .on("error", () => {}),
            );
        });
        stuck.write(hello);
        await once(stuck, "data");
        await closed(stuck);
        await eventually(() => assert.equal(front.connections.active, 0));
        // Who is through in time is not concerned.
        const fine = front.tls("a.test");
        assert.equal(((await ask(fine)) as Seen).chain, "A");
        await new Promise((resolve) => setTimeout(resolve, 200));
        assert.equal(((await ask(fine)) as Seen).chain, "A");
    });

    it("forgets a client that goes away during peek or handshake", async () => {
        front = await new Front().start({
            listeners: [listenerEntry("tls")],
            secrets: [secretEntry("a", a)],
            chains: [httpChain("A", ["a.test"], terminated("a"))],
        });
        for (const bytes of [[], [22, 3, 1], [22, 3, 1, 2, 0, 1, 0]]) {
            for (const leave of [(s: net.Socket) => s.end(), (s: net.Socket) => s.resetAndDestroy()]) {
                const client = front.connect();
                await eventually(() => assert.equal(front.connections.active, 1));
                if (bytes.length > 0) client.write(Buffer.from(bytes));
                leave(client);
                await eventually(() => assert.equal(front.connections.active, 0));
            }
        }
        const handshaking = front.tls("a.test", { maxVersion: "TLSv1.2" });
        await once(handshaking, "connect");
        await eventually(() => assert.equal(front.connections.active, 1));
        handshaking.destroy();
        await eventually(() => assert.equal(front.connections.active, 0));
    });

    it("ends on a drain what has nothing under way, and the rest at the deadline", async () => {
        front = await new Front({ connectTcp: connectTo({ T: await echo() }) }).start({
            listeners: [listenerEntry("tls")],
            secrets: [secretEntry("a", a)],
            chains: [httpChain("A", ["a.test"], terminated("a")), tcpChain("T", ["t.test"], terminated("a", { alpn: [] }))],
        });
        const http = front.tls("a.test");
        await ask(http);
        const tcp = front.tls("t.test");
        tcp.write("x");
        await once(tcp, "data");
        const peeking = front.connect();
        await eventually(() => assert.equal(front.connections.active, 3));
        const drained = front.connections.drain(2_500);
        await Promise.all([closed(http), closed(peeking)]);
        tcp.write("still");
        const [data] = (await once(tcp, "data")) as [Buffer];
        assert.equal(data.toString(), "still");
        await drained;
        await closed(tcp);
    });

    it("lets a client finish its handshake when a drain begins, and hands it to who ends it well", async () => {
        front = await new Front().start({
            listeners: [listenerEntry("tls")],
            secrets: [secretEntry("a", a)],
            chains: [httpChain("A", ["a.test"], terminated("a"))],
        });
        const raw = front.connect();
        await eventually(() => assert.equal(front.connections.active, 1));
        const drained = front.connections.drain(5_000);
        const one = tls.connect({ socket: raw, servername: "a.test", rejectUnauthorized: false }).on("error", () => {});
        await once(one, "secureConnect");
        await once(one.resume(), "end");
        one.destroy();
        await drained;
    });
});
