/**
 * What an idle connection holds: memory of all processes of a proxy before and after some of 10,000 of them, each of which has
 * had one answer. The first of them are not counted: what every proxy allocates once, and keeps, is there by then.
 */
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { findEnvoy } from "../harness/envoy";
import { freePorts } from "../harness/ports";
import { certificateIn } from "./certificate";
import { family } from "./cpu";
import { missingFor } from "./http2/measure";
import { startHolder } from "./idle/programs";
import { envoy } from "./peers/envoy";
import { gatehouse } from "./peers/gatehouse";
import { haproxy } from "./peers/haproxy";
import { nginx, startBackend } from "./peers/nginx";
import type { Peer } from "./peers/peer";
import { report, type Wanted } from "./report";
import { temporaryFolder } from "./tools";

const FIRST = 900;
const CONNECTIONS = 9_000;
/** Most that a proxy may have, both ways: of 20,000 descriptors. */
const BOUND = 9_950;
/** What is freed late, as by a collector, has been by then. */
const SETTLE_MS = 8_000;

const TARGETS: readonly Wanted[] = [{ times: 1, of: [envoy.name] }];

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, SETTLE_MS));

export async function benchIdle(): Promise<void> {
    const missing = missingFor(["nginx", "openssl"]);
    if (missing !== undefined) return console.log(`Idle connections: skipped, as there is no ${missing} on the PATH.`);
    const folder = temporaryFolder();
    console.log(`Idle connections: bytes each of ${CONNECTIONS} beyond the first ${FIRST}; all processes of a proxy`);
    for (const tls of [false, true]) {
        console.log(tls ? "  TLS" : "  plain");
        const peers: Record<string, number> = {};
        for (const peer of [nginx, haproxy, envoy, gatehouse]) {
            const isHere = peer === envoy ? findEnvoy() !== undefined : missingFor(peer.tools) === undefined;
            if (!isHere) {
                console.log(`    ${peer.name}: skipped, as it is not on this machine.`);
                continue;
            }
            const sizes = await measure(peer, folder, tls).catch((error: unknown) => failed(peer, error));
            if (sizes === undefined) continue;
            const { first, before, after } = sizes;
            const each = (after - before) / CONNECTIONS;
            const mebibytes = [first, before, after].map((bytes) => (bytes / 1_048_576).toFixed(0)).join(" -> ");
            console.log(`    ${peer.name.padEnd(10)} ${each.toFixed(0).padStart(6)} bytes   ${mebibytes} MiB`);
            if (peer !== gatehouse) peers[peer.name] = each;
            else
                report({
                    work: `idle connections, ${tls ? "TLS" : "plain"}`,
                    unit: "bytes each",
                    gatehouse: each,
                    peers,
                    targets: TARGETS,
                });
        }
    }
}

/** It is named, and the others are measured. */
function failed({ name }: Peer, error: unknown): undefined {
    console.log(`    ${name} fails: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
}

async function measure(peer: Peer, folder: string, tls: boolean): Promise<{ first: number; before: number; after: number }> {
    const own = path.join(folder, `${peer.name}-${tls}`);
    mkdirSync(own, { recursive: true });
    const [backendPort = 0, httpPort = 0, httpsPort = 0] = await freePorts(3);
    const running = await peer.start({ folder: own, backendPort, httpPort, httpsPort, ...certificateIn(folder), connections: BOUND });
    const backend = await startBackend(own, backendPort);
    const holder = startHolder();
    try {
        const order = { port: tls ? httpsPort : httpPort, tls };
        const first = residentBytes(running.pid);
        await holder.hold({ ...order, connections: FIRST });
        await settled();
        const before = residentBytes(running.pid);
        const open = await holder.hold({ ...order, connections: CONNECTIONS });
        await settled();
        const after = residentBytes(running.pid);
        if (open !== FIRST + CONNECTIONS) throw new Error(`${peer.name}: ${open} connections are open`);
        return { first, before, after };
    } finally {
        await running.stop();
        await holder.stop();
        await backend.stop();
    }
}

function residentBytes(pid: number): number {
    const of = (one: number): number => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${one}/status`, "utf8"))?.[1] ?? 0);
    return family(pid).reduce((sum, one) => sum + of(one), 0) * 1_024;
}
