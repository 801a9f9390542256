/** Istio's own control plane beside an API server, and the Envoys that it configures: the reference for what a gateway answers. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { stringify } from "yaml";
import type { ControlPlane } from "./control-plane";
import { Daemon } from "../../harness/daemon";
import { findEnvoy } from "../../harness/envoy";
import { eventually } from "./eventually";
import { freePorts } from "../../harness/ports";
import { findTool } from "./tools";

/** A plain Envoy lacks Istio's own filters; istiod is told not to ask for them. */
const PLAIN_ENVOY = { PILOT_ENABLE_METADATA_EXCHANGE: "false", PILOT_ENABLE_ALPN_FILTER: "false", PILOT_DISABLE_MX_ALPN: "true" };
/** As in Istio's own bootstrap (pkg/bootstrap/config.go): else larger regular expressions are refused, and paths with a fragment. */
const RUNTIME = { "re2.max_program_size.error_level": 32_768, "envoy.reloadable_features.http_reject_path_with_fragment": false };
const START_MS = 90_000;
const MESH_MS = 30_000;

/** What an Envoy says of itself to istiod. */
export interface EnvoyNode {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly account: string;
    readonly address: string;
    /** Default 15000: in a network of its own. */
    readonly adminPort?: number;
    /** Default `router`, a gateway. A `sidecar` takes what its application sends by ports that it binds (interception mode NONE). */
    readonly role?: "router" | "sidecar";
    /** `region/zone/subzone`. */
    readonly locality?: string;
}

export interface IstiodOptions {
    /** Where Envoys reach this machine. Default: loopback. */
    readonly address?: string;
    /** Beside what a plain Envoy needs. */
    readonly env?: NodeJS.ProcessEnv;
}

export class Istiod {
    readonly #plane: ControlPlane;
    readonly #address: string;
    readonly #env: NodeJS.ProcessEnv;
    readonly #folder: string;
    #daemon: Daemon | undefined;
    #round = 0;
    #secure = 0;
    #grpc = 0;
    #web = 0;
    #root = "";

