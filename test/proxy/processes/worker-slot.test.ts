import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import pino from "pino";
import { Writable } from "node:stream";
import { deltaSize, diffTables, type VirtualHostEntry } from "../../../proxy/tables";
import { WorkerSlot } from "../../../proxy/processes/worker-slot";
import { run } from "../../support/gatehouse";
import { eventually } from "../../support/eventually";
import { ProxyRig, says } from "../../support/proxy-rig";
import { bundle, program, type Bundle } from "../../support/worker-bundle";
import { gone } from "../../support/processes";

/** As a worker tells its figures. */
const GAUGES = `
    let named = false;
    const gauges = (all) => {
        const names = named ? [] : Object.keys(all);
        named = true;
        return {
            families: names.map((name) => ({ name, kind: "gauge", help: "", labels: [], bounds: [] })),
            series: names.map((_, number) => [number, []]),
            forgotten: [],
            evicted: [],
            changed: Uint32Array.from(Object.keys(all).keys()),
            numbers: Float64Array.from(Object.values(all)),
            exemplars: [],
        };
    };`;

/** Acknowledges everything, counts entries, and has faults on demand. */
const OBEDIENT = `${GAUGES}
    let version = 0, last = 0, syncs = 0;
    process.on("disconnect", () => process.exit(0));
    process.on("message", (m) => {
        if (m.type === "sync") {
            syncs++;
            last = m.delta ? Object.values(m.delta.set).concat(Object.values(m.delta.remove)).reduce((n, list) => n + list.length, 0) : 0;
            version = m.delta ? m.delta.version : version;
            process.send({ type: "ack", sequence: m.sequence, version, findings: [], failed: [] });
        }
        if (m.type === "stats") {
            process.send({ type: "counted", counted: gauges({ last, syncs, full: 0 }) });
            process.send({ type: "stats", id: m.id });
        }
        if (m.type === "ping") process.send({ type: "pong" });
        if (m.type === "drain") process.exit(0);
    });`;

/** Answers each ping, in its own turn. */
const ANSWERS = `process.on("message", (m) => { if (m.type === "ping") process.send({ type: "told" }); });`;

const DESCRIPTORS = 64;
/** Has no descriptor left when its worker is to start, and some after the first failure. Says how often it failed and began again. */
const STARVING = `
    import { closeSync, openSync } from "node:fs";
    import pino from "pino";
    import { Writable } from "node:stream";
    import { WorkerSlot } from "./proxy/processes/worker-slot";
    if (process.send) {
        process.on("disconnect", () => process.exit(0));
        process.send({ type: "ack" });
    } else {
        const held: number[] = [];
        let failures = 0;
        const sink = new Writable({ write: (_chunk, _encoding, done) => { done(); } });
        const slot = new WorkerSlot(1, { file: __filename, args: [], execArgv: [] }, pino(sink), {
            started: () => {},
            ended: () => {},
            stuck: () => {},
            gone: () => { if (++failures === 1) for (const fd of held.splice(0)) closeSync(fd); },
            message: () => process.stdout.write(failures + " " + slot.restarts, () => { slot.kill(); void slot.stop(1_000).then(() => process.exit(0)); }),
        });
        try { for (;;) held.push(openSync("/dev/null", "r")); } catch { slot.start(); }
    }`;

