/**
 * Minutes of mixed traffic through real workers: HTTP/1.1, HTTP/2 and calls as gRPC makes them, of which some are taken back,
 * while the configuration changes every second and backends go away and come back. Nothing else may fail, and nothing may be
 * left over: no stream, and no memory. `SOAK_SECONDS=300` for five minutes.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import type { RetryEntry, VirtualHostEntry } from "../../../proxy/tables";
import { DEFAULT_RETRY, forwardTo, match, route } from "../../proxy/snapshot/entries";
import { makeAuthority } from "../../support/certificates";
import { eventually } from "../../support/eventually";
import { httpChain, listenerEntry, ORIGIN, secretEntry, terminated } from "../../support/front";
import { clusterTo, ProxyRig, says, type RigEntries } from "../../support/proxy-rig";
import { bundle, program, type Bundle } from "../../support/worker-bundle";
import { http1Backend, http2Backend, type Backend } from "./support/soak-backends";
import { call, echo, get, Soak, type Front } from "./support/soak-load";

const SECONDS = Number(process.env["SOAK_SECONDS"] ?? 30);
const HOST = "soak.test";
const KEY = "0.0.0.0:443";
const TABLE = "table soak";
/** Of the heap, once all is still: what caches and counters may have grown by. */
const GROWTH_BYTES = 4 * 1024 * 1024;

/** What is asked over HTTP/1.1 may be asked twice: a backend that closes an idle connection crosses requests on their way. */
const AGAIN: RetryEntry = { ...DEFAULT_RETRY, on: [...DEFAULT_RETRY.on, "reset"] };

type Stats = Readonly<Record<string, number>>;

