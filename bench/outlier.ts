/**
 * What it costs on HTTP/1.1 that endpoints are watched: `outlierDetection` off and on, and Envoy with the same. Rounds are
 * interleaved and medians compared, within one run.
 */
import path from "node:path";
import { findEnvoy } from "../harness/envoy";
import { freePorts } from "../harness/ports";
import { cpuMicroseconds } from "./cpu";
import type { Load } from "./load";
import { missingFor } from "./http2/measure";
import { startEnvoy } from "./peers/envoy";
import { startGatehouse } from "./peers/gatehouse";
import { startBackend } from "./peers/nginx";
import { measureRounds } from "./rounds";
import { median, temporaryFolder, type Running } from "./tools";

const LOAD: Load = { connections: 32, seconds: 2 };
const ROUNDS = 5;
const RULE = {
    apiVersion: "networking.istio.io/v1",
    kind: "DestinationRule",
    metadata: { name: "backend", namespace: "bench" },
    spec: { host: "backend", trafficPolicy: { outlierDetection: { consecutive5xxErrors: 5, consecutiveGatewayErrors: 3 } } },
};

interface Row {
    readonly name: string;
    readonly port: number;
    readonly running: Running;
    readonly costs: number[];
}

export async function benchOutlier(): Promise<void> {
    const missing = missingFor(["wrk", "nginx"]);
    if (missing !== undefined) {
        console.log(`Outlier detection: skipped, as there is no ${missing} on the PATH (Debian packages: wrk, nginx-light).`);
        return;
    }
    const folder = temporaryFolder();
    const [backendPort = 0, off = 0, on = 0, plain = 0, watching = 0] = await freePorts(5);
    const backend = await startBackend(folder, backendPort);
    const rows: Row[] = [];
    const add = async (name: string, port: number, start: Promise<Running>): Promise<void> => {
        rows.push({ name, port, running: await start, costs: [] });
    };
    const gatehouse = (name: string, httpPort: number, objects: readonly object[]): Promise<void> =>
        add(name, httpPort, startGatehouse({ folder: path.join(folder, name), backendPort, httpPort, httpsPort: 0 }, ["*"], objects));
    const envoy = (name: string, port: number, isWatching: boolean): Promise<void> =>
        add(
            name,
            port,
            startEnvoy({ folder: path.join(folder, name), port, backendPort, hosts: ["*"], filters: [], clusters: [], isWatching }),
        );
    try {
        await gatehouse("Gatehouse off", off, []);
        await gatehouse("Gatehouse on", on, [RULE]);
        if (findEnvoy() === undefined) console.log("Envoy: skipped, as it is not there (npm run e2e:tools fetches it).");
        else {
            await envoy("Envoy off", plain, false);
            await envoy("Envoy on", watching, true);
        }
        await measureRounds(rows, ROUNDS, LOAD, ({ running }) => cpuMicroseconds(running.pid));
        print(rows);
    } finally {
        for (const { running } of rows) await running.stop();
        await backend.stop();
    }
}

function print(rows: readonly Row[]): void {
    console.log(`CPU per request, µs: medians of ${ROUNDS} interleaved rounds of ${LOAD.seconds} s with ${LOAD.connections} connections`);
    for (const { name, costs } of rows)
        console.log(
            `    ${name.padEnd(14)} ${median(costs).toFixed(1).padStart(6)}   rounds ${costs.map((one) => one.toFixed(1)).join(" ")}`,
        );
}
