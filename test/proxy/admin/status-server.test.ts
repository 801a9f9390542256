/** What a kubelet is told, whatever the primary is busy with and whoever else asks. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, it } from "mocha";
import {
    DRAINING,
    NOT_IN_SYNC,
    READY,
    SharedStatus,
    startAdminServer,
    startStatusServer,
    type AdminView,
    type SideServer,
} from "../../../proxy/admin";
import { eventually } from "../../support/eventually";

const IDLE = 400;

/** Asks from a thread, which gets an answer also while this one stands still, and says how long it took. */
function askFromThread(address: string): Worker {
    const [host, port] = address.split(":");
    return new Worker(
        `
        const { parentPort, workerData } = require("node:worker_threads");
        parentPort.on("message", () => {
            const begin = performance.now();
            require("node:http").get(workerData, (response) => { response.resume(); parentPort.postMessage([response.statusCode, performance.now() - begin]); });
        });
        parentPort.postMessage("there");`,
        { eval: true, workerData: { host, port, path: "/healthz/ready", agent: false }, execArgv: [] },
    );
}

async function get(address: string, path: string, method = "GET"): Promise<{ status: number; body: string }> {
    const [host, port] = address.split(":");
    return new Promise((resolve, reject) => {
        http.request({ host, port, path, method, agent: false }, (response) => {
            let body = "";
            response
                .setEncoding("utf8")
                .on("data", (part: string) => {
                    body += part;
                })
                .on("end", () => resolve({ status: response.statusCode ?? 0, body }));
        })
            .on("error", reject)
            .end();
    });
}

describe("the status server", () => {
    let status: SharedStatus;
    let server: SideServer;
    const sockets: net.Socket[] = [];
    beforeEach(async () => {
        status = new SharedStatus();
        server = await startStatusServer("127.0.0.1:0", status);
    });
    afterEach(() => {
        server.close();
        status.stop();
        for (const socket of sockets.splice(0)) socket.destroy();
    });

    /** Connections on which nothing is said; resolves once they are through or were closed. */
    async function idle(address: string, count: number): Promise<void> {
        const [host, port] = address.split(":");
        await Promise.all(
            Array.from({ length: count }, async () => {
                const socket = net.connect({ host, port: Number(port) }).on("error", () => undefined);
                sockets.push(socket);
                await Promise.race([once(socket, "connect"), once(socket, "close")]);
            }),
        );
    }

    it("is not live while a worker does not answer", async () => {
        status.set(READY);
        status.setSilent(1);
        assert.deepEqual(await get(server.address, "/livez"), { status: 503, body: "a worker does not answer\n" });
        assert.equal((await get(server.address, "/healthz/ready")).status, 200);
        status.setSilent(0);
        assert.equal((await get(server.address, "/livez")).status, 200);
    });

    it("ends nobody: whoever asks it to is told that there is no such thing", async () => {
        for (const path of ["/drain", "/quitquitquit", "/quitquitquitquit"])
            assert.equal((await get(server.address, path, "POST")).status, 404);
    });

    it("says how the primary stands, at once", async () => {
        for (const [standing, wanted] of [
            [NOT_IN_SYNC, { status: 503, body: "not in sync\n" }],
            [READY, { status: 200, body: "ready\n" }],
            [DRAINING, { status: 503, body: "draining\n" }],
        ] as const) {
            status.set(standing);
            assert.deepEqual(await get(server.address, "/healthz/ready"), wanted);
        }
        assert.equal((await get(server.address, "/livez?verbose")).status, 200);
        assert.equal((await get(server.address, "/stats")).status, 404);
        assert.equal((await get(server.address, "/livez", "POST")).status, 405);
        assert.deepEqual(await get(server.address, "/livez", "HEAD"), { status: 200, body: "" });
    });

    it("answers while the event loop of the primary does not turn", async () => {
        status.set(READY);
        const asker = askFromThread(server.address);
        try {
            await once(asker, "message");
            asker.postMessage("ask");
            // Nothing of this thread runs until then.
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
            const [[code, took]] = (await once(asker, "message")) as [[number, number]];
            assert.equal(code, 200);
            assert.ok(took < 1_400, `${took} ms`);
        } finally {
            await asker.terminate();
        }
    });

    it("is not live once the event loop has stood still for long, and live again when it turns", async () => {
        const stuck = new SharedStatus();
        stuck.stop();
        const own = await startStatusServer("127.0.0.1:0", stuck, 200);
        try {
            await eventually(async () => assert.equal((await get(own.address, "/livez")).status, 503));
            Atomics.add(stuck.memory, 1, 1);
            assert.equal((await get(own.address, "/livez")).status, 200);
        } finally {
            own.close();
        }
    });

    it("answers while hundreds of connections say nothing, and holds no more of them than it needs", async () => {
        await idle(server.address, IDLE);
        assert.equal((await get(server.address, "/livez")).status, 200);
        await eventually(() =>
            assert.ok(sockets.filter((socket) => !socket.closed && !socket.destroyed && !socket.readableEnded).length <= 128),
        );
    });

    it("says which address it could not open", async () => {
        await assert.rejects(startStatusServer(server.address, status), {
            message: `the status server can't listen on ${server.address}: EADDRINUSE`,
        });
    });

    it("is no other in what it holds than the admin server", async () => {
        const admin = await startAdminServer("127.0.0.1:0", { isReady: true } as AdminView);
        try {
            await idle(admin.address, IDLE);
            assert.deepEqual(await get(admin.address, "/ready"), { status: 200, body: "ready\n" });
        } finally {
            admin.close();
        }
    });
});
