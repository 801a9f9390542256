/** WebSocket between HTTP/1.1 and HTTP/2 (RFC 8441), in all four combinations of client and backend; the peers are Node's and ws. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import type { Duplex } from "node:stream";
import { afterEach, describe, it } from "mocha";
import { WebSocket, WebSocketServer } from "ws";
import { eventually } from "../../../support/eventually";
import { startProxy, type TestProxy } from "../../exchange/harness";
import { forwardingTo } from "../../snapshot/entries";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
});

type Version = "http1" | "http2";

interface Backend {
    readonly port: number;
    /** Fields of each handshake. */
    readonly asked: (http.IncomingHttpHeaders | http2.IncomingHttpHeaders)[];
    /** Of each, how it ended. */
    readonly ended: string[];
}

async function listening(server: net.Server, sockets: Set<net.Socket>): Promise<number> {
    server.on("connection", (socket: net.Socket) => sockets.add(socket.on("error", () => {})));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    closing.push(() => {
        for (const socket of sockets) socket.destroy();
        server.close();
    });
    return (server.address() as net.AddressInfo).port;
}

/** Takes every handshake, and echoes what it is told. */
async function backend(version: Version): Promise<Backend> {
    const asked: Backend["asked"] = [];
    const ended: string[] = [];
    const echo = (socket: WebSocket): void => {
        socket.on("message", (message, binary) => socket.send(message, { binary }));
        socket.on("close", (code) => ended.push(`closed ${code}`));
        socket.on("error", () => {});
    };
    if (version === "http1") {
        const server = http.createServer();
        const sockets = new WebSocketServer({ server, handleProtocols: ([first]) => first! });
        sockets.on("connection", (socket, request) => {
            asked.push(request.headers);
            echo(socket);
        });
        return { port: await listening(server, new Set()), asked, ended };
    }
    const server = http2.createServer({ settings: { enableConnectProtocol: true } });
    server.on("stream", (stream, headers) => {
        asked.push(headers);
        stream.on("error", () => {});
        const protocol = headers["sec-websocket-protocol"];
        stream.respond({ ":status": 200, ...(protocol === undefined ? {} : { "sec-websocket-protocol": protocol }) });
        const socket = new WebSocket(null as unknown as string, undefined, { autoPong: true });
        echo(socket);
        // What ws does itself with a socket that was upgraded.
        (socket as unknown as { setSocket(socket: Duplex, head: Buffer, options: object): void }).setSocket(stream, Buffer.alloc(0), {
            allowSynchronousEvents: true,
            maxPayload: 1 << 24,
            skipUTF8Validation: false,
        });
    });
    return { port: await listening(server, new Set()), asked, ended };
}

async function gateway(port: number, version: Version): Promise<TestProxy> {
    const proxy = await startProxy(forwardingTo(port, { protocol: version }));
    closing.push(() => proxy.close());
    return proxy;
}

/** A client's frame (RFC 6455 §5.2), masked by zeros. */
function clientFrame(opcode: number, payload: Buffer): Buffer {
    const length = payload.length < 126 ? Buffer.of(0x80 | payload.length) : Buffer.alloc(9);
    if (payload.length >= 126) {
        length[0] = 0x80 | 127;
        length.writeBigUInt64BE(BigInt(payload.length), 1);
    }
    return Buffer.concat([Buffer.of(0x80 | opcode), length, Buffer.alloc(4), payload]);
}

function serverFrame(opcode: number, payload: Buffer): Buffer {
    const frame = clientFrame(opcode, payload);
    frame[1]! &= 0x7f;
    const mask = payload.length < 126 ? 2 : 10;
    return Buffer.concat([frame.subarray(0, mask), frame.subarray(mask + 4)]);
}

interface Session {
    readonly status: number;
    readonly headers: http2.IncomingHttpHeaders;
    readonly stream: http2.ClientHttp2Stream;
    /** So many bytes of what comes. */
    bytes(count: number): Promise<Buffer>;
}