describe("what workers are sent", () => {
    let obedient: Bundle;
    before(() => {
        obedient = program(OBEDIENT);
    });
    after(() => obedient.remove());

    it("is one entry when one of 10,000 hosts changes", async () => {
        const hosts = Array.from({ length: 10_000 }, (_, i) => says("http.80", `h${i}.test`, String(i)));
        const rig = await new ProxyRig().start(obedient.file, { virtualHosts: hosts }, { concurrency: 2 });
        try {
            await rig.proxy.ready;
            const counters = async () =>
                Object.values(((await rig.admin("/stats")) as { workers: Record<string, { last: number; syncs: number }> }).workers);
            assert.deepEqual(
                (await counters()).map((one) => one.last),
                [10_000, 10_000],
            );
            const changed: VirtualHostEntry = says("http.80", "h77.test", "changed");
            const before = rig.tables;
            const next = { ...before, virtualHosts: new Map(before.virtualHosts).set(changed.key, changed) };
            assert.equal(deltaSize(diffTables(before, next, 2)), 1);
            rig.setTables(next);
            await eventually(async () =>
                assert.deepEqual(
                    (await counters()).map((one) => [one.last, one.syncs]),
                    [
                        [1, 2],
                        [1, 2],
                    ],
                ),
            );
            rig.setTables({ ...next });
            await new Promise((resolve) => setTimeout(resolve, 50));
            assert.deepEqual(
                (await counters()).map((one) => one.syncs),
                [2, 2],
                "nothing changed: nothing is sent",
            );
        } finally {
            await rig.stop();
        }
    });

    it("is everything once more when a worker has lost count", async () => {
        const forgetful = program(`${GAUGES}
            let asked = false, full = 0;
            process.on("disconnect", () => process.exit(0));
            process.on("message", (m) => {
                if (m.type === "sync" && m.delta && !m.delta.full && !asked) { asked = true; process.send({ type: "resync" }); return; }
                if (m.type === "sync") { if (m.delta && m.delta.full) full++; process.send({ type: "ack", sequence: m.sequence, version: m.delta ? m.delta.version : 0, findings: [], failed: [] }); }
                if (m.type === "stats") {
                    process.send({ type: "counted", counted: gauges({ full }) });
                    process.send({ type: "stats", id: m.id });
                }
                if (m.type === "drain") process.exit(0);
            });`);
        const rig = await new ProxyRig().start(forgetful.file, { virtualHosts: [says("t", "a.test", "1")] });
        try {
            await rig.proxy.ready;
            rig.set({ virtualHosts: [says("t", "a.test", "2")] });
            await eventually(async () => assert.deepEqual(((await rig.admin("/stats")) as { total: { full: number } }).total.full, 2));
            await eventually(async () =>
                assert.deepEqual(
                    (await rig.workers()).map((one) => [one.version, one.inSync]),
                    [[2, true]],
                ),
            );
        } finally {
            await rig.stop();
            forgetful.remove();
        }
    });
});

