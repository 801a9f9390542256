/**
 * What it adds that an application's requests leave by an egress gateway, beside Envoy in the same places: CPU of the
 * application's proxy and the gateway together, less that of the application's proxy alone. Ratios within one run.
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { findEnvoy } from "../harness/envoy";
import { freePorts } from "../harness/ports";
import { cpuMicroseconds } from "./cpu";
import type { Load } from "./load";
import { missingFor } from "./http2/measure";
import { startEnvoy } from "./peers/envoy";
import { serviceOf, startGatehouseOver } from "./peers/gatehouse";
import { startBackend } from "./peers/nginx";
import { measureRounds } from "./rounds";
import { median, temporaryFolder, type Running } from "./tools";

const HOST = "outside.bench.example";
const LOAD: Load = { connections: 32, seconds: 2, host: HOST };
const ROUNDS = 5;
const WANTED = 1;

type Side = "Envoy" | "Gatehouse";

/** The proxies that a request passes. */
interface Way {
    readonly side: Side;
    readonly hops: 1 | 2;
    /** Of the application's proxy. */
    readonly port: number;
    readonly proxies: readonly Running[];
    readonly costs: number[];
}

export async function benchEgress(): Promise<void> {
    const missing = missingFor(["wrk", "nginx"]);
    if (missing !== undefined) {
        console.log(`Egress: skipped, as there is no ${missing} on the PATH (Debian packages: wrk, nginx-light).`);
        return;
    }
    const folder = temporaryFolder();
    const [outside = 0] = await freePorts(1);
    const backend = await startBackend(folder, outside);
    const ways: Way[] = [];
    try {
        if (findEnvoy() === undefined) console.log("Envoy: skipped, as it is not there (npm run e2e:tools fetches it).");
        else for (const hops of [1, 2] as const) ways.push(await startWay("Envoy", hops, folder, outside));
        for (const hops of [1, 2] as const) ways.push(await startWay("Gatehouse", hops, folder, outside));
        await measure(ways, folder);
        print(ways);
    } finally {
        for (const { proxies } of ways) for (const proxy of proxies) await proxy.stop();
        await backend.stop();
    }
}

async function startWay(side: Side, hops: 1 | 2, folder: string, outside: number): Promise<Way> {
    const [port = 0, gateway = 0] = await freePorts(2);
    const own = path.join(folder, `${side}-${hops}`);
    const mesh = path.join(own, "mesh");
    const egress = path.join(own, "egress");
    const proxies: Running[] = [];
    if (side === "Envoy") {
        const start = (to: string, at: number, backendPort: number): Promise<Running> =>
            startEnvoy({ folder: to, port: at, backendPort, hosts: [HOST], filters: [], clusters: [] });
        if (hops === 2) proxies.push(await start(egress, gateway, outside));
        proxies.push(await start(mesh, port, hops === 2 ? gateway : outside));
    } else {
        const objects = [entry(outside), ...(hops === 2 ? throughGateway(gateway) : [])];
        if (hops === 2) proxies.push(await startGatehouseOver(egress, objects, [gateway], ["--labels", "istio=egress"]));
        const options = ["--mode", "mesh", "--labels", "app=web", "--http-proxy", `127.0.0.1:${port}`];
        proxies.push(await startGatehouseOver(mesh, objects, [port], options));
    }
    return { side, hops, port, proxies, costs: [] };
}

/** What the application asks for at port 80. */
function entry(outside: number): object {
    return {
        apiVersion: "networking.istio.io/v1",
        kind: "ServiceEntry",
        metadata: { name: "outside", namespace: "bench" },
        spec: {
            hosts: [HOST],
            location: "MESH_EXTERNAL",
            resolution: "STATIC",
            ports: [{ number: 80, name: "http", protocol: "HTTP", targetPort: outside }],
            endpoints: [{ address: "127.0.0.1" }],
        },
    };
}

/** From the application to the gateway, and from there to the outside. */
function throughGateway(port: number): object[] {
    const metadata = { name: "egress", namespace: "bench" };
    const to = (host: string): object[] => [{ destination: { host, port: { number: 80 } } }];
    return [
        {
            apiVersion: "networking.istio.io/v1",
            kind: "Gateway",
            metadata,
            spec: { selector: { istio: "egress" }, servers: [{ port: { number: port, name: "http", protocol: "HTTP" }, hosts: [HOST] }] },
        },
        {
            apiVersion: "networking.istio.io/v1",
            kind: "VirtualService",
            metadata,
            spec: {
                hosts: [HOST],
                gateways: ["mesh", "egress"],
                http: [
                    { match: [{ gateways: ["mesh"], port: 80 }], route: to("egress.bench.svc.cluster.local") },
                    { match: [{ gateways: ["egress"], port }], route: to(HOST) },
                ],
            },
        },
        ...serviceOf("egress", port),
    ];
}

async function measure(ways: readonly Way[], folder: string): Promise<void> {
    // In absolute form, as applications ask a proxy.
    const script = path.join(folder, "absolute.lua");
    writeFileSync(script, `wrk.path = "http://${HOST}/"\n`);
    await measureRounds(ways, ROUNDS, { ...LOAD, script }, ({ proxies }) =>
        proxies.reduce((sum, { pid }) => sum + cpuMicroseconds(pid), 0),
    );
}

function print(ways: readonly Way[]): void {
    console.log(
        `Egress: CPU per request from the application's proxy on, µs: medians of ${ROUNDS} interleaved rounds of ${LOAD.seconds} s with ${LOAD.connections} connections`,
    );
    const added = (["Envoy", "Gatehouse"] as const).map((side) => {
        const [one, two] = ([1, 2] as const).map((hops) => ways.find((way) => way.side === side && way.hops === hops));
        if (one === undefined || two === undefined) return undefined;
        const [alone, both] = [median(one.costs), median(two.costs)];
        console.log(
            `    ${side.padEnd(10)} straight out ${alone.toFixed(1).padStart(6)}   by the gateway ${both.toFixed(1).padStart(6)}   + ${(both - alone).toFixed(1)}`,
        );
        return both - alone;
    });
    const [envoy, ours] = added;
    if (envoy !== undefined && ours !== undefined)
        console.log(`    ${(ours / envoy).toFixed(2)} x what it adds with Envoy (wanted: ${WANTED})`);
}
