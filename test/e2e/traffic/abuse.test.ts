/**
 * What the connections beside it notice of an attack, and what it costs in memory: every kind of abuse of HTTP/2, by a process
 * that does nothing else, against a real worker over TLS. The figures are printed; the bounds here are far above them.
 */
import assert from "node:assert/strict";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, it } from "mocha";
import type { AbuseName } from "../../../proxy/codec/http2/abuse-kinds";
import { Innocent } from "../../proxy/codec/http2/support/attacked";
import { CLIENT_ATTACKS, PATHS } from "../../proxy/codec/http2/support/attacks";
import { data, END_HEADERS, headers, upload } from "../../proxy/codec/http2/support/raw-frames";
import { RawPeer } from "../../proxy/codec/http2/support/raw-peer";
import { forwardTo, prefix, route } from "../../proxy/snapshot/entries";
import { makeAuthority } from "../../support/certificates";
import { eventually } from "../../support/eventually";
import { httpChain, listenerEntry, ORIGIN, secretEntry, terminated } from "../../support/front";
import { clusterTo, ProxyRig } from "../../support/proxy-rig";
import { bundle, program, type Bundle } from "../../support/worker-bundle";
import type { Order, Told } from "./support/attackers";

const KEY = "0.0.0.0:443";
const TABLE = "table any";
const ATTACK_MS = 1500;
const MEBI = 1024 * 1024;
/** What an attack may hold while it goes on, and what may be left of all. */
const MOST_RSS = 200 * MEBI;
const MOST_LEFT = 8 * MEBI;
/** Of half of the requests beside it: the machine may have other work, and the attackers take a core of it. */
const SLOWEST_MS = 500;

type Stats = Readonly<Record<string, number>>;

