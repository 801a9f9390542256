/** What connections cost that are passed on as they are, beside Envoy and HAProxy: small exchanges, short connections, and many bytes. */
import { writeFileSync, mkdirSync } from "node:fs";
import path from "node:path";
import { findEnvoy } from "../harness/envoy";
import { freePorts } from "../harness/ports";
import { findTool } from "../harness/tools";
import { measureAndPrint, type Measured, type Proxy } from "./http2/measure";
import { envoy, startEnvoyOver } from "./peers/envoy";
import { gatehouse, serviceOf, startGatehouseOver } from "./peers/gatehouse";
import { haproxy } from "./peers/haproxy";
import { startStreamBackend, startStreamClient, type StreamClient, type StreamOrder } from "./streams/programs";
import { startServer, temporaryFolder, type Running } from "./tools";

const MIB = 1 << 20;
const SMALL = { Envoy: 1 };
const BULK = { Envoy: 0.95 };

export function objects(port: number, backendPort: number): object[] {
    const metadata = { name: "bench", namespace: "bench" };
    const servers = [{ port: { number: port, name: "tcp", protocol: "TCP" }, hosts: ["*"] }];
    const route = [{ destination: { host: "backend", port: { number: 80 } } }];
    return [
        { apiVersion: "networking.istio.io/v1", kind: "Gateway", metadata, spec: { selector: { istio: "bench" }, servers } },
        {
            apiVersion: "networking.istio.io/v1",
            kind: "VirtualService",
            metadata,
            spec: { hosts: ["*"], gateways: ["bench"], tcp: [{ match: [{ port }], route }] },
        },
        ...serviceOf("backend", backendPort, "tcp"),
    ];
}

function startTcpHaproxy(folder: string, port: number, backendPort: number): Promise<Running> {
    mkdirSync(folder, { recursive: true });
    const file = path.join(folder, "haproxy.cfg");
    writeFileSync(
        file,
        `
global
    nbthread 1
    maxconn 9000
defaults
    mode tcp
    timeout client 60s
    timeout server 60s
    timeout connect 5s
listen tcp
    bind 127.0.0.1:${port}
    server one 127.0.0.1:${backendPort}
`,
    );
    return startServer(findTool("haproxy")!, ["-db", "-f", file], [port]);
}

export function startTcpEnvoy(folder: string, port: number, backendPort: number): Promise<Running> {
    const address = (of: number): object => ({ socket_address: { address: "127.0.0.1", port_value: of } });
    const type = "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";
    const proxy = { "@type": type, stat_prefix: "bench", cluster: "backend" };
    const endpoints = [{ lb_endpoints: [{ endpoint: { address: address(backendPort) } }] }];
    const thresholds = [{ max_connections: 1_000_000, max_pending_requests: 1_000_000 }];
    const config = {
        static_resources: {
            listeners: [
                {
                    address: address(port),
                    filter_chains: [{ filters: [{ name: "envoy.filters.network.tcp_proxy", typed_config: proxy }] }],
                },
            ],
            clusters: [
                {
                    name: "backend",
                    type: "STATIC",
                    circuit_breakers: { thresholds },
                    load_assignment: { cluster_name: "backend", endpoints },
                },
            ],
        },
    };
    return startEnvoyOver(folder, config, [port]);
}

function works(client: StreamClient): readonly Measured[] {
    type Work = Omit<StreamOrder, "port" | "tls" | "websocket">;
    const work = (name: string, unit: string, count: number, wanted: Measured["wanted"], order: Work): Measured => ({
        name,
        tls: false,
        unit,
        count,
        wanted,
        load: (port) => client.carryOut({ ...order, tls: false, websocket: false, port }),
    });
    const few = { connections: 1, atOnce: 1, exchanges: 1 };
    return [
        work("round trips of 64 bytes on 32 open connections", "round trip", 32_000, SMALL, {
            connections: 32,
            atOnce: 32,
            exchange: "echo",
            exchanges: 1_000,
            bytes: 64,
        }),
        work("a connection for each round trip of 64 bytes, 32 at a time", "connection", 3_000, SMALL, {
            connections: 3_000,
            atOnce: 32,
            exchange: "echo",
            exchanges: 1,
            bytes: 64,
        }),
        work("256 MiB down one connection", "MiB", 256, BULK, { ...few, exchange: "down", bytes: 256 * MIB }),
        work("256 MiB up one connection", "MiB", 256, BULK, { ...few, exchange: "up", bytes: 256 * MIB }),
    ];
}

export async function benchTcp(): Promise<void> {
    const folder = temporaryFolder();
    const backend = await startStreamBackend();
    const client = startStreamClient();
    const proxies: Proxy[] = [];
    const add = async (
        peer: Proxy["peer"],
        isHere: boolean,
        start: (of: string, port: number, to: number) => Promise<Running>,
    ): Promise<void> => {
        if (!isHere) return console.log(`${peer.name}: skipped, as it is not on this machine.`);
        const [port = 0] = await freePorts(1);
        const running = await start(path.join(folder, peer.name), port, backend.port);
        proxies.push({ peer, setting: { httpPort: port, httpsPort: 0 }, running });
    };
    try {
        await add(haproxy, findTool("haproxy") !== undefined, startTcpHaproxy);
        await add(envoy, findEnvoy() !== undefined, startTcpEnvoy);
        await add(gatehouse, true, (of, port, to) => startGatehouseOver(of, objects(port, to), [port]));
        console.log("TCP: CPU of the proxy");
        await measureAndPrint(works(client), proxies);
    } finally {
        for (const { running } of proxies) await running.stop();
        await client.stop();
        await backend.stop();
    }
}
