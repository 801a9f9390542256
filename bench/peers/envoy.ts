/** Envoy with one worker thread and a configuration of its own, with the filters that istiod would put before its router. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { findEnvoy } from "../../harness/envoy";
import { startServer, type Running } from "../tools";

export interface EnvoySetting {
    readonly folder: string;
    readonly port: number;
    readonly backendPort: number;
    readonly hosts: readonly string[];
    /** HTTP filters before the router. */
    readonly filters: readonly object[];
    /** More clusters, each of one endpoint on loopback. */
    readonly clusters: readonly { readonly name: string; readonly port: number }[];
}

const HTTP = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
const ROUTER = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";

export function startEnvoy(setting: EnvoySetting): Promise<Running> {
    mkdirSync(setting.folder, { recursive: true });
    const file = path.join(setting.folder, "envoy.json");
    writeFileSync(file, JSON.stringify(bootstrap(setting)));
    const args = ["-c", file, "--concurrency", "1", "--disable-hot-restart", "--log-level", "error"];
    return startServer(findEnvoy()!, args, [setting.port]);
}

function bootstrap({ port, backendPort, hosts, filters, clusters }: EnvoySetting): object {
    const manager = {
        "@type": HTTP,
        stat_prefix: "bench",
        use_remote_address: true,
        normalize_path: true,
        route_config: { virtual_hosts: hosts.map((host) => virtualHost(host)) },
        http_filters: [...filters, { name: "envoy.filters.http.router", typed_config: { "@type": ROUTER } }],
    };
    return {
        static_resources: {
            listeners: [
                {
                    address: address(port),
                    filter_chains: [{ filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }] }],
                },
            ],
            clusters: [{ name: "backend", port: backendPort }, ...clusters].map(({ name, port: to }) => ({
                name,
                type: "STATIC",
                load_assignment: {
                    cluster_name: name,
                    endpoints: [{ lb_endpoints: [{ endpoint: { address: address(to) } }] }],
                },
            })),
        },
    };
}

function virtualHost(host: string): object {
    return {
        name: host,
        domains: host === "*" ? ["*"] : [host, `${host}:*`],
        routes: [{ match: { prefix: "/" }, route: { cluster: "backend" } }],
    };
}

function address(port: number): object {
    return { socket_address: { address: "127.0.0.1", port_value: port } };
}
