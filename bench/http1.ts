/**
 * CPU per request on HTTP/1.1 and HTTPS/1.1 against nginx and HAProxy. Rounds are interleaved, so that what the machine
 * does besides meets all of them; medians are compared, and only within one run.
 */
import { certificateIn } from "./certificate";
import { cpuMicroseconds } from "./cpu";
import { sendLoad, type Load } from "./load";
import { gatehouse } from "./peers/gatehouse";
import { haproxy } from "./peers/haproxy";
import { nginx, startBackend } from "./peers/nginx";
import type { Peer, PeerSetting, RunningPeer } from "./peers/peer";
import { freePorts } from "../harness/ports";
import { findTool } from "../harness/tools";
import { median, temporaryFolder } from "./tools";

const PEERS: readonly Peer[] = [nginx, haproxy, gatehouse];
const LOAD: Load = { connections: 32, seconds: 3 };
const WARM_UP: Load = { connections: 32, seconds: 2 };
const ROUNDS = 5;

interface Row {
    readonly peer: Peer;
    readonly running: RunningPeer;
    readonly setting: PeerSetting;
    readonly costs: { http: number[]; https: number[] };
}

export async function benchHttp1(): Promise<void> {
    const missing = ["wrk", "nginx", "openssl"].filter((tool) => findTool(tool) === undefined);
    if (missing.length > 0) {
        console.log(
            `HTTP/1.1: skipped, as there is no ${missing.join(" and no ")} on the PATH (Debian packages: wrk, nginx-light, openssl).`,
        );
        return;
    }
    const folder = temporaryFolder();
    const [backendPort] = await freePorts(1);
    const backend = await startBackend(folder, backendPort!);
    const rows: Row[] = [];
    try {
        for (const peer of PEERS) {
            const absent = peer.tools.filter((tool) => findTool(tool) === undefined);
            if (absent.length > 0) console.log(`${peer.name}: skipped, as there is no ${absent.join(", ")} on the PATH.`);
            else rows.push(await startPeer(peer, folder, backendPort!));
        }
        await measure(rows);
        print(rows);
    } finally {
        for (const { running } of rows) await running.stop();
        await backend.stop();
    }
}

async function startPeer(peer: Peer, folder: string, backendPort: number): Promise<Row> {
    const [httpPort, httpsPort] = await freePorts(2);
    const setting = { folder, backendPort, httpPort: httpPort!, httpsPort: httpsPort!, ...certificateIn(folder) };
    return { peer, running: await peer.start(setting), setting, costs: { http: [], https: [] } };
}

async function measure(rows: readonly Row[]): Promise<void> {
    const wrk = findTool("wrk")!;
    const urls = ({ setting }: Row) => ({
        http: `http://127.0.0.1:${setting.httpPort}/`,
        https: `https://127.0.0.1:${setting.httpsPort}/`,
    });
    for (const row of rows) {
        for (const url of Object.values(urls(row))) await sendLoad(wrk, url, WARM_UP);
    }
    for (let round = 0; round < ROUNDS; round++) {
        for (const kind of ["http", "https"] as const) {
            for (const row of rows) {
                const before = cpuMicroseconds(row.running.pid);
                const requests = await sendLoad(wrk, urls(row)[kind], LOAD);
                row.costs[kind].push((cpuMicroseconds(row.running.pid) - before) / requests);
            }
        }
    }
}

function print(rows: readonly Row[]): void {
    console.log(`CPU per request, µs: medians of ${ROUNDS} interleaved rounds of ${LOAD.seconds} s with ${LOAD.connections} connections`);
    for (const kind of ["http", "https"] as const) {
        console.log(`  ${kind === "http" ? "HTTP/1.1" : "HTTPS/1.1"}`);
        const best = Math.min(...rows.filter(({ peer }) => peer !== gatehouse).map(({ costs }) => median(costs[kind])));
        for (const { peer, costs } of rows) {
            const cost = median(costs[kind]);
            const ratio = Number.isFinite(best) ? `  ${(cost / best).toFixed(2)} x the better peer` : "";
            console.log(
                `    ${peer.name.padEnd(10)} ${cost.toFixed(1).padStart(6)}   rounds ${costs[kind].map((one) => one.toFixed(1)).join(" ")}${peer === gatehouse ? ratio : ""}`,
            );
        }
    }
}