describe("a worker's place", () => {
    const made: { slot: WorkerSlot; program: Bundle }[] = [];
    afterEach(async () => {
        for (const { slot, program: file } of made.splice(0)) {
            slot.kill();
            await slot.stop(0);
            file.remove();
        }
    });

    function place(
        text: string,
        timing: { pingMs?: number; stuckPings?: number; silentPings?: number } = {},
    ): { slot: WorkerSlot; log: string[]; events: string[]; times: number[]; told: [string, object][] } {
        const log: string[] = [];
        const events: string[] = [];
        /** When each of them was. */
        const times: number[] = [];
        const told: [string, object][] = [];
        const note = (event: string): void => {
            events.push(event);
            times.push(performance.now());
        };
        const file = program(text);
        const sink = new Writable({
            write: (chunk: Buffer, _encoding, done) => {
                log.push((JSON.parse(chunk.toString()) as { msg: string }).msg);
                done();
            },
        });
        const slot = new WorkerSlot(
            1,
            { file: file.file, args: [], execArgv: [] },
            pino(sink),
            {
                started: () => note("started"),
                gone: () => note("gone"),
                stuck: (_slot, isStuck) => note(isStuck ? "stuck" : "turns"),
                ended: (worker) => void told.push(["ended", worker]),
                message: (_slot, message, worker) => {
                    note(message.type);
                    told.push([message.type, worker]);
                },
            },
            timing,
        );
        made.push({ slot, program: file });
        return { slot, log, events, times, told };
    }

    it("is filled again and again when workers die at once, ever more slowly", async () => {
        const { slot, log, events, times } = place("process.exit(3)");
        slot.start();
        await eventually(() => assert.ok(slot.restarts >= 3));
        // From the end of each to the next one: at least so long, however busy the machine is. A timer may be a millisecond early.
        const waits = events
            .map((event, at) => (event === "gone" ? times[at + 1]! - times[at]! : 0))
            .filter((wait) => wait > 0)
            .slice(0, 3);
        assert.deepEqual(
            waits.map((wait, at) => wait >= 100 * 2 ** at - 2),
            [true, true, true],
            waits.join(),
        );
        assert.ok(log.every((line) => line === "worker died") && log.length >= 3);
    });

    it("is filled once there are descriptors again when there were none to start a worker with", async () => {
        const starving = bundle({ text: STARVING });
        made.length = 0;
        try {
            const { stdout, stderr } = await run(
                "sh",
                ["-c", `ulimit -n ${DESCRIPTORS}; exec "$0" "$1"`, process.execPath, starving.file],
                { timeoutMs: 60_000 },
            );
            const [failures = 0, restarts = 0] = stdout.trim().split(" ").map(Number);
            assert.ok(failures >= 1 && restarts >= 1, `${stdout}${stderr}`);
        } finally {
            starving.remove();
        }
    });

    it("hears a worker's last words before it says that the worker is no more, also of one that is replaced already", async () => {
        const says = `process.send({ type: "counted", counted: [] }, () => process.exit(0));`;
        for (const text of [
            `process.send({ type: "dying", reason: "x" }); setTimeout(() => { ${says} }, 50);`,
            // Nobody waits for the message to be sent.
            `process.send({ type: "pong" }, () => { process.send({ type: "counted", counted: [] }); process.exit(0); });`,
        ]) {
            const { slot, told } = place(text);
            slot.start();
            // Of the first worker: those that replace it speak meanwhile.
            await eventually(() =>
                assert.deepEqual(
                    told.filter(([, worker]) => worker === told[0]![1]).map(([what]) => what),
                    ["counted", "ended"],
                ),
            );
        }
    });

    it("is filled again when a worker hangs", async () => {
        const { slot, log } = place(`process.on("message", () => { for (;;); })`, { pingMs: 20, silentPings: 5 });
        slot.start();
        const first = slot.pid!;
        await eventually(() => assert.ok(slot.restarts >= 1));
        assert.ok(gone(first));
        assert.equal(log[0], "worker does not answer and is killed");
    });

    it("is told of a worker that is stopped, and of its going on", async () => {
        const { slot, events } = place(ANSWERS, { pingMs: 20, stuckPings: 5, silentPings: 10_000 });
        slot.start();
        await eventually(() => assert.ok(events.includes("told")));
        // A start takes longer than so short a time.
        events.length = 0;
        process.kill(slot.pid!, "SIGSTOP");
        await eventually(() => assert.equal(events.at(-1), "stuck"));
        process.kill(slot.pid!, "SIGCONT");
        await eventually(() => assert.equal(events.at(-1) === "stuck", false));
        assert.deepEqual(
            events.filter((one) => one !== "told"),
            ["stuck", "turns"],
        );
    });

    it("is not told so of a worker that has no idle moment", async () => {
        const busy = `${ANSWERS} const burn = () => { const end = Date.now() + 20; while (Date.now() < end); setImmediate(burn); }; burn();`;
        const { slot, events } = place(busy, { pingMs: 20, stuckPings: 25, silentPings: 50 });
        slot.start();
        await eventually(() => assert.ok(events.includes("told")));
        events.length = 0;
        await eventually(() => assert.ok(events.length > 20));
        assert.deepEqual(new Set(events), new Set(["told"]));
        assert.equal(slot.restarts, 0);
    });

    it("is filled at once when a worker says that it is dying, while that one finishes", async () => {
        const { slot, events } = place(
            `process.on("message", (m) => { if (m.type === "start") process.send({ type: "dying", reason: "x" }); }); setTimeout(() => {}, 60000)`,
        );
        slot.start();
        const first = slot.pid!;
        slot.send({
            type: "start",
            worker: 1,
            ticketKeys: new Uint8Array(48),
            underscores: "forward",
            drainMs: 0,
            logLevels: {},
            limits: { workers: 1, seed: { first: 0, second: 0 } },
        });
        await eventually(() => assert.deepEqual(events, ["started", "gone", "started"]));
        assert.equal(gone(first), false);
        assert.notEqual(slot.pid, first);
    });
});

