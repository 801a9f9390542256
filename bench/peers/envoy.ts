/** Envoy with one worker thread and a configuration of its own, with the filters that istiod would put before its router. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { findEnvoy } from "../../harness/envoy";
import { startServer, type Running } from "../tools";
import { STREAMS, type Peer, type PeerSetting } from "./peer";

export interface EnvoySetting {
    readonly folder: string;
    readonly port: number;
    readonly backendPort: number;
    readonly hosts: readonly string[];
    /** HTTP filters before the router. */
    readonly filters: readonly object[];
    /** More clusters, each of one endpoint on loopback. */
    readonly clusters: readonly { readonly name: string; readonly port: number }[];
    /** A second port, with TLS. */
    readonly https?: Pick<PeerSetting, "httpsPort" | "certificate" | "key">;
    /** Where the backend is, if not on 127.0.0.1 alone. */
    readonly addresses?: readonly string[];
    /** One endpoint for one value of this header, by a ring as istiod asks for it. */
    readonly hashHeader?: string;
    /** The backend speaks HTTP/2. */
    readonly toHttp2?: boolean;
    /** The backend is watched for what it answers. */
    readonly isWatching?: boolean;
    /** Threads that serve. Absent: one. */
    readonly workers?: number;
    /** It answers CONNECT, with tunnels to the backend. */
    readonly isForwardProxy?: boolean;
}

const TYPE = "type.googleapis.com/envoy.extensions";
export const HTTP = `${TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager`;
export const ROUTER = `${TYPE}.filters.http.router.v3.Router`;
const SERVER_TLS = `${TYPE}.transport_sockets.tls.v3.DownstreamTlsContext`;
const OPTIONS = `${TYPE}.upstreams.http.v3.HttpProtocolOptions`;
const LOOPBACK = "127.0.0.1";
/** As istiod bounds nothing that nobody asked it to. */
const UNBOUNDED = 1_000_000;

export function startEnvoy(setting: EnvoySetting): Promise<Running> {
    const { folder, port, https, workers } = setting;
    return startEnvoyOver(folder, bootstrap(setting), https === undefined ? [port] : [port, https.httpsPort], workers);
}

/** Over this bootstrap, until these ports answer. */
export function startEnvoyOver(folder: string, config: object, ports: readonly number[], workers = 1): Promise<Running> {
    mkdirSync(folder, { recursive: true });
    const file = path.join(folder, "envoy.json");
    writeFileSync(file, JSON.stringify(config));
    return startServer(
        findEnvoy()!,
        ["-c", file, "--concurrency", String(workers), "--disable-hot-restart", "--log-level", "error"],
        ports,
    );
}

export const envoy: Peer = {
    name: "Envoy",
    tools: [],
    start: (setting) =>
        startEnvoy({
            folder: path.join(setting.folder, "envoy"),
            port: setting.httpPort,
            backendPort: setting.backendPort,
            hosts: ["*"],
            filters: [],
            clusters: [],
            https: setting,
            toHttp2: setting.http2 === "to http2",
            ...(setting.workers === undefined ? {} : { workers: setting.workers }),
        }),
};

function bootstrap({
    port,
    backendPort,
    hosts,
    filters,
    clusters,
    https,
    toHttp2,
    isWatching,
    addresses,
    hashHeader,
    isForwardProxy,
}: EnvoySetting): object {
    const manager = {
        "@type": HTTP,
        stat_prefix: "bench",
        use_remote_address: true,
        normalize_path: true,
        http2_protocol_options: { max_concurrent_streams: STREAMS },
        route_config: { virtual_hosts: hosts.map((host) => virtualHost(host, isForwardProxy ? TUNNELS : requests(hashHeader))) },
        upgrade_configs: [{ upgrade_type: isForwardProxy ? "CONNECT" : "websocket" }],
        http_filters: [...filters, { name: "envoy.filters.http.router", typed_config: { "@type": ROUTER } }],
    };
    const chain = { filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }] };
    return {
        static_resources: {
            listeners: [
                { address: address(port), filter_chains: [chain] },
                ...(https
                    ? [{ address: address(https.httpsPort), filter_chains: [{ ...chain, transport_socket: serverTls(https) }] }]
                    : []),
            ],
            clusters: [{ name: "backend", port: backendPort }, ...clusters].map(({ name, port: to }) => ({
                name,
                type: "STATIC",
                circuit_breakers: {
                    thresholds: [{ max_connections: UNBOUNDED, max_pending_requests: UNBOUNDED, max_requests: UNBOUNDED }],
                },
                ...(isWatching && name === "backend" ? { outlier_detection: { consecutive_5xx: 5, consecutive_gateway_failure: 3 } } : {}),
                ...(toHttp2 && name === "backend" ? { typed_extension_protocol_options: HTTP2 } : {}),
                ...(hashHeader && name === "backend" ? { lb_policy: "RING_HASH", ring_hash_lb_config: { minimum_ring_size: 1024 } } : {}),
                load_assignment: {
                    cluster_name: name,
                    endpoints: [
                        {
                            lb_endpoints: ((name === "backend" && addresses) || [LOOPBACK]).map((of) => ({
                                endpoint: { address: address(to, of) },
                            })),
                        },
                    ],
                },
            })),
        },
    };
}

const HTTP2 = {
    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": OPTIONS,
        explicit_http_config: { http2_protocol_options: {} },
    },
};

function serverTls({ certificate, key }: Pick<PeerSetting, "certificate" | "key">): object {
    const context = {
        alpn_protocols: ["h2", "http/1.1"],
        tls_certificates: [{ certificate_chain: { filename: certificate }, private_key: { filename: key } }],
    };
    return { name: "envoy.transport_sockets.tls", typed_config: { "@type": SERVER_TLS, common_tls_context: context } };
}

function requests(hashHeader: string | undefined): object {
    const hashed = hashHeader === undefined ? {} : { hash_policy: [{ header: { header_name: hashHeader } }] };
    return { match: { prefix: "/" }, route: { cluster: "backend", timeout: "0s", ...hashed } };
}

const TUNNELS = {
    match: { connect_matcher: {} },
    route: { cluster: "backend", timeout: "0s", upgrade_configs: [{ upgrade_type: "CONNECT", connect_config: {} }] },
};

function virtualHost(host: string, route: object): object {
    return { name: host, domains: host === "*" ? ["*"] : [host, `${host}:*`], routes: [route] };
}

function address(port: number, of = LOOPBACK): object {
    return { socket_address: { address: of, port_value: port } };
}
