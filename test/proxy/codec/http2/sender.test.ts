import assert from "node:assert/strict";
import { once } from "node:events";
import net, { type AddressInfo, type Socket } from "node:net";
import { afterEach, beforeEach, describe, it } from "mocha";
import { Sender } from "../../../../proxy/codec/http2/sender";
import { Stream } from "../../../../proxy/codec/http2/stream";

const FRAME = 16_384;
const WINDOW = 1 << 20;

class OpenStream extends Stream {
    override readonly nextSection = 0;
    override onFields = (): undefined => undefined;
    override onData = (): undefined => undefined;
    override onEnd = (): undefined => undefined;
    override onReset = (): undefined => undefined;
    override onFault = (): undefined => undefined;
    override onLost = (): undefined => undefined;
    override onWritable = (): undefined => undefined;
}

describe("bodies on their way out of a connection of HTTP/2", () => {
    let server: net.Server;
    let socket: Socket;
    let peer: Socket;
    let sender: Sender;

    beforeEach(async () => {
        server = net.createServer().listen(0, "127.0.0.1");
        await once(server, "listening");
        const accepted = once(server, "connection") as Promise<[Socket]>;
        socket = net.connect((server.address() as AddressInfo).port, "127.0.0.1");
        await once(socket, "connect");
        [peer] = await accepted;
        sender = new Sender(socket, { onLocalEnd: () => undefined, onWritten: () => undefined });
        sender.window = WINDOW;
    });

    afterEach(() => {
        socket.destroy();
        peer.destroy();
        server.close();
    });

    const stream = (id: number): Stream => new OpenStream(id, WINDOW, WINDOW);

    async function bodies(bytes: number): Promise<Map<number, string>> {
        const parts: Buffer[] = [];
        const found = new Map<number, string>();
        let left = bytes;
        for await (const part of peer as AsyncIterable<Buffer>) {
            parts.push(part);
            const all = Buffer.concat(parts);
            let at = 0;
            left = bytes;
            found.clear();
            while (at + 9 <= all.length && at + 9 + all.readUIntBE(at, 3) <= all.length) {
                const length = all.readUIntBE(at, 3);
                const id = all.readUInt32BE(at + 5);
                found.set(id, (found.get(id) ?? "") + all.toString("latin1", at + 9, at + 9 + length));
                left -= length;
                at += 9 + length;
            }
            if (left === 0) break;
        }
        return found;
    }

    it("leave in one write a turn when they are small", async () => {
        const [one, other] = [stream(1), stream(3)];
        for (let count = 0; count < 100; count++) sender.data(count % 2 === 0 ? one : other, Buffer.from(`${count};`));
        assert.equal(sender.outbox.flushes, 0);
        await new Promise((resolve) => setImmediate(resolve));
        assert.equal(sender.outbox.flushes, 1);
        assert.equal((await bodies(290)).get(3)?.slice(0, 6), "1;3;5;");
    });

    it("leave within the turn when much has gathered, so that what comes next has room and is not queued", async () => {
        const one = stream(1);
        const sent = Array.from({ length: 6 }, (_, at) => Buffer.alloc(FRAME, String(at)));
        for (const chunk of sent) assert.equal(sender.data(one, Buffer.from(chunk)), true);
        assert.equal(sender.outbox.flushes, 1);
        assert.equal(one.queued, 0);
        assert.equal((await bodies(6 * FRAME)).get(1), Buffer.concat(sent).toString("latin1"));
    });

    it("leave nothing of a stream behind that is reset while the connection's window is closed", async () => {
        sender.window = 0;
        const all = [1, 3, 5, 7, 9].map(stream);
        for (const one of all) sender.data(one, Buffer.from(`body of ${one.id};`));
        for (const at of [0, 2, 4]) sender.drop(all[at]!);
        assert.deepEqual(
            all.map(({ inRing, nextInRing }) => [inRing, nextInRing?.id]),
            [
                [false, undefined],
                [true, 7],
                [false, undefined],
                [true, undefined],
                [false, undefined],
            ],
        );
        sender.data(all[4]!, Buffer.from("again"));
        sender.window = WINDOW;
        sender.outbox.wait();
        assert.deepEqual(
            [...(await bodies(2 * 10 + 5))],
            [
                [3, "body of 3;"],
                [7, "body of 7;"],
                [9, "again"],
            ],
        );
    });
});
