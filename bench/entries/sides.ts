/** An application's proxy that knows many ServiceEntries: the objects, and what istiod makes of them for Envoy. Each reads a file. */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { HTTP, ROUTER, startEnvoyOver } from "../peers/envoy";
import { startGatehouseOver } from "../peers/gatehouse";
import type { Running } from "../tools";

export const COUNT = 10_000;
/** The one whose endpoint changes stands in a file of its own. */
export const CHANGED = "outside-0.bench.example";
export const LAST = `outside-${COUNT - 1}.bench.example`;
const NUMBERS = Array.from({ length: COUNT }, (_, index) => index);

export interface EntriesSide {
    readonly name: "Envoy" | "Gatehouse";
    /** In this folder, at this port; all endpoints are here. */
    start(folder: string, port: number, endpoint: number): Promise<Running>;
    /** The endpoint of the one that changes is here from now on. */
    change(folder: string, endpoint: number): void;
}

/** At once, as those who watch files expect it. */
function put(folder: string, name: string, value: object): void {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, `.${name}`), JSON.stringify(value));
    renameSync(path.join(folder, `.${name}`), path.join(folder, name));
}

// --- Gatehouse -------------------------------------------------------------------------------------------------------

function entry(index: number, endpoint: number): object {
    return {
        apiVersion: "networking.istio.io/v1",
        kind: "ServiceEntry",
        metadata: { name: `outside-${index}`, namespace: "bench" },
        spec: {
            hosts: [`outside-${index}.bench.example`],
            location: "MESH_EXTERNAL",
            resolution: "STATIC",
            ports: [{ number: 80, name: "http", protocol: "HTTP", targetPort: endpoint }],
            endpoints: [{ address: "127.0.0.1" }],
        },
    };
}

export const gatehouse: EntriesSide = {
    name: "Gatehouse",
    start: (folder, port, endpoint) => {
        gatehouse.change(folder, endpoint);
        const entries = NUMBERS.slice(1).map((index) => entry(index, endpoint));
        return startGatehouseOver(folder, entries, [port], ["--mode", "mesh", "--labels", "app=web", "--http-proxy", `127.0.0.1:${port}`]);
    },
    change: (folder, endpoint) => put(path.join(folder, "resources"), "changed.json", entry(0, endpoint)),
};

// --- Envoy -----------------------------------------------------------------------------------------------------------

const clusterName = (index: number): string => `outbound|80||outside-${index}.bench.example`;

function assignment(index: number, endpoint: number): object {
    const address = { socket_address: { address: "127.0.0.1", port_value: endpoint } };
    return { cluster_name: clusterName(index), endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] };
}

function cluster(index: number, endpoint: number, changes: string): object {
    const name = clusterName(index);
    if (index > 0) return { name, type: "STATIC", load_assignment: assignment(index, endpoint) };
    return { name, type: "EDS", eds_cluster_config: { eds_config: { path_config_source: { path: changes }, resource_api_version: "V3" } } };
}

function bootstrap(folder: string, port: number, endpoint: number): object {
    const hosts = NUMBERS.map((index) => ({
        name: `outside-${index}.bench.example:80`,
        domains: [`outside-${index}.bench.example`, `outside-${index}.bench.example:80`],
        routes: [{ match: { prefix: "/" }, route: { cluster: clusterName(index), timeout: "0s" } }],
    }));
    const manager = {
        "@type": HTTP,
        stat_prefix: "bench",
        route_config: { virtual_hosts: hosts },
        http_filters: [{ name: "envoy.filters.http.router", typed_config: { "@type": ROUTER } }],
    };
    return {
        node: { id: "bench", cluster: "bench" },
        static_resources: {
            listeners: [
                {
                    address: { socket_address: { address: "127.0.0.1", port_value: port } },
                    filter_chains: [{ filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }] }],
                },
            ],
            clusters: NUMBERS.map((index) => cluster(index, endpoint, path.join(folder, "changed.json"))),
        },
    };
}

const ASSIGNMENT = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";

export const envoy: EntriesSide = {
    name: "Envoy",
    start: (folder, port, endpoint) => {
        envoy.change(folder, endpoint);
        return startEnvoyOver(folder, bootstrap(folder, port, endpoint), [port]);
    },
    change: (folder, endpoint) => put(folder, "changed.json", { resources: [{ "@type": ASSIGNMENT, ...assignment(0, endpoint) }] }),
};
