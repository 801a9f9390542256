/**
 * CPU per request on HTTP/1.1 and HTTPS/1.1 against nginx, HAProxy and Envoy. Rounds are interleaved, so that what the machine
 * does besides meets all of them; medians are compared, and only within one run.
 */
import { certificateIn } from "./certificate";
import { cpuMicroseconds } from "./cpu";
import { missingFor } from "./http2/measure";
import { sendLoad, type Load } from "./load";
import { envoy } from "./peers/envoy";
import { gatehouse } from "./peers/gatehouse";
import { haproxy } from "./peers/haproxy";
import { nginx, startBackend } from "./peers/nginx";
import type { Peer, PeerSetting, RunningPeer } from "./peers/peer";
import { report, type Wanted } from "./report";
import { findEnvoy } from "../harness/envoy";
import { freePorts } from "../harness/ports";
import { findTool } from "../harness/tools";
import { median, temporaryFolder } from "./tools";

const PEERS: readonly Peer[] = [nginx, haproxy, envoy, gatehouse];
const LOAD: Load = { connections: 32, seconds: 3 };
const WARM_UP: Load = { connections: 32, seconds: 2 };
const ROUNDS = 5;
const KINDS = {
    http: {
        name: "HTTP/1.1",
        targets: [
            { times: 1.15, of: ["nginx", "HAProxy"] },
            { times: 0.35, of: ["Envoy"] },
        ],
    },
    https: {
        name: "HTTPS/1.1",
        targets: [
            { times: 1.2, of: ["HAProxy"] },
            { times: 0.45, of: ["Envoy"] },
        ],
    },
} satisfies Record<string, { name: string; targets: readonly Wanted[] }>;

interface Row {
    readonly peer: Peer;
    readonly running: RunningPeer;
    readonly setting: PeerSetting;
    readonly costs: { http: number[]; https: number[] };
}

export async function benchHttp1(): Promise<void> {
    const missing = missingFor(["wrk", "nginx", "openssl"]);
    if (missing !== undefined) {
        console.log(`HTTP/1.1: skipped, as there is no ${missing} on the PATH (Debian packages: wrk, nginx-light, openssl).`);
        return;
    }
    const folder = temporaryFolder();
    const [backendPort] = await freePorts(1);
    const backend = await startBackend(folder, backendPort!);
    const rows: Row[] = [];
    try {
        for (const peer of PEERS) {
            const isHere = peer === envoy ? findEnvoy() !== undefined : missingFor(peer.tools) === undefined;
            if (!isHere) console.log(`${peer.name}: skipped, as it is not on this machine.`);
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
        console.log(`  ${KINDS[kind].name}`);
        for (const { peer, costs } of rows)
            console.log(
                `    ${peer.name.padEnd(10)} ${median(costs[kind]).toFixed(1).padStart(6)}   rounds ${costs[kind].map((one) => one.toFixed(1)).join(" ")}`,
            );
        const costsOf = (wanted: (peer: Peer) => boolean): [string, number[]][] =>
            rows.filter(({ peer }) => wanted(peer)).map(({ peer, costs }) => [peer.name, costs[kind]]);
        report({
            work: `${KINDS[kind].name}, ${LOAD.connections} connections, small bodies`,
            unit: "µs a request",
            gatehouse: costsOf((peer) => peer === gatehouse)[0]?.[1] ?? [],
            peers: Object.fromEntries(costsOf((peer) => peer !== gatehouse)),
            targets: KINDS[kind].targets,
        });
    }
}