/** Longer than any test takes. */
const NEVER_SECONDS = 600;

describe("the proxy as a process of its own", () => {
    let proxy: Bundle;
    before(function () {
        this.timeout(600_000);
        // Primary and worker in one file, as the command has it.
        proxy = bundle({
            text: `
            import { runProxy, runWorker } from "./proxy";
            import { emptyTables } from "./proxy/tables";
            const origin = { group: "networking.istio.io", kind: "Gateway", namespace: "n", name: "g", field: "" };
            const tables = { ...emptyTables(), listeners: new Map([["l", { key: "l", bind: "0.0.0.0", port: 80, targetPort: 0, kind: "http" as const, origin }]]) };
            const state = { objects: [], files: new Map(), findings: [] };
            if (process.argv[2] === "worker") runWorker();
            else void (async () => {
                const running = await runProxy({
                    source: { kind: "directory", dir: "" }, namespace: "ns", bind: "127.0.0.1", portOffset: 0, concurrency: 2, admin: "127.0.0.1:0", status: "127.0.0.1:0",
                    drainSeconds: Number(process.argv[3]), drainDelaySeconds: Number(process.argv[3]), worker: { file: __filename, args: ["worker"], execArgv: [] },
                }, {
                    startSource: async (_s, onChange) => { onChange(state); return { state, refresh: async () => {}, stop: () => {} }; },
                    compile: () => ({ tables, keySources: [], findings: [] }),
                });
                process.exitCode = await running.finished;
            })();`,
        });
    });
    after(() => proxy.remove());

    async function start(drainSeconds: number): Promise<{
        pid: number;
        exited: Promise<number | null>;
        ready: { admin: string; status: string; listeners: { port: number }[] };
        workers: number[];
    }> {
        const child = spawn(process.execPath, [proxy.file, "primary", String(drainSeconds)], { stdio: ["ignore", "inherit", "pipe"] });
        const exited = once(child, "exit").then(([code]) => code as number | null);
        let text = "";
        for await (const chunk of child.stderr) {
            text += String(chunk);
            if (text.includes("\n")) break;
        }
        const ready = JSON.parse(text.split("\n")[0]!) as { msg: string; admin: string; status: string; listeners: { port: number }[] };
        assert.equal(ready.msg, "ready", "the first line of the log");
        const workers = (await (await fetch(`http://${ready.admin}/workers`)).json()) as { pid: number }[];
        return { pid: child.pid!, exited, ready, workers: workers.map((one) => one.pid) };
    }

    it("takes its workers with it when it is killed", async () => {
        const running = await start(1);
        assert.equal(running.workers.length, 2);
        process.kill(running.pid, "SIGKILL");
        await eventually(() => assert.ok(running.workers.every(gone)));
    });

    it("exits with 0 on SIGTERM, with its workers, and leaves their signals to itself", async () => {
        const running = await start(0);
        for (const worker of running.workers) process.kill(worker, "SIGTERM");
        process.kill(running.pid, "SIGTERM");
        assert.equal(await running.exited, 0);
        assert.ok(running.workers.every(gone));
    });

    it("is not ready from SIGTERM on, and exits at once on a second one", async () => {
        const running = await start(NEVER_SECONDS);
        process.kill(running.pid, "SIGTERM");
        await eventually(async () => assert.equal((await fetch(`http://${running.ready.status}/healthz/ready`)).status, 503));
        const socket = net.connect(running.ready.listeners[0]!.port, "127.0.0.1").on("error", () => {});
        await once(socket, "connect");
        socket.destroy();
        process.kill(running.pid, "SIGTERM");
        assert.equal(await running.exited, 0);
        assert.ok(running.workers.every(gone));
    });

    it("ends quickly on SIGINT", async () => {
        const running = await start(NEVER_SECONDS);
        process.kill(running.pid, "SIGINT");
        assert.equal(await running.exited, 0);
    });
});
