/**
 * How long requests take at half of what a proxy can do, beside nginx, HAProxy and Envoy, with two workers each. Requests leave at
 * their times, whether those before them were answered or not, and the wait counts from then: a proxy that stalls can't
 * hide it by being asked less ("coordinated omission").
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { findEnvoy } from "../harness/envoy";
import { freePorts } from "../harness/ports";
import { findTool } from "../harness/tools";
import { certificateIn } from "./certificate";
import { missingFor } from "./http2/measure";
import { startOpenLoop, type LatencyAnswer, type OpenLoop } from "./latency/programs";
import { sendLoad } from "./load";
import { envoy } from "./peers/envoy";
import { gatehouse } from "./peers/gatehouse";
import { haproxy } from "./peers/haproxy";
import { nginx, startBackend } from "./peers/nginx";
import type { Peer, RunningPeer } from "./peers/peer";
import { report } from "./report";
import { median, temporaryFolder } from "./tools";

const ROUNDS = 5;
const SECONDS = 4;
const CONNECTIONS = 32;
const WORKERS = 2;
const QUANTILES = ["p50", "p99", "p999"] as const;
const NAMES = { p50: "p50", p99: "p99", p999: "p99.9" } as const;

interface Row {
    readonly peer: Peer;
    readonly running: RunningPeer;
    readonly port: number;
    /** Requests a second, as many as it takes. */
    most: number;
    readonly rounds: LatencyAnswer[];
}

export async function benchLatency(): Promise<void> {
    const missing = missingFor(["wrk", "nginx", "openssl"]);
    if (missing !== undefined)
        return console.log(`Latency: skipped, as there is no ${missing} on the PATH (Debian packages: wrk, nginx-light).`);
    const folder = temporaryFolder();
    const [backendPort = 0] = await freePorts(1);
    const backend = await startBackend(folder, backendPort);
    const client = startOpenLoop();
    const rows: Row[] = [];
    try {
        for (const peer of [nginx, haproxy, envoy, gatehouse]) {
            const isHere = peer === envoy ? findEnvoy() !== undefined : missingFor(peer.tools) === undefined;
            if (!isHere) console.log(`${peer.name}: skipped, as it is not on this machine.`);
            else rows.push(await startRow(peer, path.join(folder, peer.name), backendPort));
        }
        await measure(rows, client);
    } finally {
        for (const { running } of rows) await running.stop();
        await client.stop();
        await backend.stop();
    }
}

async function startRow(peer: Peer, folder: string, backendPort: number): Promise<Row> {
    const [port = 0, httpsPort = 0] = await freePorts(2);
    mkdirSync(folder);
    const setting = { folder, backendPort, httpPort: port, httpsPort, ...certificateIn(folder), workers: WORKERS };
    return { peer, running: await peer.start(setting), port, most: 0, rounds: [] };
}

/** All are asked as often: half as often as the slowest of them can answer, client and backend beside it. */
async function measure(rows: readonly Row[], client: OpenLoop): Promise<void> {
    const wrk = findTool("wrk")!;
    for (const row of rows) row.most = (await sendLoad(wrk, `http://127.0.0.1:${row.port}/`, { connections: CONNECTIONS, seconds: 2 })) / 2;
    const rate = Math.floor(Math.min(...rows.map(({ most }) => most)) / 2);
    for (let round = 0; round < ROUNDS; round++)
        for (const { port, rounds } of rows) rounds.push(await client.carryOut({ port, rate, seconds: SECONDS, connections: CONNECTIONS }));
    console.log(
        `Latency at ${rate} requests a second over ${CONNECTIONS} connections, ${WORKERS} workers: medians of ${ROUNDS} interleaved rounds, ms`,
    );
    for (const { peer, rounds, most } of rows) {
        const figures = QUANTILES.map(
            (which) =>
                `${NAMES[which]} ${median(rounds.map((one) => one[which]))
                    .toFixed(2)
                    .padStart(7)}`,
        );
        console.log(`    ${peer.name.padEnd(10)} ${figures.join("   ")}   ${most.toFixed(0)} requests a second at most`);
    }
    const own = rows.find(({ peer }) => peer === gatehouse)!;
    const others = rows.filter((row) => row !== own);
    for (const which of QUANTILES) {
        const of = ({ rounds }: Row): number[] => rounds.map((one) => one[which]);
        report({
            work: `${NAMES[which]} at half load, two workers`,
            unit: "ms",
            gatehouse: of(own),
            peers: Object.fromEntries(others.map((row) => [row.peer.name, of(row)])),
            targets: which === "p99" ? [{ times: 1.2, of: others.map(({ peer }) => peer.name) }] : [],
        });
    }
}
