/**
 * What it costs to lead a client back to its endpoint among a thousand, beside Envoy: CPU per request with a hash of a header, and
 * with the choice that there is without one, in the same rounds.
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { findEnvoy } from "../harness/envoy";
import { freePorts } from "../harness/ports";
import { findTool } from "../harness/tools";
import { cpuMicroseconds } from "./cpu";
import type { Load } from "./load";
import { startEnvoy } from "./peers/envoy";
import { startGatehouse } from "./peers/gatehouse";
import { startBackend } from "./peers/nginx";
import { measureRounds } from "./rounds";
import { median, temporaryFolder, type Running } from "./tools";

const LOAD: Load = { connections: 32, seconds: 3 };
const ROUNDS = 5;
const HEADER = "x-user";
/** The first is where a server is seen to be up. */
const ADDRESSES = Array.from({ length: 1000 }, (_, at) => `127.0.${Math.floor(at / 250)}.${1 + (at % 250)}`);
const CHOICES = ["by load", "by hash"] as const;
const SIDES = ["Envoy", "Gatehouse"] as const;

interface Row {
    readonly side: (typeof SIDES)[number];
    readonly choice: (typeof CHOICES)[number];
    readonly running: Running;
    readonly port: number;
    readonly costs: number[];
}

const RULE = {
    apiVersion: "networking.istio.io/v1",
    kind: "DestinationRule",
    metadata: { name: "backend", namespace: "bench" },
    spec: {
        host: "backend.bench.svc.cluster.local",
        trafficPolicy: { loadBalancer: { consistentHash: { httpHeaderName: HEADER } } },
    },
};

export async function benchHash(): Promise<void> {
    const missing = ["wrk", "nginx"].filter((tool) => findTool(tool) === undefined);
    if (findEnvoy() === undefined) missing.push("Envoy");
    if (missing.length > 0) {
        console.log(`Hash: skipped, as there is no ${missing.join(" and no ")} (CONTRIBUTING.md says where they are looked for).`);
        return;
    }
    const folder = temporaryFolder();
    const [backendPort = 0] = await freePorts(1);
    const backend = await startBackend(folder, backendPort, ADDRESSES);
    const rows: Row[] = [];
    try {
        for (const choice of CHOICES) for (const side of SIDES) rows.push(await startRow(side, choice, folder, backendPort));
        await measureRounds(rows, ROUNDS, { ...LOAD, script: clientScript(folder) }, ({ running }) => cpuMicroseconds(running.pid));
        print(rows);
    } finally {
        for (const { running } of rows) await running.stop();
        await backend.stop();
    }
}

async function startRow(side: Row["side"], choice: Row["choice"], parent: string, backendPort: number): Promise<Row> {
    const [port = 0, unused = 0] = await freePorts(2);
    const folder = path.join(parent, `${port}`);
    const isHashed = choice === "by hash";
    const common = { folder, backendPort, addresses: ADDRESSES };
    const running =
        side === "Envoy"
            ? await startEnvoy({ ...common, port, hosts: ["*"], filters: [], clusters: [], ...(isHashed ? { hashHeader: HEADER } : {}) })
            : await startGatehouse({ ...common, httpPort: port, httpsPort: unused }, ["*"], isHashed ? [RULE] : []);
    return { side, choice, running, port, costs: [] };
}

/** Ten thousand clients, one after the other, on whatever connection. */
function clientScript(folder: string): string {
    const file = path.join(folder, "clients.lua");
    writeFileSync(
        file,
        `local n = 0\nrequest = function() n = (n + 7919) % 10000; wrk.headers["${HEADER}"] = "client-" .. n; return wrk.format() end\n`,
    );
    return file;
}

function print(rows: readonly Row[]): void {
    console.log(
        `CPU per request with ${ADDRESSES.length} endpoints, µs: medians of ${ROUNDS} interleaved rounds of ${LOAD.seconds} s with ${LOAD.connections} connections; wanted: 1.0 x Envoy's`,
    );
    for (const choice of CHOICES) {
        console.log(`  ${choice}`);
        const [envoy = 0, ours = 0] = SIDES.map((side) => {
            const { costs } = rows.find((row) => row.side === side && row.choice === choice)!;
            console.log(
                `    ${side.padEnd(10)} ${median(costs).toFixed(1).padStart(6)}   rounds ${costs.map((one) => one.toFixed(1)).join(" ")}`,
            );
            return median(costs);
        });
        console.log(`    ${(ours / envoy).toFixed(2)} x Envoy`);
    }
}