/** An extended CONNECT by Node, which knows nothing of WebSocket. */
async function connect(port: number, more: http2.OutgoingHttpHeaders = {}): Promise<Session> {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    session.on("error", () => {});
    closing.push(() => session.destroy());
    await once(session, "remoteSettings");
    assert.equal(session.remoteSettings.enableConnectProtocol, true);
    const stream = session.request(
        {
            ...{ ":method": "CONNECT", ":protocol": "websocket", ":path": "/chat?x=1", ":authority": "a.test" },
            ...{ "sec-websocket-version": "13", origin: "https://a.test", ...more },
        },
        { endStream: false },
    );
    stream.on("error", () => {});
    const [headers] = (await once(stream, "response")) as [http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader];
    let kept = Buffer.alloc(0);
    let changed = (): void => {};
    stream.on("data", (chunk: Buffer) => {
        kept = Buffer.concat([kept, chunk]);
        changed();
    });
    stream.on("close", () => changed());
    const bytes = async (count: number): Promise<Buffer> => {
        while (kept.length < count && !stream.closed) await new Promise<void>((resolve) => (changed = resolve));
        const taken = kept.subarray(0, count);
        kept = kept.subarray(count);
        return taken;
    };
    return { status: headers[":status"]!, headers, stream, bytes };
}

const LARGE = Buffer.alloc(400_000, "0123456789abcdef");

for (const spoken of ["http1", "http2"] as const) {
    describe(`a WebSocket to an ${spoken === "http1" ? "HTTP/1.1" : "HTTP/2"} backend`, () => {
        it("carries an HTTP/2 client's messages, large ones too, and its end", async () => {
            const { port, asked, ended } = await backend(spoken);
            const proxy = await gateway(port, spoken);
            const { status, headers, stream, bytes } = await connect(proxy.port, { "sec-websocket-protocol": "chat" });
            assert.equal(status, 200);
            assert.equal(headers["sec-websocket-protocol"], "chat");
            for (const name of ["sec-websocket-accept", "connection", "upgrade"]) assert.equal(headers[name], undefined, name);
            for (const payload of [Buffer.from("hello"), LARGE]) {
                stream.write(clientFrame(2, payload));
                const expected = serverFrame(2, payload);
                assert.ok((await bytes(expected.length)).equals(expected));
            }
            assert.equal(asked[0]!["sec-websocket-version"], "13");
            assert.equal(asked[0]!.origin, "https://a.test");
            if (spoken === "http1") assert.match(String(asked[0]!["sec-websocket-key"]), /^[A-Za-z0-9+/]{22}==$/);
            else assert.deepEqual([asked[0]![":protocol"], asked[0]![":path"]], ["websocket", "/chat?x=1"]);
            // Close, which the backend answers before it ends the connection.
            stream.write(clientFrame(8, Buffer.of(0x03, 0xe8)));
            assert.deepEqual([...(await bytes(4))], [0x88, 2, 0x03, 0xe8]);
            stream.end();
            await once(stream, "close");
            assert.equal(stream.rstCode, 0);
            await eventually(() => assert.deepEqual(ended, ["closed 1000"]));
            const [record] = await proxy.recorded(1);
            assert.deepEqual([record!.status, record!.protocol], [101, "HTTP/2"]);
        });

        it("carries an HTTP/1.1 client's", async () => {
            const { port, asked, ended } = await backend(spoken);
            const proxy = await gateway(port, spoken);
            const socket = new WebSocket(`ws://127.0.0.1:${proxy.port}/chat?x=1`, ["chat"]);
            await once(socket, "open");
            assert.equal(socket.protocol, "chat");
            for (const payload of [Buffer.from("hello"), LARGE]) {
                socket.send(payload);
                assert.ok(((await once(socket, "message"))[0] as Buffer).equals(payload));
            }
            if (spoken === "http2") {
                assert.deepEqual([asked[0]![":method"], asked[0]![":protocol"], asked[0]![":path"]], ["CONNECT", "websocket", "/chat?x=1"]);
                for (const name of ["sec-websocket-key", "connection", "upgrade"]) assert.equal(asked[0]![name], undefined, name);
            }
            socket.close(1001);
            await once(socket, "close");
            await eventually(() => assert.deepEqual(ended, ["closed 1001"]));
            const [record] = await proxy.recorded(1);
            assert.deepEqual([record!.status, record!.protocol], [101, "HTTP/1.1"]);
        });

        it("ends on both sides when the client resets it, and when the backend goes", async () => {
            const { port, ended } = await backend(spoken);
            const proxy = await gateway(port, spoken);
            const one = await connect(proxy.port);
            one.stream.close(http2.constants.NGHTTP2_CANCEL);
            await proxy.recorded(1);

            const other = await connect(proxy.port);
            // A backend's end is one direction's: the other is the client's to end.
            other.stream.on("end", () => other.stream.end());
            const closed = new Promise((resolve) => other.stream.once("close", resolve));

            await closing.splice(0, 1)[0]!();
            await closed;

            await proxy.recorded(2);
            assert.ok(ended.length >= 1 && ended.every((text) => text === "closed 1006"), ended.join());
        });
    });
}

