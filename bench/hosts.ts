/**
 * CPU per request of a proxy with 10,000 hosts against one with ten, on HTTP/1.1. Each request is for the next of all of them, so
 * that what is looked up for a host is seldom what was looked up last. Rounds are interleaved.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { freePorts } from "../harness/ports";
import { cpuMicroseconds } from "./cpu";
import { missingFor } from "./http2/measure";
import { eachHostInTurn, type Load } from "./load";
import { serviceOf, startGatehouseOver } from "./peers/gatehouse";
import { startBackend } from "./peers/nginx";
import { report } from "./report";
import { measureRounds, type Row } from "./rounds";
import { median, temporaryFolder, type Running } from "./tools";

const LOAD: Load = { connections: 32, seconds: 3 };
const ROUNDS = 7;
const FEW = 10;
const MANY = 10_000;
const WANTED = 1.03;

interface HostRow extends Row {
    readonly hosts: number;
    readonly running: Running;
}

export async function benchHosts(): Promise<void> {
    const missing = missingFor(["wrk", "nginx"]);
    if (missing !== undefined) {
        console.log(`Hosts: skipped, as there is no ${missing} on the PATH (Debian packages: wrk, nginx-light).`);
        return;
    }
    const folder = temporaryFolder();
    const [backendPort = 0] = await freePorts(1);
    const backend = await startBackend(folder, backendPort);
    const rows: HostRow[] = [];
    try {
        for (const hosts of [FEW, MANY]) rows.push(await startRow(hosts, path.join(folder, String(hosts)), backendPort));
        await measureRounds(rows, ROUNDS, LOAD, ({ running }) => cpuMicroseconds(running.pid));
        print(rows);
    } finally {
        for (const { running } of rows) await running.stop();
        await backend.stop();
    }
}

async function startRow(hosts: number, folder: string, backendPort: number): Promise<HostRow> {
    const [port = 0] = await freePorts(1);
    mkdirSync(folder);
    const names = Array.from({ length: hosts }, (_, at) => `h${at}.example`);
    const script = path.join(folder, "hosts.lua");
    writeFileSync(script, eachHostInTurn(names));
    return { hosts, port, script, running: await startGatehouseOver(folder, objects(names, port, backendPort), [port]), costs: [] };
}

/** All lead to one Service: it is hosts that are counted. */
function objects(hosts: readonly string[], port: number, backendPort: number): object[] {
    const object = (kind: string, name: string, spec: object): object => ({
        apiVersion: "networking.istio.io/v1",
        kind,
        metadata: { name, namespace: "bench" },
        spec,
    });
    const servers = [{ port: { number: port, name: "http", protocol: "HTTP" }, hosts: ["*"] }];
    const http = [{ route: [{ destination: { host: "backend", port: { number: 80 } } }] }];
    return [
        object("Gateway", "bench", { selector: { istio: "bench" }, servers }),
        ...serviceOf("backend", backendPort),
        ...hosts.map((host, at) => object("VirtualService", `host-${at}`, { hosts: [host], gateways: ["bench"], http })),
    ];
}

function print(rows: readonly HostRow[]): void {
    console.log(`Hosts, CPU per request, µs: medians of ${ROUNDS} interleaved rounds of ${LOAD.seconds} s`);
    for (const { hosts, costs } of rows)
        console.log(
            `    ${String(hosts).padStart(6)} hosts ${median(costs).toFixed(1)}   rounds ${costs.map((one) => one.toFixed(1)).join(" ")}`,
        );
    const [few, many] = rows;
    report({
        work: "HTTP/1.1 with 10,000 hosts, each request for another",
        unit: "µs a request",
        gatehouse: many?.costs ?? [],
        peers: { "with ten hosts": few?.costs ?? [] },
        targets: [{ times: WANTED, of: ["with ten hosts"] }],
    });
}