describe(`${SECONDS} seconds of mixed traffic`, function () {
    this.timeout((SECONDS + 60) * 1000);
    let worker: Bundle;
    let collector: Bundle;
    let rig: ProxyRig;
    let front: Front;
    const backends: Backend[] = [];
    let entries: (generation: number) => RigEntries;

    before(async () => {
        worker = bundle({ entry: "proxy/processes/worker-main.ts" });
        collector = program('process.on("SIGUSR2", () => globalThis.gc());');
        const ca = await makeAuthority();
        const certificate = await ca.issue({ dns: [HOST] });
        backends.push(...(await Promise.all([http1Backend(), http1Backend(), http2Backend(), http2Backend()])));
        const [web1, web2, rpc1, rpc2] = backends.map(({ port }) => port) as [number, number, number, number];
        entries = (generation) => {
            const web = clusterTo("web", web1);
            const rpc = clusterTo("rpc", rpc1);
            const twice = (all: typeof web, port: number): typeof web => ({
                clusters: all.clusters,
                endpoints: all.endpoints.map((one) => ({
                    ...one,
                    endpoints: [...one.endpoints, { address: "127.0.0.1", port, weight: 1 }],
                })),
            });
            const [webs, rpcs] = [twice(web, web2), twice(rpc, rpc2)];
            const to = (cluster: string, path: string, more: object = {}) =>
                route(forwardTo(cluster, { retry: cluster === "web" ? AGAIN : DEFAULT_RETRY }), {
                    match: match({ path: { kind: "prefix", value: path, ignoreCase: false } }),
                    ...more,
                });
            const host: VirtualHostEntry = {
                key: `${TABLE} ${HOST}`,
                routeTable: TABLE,
                domain: HOST,
                httpsRedirect: false,
                origin: ORIGIN,
                routes: [
                    to("rpc", "/soak.Soak/"),
                    to("web", "/", { response: { remove: [], set: [["x-generation", `${generation}`]], add: [] } }),
                ],
            };
            return {
                listeners: [listenerEntry("tls", KEY)],
                secrets: [secretEntry("soak", certificate)],
                chains: [{ ...httpChain("soak", [HOST], terminated("soak")), target: { kind: "http", routeTable: TABLE } }],
                routeTables: [{ key: TABLE, port: 443, origin: ORIGIN }],
                virtualHosts: [
                    host,
                    ...Array.from({ length: generation % 2 === 0 ? 0 : 50 }, (_, at) => says(TABLE, `h${at}.test`, "other")),
                ],
                clusters: [
                    ...webs.clusters.map((one) => ({ ...one, protocol: "http1" as const })),
                    ...rpcs.clusters.map((one) => ({ ...one, protocol: "http2" as const })),
                ],
                endpoints: [...webs.endpoints, ...rpcs.endpoints],
            };
        };
        rig = await new ProxyRig().start(worker.file, entries(0), {
            worker: { file: worker.file, args: [], execArgv: ["--expose-gc", "--require", collector.file] },
        });
        await rig.proxy.ready;
        front = { port: rig.port(KEY), ca: ca.cert, host: HOST };
    });
    after(async () => {
        await rig?.stop();
        for (const one of backends) one.close();
        worker?.remove();
        collector?.remove();
    });

    async function stats(): Promise<Stats> {
        return ((await rig.admin("/stats")) as { total: Stats }).total;
    }

    /** Of the worker's heap, with nothing in it that nobody holds. */
    async function heap(): Promise<number> {
        const [one] = await rig.workers();
        const sizes: number[] = [];
        for (let turn = 0; turn < 4; turn++) {
            process.kill(one!.pid, "SIGUSR2");
            await new Promise((resolve) => setTimeout(resolve, 300));
            sizes.push((await stats())["memory_heap_bytes"]!);
        }
        return Math.min(...sizes);
    }

    function load(): Soak {
        const soak = new Soak();
        for (let client = 0; client < 4; client++) soak.http1(front);
        soak.http2(front, 6, 8, get("/small"));
        soak.http2(front, 2, 10, get("/big"));
        soak.http2(front, 3, 0, echo(40_000));
        soak.http2(front, 4, 7, call("Echo"));
        soak.http2(front, 4, 9, call("Many"));
        return soak;
    }

    it("lose no request but those that their clients take back, and leave nothing behind", async () => {
        const warm = load();
        await new Promise((resolve) => setTimeout(resolve, 3000));
        await warm.stop();
        assert.deepEqual(warm.lost.slice(0, 20), [], "before anything changes");
        const before = await heap();

        const soak = load();
        const until = Date.now() + SECONDS * 1000;
        const restarts = (async () => {
            for (let turn = 0; Date.now() < until; turn++) {
                await new Promise((resolve) => setTimeout(resolve, 2500));
                await backends[turn % backends.length]!.restart();
            }
            return true;
        })();
        let generation = 0;
        for (; Date.now() < until; generation++) {
            rig.set(entries(generation + 1));
            await new Promise((resolve) => setTimeout(resolve, 1000));
        }
        await restarts;
        await soak.stop();
        await eventually(async () => {
            const now = await stats();
            assert.deepEqual(
                [now["requests_active"], now['http2_streams_active{side="downstream"}'], now['http2_streams_active{side="upstream"}']],
                [0, 0, 0],
            );
        });
        const after = await heap();
        const last = await stats();
        const sorted = soak.latencies.sort((a, b) => a - b);
        const at = (share: number): string => `${(sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1)} ms`;
        console.log(
            [
                `      ${soak.answered} answered, ${soak.taken} of them taken back; ${soak.lost.length} lost`,
                `latency ${at(0.5)} / ${at(0.99)} / ${at(0.999)} (50 / 99 / 99.9 %)`,
                `${generation} configurations, heap ${mebi(before)} → ${mebi(after)}, rss ${mebi(last["memory_rss_bytes"]!)}`,
            ].join("\n      "),
        );
        assert.deepEqual(soak.lost.slice(0, 20), [], `${soak.lost.length} are lost`);
        assert.ok(soak.answered > SECONDS * 100, `${soak.answered} answered`);
        assert.ok(after - before < GROWTH_BYTES, `the heap grew by ${mebi(after - before)}`);
        const abuse = Object.entries(last).filter(([name, value]) => name.startsWith("http2_abuse") && value > 0);
        assert.deepEqual(abuse, [], "nobody met a budget");
    });
});

function mebi(bytes: number): string {
    return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
