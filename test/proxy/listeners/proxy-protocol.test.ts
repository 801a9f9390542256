/** Whose a connection is, by the PROXY protocol's header in front of it: of trusted senders, and of nobody else. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import type { GatewayOptions } from "../../../istio/semantics";
import { proxyHeader, type ConnectionEnds } from "../../../proxy/net/proxy-header";
import { readProxyHeader } from "../../../proxy/net/proxy-header-reader";
import { testAdoption, type ConnectTcp } from "../../../proxy/tcp";
import type { ListenerEntry } from "../../../proxy/tables";
import { makeAuthority, type TestCertificate } from "../../support/certificates";
import { eventually } from "../../support/eventually";
import { ask, Front, httpChain, listenerEntry, secretEntry, tcpChain, terminated, type FrontEntries, type Seen } from "../../support/front";
import { access, policyOf } from "../snapshot/access-entries";

const CLIENT: ConnectionEnds = { remoteAddress: "203.0.113.7", remotePort: 4711, localAddress: "198.51.100.1", localPort: 443 };
const HTTP = "0.0.0.0:80";

const listener = (kind: ListenerEntry["kind"], options: GatewayOptions, key = HTTP): ListenerEntry => ({
    ...listenerEntry(kind, key),
    options,
});
const trusting = (...sources: readonly string[]): GatewayOptions => ({ proxyProtocol: "optional", proxyProtocolSources: sources });
const REQUIRED: GatewayOptions = { proxyProtocol: "required" };
const LOOPBACK = trusting("127.0.0.0/8");
const NOBODY = trusting("192.0.2.0/24");

describe("a PROXY protocol's header", () => {
    let pair: TestCertificate;
    let front: Front;
    const servers: net.Server[] = [];

    before(async () => {
        pair = await (await makeAuthority()).issue({ dns: ["a.test"] });
        await testAdoption();
    });
    afterEach(() => {
        front.close();
        for (const server of servers.splice(0)) server.close();
    });

    const http = async (options: GatewayOptions, handshakeMs = 15_000): Promise<Front> =>
        (front = await new Front({ handshakeMs }).start({
            listeners: [listener("http", options)],
            chains: [httpChain("web", [], undefined, HTTP)],
        }));
    const entriesOfTls = (options: GatewayOptions): FrontEntries => ({
        listeners: [listener("tls", options, "0.0.0.0:443")],
        chains: [httpChain("web", ["a.test"], terminated("one"))],
        secrets: [secretEntry("one", pair)],
    });
    async function backend(): Promise<{
        readonly connectTcp: ConnectTcp;
        readonly ends: () => ConnectionEnds | undefined;
        readonly first: Promise<Buffer>;
    }> {
        let tell: (bytes: Buffer) => void;
        const first = new Promise<Buffer>((resolve) => (tell = resolve));
        const server = net
            .createServer((socket) =>
                socket
                    .on("error", () => {})
                    .once("data", tell)
                    .pipe(socket),
            )
            .listen(0, "127.0.0.1");
        servers.push(server);
        await once(server, "listening");
        const { port } = server.address() as net.AddressInfo;
        let ends: ConnectionEnds | undefined;
        return {
            ends: () => ends,
            first,
            connectTcp: (_cluster, options, done) => {
                ends = options.ends;
                const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true, onread: options.onread });
                socket.on("error", () => {}).once("connect", () => done({ kind: "connected", socket, endpoint: `127.0.0.1:${port}` }));
                return () => socket.destroy();
            },
        };
    }

    /** What is said of the connection after this was sent. */
    async function seen(header: Buffer | string): Promise<Seen | string> {
        const socket = front.connect();
        socket.write(header);
        return ask(socket);
    }

    for (const version of ["V1", "V2"] as const)
        it(`of version ${version[1]} says whose a connection of HTTP is`, async () => {
            await http(REQUIRED);
            const told = (await seen(proxyHeader(version, CLIENT))) as Seen;
            const { remoteAddress, remotePort, localAddress, localPort, direct } = told;
            assert.deepEqual({ remoteAddress, remotePort, localAddress, localPort }, CLIENT);
            assert.equal(direct?.remoteAddress, "127.0.0.1");
            assert.deepEqual(front.headers, [version.toLowerCase()]);
        });

    it("may come byte by byte, with the client's own first bytes right behind it", async () => {
        await http(REQUIRED);
        const socket = front.connect().setNoDelay(true);
        for (const byte of proxyHeader("V2", CLIENT)) {
            socket.write(Buffer.from([byte]));
            await new Promise((resolve) => setImmediate(resolve));
        }
        assert.equal(((await ask(socket)) as Seen).remoteAddress, CLIENT.remoteAddress);
    });

    it("stands before TLS that ends here", async () => {
        front = await new Front().start(entriesOfTls(REQUIRED));
        const raw = front.connect();
        raw.write(proxyHeader("V1", CLIENT));
        const told = (await ask(tls.connect({ socket: raw, servername: "a.test", rejectUnauthorized: false }))) as Seen;
        assert.deepEqual([told.remoteAddress, told.serverName, told.scheme], [CLIENT.remoteAddress, "a.test", "https"]);
    });

    it("stands before TLS that is passed through, and before TCP, and reaches no backend", async () => {
        for (const kind of ["tcp", "tls"] as const) {
            const { connectTcp, ends, first } = await backend();
            const key = "0.0.0.0:443";
            front = await new Front({ connectTcp }).start({
                listeners: [listener(kind, REQUIRED, key)],
                chains: [kind === "tcp" ? tcpChain("A", []) : tcpChain("A", ["a.test"], { mode: "PASSTHROUGH" })],
            });
            const raw = front.connect();
            raw.write(proxyHeader("V2", { ...CLIENT, tlvs: [{ type: 0xea, value: Buffer.from("\x01vpce-1") }] }));
            if (kind === "tcp") raw.write("hello");
            else tls.connect({ socket: raw, servername: "a.test" }).on("error", () => {});
            const bytes = await first;
            if (kind === "tcp") assert.equal(bytes.toString(), "hello");
            else assert.equal(bytes[0], 0x16, "the ClientHello, and nothing before it");
            assert.equal(front.opened.values().next().value?.downstreamRemoteAddress, "203.0.113.7:4711");
            // What a DestinationRule that asks for PROXY protocol passes on.
            const out = readProxyHeader(proxyHeader("V2", ends()));
            assert.deepEqual(out.kind === "header" && out.header.tlvs, [{ type: 0xea, value: Buffer.from("\x01vpce-1") }]);
            assert.deepEqual(out.kind === "header" && out.header.ends?.remoteAddress, CLIENT.remoteAddress);
            if (kind === "tcp") front.close();
        }
    });

    it("that says nothing of a client leaves the connection to its peer", async () => {
        for (const header of [proxyHeader("V1", undefined), proxyHeader("V2", undefined)]) {
            await http(REQUIRED);
            const told = (await seen(header)) as Seen;
            assert.deepEqual([told.remoteAddress, told.direct], ["127.0.0.1", undefined]);
            front.close();
        }
    });

    it("closes the connection of a sender that is not trusted, and counts it", async () => {
        const rows: [options: GatewayOptions, sent: Buffer | string, counted: string][] = [
            [NOBODY, proxyHeader("V1", CLIENT), "untrusted"],
            [NOBODY, proxyHeader("V2", CLIENT), "untrusted"],
            [NOBODY, proxyHeader("V2", undefined), "untrusted"],
            [{ ...NOBODY, proxyProtocol: "required" }, proxyHeader("V2", CLIENT), "untrusted"],
            [{ ...NOBODY, proxyProtocol: "required" }, "GET / HTTP/1.1\r\n", "untrusted"],
            [REQUIRED, "GET / HTTP/1.1\r\n", "missing"],
            [REQUIRED, "PROXY TCP4 1.2.3.4\r\n", "malformed"],
            [LOOPBACK, "PROXY TCP4 1.2.3.4\r\n", "malformed"],
        ];
        for (const [options, sent, counted] of rows) {
            await http(options);
            assert.match(String(await seen(sent)), /closed|ECONNRESET|EPIPE/, counted);
            assert.deepEqual(front.headers, [counted]);
            await eventually(() => assert.equal(front.records[0]?.details, `proxy_protocol_${counted}`));
            assert.match(front.records[0]!.downstreamRemoteAddress, /^127\.0\.0\.1:/, "whose it is not believed to be");
            front.close();
        }
    });

    it("may be missing where it is optional, and is looked for all the same", async () => {
        for (const options of [LOOPBACK, NOBODY]) {
            await http(options);
            const told = (await seen("GET / HTTP/1.1\r\n")) as Seen;
            assert.deepEqual([told.remoteAddress, told.direct], ["127.0.0.1", undefined]);
            front.close();
        }
        await http(LOOPBACK);
        assert.equal(((await seen(proxyHeader("V1", CLIENT))) as Seen).remoteAddress, CLIENT.remoteAddress);
    });

    it("is not waited for of a client that is not believed, where servers speak first", async () => {
        const { connectTcp } = await backend();
        front = await new Front({ connectTcp }).start({
            listeners: [listener("tcp", NOBODY, "0.0.0.0:443")],
            chains: [tcpChain("A", [])],
        });
        front.connect();
        await eventually(() => assert.equal(front.opened.size, 1));
    });

    it("is waited for no longer than a handshake is", async () => {
        await http(REQUIRED, 60);
        const socket = front.connect();
        socket.write("PROXY TCP4 1.2");
        await once(socket.resume(), "close");
    });

    it("leaves a handshake what is left of the time for both", async () => {
        const handshakeMs = 600;
        front = await new Front({ handshakeMs }).start(entriesOfTls(REQUIRED));
        const socket = front.connect().resume();
        const closed = once(socket, "close").then(() => "closed");
        await new Promise((resolve) => setTimeout(resolve, handshakeMs * 0.6));
        socket.write(proxyHeader("V1", CLIENT));
        const later = new Promise((resolve) => setTimeout(() => resolve("open"), handshakeMs * 0.9));
        assert.equal(await Promise.race([closed, later]), "closed");
    });

    it("is whom policies take for the client, and the sender whom they take for the peer", async () => {
        const judged = async (source: object): Promise<boolean> => {
            const { connectTcp } = await backend();
            front = await new Front({ connectTcp }).start({
                listeners: [listener("tcp", REQUIRED, "0.0.0.0:443")],
                chains: [{ ...tcpChain("A", []), access: "a" }],
                access: [access("a", { allow: [["shop/one"]] })],
                authorizations: [policyOf("one", { action: "ALLOW", rules: [{ from: [{ source }] }] })],
            });
            const socket = front.connect();
            socket.write(proxyHeader("V2", CLIENT));
            socket.write("x");
            const isIn = await Promise.race([once(socket, "data").then(() => true), once(socket, "close").then(() => false)]);
            front.close();
            return isIn;
        };
        assert.deepEqual(
            [
                await judged({ remoteIpBlocks: [CLIENT.remoteAddress] }),
                await judged({ remoteIpBlocks: ["127.0.0.1"] }),
                await judged({ ipBlocks: ["127.0.0.1"] }),
                await judged({ ipBlocks: [CLIENT.remoteAddress] }),
            ],
            [true, false, true, false],
        );
    });

    it("is asked of connections that are open too, once it is to be there: they go", async () => {
        front = await new Front({ drainMs: 20 }).start(entriesOfTls({}));
        const socket = front.tls("a.test");
        await ask(socket);
        front.apply(entriesOfTls(REQUIRED));
        await once(socket.resume(), "close");
    });

    it("is of no use to anybody while what was wanted of it can't be read", async () => {
        front = await new Front().start({
            listeners: [
                { ...listenerEntry("http", HTTP), refusal: { detail: "gateway_options_unreadable", origin: listenerEntry("http").origin } },
            ],
            chains: [httpChain("web", [], undefined, HTTP)],
        });
        assert.match(String(await seen(proxyHeader("V1", CLIENT))), /closed|ECONNRESET|EPIPE/);
        assert.equal(front.records[0]?.details, "gateway_options_unreadable");
    });
});
