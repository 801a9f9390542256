import assert from "node:assert/strict";
import { once } from "node:events";
import net, { type AddressInfo, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { afterEach, beforeEach, describe, it } from "mocha";
import { isDirect, undelivered, writeBytes, writeText } from "../../../proxy/net/direct-write";

describe("what is written directly", () => {
    let server: net.Server;
    let client: Socket;
    let peer: Socket;

    beforeEach(async () => {
        server = net.createServer({ pauseOnConnect: true }).listen(0, "127.0.0.1");
        await once(server, "listening");
        const accepted = once(server, "connection") as Promise<[Socket]>;
        client = net.connect((server.address() as AddressInfo).port, "127.0.0.1");
        client.on("error", () => undefined);
        await once(client, "connect");
        [peer] = await accepted;
        peer.on("error", () => undefined);
    });

    afterEach(() => {
        client.destroy();
        peer.destroy();
        server.close();
    });

    async function received(bytes: number): Promise<string> {
        let text = "";
        peer.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
        peer.resume();
        while (text.length < bytes) await once(peer, "data");
        return text;
    }

    it("is possible on this Node, and not on what is encrypted", () => {
        assert.equal(isDirect(client), true);
        assert.equal(isDirect(new TLSSocket(client)), false);
    });

    it("arrives as it is, byte for byte", async () => {
        const all = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join("");
        writeText(client, all);
        assert.equal(undelivered(client), 0);
        assert.equal(await received(256), all);
    });

    it("arrives in order with what the stream writes, also once the kernel takes no more", async () => {
        let sent = "";
        let full = 0;
        for (let count = 0; full < 4; count++) {
            const text = `${count};`.repeat(2_000);
            if (full % 2 === 0) writeText(client, text);
            else client.write(text, "latin1");
            sent += text;
            if (undelivered(client) > 0) full++;
        }
        client.end("the end", "latin1");
        assert.ok(undelivered(client) > 0);
        assert.equal(await received(sent.length + 7), `${sent}the end`);
        assert.equal(undelivered(client), 0);
    });

    it("lends no request again that the runtime still has, though its bytes left while it was made", () => {
        const requests: { getAsyncId: () => number }[] = [];
        const handle = {
            writeQueueSize: 0,
            writeLatin1String: (request: { getAsyncId: () => number }) => {
                // As one of which the kernel took the rest at once: nothing is queued, and its end is still to be told.
                if (requests.length === 0) request.getAsyncId = () => 7;
                requests.push(request);
                return 0;
            },
        };
        const socket = { _handle: handle, writableLength: 0, writableEnded: false } as unknown as Socket;
        for (let count = 0; count < 3; count++) writeText(socket, "hello");
        assert.notEqual(requests[1], requests[0]);
        assert.equal(requests[2], requests[1]);
    });

    it("leaves memory free at once, or says when the kernel has read it", async () => {
        const memory = Buffer.alloc(200_000, "m");
        const taken: Buffer[] = [];
        let sent = 0;
        let isFree = true;
        for (; isFree; sent++) isFree = writeBytes(client, memory.subarray(0, 100_000), memory, (one) => void taken.push(one));
        assert.deepEqual([taken, undelivered(client) > 0], [[], true]);
        assert.equal(
            writeBytes(client, Buffer.from("behind it"), memory, (one) => void taken.push(one)),
            false,
        );
        assert.equal(await received(sent * 100_000 + 9), `${"m".repeat(sent * 100_000)}behind it`);
        assert.deepEqual([taken.length, taken[0] === memory, taken[1] === memory], [2, true, true]);
    });

    it("keeps its place behind what the stream has", async () => {
        const memory = Buffer.from("second");
        client.cork();
        client.write("first ");
        const taken = new Promise<Buffer>((resolve) => assert.equal(writeBytes(client, memory, memory, resolve), false));
        client.uncork();
        assert.equal(await received(12), "first second");
        assert.equal(await taken, memory);
    });

    it("ends the socket with the reason when the peer is gone", async () => {
        peer.resetAndDestroy();
        let code = "";
        client.on("error", (error: NodeJS.ErrnoException) => (code = error.code ?? ""));
        const closed = new Promise((resolve) => client.once("close", resolve));
        while (!client.destroyed) {
            writeText(client, "hello");
            await new Promise((resolve) => setImmediate(resolve));
        }
        await closed;
        assert.match(code, /^(?:ECONNRESET|EPIPE)$/);
        assert.doesNotThrow(() => writeText(client, "late"));
        assert.equal(
            writeBytes(client, Buffer.from("late"), Buffer.alloc(4), () => assert.fail("it was not taken")),
            false,
        );
    });
});
