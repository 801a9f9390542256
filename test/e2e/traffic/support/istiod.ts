/** Istio's own control plane beside the cluster, and the Envoy that it configures: the reference for `dataPlane: "istio"`. */
import { mkdirSync, writeFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { stringify } from "yaml";
import type { ControlPlane } from "../../../support/control-plane";
import { Daemon } from "../../../support/daemon";
import { findEnvoy } from "../../../support/envoy";
import { freePorts } from "../../../support/ports";
import { findTool } from "../../../support/tools";
import type { Pod } from "./pod";
import type { PodNetwork } from "./pod-network";

/** A plain Envoy lacks Istio's own filters; istiod is told not to ask for them. */
const PLAIN_ENVOY = { PILOT_ENABLE_METADATA_EXCHANGE: "false", PILOT_ENABLE_ALPN_FILTER: "false", PILOT_DISABLE_MX_ALPN: "true" };
const START_MS = 90_000;

export class Istiod {
    readonly #plane: ControlPlane;
    readonly #network: PodNetwork;
    readonly #folder: string;
    #daemon: Daemon | undefined;
    #secure = 0;
    #root = "";

    private constructor(plane: ControlPlane, network: PodNetwork) {
        this.#plane = plane;
        this.#network = network;
        this.#folder = path.join(plane.folder, "istiod");
        mkdirSync(this.#folder);
    }

    static async start(plane: ControlPlane, network: PodNetwork): Promise<Istiod> {
        const istiod = new Istiod(plane, network);
        await istiod.#start();
        return istiod;
    }

    async stop(): Promise<void> {
        await this.#daemon?.stop();
    }

    async #start(): Promise<void> {
        await this.#plane.apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "istio-system" } }]);
        const [grpc = 0, secure = 0, web = 0, webhooks = 0, monitoring = 0] = await freePorts(5);
        const mesh = path.join(this.#folder, "mesh.yaml");
        // Without these two a plain Envoy waits for Istio's agent for ever.
        writeFileSync(mesh, stringify({ defaultConfig: { discoveryAddress: `127.0.0.1:${grpc}` }, defaultProviders: {}, enableAutoMtls: false }));
        this.#daemon = new Daemon(findTool("pilot-discovery") ?? "pilot-discovery", [
            "discovery", "--kubeconfig", this.#plane.kubeconfig, "--meshConfig", mesh, "--grpcAddr", `127.0.0.1:${grpc}`,
            // Envoys live in the pod network, and reach this machine by its address there.
            "--secureGRPCAddr", `${this.#network.hostAddress}:${secure}`, "--httpAddr", `127.0.0.1:${web}`, "--httpsAddr", `127.0.0.1:${webhooks}`,
            "--monitoringAddr", `127.0.0.1:${monitoring}`, "--ctrlz_address", "127.0.0.1", "--ctrlz_port", "0",
        ], this.#folder, { name: "istiod", env: { ...PLAIN_ENVOY, POD_NAMESPACE: "istio-system", POD_NAME: "istiod", REVISION: "default" } });
        await this.#daemon.ready(async () => await statusOf(`http://127.0.0.1:${web}/ready`) === 200, START_MS);
        this.#secure = secure;
        const secret = await this.#plane.get<{ data: Record<string, string> }>("secret", "istio-ca-secret", "-n", "istio-system");
        this.#root = path.join(this.#folder, "root.pem");
        writeFileSync(this.#root, Buffer.from(secret.data["ca-cert.pem"] ?? "", "base64"));
    }

    /** The command of an Envoy that is this pod, to be run inside the pod network. */
    async envoy(pod: Pod, podIp: string): Promise<[command: string, args: readonly string[]]> {
        const { name, namespace, labels = {} } = pod.metadata;
        const account = pod.spec.serviceAccountName ?? "default";
        const token = await this.#plane.token(namespace, account, { audience: "istio-ca" });
        const metadata = {
            NAMESPACE: namespace, LABELS: labels, INSTANCE_IPS: podIp, CLUSTER_ID: "Kubernetes", ISTIO_VERSION: "1.31.0", MESH_ID: "cluster.local", SERVICE_ACCOUNT: account,
        };
        const file = path.join(this.#folder, `${name}.yaml`);
        writeFileSync(file, stringify({
            admin: { address: socketAddress(podIp, 15000) },
            node: { id: `router~${podIp}~${name}.${namespace}~${namespace}.svc.cluster.local`, cluster: name, metadata },
            dynamic_resources: {
                ads_config: { api_type: "GRPC", transport_api_version: "V3", grpc_services: [{ envoy_grpc: { cluster_name: "xds" }, initial_metadata: [{ key: "authorization", value: `Bearer ${token}` }] }] },
                lds_config: { ads: {}, resource_api_version: "V3" },
                cds_config: { ads: {}, resource_api_version: "V3" },
            },
            static_resources: { clusters: [xdsCluster(this.#network.hostAddress, this.#secure, this.#root)] },
        }), { mode: 0o600 });
        return [findEnvoy() ?? "envoy", ["-c", file, "--concurrency", "1", "-l", "warning", "--disable-hot-restart"]];
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
        typed_extension_protocol_options: { [options]: { "@type": `type.googleapis.com/${options}`, explicit_http_config: { http2_protocol_options: {} } } },
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

function statusOf(url: string): Promise<number> {
    return new Promise((resolve, reject) => {
        http.get(url, { agent: false, timeout: 2_000 }, (response) => {
            response.resume();
            resolve(response.statusCode ?? 0);
        }).on("error", reject);
    });
}
