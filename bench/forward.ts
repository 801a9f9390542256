/** What tunnels through a forward proxy cost, beside Envoy and Squid: opening them, small exchanges, and many bytes. */
import path from "node:path";
import { findEnvoy } from "../harness/envoy";
import { freePorts } from "../harness/ports";
import { findTool } from "../harness/tools";
import { startOutside, startTunnelClient, type TunnelClient, type TunnelOrder } from "./forward/programs";
import { measureAndPrint, type Measured, type Proxy } from "./http2/measure";
import { startEnvoy } from "./peers/envoy";
import { startGatehouseOver } from "./peers/gatehouse";
import { startSquid } from "./peers/squid";
import { temporaryFolder, type Running } from "./tools";

const HOST = "outside.bench.example";
const MIB = 1 << 20;
const WANTED = { Envoy: 1, Squid: 1 };

/** The Gateway whose one server is a forward proxy, and the one entry that leads through it. */
function objects(port: number, outside: number): object[] {
    const metadata = (name: string, annotations: object): object => ({ name, namespace: "bench", annotations });
    return [
        {
            apiVersion: "networking.istio.io/v1",
            kind: "Gateway",
            metadata: metadata("proxy", { "gatehouse.dev/forward-proxy": "http-proxy" }),
            spec: {
                selector: { istio: "egress" },
                servers: [{ port: { number: port, name: "http-proxy", protocol: "HTTP" }, hosts: ["*"] }],
            },
        },
        {
            apiVersion: "networking.istio.io/v1",
            kind: "ServiceEntry",
            metadata: metadata("outside", {
                "gatehouse.dev/forward-proxy": "bench/proxy",
                "gatehouse.dev/inner-addresses": "127.0.0.0/8",
            }),
            spec: {
                hosts: [HOST],
                location: "MESH_EXTERNAL",
                resolution: "STATIC",
                ports: [{ number: outside, name: "https", protocol: "HTTPS" }],
                endpoints: [{ address: "127.0.0.1" }],
            },
        },
    ];
}

function works(client: TunnelClient, outside: number): readonly Measured[] {
    const work = (name: string, unit: string, count: number, order: Omit<TunnelOrder, "port" | "authority" | "host">): Measured => ({
        name,
        tls: false,
        unit,
        count,
        wanted: WANTED,
        load: (port) => client.carryOut({ ...order, port, authority: `${HOST}:${outside}`, host: HOST }),
    });
    return [
        work("tunnels with 4 exchanges of 64 bytes, 32 at a time", "tunnel", 2_000, {
            tunnels: 2_000,
            atOnce: 32,
            exchange: "echo",
            exchanges: 4,
            bytes: 64,
        }),
        work("round trips of 64 bytes in 32 open tunnels", "round trip", 32_000, {
            tunnels: 32,
            atOnce: 32,
            exchange: "echo",
            exchanges: 1_000,
            bytes: 64,
        }),
        work("512 MiB down one tunnel", "MiB", 512, { tunnels: 1, atOnce: 1, exchange: "down", exchanges: 1, bytes: 512 * MIB }),
        work("512 MiB up one tunnel", "MiB", 512, { tunnels: 1, atOnce: 1, exchange: "up", exchanges: 1, bytes: 512 * MIB }),
    ];
}

export async function benchForward(): Promise<void> {
    const folder = temporaryFolder();
    const [ours = 0, envoy = 0, squid = 0] = await freePorts(3);
    const outside = await startOutside();
    const client = startTunnelClient();
    const proxies: Proxy[] = [];
    const add = async (name: string, port: number, start: Promise<Running>): Promise<void> => {
        proxies.push({ peer: { name }, setting: { httpPort: port, httpsPort: 0 }, running: await start });
    };
    const of = (name: string): string => path.join(folder, name);
    try {
        if (findTool("squid") === undefined) console.log("Squid: skipped, as it is not on this machine (Debian package: squid).");
        else await add("Squid", squid, startSquid({ folder: of("squid"), port: squid, host: HOST, address: "127.0.0.1" }));
        if (findEnvoy() === undefined) console.log("Envoy: skipped, as it is not there (npm run e2e:tools fetches it).");
        else {
            const setting = { folder: of("envoy"), port: envoy, backendPort: outside.port, hosts: [HOST], filters: [], clusters: [] };
            await add("Envoy", envoy, startEnvoy({ ...setting, isForwardProxy: true }));
        }
        await add("Gatehouse", ours, startGatehouseOver(of("gatehouse"), objects(ours, outside.port), [ours]));
        console.log("Forward proxy, CONNECT: CPU of the proxy");
        await measureAndPrint(works(client, outside.port), proxies);
    } finally {
        for (const { running } of proxies) await running.stop();
        await client.stop();
        await outside.stop();
    }
}