describe("a WebSocket's handshake", () => {
    /** An HTTP/1.1 backend that answers a handshake with these lines. */
    async function answering(answer: (key: string) => string): Promise<TestProxy> {
        const server = net.createServer((socket) => {
            socket.once("data", (head) => socket.write(answer(/sec-websocket-key: (.*)\r\n/i.exec(head.toString())?.[1] ?? "")));
        });
        return gateway(await listening(server, new Set()), "http1");
    }
    const switching = (accept: string): string =>
        `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n${accept}\r\n`;
    const acceptFor = (key: string): string => createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");

    it("of an HTTP/2 client is proved by an HTTP/1.1 backend, or it fails", async () => {
        const good = await answering((key) => switching(`sec-websocket-accept: ${acceptFor(key)}\r\n`));
        assert.equal((await connect(good.port)).status, 200);
        for (const line of ["", "sec-websocket-accept: bm8=\r\n", `sec-websocket-accept: ${acceptFor("")}\r\n`]) {
            const bad = await answering(() => switching(line));
            assert.equal((await connect(bad.port)).status, 502, line);
        }
    });

    it("that brings its key is answered as the backend answers it", async () => {
        const proxy = await answering((key) => switching(`sec-websocket-accept: ${key}\r\n`));
        const { status, headers } = await connect(proxy.port, { "sec-websocket-key": "mine" });
        assert.deepEqual([status, headers["sec-websocket-accept"]], [200, "mine"]);
    });

    it("may be refused by the backend, and says how", async () => {
        const proxy = await answering(() => "HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Basic\r\ncontent-length: 2\r\n\r\nno");
        const { status, headers, bytes } = await connect(proxy.port);
        assert.deepEqual([status, headers["www-authenticate"], (await bytes(2)).toString()], [401, "Basic", "no"]);
    });

    it("is refused for all protocols but WebSocket", async () => {
        const proxy = await answering((key) => switching(`sec-websocket-accept: ${acceptFor(key)}\r\n`));
        for (const protocol of ["h2c", "connect-udp", "webtransport", "TLS"])
            assert.equal((await connect(proxy.port, { ":protocol": protocol })).status, 403, protocol);
    });

    it("fails at an HTTP/2 backend that does not take it", async () => {
        const server = http2.createServer();
        const asked: http2.IncomingHttpHeaders[] = [];
        server.on("stream", (stream, headers) => {
            asked.push(headers);
            stream.respond({ ":status": 200 }, { endStream: true });
        });
        const proxy = await gateway(await listening(server, new Set()), "http2");
        assert.ok((await connect(proxy.port)).status >= 500);
        assert.deepEqual(asked, []);
    });
});