    private constructor(plane: ControlPlane, { address = "127.0.0.1", env = {} }: IstiodOptions) {
        this.#plane = plane;
        this.#address = address;
        this.#env = env;
        this.#folder = path.join(plane.folder, "istiod");
        mkdirSync(this.#folder);
    }

    static async start(plane: ControlPlane, options: IstiodOptions = {}): Promise<Istiod> {
        const istiod = new Istiod(plane, options);
        await istiod.#start();
        return istiod;
    }

    /** Where it answers those who say who they are. */
    get secureAddress(): string {
        return `127.0.0.1:${this.#secure}`;
    }

    /** What it says of itself below `/debug/`: what it would send to an Envoy, too, whether that one takes it or not. */
    async debug(what: string): Promise<string> {
        return (await answerOf(`http://127.0.0.1:${this.#web}/debug/${what}`)).text;
    }

    async stop(): Promise<void> {
        await this.#daemon?.stop();
    }

    async #start(): Promise<void> {
        await this.#plane.apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "istio-system" } }]);
        const [grpc = 0, secure = 0, web = 0, webhooks = 0, monitoring = 0] = await freePorts(5);
        this.#grpc = grpc;
        this.#web = web;
        const mesh = this.#writeMesh({});
        this.#daemon = new Daemon(
            findTool("pilot-discovery") ?? "pilot-discovery",
            [
                "discovery",
                "--kubeconfig",
                this.#plane.kubeconfig,
                "--meshConfig",
                mesh,
                "--grpcAddr",
                `127.0.0.1:${grpc}`,
                "--secureGRPCAddr",
                `${this.#address}:${secure}`,
                "--httpAddr",
                `127.0.0.1:${web}`,
                "--httpsAddr",
                `127.0.0.1:${webhooks}`,
                "--monitoringAddr",
                `127.0.0.1:${monitoring}`,
                "--ctrlz_address",
                "127.0.0.1",
                "--ctrlz_port",
                "0",
            ],
            this.#folder,
            {
                name: "istiod",
                env: { ...PLAIN_ENVOY, ...this.#env, POD_NAMESPACE: "istio-system", POD_NAME: "istiod", REVISION: "default" },
            },
        );
        await this.#daemon.ready(async () => (await answerOf(`http://127.0.0.1:${web}/ready`)).status === 200, START_MS);
        this.#secure = secure;
        const secret = await this.#plane.get<{ data: Record<string, string> }>("secret", "istio-ca-secret", "-n", "istio-system");
        this.#root = path.join(this.#folder, "root.pem");
        writeFileSync(this.#root, Buffer.from(secret.data["ca-cert.pem"] ?? "", "base64"));
    }

    /** Changes the mesh's configuration to what the test needs beside the defaults; resolves once istiod has read it. */
    async mesh(more: Readonly<Record<string, unknown>>): Promise<void> {
        // A field that says nothing here, by which it is seen that istiod has this one. (`ingressSelector` would move Ingresses elsewhere.)
        const inboundClusterStatName = `round-${++this.#round}`;
        this.#writeMesh({ ...more, inboundClusterStatName });
        await eventually(
            async () =>
                assert.ok((await answerOf(`http://127.0.0.1:${this.#web}/debug/mesh`)).text.includes(`"${inboundClusterStatName}"`)),
            MESH_MS,
        );
    }

    #writeMesh({ defaultConfig = {}, ...more }: Readonly<Record<string, unknown>>): string {
        const file = path.join(this.#folder, "mesh.yaml");
        // Without these two a plain Envoy waits for Istio's agent for ever.
        const plain = { defaultProviders: {}, enableAutoMtls: false };
        const config = { discoveryAddress: `127.0.0.1:${this.#grpc}`, ...(defaultConfig as object) };
        writeFileSync(file, stringify({ ...plain, ...more, defaultConfig: config }));
        return file;
    }

    /** The command of an Envoy that is this pod. */
    async envoy({
        name,
        namespace,
        labels,
        account,
        address,
        adminPort = 15000,
        role = "router",
        locality = "",
    }: EnvoyNode): Promise<[command: string, args: readonly string[]]> {
        const token = await this.#plane.token(namespace, account, { audience: "istio-ca" });
        const metadata = {
            NAMESPACE: namespace,
            LABELS: labels,
            INSTANCE_IPS: address,
            CLUSTER_ID: "Kubernetes",
            ISTIO_VERSION: "1.31.0",
            MESH_ID: "cluster.local",
            SERVICE_ACCOUNT: account,
            ...(role === "sidecar" ? { INTERCEPTION_MODE: "NONE" } : {}),
        };
        const [region = "", zone = "", subZone = ""] = locality.split("/");
        const file = path.join(this.#folder, `${name}.yaml`);
        writeFileSync(
            file,
            stringify({
                admin: { address: socketAddress(address, adminPort) },
                node: {
                    id: `${role}~${address}~${name}.${namespace}~${namespace}.svc.cluster.local`,
                    cluster: name,
                    metadata,
                    ...(locality === "" ? {} : { locality: { region, zone, sub_zone: subZone } }),
                },
                dynamic_resources: {
                    ads_config: {
                        api_type: "GRPC",
                        transport_api_version: "V3",
                        grpc_services: [
                            { envoy_grpc: { cluster_name: "xds" }, initial_metadata: [{ key: "authorization", value: `Bearer ${token}` }] },
                        ],
                    },
                    lds_config: { ads: {}, resource_api_version: "V3" },
                    cds_config: { ads: {}, resource_api_version: "V3" },
                },
                layered_runtime: { layers: [{ name: "global config", static_layer: RUNTIME }] },
                static_resources: { clusters: [xdsCluster(this.#address, this.#secure, this.#root)] },
            }),
            { mode: 0o600 },
        );
        return [
            findEnvoy() ?? "envoy",
            ["-c", file, "--concurrency", "1", "-l", "warning", "--disable-hot-restart", "--file-flush-interval-msec", "20"],
        ];
    }
}

function socketAddress(address: string, port: number): object {
    return { socket_address: { address, port_value: port } };
}

function xdsCluster(host: string, port: number, root: string): object {
    const options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
    return {
        name: "xds",
        type: "STATIC",
        connect_timeout: "5s",
        typed_extension_protocol_options: {
            [options]: { "@type": `type.googleapis.com/${options}`, explicit_http_config: { http2_protocol_options: {} } },
        },
        load_assignment: { cluster_name: "xds", endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(host, port) } }] }] },
        transport_socket: {
            name: "tls",
            typed_config: {
                "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
                sni: "istiod.istio-system.svc",
                common_tls_context: { validation_context: { trusted_ca: { filename: root } } },
            },
        },
    };
}

function answerOf(url: string): Promise<{ readonly status: number; readonly text: string }> {
    return new Promise((resolve, reject) => {
        http.get(url, { agent: false, timeout: 2_000 }, (response) => {
            let text = "";
            response
                .setEncoding("utf8")
                .on("data", (part: string) => {
                    text += part;
                })
                .on("end", () => resolve({ status: response.statusCode ?? 0, text }));
        }).on("error", reject);
    });
}
