/** Upgraded connections whose sockets are joined: how long nothing may move on them. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { describe, it } from "mocha";
import { joinUpgraded } from "../../../proxy/exchange/joined";
import type { RequestWriter } from "../../../proxy/http/doors";
import type { SpliceResult } from "../../../proxy/tcp";

describe("a joined upgraded connection", () => {
    const sockets: net.Socket[] = [];
    let server: net.Server;
    before(async () => {
        server = net.createServer((socket) => void sockets.push(socket.on("error", () => {}))).listen(0, "127.0.0.1");
        await once(server, "listening");
    });
    after(() => {
        for (const socket of sockets) socket.destroy();
        server.close();
    });
    const connected = async (): Promise<net.Socket> => {
        const socket = net.connect((server.address() as net.AddressInfo).port, "127.0.0.1").on("error", () => {});
        sockets.push(socket);
        await once(socket, "connect");
        return socket;
    };
    async function joined(idleMs: number | undefined): Promise<{ readonly client: net.Socket; readonly over: Promise<SpliceResult> }> {
        const [client, upstream] = [await connected(), await connected()];
        let done: (result: SpliceResult) => void;
        const over = new Promise<SpliceResult>((resolve) => (done = resolve));
        const writer = { hasSocket: true, takeSocket: () => upstream } as unknown as RequestWriter;
        assert.notEqual(
            joinUpgraded({ takeSocket: () => client }, writer, idleMs, (result) => done(result)),
            undefined,
        );
        return { client, over };
    }

    it("ends when nothing has moved for as long as its listener says", async () => {
        assert.equal((await (await joined(30)).over).end, "idle");
    });

    it("stays where no time is said, or none is to pass", async () => {
        for (const idleMs of [undefined, 0]) {
            const { client, over } = await joined(idleMs);
            await new Promise((resolve) => setImmediate(resolve));
            client.destroy();
            assert.notEqual((await over).end, "idle");
        }
    });
});