describe("an attack over HTTP/2", function () {
    this.timeout(180_000);
    const bundles: Bundle[] = [];
    let rig: ProxyRig;
    let attackers: ChildProcess;
    let backend: ChildProcess;
    let port: number;

    before(async () => {
        const worker = bundle({ entry: "proxy/processes/worker-main.ts" });
        const collector = program('process.on("SIGUSR2", () => globalThis.gc());');
        const attacking = bundle({ text: 'import { runAttackers } from "./test/e2e/traffic/support/attackers"; runAttackers();' });
        bundles.push(worker, collector, attacking);
        const answering = bundle({ text: 'import { runBackend } from "./test/e2e/traffic/support/attackers"; runBackend();' });
        bundles.push(answering);
        backend = fork(answering.file, [], { execArgv: [] });
        const [backendPort] = (await once(backend, "message")) as [number];
        const ca = await makeAuthority();
        const own = { remove: [], set: [["x-heavy", "h".repeat(8000)]] as [string, string][], add: [] };
        rig = await new ProxyRig().start(
            worker.file,
            {
                listeners: [listenerEntry("tls", KEY)],
                secrets: [secretEntry("any", await ca.issue({ dns: ["any.test"] }))],
                chains: [{ ...httpChain("any", [], terminated("any")), target: { kind: "http", routeTable: TABLE } }],
                routeTables: [{ key: TABLE, port: 443, origin: ORIGIN }],
                virtualHosts: [
                    {
                        key: `${TABLE} *`,
                        routeTable: TABLE,
                        domain: "*",
                        httpsRedirect: false,
                        origin: ORIGIN,
                        routes: [
                            route({ kind: "direct", status: 200 }, { match: prefix(PATHS.quick) }),
                            route({ kind: "direct", status: 200 }, { match: prefix(PATHS.heavy), response: own }),
                            route(forwardTo("web")),
                        ],
                    },
                ],
                ...clusterTo("web", backendPort),
            },
            { worker: { file: worker.file, args: [], execArgv: ["--expose-gc", "--require", collector.file] } },
        );
        await rig.proxy.ready;
        port = rig.port(KEY);
        attackers = fork(attacking.file, [], { execArgv: [] });
    });
    after(async () => {
        attackers?.kill();
        await rig?.stop();
        backend?.kill();
        for (const one of bundles) one.remove();
    });

    const stats = async (): Promise<Stats> => ((await rig.admin("/stats")) as { total: Stats }).total;

    async function collected(): Promise<Stats> {
        const [one] = await rig.workers();
        for (let turn = 0; turn < 3; turn++) {
            process.kill(one!.pid, "SIGUSR2");
            await new Promise((resolve) => setTimeout(resolve, 200));
        }
        return stats();
    }

    async function attack(kind: AbuseName, at: number): Promise<Told> {
        const told = once(attackers, "message") as Promise<[Told]>;
        attackers.send({ port, kind, at, milliseconds: ATTACK_MS } satisfies Order);
        return (await told)[0];
    }

    /** What one who does no wrong waits for, and what the worker grows to meanwhile. */
    async function watched<T>(
        during: () => Promise<T>,
    ): Promise<{ readonly told: T; readonly waits: string; readonly half: number; readonly rss: number }> {
        const innocent = await Innocent.beside(port, true);
        let rss = 0;
        const watch = setInterval(() => void stats().then((now) => (rss = Math.max(rss, now["memory_rss_bytes"]!))), 100);
        const told = await during();
        clearInterval(watch);
        await innocent.stop();
        const sorted = innocent.latencies.sort((a, b) => a - b);
        const quantile = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
        const waits = [0.5, 0.99, 1].map((share) => quantile(share).toFixed(1).padStart(6)).join(" ");
        return { told, waits, half: quantile(0.5), rss };
    }

    it("keeps nobody waiting who has a connection beside it, and holds no memory that it does not let go", async () => {
        await watched(async () => new Promise((resolve) => setTimeout(resolve, ATTACK_MS)));
        const before = await collected();
        const calm = await watched(async () => new Promise((resolve) => setTimeout(resolve, ATTACK_MS)));
        console.log(`      waits beside it (50, 99, 100 %), ms:${calm.waits}  nobody attacks; rss ${(calm.rss / MEBI).toFixed(0)} MiB`);
        for (const kind of Object.keys(CLIENT_ATTACKS) as AbuseName[])
            for (const [at, { name }] of CLIENT_ATTACKS[kind]!.entries()) {
                const { told, waits, half, rss } = await watched(async () => attack(kind, at));
                console.log(
                    `      ${waits}  rss ${(rss / MEBI).toFixed(0).padStart(4)} MiB  ${String(told.ended).padStart(4)} ended (${told.codes.join(", ")})  ${kind}: ${name}`,
                );
                assert.ok(half < SLOWEST_MS, `${kind}, ${name}: ${half} ms`);
                assert.ok(rss - before["memory_rss_bytes"]! < MOST_RSS, `${kind}, ${name}: ${rss}`);
            }
        await eventually(async () => assert.equal((await stats())['http2_streams_active{side="downstream"}'], 0));
        const left = await collected();
        const grown = left["memory_heap_bytes"]! - before["memory_heap_bytes"]!;
        console.log(
            `      heap ${(before["memory_heap_bytes"]! / MEBI).toFixed(1)} → ${(left["memory_heap_bytes"]! / MEBI).toFixed(1)} MiB`,
        );
        assert.ok(grown < MOST_LEFT, `${grown} bytes are left`);
    });

    it("holds little more than the bytes of bodies that nobody takes, though they come one by one", async () => {
        const before = await collected();
        const peers: RawPeer[] = [];
        for (let count = 0; count < 3; count++) {
            const peer = await (await RawPeer.connect(port, { secure: true })).settle();
            peers.push(peer);
            const ids = Array.from({ length: 8 }, (_, at) => 2 * at + 1);
            peer.send(...ids.map((id) => headers(id, upload(PATHS.stuck), END_HEADERS)));
            // Until the sockets of the backend are full, then a byte at a time.
            const large = Buffer.concat(ids.map((id) => data(id, Buffer.alloc(16_000))));
            await peer.flood(() => large, 20);
            for (const id of ids) await peer.flood(() => Buffer.concat(Array.from({ length: 500 }, () => data(id, "x"))), 400);
        }
        const now = await collected();
        for (const peer of peers) peer.destroy();
        const [heap, rss] = (["memory_heap_bytes", "memory_rss_bytes"] as const).map((name) => (now[name]! - before[name]!) / MEBI);
        console.log(`      three connections hold ${heap!.toFixed(1)} MiB of the heap, ${rss!.toFixed(1)} MiB in all`);
        assert.ok(heap! < 10 && rss! < 60, `${heap} and ${rss} MiB`);
    });
});
