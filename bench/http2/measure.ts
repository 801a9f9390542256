/**
 * CPU per request or message of several proxies that do the same work. Rounds are interleaved, so that what the machine
 * does besides meets all of them; medians are compared, and only within one run.
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { findEnvoy } from "../../harness/envoy";
import { freePorts } from "../../harness/ports";
import { findTool } from "../../harness/tools";
import { certificateIn } from "../certificate";
import { cpuMicroseconds } from "../cpu";
import { envoy } from "../peers/envoy";
import { gatehouse } from "../peers/gatehouse";
import { haproxy } from "../peers/haproxy";
import { nginx } from "../peers/nginx";
import type { Peer, PeerSetting, RunningPeer } from "../peers/peer";
import { report } from "../report";
import { median } from "../tools";

const ROUNDS = 5;

export const ALL: readonly Peer[] = [nginx, haproxy, envoy, gatehouse];

export interface Measured {
    readonly name: string;
    readonly tls: boolean;
    /** What it costs in, and how many of them one round is. */
    readonly unit: string;
    readonly count: number;
    /** At most so many times what the peer of that name costs. */
    readonly wanted: Readonly<Record<string, number>>;
    /** Those that cannot do it. */
    readonly without?: readonly Named[];
    /** One round against this port. */
    load(port: number): Promise<void>;
}

type Named = Pick<Peer, "name">;

export interface Proxy {
    readonly peer: Named;
    readonly setting: Pick<PeerSetting, "httpPort" | "httpsPort">;
    readonly running: RunningPeer;
}

/** What is missing for it, in words; undefined: nothing. */
export function missingFor(tools: readonly string[]): string | undefined {
    const missing = tools.filter((tool) => findTool(tool) === undefined);
    return missing.length === 0 ? undefined : missing.join(" and no ");
}

export async function startProxies(
    peers: readonly Peer[],
    folder: string,
    backendPort: number,
    http2: "to http1" | "to http2" | undefined,
    more: Partial<PeerSetting> = {},
): Promise<Proxy[]> {
    const proxies: Proxy[] = [];
    const files = certificateIn(folder);
    const own = path.join(folder, http2?.replace(" ", "-") ?? "http1");
    mkdirSync(own, { recursive: true });
    for (const peer of peers) {
        const isHere = peer === envoy ? findEnvoy() !== undefined : missingFor(peer.tools) === undefined;
        if (!isHere) {
            console.log(`${peer.name}: skipped, as it is not on this machine.`);
            continue;
        }
        const [httpPort = 0, httpsPort = 0] = await freePorts(2);
        const setting = { folder: own, backendPort, httpPort, httpsPort, ...files, ...(http2 === undefined ? {} : { http2 }), ...more };
        proxies.push({ peer, setting, running: await peer.start(setting) });
    }
    return proxies;
}

export async function stopProxies(proxies: readonly Proxy[]): Promise<void> {
    for (const { running } of proxies) await running.stop();
}

export async function measureAndPrint(works: readonly Measured[], proxies: readonly Proxy[]): Promise<void> {
    const costs = new Map(works.map((work) => [work, new Map<Proxy, number[]>()]));
    for (const [work, rows] of costs) {
        for (const proxy of proxies) {
            if (!work.without?.includes(proxy.peer) && (await warmedUp(work, proxy))) rows.set(proxy, []);
        }
    }
    for (let round = 0; round < ROUNDS; round++) {
        for (const [work, rows] of costs) {
            for (const [proxy, rounds] of rows) {
                const before = cpuMicroseconds(proxy.running.pid);
                await work.load(portFor(work, proxy));
                rounds.push((cpuMicroseconds(proxy.running.pid) - before) / work.count);
            }
        }
    }
    console.log(`  medians of ${ROUNDS} interleaved rounds`);
    for (const [work, rows] of costs) {
        print(work, rows);
        tell(work, rows);
    }
}

/** A proxy that cannot do the work is named, and the others are measured. */
async function warmedUp(work: Measured, proxy: Proxy): Promise<boolean> {
    try {
        await work.load(portFor(work, proxy));
        return true;
    } catch (error) {
        console.log(`  ${work.name}: ${proxy.peer.name} fails: ${error instanceof Error ? error.message : String(error)}`);
        process.exitCode = 1;
        return false;
    }
}

function portFor({ tls }: Measured, { setting }: Proxy): number {
    return tls ? setting.httpsPort : setting.httpPort;
}

function print(work: Measured, rows: ReadonlyMap<Proxy, readonly number[]>): void {
    console.log(`  ${work.name}: µs a ${work.unit}, ${work.count} in a round`);
    const medians = new Map([...rows].map(([{ peer }, rounds]) => [peer.name, median(rounds)]));
    for (const [{ peer }, rounds] of rows) {
        const cost = medians.get(peer.name)!;
        const ratios = peer.name === gatehouse.name ? ratiosTo(medians, cost, work.wanted) : "";
        console.log(
            `    ${peer.name.padEnd(10)} ${cost.toFixed(1).padStart(8)}   rounds ${rounds.map((one) => one.toFixed(1)).join(" ")}${ratios}`,
        );
    }
}

function tell({ name, unit, wanted }: Measured, rows: ReadonlyMap<Proxy, readonly number[]>): void {
    const costs = new Map([...rows].map(([{ peer }, rounds]) => [peer.name, rounds]));
    const own = costs.get(gatehouse.name);
    if (own === undefined) return;
    costs.delete(gatehouse.name);
    const targets = Object.entries(wanted).map(([peer, times]) => ({ times, of: [peer] }));
    report({ work: name, unit: `µs a ${unit}`, gatehouse: own, peers: Object.fromEntries(costs), targets });
}

function ratiosTo(medians: ReadonlyMap<string, number>, cost: number, wanted: Readonly<Record<string, number>>): string {
    return [...medians]
        .filter(([name]) => name !== gatehouse.name)
        .map(([name, other]) => {
            const most = wanted[name];
            return `   ${(cost / other).toFixed(2)} x ${name}${most === undefined ? "" : ` (wanted: ${most})`}`;
        })
        .join("");
}
