/**
 * A real worker whose memory runs out under real load: new work is refused before the system ends it, probes and the admin server
 * answer all the while, and it serves again as before once the load is gone. Once by its heap, once by the container's limit.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import net from "node:net";
import { after, describe, it } from "mocha";
import { forwardTo, prefix, route } from "../../proxy/snapshot/entries";
import { RawClient } from "../../proxy/exchange/client";
import { eventually } from "../../support/eventually";
import { httpChain, listenerEntry, ORIGIN } from "../../support/front";
import { clusterTo, ProxyRig } from "../../support/proxy-rig";
import { bundle, program, type Bundle } from "../../support/worker-bundle";

const KEY = "0.0.0.0:80";
const TABLE = "table any";
const MEBI = 1024 * 1024;
/** What a client asks with, whom nobody answers. */
const HEAVY = ["a", "b", "c", "d", "e", "f", "g"].map((name) => `x-heavy-${name}: ${name.repeat(8000)}\r\n`).join("");
const MOST_CLIENTS = 6000;
/** Most of it is that the proxy waits before it lets everybody in again. */
const RECOVERY_MS = 120_000;

const bundles: Bundle[] = [];
const closing: (() => Promise<void> | void)[] = [];
after(async () => {
    for (const close of closing.reverse()) await close();
    for (const one of bundles) one.remove();
});

let built: Bundle | undefined;

function worker(): Bundle {
    if (built === undefined) bundles.push((built = bundle({ entry: "proxy/processes/worker-main.ts" })));
    return built;
}

/** `/quick` is answered by the gateway, all else by a backend that reads nothing and says nothing. */
async function started(execArgv: readonly string[]): Promise<ProxyRig> {
    const silent = net.createServer((socket) => {
        socket.pause();
        socket.on("error", () => undefined);
    });
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    closing.push(() => void silent.close());
    const { port } = silent.address() as net.AddressInfo;
    const rig = await new ProxyRig().start(
        worker().file,
        {
            listeners: [listenerEntry("http", KEY)],
            chains: [{ ...httpChain("any", [], undefined, KEY), target: { kind: "http", routeTable: TABLE } }],
            routeTables: [{ key: TABLE, port: 80, origin: ORIGIN }],
            virtualHosts: [
                {
                    key: `${TABLE} *`,
                    routeTable: TABLE,
                    domain: "*",
                    httpsRedirect: false,
                    origin: ORIGIN,
                    routes: [route({ kind: "direct", status: 200 }, { match: prefix("/quick") }), route(forwardTo("web"))],
                },
            ],
            ...clusterTo("web", port),
        },
        { worker: { file: worker().file, args: [], execArgv } },
    );
    closing.push(async () => rig.stop());
    await rig.proxy.ready;
    return rig;
}

async function quick(port: number): Promise<number> {
    const client = new RawClient(port).get("/quick", "any.test");
    try {
        return (await client.response()).status;
    } catch {
        return 0;
    } finally {
        client.socket.destroy();
    }
}

type Stats = Readonly<Record<string, number>>;
const stats = async (rig: ProxyRig): Promise<Stats> => ((await rig.admin("/stats")) as { total: Stats }).total;

/** How workers have ended, as the primary tells it, and what the kernel says of their memory. */
function endings(rig: ProxyRig, group: MemoryGroup | undefined): string {
    const told = rig.log.filter(({ msg }) => /^worker |overloaded/.test(msg)).map((line) => JSON.stringify(line));
    return [...told, ...(group === undefined ? [] : [group.told()])].join("\n");
}

interface Load {
    /** What each client sends. */
    readonly bytes: string;
    /** So many come between two looks at the probes. */
    readonly atOnce: number;
    /** The worker gets no time while they come, as on a machine that has others to serve, and finds all of them in one turn. */
    readonly stops: boolean;
}

/** Clients come until some are refused; probes are asked in between. */
async function load(rig: ProxyRig, { bytes, atOnce, stops }: Load): Promise<{ readonly sockets: net.Socket[]; readonly refused: number }> {
    const port = rig.port(KEY);
    const [{ pid = 0 } = {}] = await rig.workers();
    const sockets: net.Socket[] = [];
    let refused = 0;
    while (sockets.length < MOST_CLIENTS && refused < 100) {
        if (stops) process.kill(pid, "SIGSTOP");
        for (let count = 0; count < atOnce; count++) {
            const socket = net.connect({ port, host: "127.0.0.1" });
            socket.on("error", () => undefined);
            let isRefused = false;
            const refuse = (): void => {
                if (!isRefused) refused++;
                isRefused = true;
            };
            socket.on("data", (chunk) => chunk.toString("latin1").startsWith("HTTP/1.1 503") && refuse());
            socket.on("end", refuse).on("close", refuse);
            socket.write(bytes);
            sockets.push(socket);
        }
        if (stops) {
            // The kernel takes them, and as much of what they say as it does.
            await new Promise((resolve) => setTimeout(resolve, 200));
            process.kill(pid, "SIGCONT");
        }
        assert.equal(await rig.status("/healthz/ready"), 200, "it stays ready");
        assert.equal(await rig.status("/livez"), 200, "it is alive");
        // Whoever comes last is heard last: however slow the worker is, it has seen all of them then.
        await quick(port);
    }
    return { sockets, refused };
}

