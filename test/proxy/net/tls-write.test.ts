/** The runtime ends the process on a second write to a TLS socket: that these tests come to their end is a part of what they say. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import tls, { type TLSSocket } from "node:tls";
import fc from "fast-check";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import type { LateText } from "../../../proxy/net/direct-write";
import { TlsWrites } from "../../../proxy/net/tls-write";
import { makeAuthority } from "../../support/certificates";
import { eventually } from "../../support/eventually";

/** What has been written and is not known to have left. */
class Late implements LateText {
    bytes = 0;
    onLate(bytes: number): void {
        this.bytes += bytes;
    }
    onTaken(bytes: number): void {
        this.bytes -= bytes;
    }
}

describe("what is written to a TLS socket past its stream", () => {
    let server: tls.Server;
    let socket: TLSSocket;
    let peer: TLSSocket;
    let late: Late;
    const open: TLSSocket[] = [];

    before(async () => {
        const certificate = await (await makeAuthority()).issue({ dns: ["a.test"] });
        server = tls.createServer({ ...certificate, allowHalfOpen: true, pauseOnConnect: false });
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
    });
    after(() => server.close());
    beforeEach(() => connect());
    afterEach(() => {
        for (const one of open.splice(0)) one.destroy();
    });

    async function connect(options: tls.ConnectionOptions = {}): Promise<void> {
        const secured = once(server, "secureConnection") as Promise<[TLSSocket]>;
        const { port } = server.address() as AddressInfo;
        const raw = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
        peer = tls.connect({ socket: raw, rejectUnauthorized: false, allowHalfOpen: true, ...options } as tls.ConnectionOptions);
        await once(peer, "secureConnect");
        [socket] = await secured;
        open.push(peer, socket);
        for (const one of [peer, socket]) one.on("error", () => undefined);
        late = new Late();
    }

    const writes = (): TlsWrites => {
        const found = TlsWrites.of(socket);
        assert.ok(found);
        return found;
    };

    /** All that comes, until its end. */
    async function received(): Promise<string> {
        const parts: Buffer[] = [];
        peer.on("data", (chunk: Buffer) => void parts.push(chunk));
        await once(peer, "end");
        return Buffer.concat(parts).toString("latin1");
    }

    it("is possible on this Node, of sockets that have TLS and have written nothing", () => {
        assert.equal(TlsWrites.of(socket), TlsWrites.of(socket));
        assert.equal(TlsWrites.of(new net.Socket()), undefined);
        peer.write("under way");
        assert.equal(TlsWrites.of(peer), undefined);
    });

    it("arrives byte for byte, and is told to be late until it has left", async () => {
        const all = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join("");
        writes().text(all, late);
        assert.equal(late.bytes, 256);
        await eventually(() => assert.equal(late.bytes, 0));
        assert.equal(socket.writableLength, 0);
        socket.end();
        assert.equal(await received(), all);
    });

    it("arrives in order with what the stream writes in the same turn, its end too", async () => {
        const direct = writes();
        direct.text("1", late);
        direct.text("2", late);
        socket.write("3");
        socket.cork();
        socket.write("4");
        socket.write(Buffer.from("5"));
        socket.uncork();
        direct.text("6", late);
        socket.end("7");
        assert.equal(await received(), "1234567");
    });

    it("comes before the end that follows at once, whatever the kernel has room for", async () => {
        const text = "x".repeat(8 << 20);
        peer.pause();
        writes().text(text, late);
        socket.end();
        await new Promise((resolve) => setTimeout(resolve, 20));
        assert.equal(late.bytes, text.length);
        peer.resume();
        assert.equal((await received()).length, text.length);
    });

    it("arrives whole in any order of writes, pauses and turns", async function () {
        this.timeout(20_000);
        const step = fc.oneof(
            fc.record({ kind: fc.constant("text" as const), size: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constant(200_000)) }),
            fc.record({ kind: fc.constant("bytes" as const), size: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constant(200_000)) }),
            fc.record({ kind: fc.constant("stream" as const), size: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constant(200_000)) }),
            fc.record({
                kind: fc.constantFrom("cork" as const, "uncork" as const, "turn" as const, "pause" as const, "resume" as const),
                size: fc.constant(0),
            }),
        );
        await fc.assert(
            fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
                await connect();
                const direct = writes();
                const parts: Buffer[] = [];
                peer.on("data", (chunk: Buffer) => void parts.push(chunk));
                let sent = "";
                const held = new Set<Buffer>();
                // Whoever has memory back writes something else into it.
                const free = (memory: Buffer): void => {
                    assert.ok(held.delete(memory));
                    memory.fill("!");
                };
                for (const [at, { kind, size }] of steps.entries()) {
                    const text = String.fromCharCode(0x41 + (at % 26)).repeat(size);
                    if (kind === "text") direct.text(text, late);
                    else if (kind === "bytes") {
                        const memory = Buffer.from(`${text}behind`, "latin1");
                        held.add(memory);
                        direct.bytes(memory.subarray(0, size), memory, free);
                    } else if (kind === "stream") socket.write(text, "latin1");
                    else if (kind === "turn") await new Promise((resolve) => setImmediate(resolve));
                    else if (kind === "pause" || kind === "resume") peer[kind]();
                    else socket[kind]();
                    sent += text;
                }
                socket.end();
                peer.resume();
                await once(peer, "end");
                const got = Buffer.concat(parts).toString("latin1");
                assert.ok(got === sent, `${got.length} of ${sent.length} bytes`);
                await eventually(() => assert.deepEqual([late.bytes, held.size], [0, 0]));
                for (const one of open.splice(0)) one.destroy();
            }),
            { numRuns: 40 },
        );
    });

    it("waits in the stream while the peer takes nothing, which then tells of its bytes and of room", async () => {
        peer.pause();
        const direct = writes();
        const text = "y".repeat(100_000);
        let count = 0;
        while (socket.writableLength < 500_000 && count < 500) {
            direct.text(text, late);
            count++;
            await new Promise((resolve) => setImmediate(resolve));
        }
        assert.equal(socket.writableNeedDrain, true);
        const drained = once(socket, "drain");
        let got = 0;
        peer.on("data", (chunk: Buffer) => (got += chunk.length));
        peer.resume();
        await drained;
        await eventually(() => assert.equal(got, count * text.length));
        assert.deepEqual([late.bytes, socket.writableLength], [0, 0]);
        direct.text("z", late);
        await eventually(() => assert.equal(got, count * text.length + 1));
    });

    it("says that the stream is full, of bytes, where there is no room", async () => {
        peer.pause();
        const direct = writes();
        const memory = Buffer.alloc(100_000, "y");
        let count = 1;
        while (direct.bytes(memory, memory, () => undefined)) {
            count++;
            assert.ok(count < 500);
            await new Promise((resolve) => setImmediate(resolve));
        }
        const drained = once(socket, "drain");
        let got = 0;
        peer.on("data", (chunk: Buffer) => (got += chunk.length));
        peer.resume();
        await drained;
        await eventually(() => assert.equal(got, count * memory.length));
    });

    it("is nothing on a socket that was destroyed with it under way, or before", async () => {
        const direct = writes();
        direct.text("a", late);
        socket.write("b", () => undefined);
        socket.destroy();
        direct.text("c", late);
        await once(socket, "close");
        direct.text("d", late);
        await new Promise((resolve) => setImmediate(resolve));
        assert.equal(late.bytes, 1);
    });

    it("goes on behind the peer's close_notify, and ends the socket with the reason where the peer is gone", async () => {
        const direct = writes();
        direct.text("a", late);
        peer.end();
        socket.resume();
        await once(socket, "end");
        direct.text("b", late);
        const got: string[] = [];
        peer.on("data", (chunk: Buffer) => void got.push(chunk.toString()));
        await eventually(() => assert.equal(got.join(""), "ab"));
        let code = "";
        socket.on("error", (error: NodeJS.ErrnoException) => (code = error.code ?? ""));
        peer.destroy();
        while (!socket.destroyed) {
            direct.text("late", late);
            await new Promise((resolve) => setImmediate(resolve));
        }
        assert.match(code, /^(?:ECONNRESET|EPIPE)$/);
    });

    it("goes through a renegotiation that the peer begins", async () => {
        await connect({ maxVersion: "TLSv1.2" });
        const direct = writes();
        let got = "";
        peer.on("data", (chunk: Buffer) => (got += chunk.toString()));
        socket.resume();
        let sent = "";
        const renegotiated = new Promise<void>((resolve, reject) => {
            peer.renegotiate({ rejectUnauthorized: false }, (error) => (error ? reject(error) : resolve()));
        });
        let isDone = false;
        void renegotiated.finally(() => (isDone = true));
        for (let at = 0; !isDone || at < 20; at++) {
            direct.text(`${at};`, late);
            socket.write(`${at}.`);
            sent += `${at};${at}.`;
            await new Promise((resolve) => setImmediate(resolve));
        }
        await renegotiated;
        await eventually(() => assert.equal(got, sent));
    });
});
