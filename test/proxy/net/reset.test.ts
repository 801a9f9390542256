/** Connections are cut without a descriptor being lost, whatever was under way. */
import assert from "node:assert/strict";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { resetConnection } from "../../../proxy/net/reset";
import { eventually } from "../../support/eventually";

const ROOT = path.resolve(__dirname, "../../..");
const sockets = (): number => process.getActiveResourcesInfo().filter((one) => one === "TCPSocketWrap").length;

const BEFORE: Readonly<Record<string, (socket: net.Socket) => Promise<unknown> | void>> = {
    "at once": () => {},
    "in the turn of its end": (socket) => void socket.end(),
    "in the turn of its last bytes and its end": (socket) => void socket.end("last"),
    "with more written than the peer reads, and its end": (socket) => void socket.end(Buffer.alloc(16 << 20)),
    "a turn after its end": (socket) => {
        socket.end();
        return new Promise(setImmediate);
    },
    "once its end is written": (socket) => {
        socket.end();
        return once(socket, "finish");
    },
    "after it was destroyed": (socket) => void socket.destroy(),
};

describe("a connection that is cut", () => {
    const server = net.createServer({ allowHalfOpen: true });
    before(async () => void (await once(server.listen(0, "127.0.0.1"), "listening")));
    after(() => void server.close());

    for (const [when, prepare] of Object.entries(BEFORE)) {
        it(`is closed, and its descriptor with it: ${when}`, async () => {
            const before = sockets();
            const accepted = once(server, "connection") as Promise<[net.Socket]>;
            const { port } = server.address() as net.AddressInfo;
            const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true }).on("error", () => {});
            await once(socket, "connect");
            const [peer] = await accepted;
            peer.on("error", () => {});
            await prepare(socket);
            resetConnection(socket);
            peer.resume();
            // A peer that has the end alone ends too.
            peer.on("end", () => peer.destroy());
            await eventually(() => assert.equal(sockets(), before));
        });
    }
});

describe("the proxy's sources", () => {
    it("cut connections in this way and in no other", () => {
        const sources = fs.globSync("proxy/**/*.ts", { cwd: ROOT });
        assert.ok(sources.length > 200);
        const others = sources.filter((file) => fs.readFileSync(path.join(ROOT, file), "utf8").includes(".resetAndDestroy("));
        assert.deepEqual(others, [path.join("proxy", "net", "reset.ts")]);
    });
});
