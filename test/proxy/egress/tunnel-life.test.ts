/** How tunnels end that nobody ends: by a drain, by what their cluster says of time, by a bound; and that nobody is given more than it takes. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import type net from "node:net";
import { after, afterEach, before, describe, it } from "mocha";
import { eventually } from "../../support/eventually";
import { entry, GATEWAY, isWhole, Outside, read, Rig } from "./rig";

const INNER = { "gatehouse.dev/inner-addresses": "127.0.0.0/8" };
const HERE = { "api.example.com": [["127.0.0.1"]] };

async function closed(flow: NodeJS.EventEmitter): Promise<void> {
    return new Promise((resolve) => void flow.once("close", resolve));
}

describe("a tunnel that is open", () => {
    let echo: Outside;
    let rig: Rig;

    before(async () => {
        echo = await Outside.open((socket) => socket.on("data", (chunk) => socket.write(chunk)).on("end", () => socket.end("bye")));
    });
    after(() => echo.close());
    afterEach(() => rig.close());

    async function start(tcp?: object, protocol = "TCP"): Promise<void> {
        const rule = {
            apiVersion: "networking.istio.io/v1",
            kind: "DestinationRule",
            metadata: { name: "api", namespace: "shop" },
            spec: { host: "api.example.com", trafficPolicy: { connectionPool: { tcp } } },
        };
        const more = tcp === undefined ? "" : `---\n${JSON.stringify(rule)}\n`;
        const target = entry({ hosts: ["api.example.com"], ports: [`port/${protocol}/9000:${echo.port}`], annotations: INNER });
        rig = await new Rig(GATEWAY + target + more, HERE).start();
    }

    async function tunnel(): Promise<net.Socket> {
        const socket = rig.connect();
        socket.write("CONNECT api.example.com:9000 HTTP/1.1\r\nhost: x\r\n\r\n");
        assert.match(await read(socket, isWhole), /^HTTP\/1\.1 200/);
        return socket;
    }

    async function streamed(): Promise<http2.ClientHttp2Stream> {
        const session = http2.connect(`http://127.0.0.1:${rig.port(3128)}`);
        session.on("error", () => {});
        const stream = session.request({ ":method": "CONNECT", ":authority": "api.example.com:9000" });
        stream.on("error", () => {}).on("close", () => session.destroy());
        await once(stream, "response");
        return stream;
    }

    it("goes on through a drain until it ends, and is cut at the deadline", async () => {
        await start();
        const first = await tunnel();
        const second = await tunnel();
        const over = rig.drain(150);
        first.write("still");
        assert.equal(await read(first, (text) => text === "still"), "still");
        first.end();
        assert.equal(await read(first), "bye");
        await eventually(() => assert.equal(rig.requests.length, 1));
        assert.equal(rig.requests[0]?.flags, "");
        const [cut] = (await Promise.all([once(second, "error"), over]))[0] as [NodeJS.ErrnoException];
        assert.equal(cut.code, "ECONNRESET");
        await eventually(() => assert.equal(rig.requests.length, 2));
        await eventually(() => assert.ok(echo.sockets.every(({ destroyed }) => destroyed)));
        assert.equal(rig.runtime.tunnels.size, 0);
    });

    for (const [name, tcp, flag] of [
        ["is cut when it was idle for as long as its cluster says", { idleTimeout: "0.08s" }, "SI"],
        ["is cut when it is as old as its cluster says", { maxConnectionDuration: "0.08s" }, "DT"],
    ] as const) {
        it(`${name}, over HTTP/1.1`, async () => {
            await start(tcp);
            const socket = await tunnel();
            socket.write("x");
            await closed(socket);
            await eventually(() => assert.equal(rig.requests[0]?.flags, flag));
            await eventually(() => assert.ok(echo.sockets.at(-1)?.destroyed));
        });

        it(`${name}, over HTTP/2`, async () => {
            await start(tcp);
            const stream = await streamed();
            stream.write("x");
            await closed(stream);
            await eventually(() => assert.equal(rig.requests[0]?.flags, flag));
            await eventually(() => assert.ok(echo.sockets.at(-1)?.destroyed));
        });

        it(`${name}, and has not begun what it is for`, async () => {
            await start(tcp, "TLS");
            const socket = await tunnel();
            await closed(socket);
            await eventually(() => assert.equal(rig.requests[0]?.flags, flag));
            await eventually(() => assert.ok(echo.sockets.at(-1)?.destroyed));
        });
    }

    it("counts among those that a worker may have", async () => {
        await start();
        Object.defineProperty(rig.runtime.tunnels, "size", { value: 16_384, configurable: true });
        const refused = await rig.ask("CONNECT api.example.com:9000 HTTP/1.1\r\nhost: x\r\n\r\n", isWhole);
        assert.match(refused, /^HTTP\/1\.1 503 [^]*x-gatehouse-egress-refused: too_many_tunnels\r\n/);
        Object.defineProperty(rig.runtime.tunnels, "size", { value: 16_383, configurable: true });
        (await tunnel()).end();
    });

    it("is given up when its client goes before there is a connection, and is none that counts", async () => {
        rig = await new Rig(GATEWAY + entry({ hosts: ["slow.example.com"], ports: ["tcp/TCP/9000:9"], annotations: INNER }), {
            "slow.example.com": [],
        }).start();
        for (let at = 0; at < 5; at++) {
            const socket = rig.connect();
            socket.write("CONNECT slow.example.com:9000 HTTP/1.1\r\nhost: x\r\n\r\n");
            socket.resetAndDestroy();
        }
        await eventually(() => assert.equal(rig.runtime.tunnels.size, 0));
    });

    it("ends at the endpoint when its stream is reset, whatever waits", async () => {
        await start();
        const stream = await streamed();
        stream.write(Buffer.alloc(200_000));
        stream.close(http2.constants.NGHTTP2_CANCEL);
        await eventually(() => assert.ok(echo.sockets.at(-1)?.destroyed));
        await eventually(() => assert.equal(rig.runtime.tunnels.size, 0));
    });
});

describe("a tunnel whose client does not read", () => {
    const TOTAL = 24 * 1024 * 1024;
    let source: Outside;
    let rig: Rig;
    let written = 0;

    before(async () => {
        const chunk = Buffer.alloc(256 * 1024, "x");
        source = await Outside.open((socket) => {
            written = 0;
            const more = (): void => {
                while (written < TOTAL) {
                    written += chunk.length;
                    if (!socket.write(chunk)) return void socket.once("drain", more);
                }
                socket.end();
            };
            more();
        });
    });
    after(() => source.close());
    afterEach(() => rig.close());

    async function start(): Promise<void> {
        rig = await new Rig(
            GATEWAY + entry({ hosts: ["api.example.com"], ports: [`tcp/TCP/9000:${source.port}`], annotations: INNER }),
            HERE,
        ).start();
    }

    /** When nothing more is taken. */
    async function stalled(): Promise<number> {
        let before = -1;
        while (before !== written) {
            before = written;
            await new Promise((resolve) => setTimeout(resolve, 60));
        }
        return written;
    }

    async function counted(flow: NodeJS.ReadableStream): Promise<number> {
        let length = 0;
        for await (const chunk of flow) length += (chunk as Buffer).length;
        return length;
    }

    it("has its endpoint wait, over HTTP/1.1", async () => {
        await start();
        const socket = rig.connect();
        socket.write("CONNECT api.example.com:9000 HTTP/1.1\r\nhost: x\r\n\r\n");
        assert.ok((await stalled()) < TOTAL);
        socket.end();
        assert.equal(await counted(socket), TOTAL + "HTTP/1.1 200 OK\r\n".length + 2 + (await extra()));
    });

    /** Fields of the answer, besides. */
    async function extra(): Promise<number> {
        const socket = rig.connect();
        socket.write("CONNECT api.example.com:9000 HTTP/1.1\r\nhost: x\r\n\r\n");
        const answer = await read(socket, isWhole);
        socket.destroy();
        return answer.indexOf("\r\n\r\n") + 4 - "HTTP/1.1 200 OK\r\n\r\n".length;
    }

    it("has its endpoint wait, over HTTP/2", async () => {
        await start();
        const session = http2.connect(`http://127.0.0.1:${rig.port(3128)}`);
        const stream = session.request({ ":method": "CONNECT", ":authority": "api.example.com:9000" });
        await once(stream, "response");
        assert.ok((await stalled()) < TOTAL);
        stream.end();
        assert.equal(await counted(stream), TOTAL);
        session.destroy();
    });
});
