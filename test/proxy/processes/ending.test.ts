import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import pino from "pino";
import { Primary, type PrimaryRooms } from "../../../proxy/processes/primary";
import { eventually } from "../../support/eventually";
import { gone } from "../../support/processes";
import { ProxyRig } from "../../support/proxy-rig";
import { bundle, type Bundle } from "../../support/worker-bundle";
import { Http2Client } from "../codec/http2/support/client";
import { and, closed, echoBackend, echoing, get, TCP, waitingAt, WEB, web } from "./support";

/** RFC 9113 §7. */
const REFUSED_STREAM = 7;

/** Longer than any test takes. */
const NEVER_MS = 600_000;

describe("the end of a proxy", () => {
    let worker: Bundle;
    let backend: Awaited<ReturnType<typeof echoBackend>>;
    let rig: ProxyRig;

    before(async () => {
        worker = bundle({ entry: "proxy/processes/worker-main.ts" });
        backend = await echoBackend();
    });
    after(() => {
        worker.remove();
        backend.close();
    });
    beforeEach(() => {
        rig = new ProxyRig();
    });
    afterEach(() => rig.stop());

    const pidOfFirst = async (): Promise<number> => (await rig.workers())[0]!.pid;

    /** The `Connection` field of the response. */
    async function ask(agent: http.Agent): Promise<string | undefined> {
        return new Promise((resolve, reject) => {
            http.get({ port: rig.port(WEB), host: "127.0.0.1", agent, headers: { host: "web.test" } }, (response) =>
                response.resume().on("end", () => resolve(response.headers.connection)),
            ).on("error", reject);
        });
    }

    it("is not ready at once, accepts for a while, then closes its ports, and cuts at last what is left", async () => {
        await rig.start(worker.file, and(web("web"), backend.entries));
        await rig.proxy.ready;
        const port = rig.port(WEB);
        const open = await echoing(rig.port(TCP));
        assert.equal(await open.say("accepted"), "accepted");
        const finished = rig.proxy.drain({ delayMs: 1_000, drainMs: 2_000 });
        assert.equal(await rig.status("/healthz/ready"), 503);
        assert.equal(await rig.status("/livez"), 200);
        assert.equal(await get(port), "web", "new connections are still taken");
        await eventually(() => assert.rejects(get(port), { code: "ECONNREFUSED" }));
        assert.equal(await open.say("still"), "still");
        await closed(open.socket);
        assert.equal(await finished, 0);
        assert.equal(await rig.proxy.finished, 0);
    });

    it("is told to kept-alive clients before it comes, and costs none of their requests", async () => {
        await rig.start(worker.file, web("web"), { concurrency: 2 });
        await rig.proxy.ready;
        const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
        const round = async (): Promise<Set<string | undefined>> =>
            new Set(await Promise.all([ask(agent), ask(agent), ask(agent), ask(agent)]));
        for (let n = 0; n < 4; n++) assert.deepEqual(await round(), new Set([undefined]));
        const finished = rig.proxy.drain({ delayMs: NEVER_MS, drainMs: NEVER_MS });
        await eventually(async () => assert.deepEqual(await round(), new Set(["close"])));
        for (let n = 0; n < 10; n++) assert.deepEqual(await round(), new Set(["close"]));
        agent.destroy();
        await rig.proxy.drain();
        assert.equal(await finished, 0);
    });

    it("costs clients of HTTP/2 none of their requests, from its first word to the last worker", async () => {
        await rig.start(worker.file, web("web"), { concurrency: 2 });
        await rig.proxy.ready;
        const port = rig.port(WEB);
        let answered = 0;
        const failures: string[] = [];
        const asking = Array.from({ length: 4 }, async () => {
            for (;;) {
                const client = new Http2Client(port);
                const reached = await once(client.session, "connect").then(
                    () => true,
                    () => false,
                );
                if (!reached) return;
                while (!client.session.closed && !client.session.destroyed) {
                    const { status, code } = await client.ask("/", { headers: { ":authority": "web.test" } });
                    if (status === 200 && code === 0) answered++;
                    // Node's client has read GOAWAY and not told yet: it was never sent.
                    else if (status !== 0 || code !== REFUSED_STREAM) failures.push(`${status} ${code}`);
                }
                await client.close();
            }
        });
        await eventually(() => assert.ok(answered > 100));
        const finished = rig.proxy.drain({ delayMs: 300, drainMs: 5_000 });
        await Promise.all(asking);
        assert.deepEqual(failures, []);
        assert.equal(await finished, 0);
    });

    it("comes when the last response has ended, and closes connections on which nothing is asked", async () => {
        await rig.start(worker.file, web("web"));
        await rig.proxy.ready;
        const agent = new http.Agent({ keepAlive: true });
        assert.equal(await ask(agent), undefined);
        assert.equal(await rig.proxy.drain({ delayMs: 0, drainMs: 2_000 }), 0);
        assert.deepEqual(Object.keys(agent.freeSockets), []);
        assert.equal(rig.log.filter((line) => line.msg === "stopped").length, 1);
        agent.destroy();
    });

    it("has a worker that dies replaced while connections are still accepted, and its clients told too", async () => {
        await rig.start(worker.file, web("web"));
        await rig.proxy.ready;
        const pid = await pidOfFirst();
        const finished = rig.proxy.drain({ delayMs: NEVER_MS, drainMs: NEVER_MS });
        process.kill(pid, "SIGKILL");
        await eventually(() => assert.ok(gone(pid)));
        const agent = new http.Agent({ keepAlive: true });
        assert.equal(await ask(agent), "close");
        assert.equal(await rig.status("/healthz/ready"), 503);
        agent.destroy();
        await rig.proxy.drain();
        assert.equal(await finished, 0);
    });

    it("waits for no load balancer where it was never ready", async () => {
        await rig.start(worker.file, undefined);
        assert.equal(await rig.proxy.drain({ delayMs: NEVER_MS, drainMs: NEVER_MS }), 0);
        assert.deepEqual(
            rig.log.map((line) => line.msg),
            ["draining", "stopped"],
        );
    });

    it("waits for no source that does not answer", async () => {
        let stopped = 0;
        let answer!: () => void;
        const rooms: PrimaryRooms = {
            startSource: async () => {
                await new Promise<void>((resolve) => {
                    answer = resolve;
                });
                return { state: { objects: [], files: new Map(), findings: [] }, refresh: async () => {}, stop: () => void stopped++ };
            },
            compile: () => {
                throw new Error("nothing was read");
            },
        };
        const primary = new Primary(
            {
                source: { kind: "directory", dir: "unused" },
                namespace: "ns",
                bind: "127.0.0.1",
                portOffset: 0,
                concurrency: 1,
                admin: "",
                status: "",
                drainSeconds: 0,
                worker: { file: worker.file, args: [], execArgv: [] },
            },
            rooms,
            pino({ level: "silent" }),
        );
        const started = primary.start();
        assert.equal(await primary.drain({ delayMs: NEVER_MS, drainMs: NEVER_MS }), 0);
        await started;
        answer();
        await eventually(() => assert.equal(stopped, 1));
    });

    it("comes at once when it is asked for again, in either half", async () => {
        for (const delayMs of [NEVER_MS, 0]) {
            const one = await new ProxyRig().start(worker.file, backend.entries);
            await one.proxy.ready;
            const open = await echoing(one.port(TCP));
            assert.equal(await open.say("through"), "through");
            void one.proxy.drain({ delayMs, drainMs: NEVER_MS });
            assert.equal(await one.proxy.drain(), 0);
            await closed(open.socket);
        }
    });

    it("is not for who waits to be accepted: they are answered", async () => {
        await rig.start(worker.file, web("web"));
        await rig.proxy.ready;
        const pid = await pidOfFirst();
        process.kill(pid, "SIGSTOP");
        const answers = await waitingAt(rig.port(WEB), "GET / HTTP/1.1\r\nhost: web.test\r\nconnection: close\r\n\r\n");
        const finished = rig.proxy.drain({ delayMs: 0, drainMs: 5000 });
        process.kill(pid, "SIGCONT");
        assert.deepEqual(new Set(await Promise.all(answers)), new Set(["HTTP/1.1 200 OK"]));
        assert.equal(await finished, 0);
    });
});