async function refusesAndRecovers(rig: ProxyRig, what: Load, group?: MemoryGroup): Promise<void> {
    const port = rig.port(KEY);
    assert.equal(await quick(port), 200);
    const [before] = await rig.workers();
    const { sockets, refused } = await load(rig, what);
    const loaded = await stats(rig);
    console.log(
        `      ${sockets.length} clients, ${refused} refused; heap ${(loaded["memory_heap_bytes"]! / MEBI).toFixed(0)} MiB, rss ${(loaded["memory_rss_bytes"]! / MEBI).toFixed(0)} MiB`,
    );
    const [still] = await rig.workers();
    assert.equal(still?.pid, before!.pid, `nobody had to be replaced under load\n${endings(rig, group)}`);
    assert.ok(refused >= 100, `${refused} of ${sockets.length} were refused\n${endings(rig, group)}`);
    const reached = (name: string): number => loaded[`limits_reached{limit="${name}"}`] ?? 0;
    assert.ok(reached("overload") + reached("downstream_cx_overload_reject") > 0, JSON.stringify(loaded));
    for (const socket of sockets) socket.destroy();
    await eventually(
        async () => {
            for (let count = 0; count < 10; count++) assert.equal(await quick(port), 200, endings(rig, group));
        },
        RECOVERY_MS,
        250,
    );
    const [afterwards] = await rig.workers();
    assert.equal(afterwards?.pid, before!.pid, `nobody had to be replaced\n${endings(rig, group)}`);
}

describe("a worker whose memory runs out", function () {
    this.timeout(300_000);

    it("refuses new work before its heap is full", async () => {
        const rig = await started(["--max-old-space-size=96"]);
        await refusesAndRecovers(rig, { bytes: `GET /slow HTTP/1.1\r\nhost: any.test\r\n${HEAVY}\r\n`, atOnce: 25, stops: false });
    });

    for (const [how, { atOnce, stops }] of [
        ["", { atOnce: 25, stops: false }],
        [", also where hundreds wait for it at once", { atOnce: 300, stops: true }],
    ] as const)
        it(`refuses new work before its container's memory is used up${how}`, async function () {
            const group = memoryGroup(220 * MEBI);
            if (group === undefined) this.skip();
            closing.push(group.remove);
            const joining = program(`require("node:fs").writeFileSync(${JSON.stringify(group.procs)}, String(process.pid));`);
            bundles.push(joining);
            const rig = await started(["--require", joining.file]);
            const upload = "u".repeat(60_000);
            const bytes = `PUT /slow HTTP/1.1\r\nhost: any.test\r\ncontent-length: 10000000\r\n${HEAVY}\r\n${upload}`;
            await refusesAndRecovers(rig, { bytes, atOnce, stops }, group);
            await rig.stop();
            group.remove();
        });
});

interface MemoryGroup {
    readonly procs: string;
    /** What the kernel has counted: its kills among them. */
    readonly told: () => string;
    readonly remove: () => void;
}

const TOLD = {
    2: ["memory.events", "memory.max", "memory.current", "memory.peak"],
    1: ["memory.oom_control", "memory.failcnt", "memory.limit_in_bytes", "memory.usage_in_bytes", "memory.max_usage_in_bytes"],
} as const;

/** A group of our own with a limit, of cgroup v2 or v1; undefined: we may make none. */
function memoryGroup(bytes: number): MemoryGroup | undefined {
    const isV2 = existsSync("/sys/fs/cgroup/cgroup.controllers");
    const folder = `/sys/fs/cgroup/${isV2 ? "" : "memory/"}gatehouse-test-${process.pid}-${bundles.length}`;
    try {
        mkdirSync(folder);
        writeFileSync(`${folder}/${isV2 ? "memory.max" : "memory.limit_in_bytes"}`, String(bytes));
    } catch {
        return undefined;
    }
    const remove = (): void => {
        try {
            rmdirSync(folder);
        } catch {
            // Its processes are not gone yet.
        }
    };
    const read = (name: string): string => {
        try {
            return readFileSync(`${folder}/${name}`, "utf8").trim().replaceAll("\n", ", ");
        } catch {
            return "not there";
        }
    };
    const told = (): string => TOLD[isV2 ? 2 : 1].map((name) => `${name}: ${read(name)}`).join("; ");
    return { procs: `${folder}/cgroup.procs`, told, remove };
}
