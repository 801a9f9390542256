/** The Envoys that istiod configures: gateways, one a set of labels, and at most one sidecar, whose listeners would take the gateways' ports. */
import assert from "node:assert/strict";
import http from "node:http";
import { freePorts } from "../../../harness/ports";
import { Daemon } from "../../../harness/daemon";
import type { Workload } from "../../answers/support/case";
import { istioObject } from "../../answers/support/case";
import type { ControlPlane } from "../../support/control-plane";
import { eventually } from "../../support/eventually";
import type { Istiod } from "../../support/istiod";

export const ACCOUNT = "gateway";
/**
 * Not that of any backend: a proxy at the address of a ServiceEntry's endpoint is that service's workload to istiod, which
 * then gives it only listeners for the service's own ports: none, where the ServiceEntry is there before the Envoy.
 */
const addressOf = (at: number): string => `127.0.0.${1 + at}`;

export interface RunningEnvoy {
    readonly workload: Workload;
    readonly role: "router" | "sidecar";
    readonly daemon: Daemon;
    readonly address: string;
    readonly admin: number;
}

export class Envoys {
    readonly #plane: ControlPlane;
    readonly #istiod: Istiod;
    readonly #running = new Map<string, RunningEnvoy>();
    readonly #marker: number;
    #round = 0;
    #started = 0;

    /** `marker`: a port of which a listener tells that a configuration has come. */
    constructor(plane: ControlPlane, istiod: Istiod, marker: number) {
        this.#plane = plane;
        this.#istiod = istiod;
        this.#marker = marker;
    }

    async stop(): Promise<void> {
        for (const { daemon } of this.#running.values()) await daemon.stop();
    }

    async of(role: RunningEnvoy["role"], workload: Workload): Promise<RunningEnvoy> {
        const key = JSON.stringify([role, workload]);
        const running = this.#running.get(key);
        // Some configurations end it.
        if (running && !running.daemon.isGone) return running;
        const [adminPort = 0] = await freePorts(1);
        const at = ++this.#started;
        const name = `envoy${at}`;
        const address = addressOf(at);
        await this.#plane.apply(accountObjects(workload.namespace));
        const [command, args] = await this.#istiod.envoy({ name, ...workload, account: ACCOUNT, address, adminPort, role });
        const envoy = { workload, role, daemon: new Daemon(command, args, this.#plane.folder, { name }), address, admin: adminPort };
        this.#running.set(key, envoy);
        return envoy;
    }

    /** Ends every sidecar but this one. */
    async leaveSidecars(but?: RunningEnvoy): Promise<void> {
        for (const [key, envoy] of this.#running) {
            if (envoy.role === "router" || envoy === but) continue;
            this.#running.delete(key);
            await envoy.daemon.stop();
        }
    }

    /** Waits until each has what was applied last. Routes are the last thing that istiod pushes. Policies may close every door. */
    async pushed(envoys: readonly RunningEnvoy[], timeoutMs: number): Promise<void> {
        const round = ++this.#round;
        const gateway = envoys.find(({ role }) => role === "router");
        await this.#plane.apply([
            ...(gateway ? gatewayMarker(gateway.workload.labels, this.#marker, `round ${round}`) : []),
            ...(envoys.some(({ role }) => role === "sidecar") ? [sidecarMarker(round)] : []),
        ]);
        for (const { role, address, admin } of envoys)
            await eventually(
                async () =>
                    assert.ok(
                        role === "router"
                            ? (await textOf(address, admin, "/config_dump?resource=dynamic_route_configs")).includes(`"round ${round}"`)
                            : await hasSidecarMarker(address, admin, round),
                    ),
                timeoutMs,
            );
    }
}

function gatewayMarker(labels: Readonly<Record<string, string>>, port: number, round: string): object[] {
    return [
        istioObject("Gateway", "marker", {
            selector: labels,
            servers: [{ port: { number: port, name: "http", protocol: "HTTP" }, hosts: ["marker.test"] }],
        }),
        istioObject("VirtualService", "marker", {
            hosts: ["marker.test"],
            gateways: ["marker"],
            http: [{ directResponse: { status: 200, body: { string: round } } }],
        }),
    ];
}

/** A Sidecar may hide every host, but not what a filter adds: a cluster, and in each route table a limit that no answer reaches. */
const LIMIT = 1_048_576;
function sidecarMarker(round: number): object {
    const patch = (applyTo: string, operation: string, value: object): object => ({
        applyTo,
        match: { context: "SIDECAR_OUTBOUND" },
        patch: { operation, value },
    });
    return istioObject(
        "EnvoyFilter",
        "marker",
        {
            configPatches: [
                patch("CLUSTER", "ADD", { name: `marker-${round}`, type: "STATIC", connect_timeout: "1s" }),
                patch("ROUTE_CONFIGURATION", "MERGE", { max_direct_response_body_size_bytes: LIMIT + round }),
            ],
        },
        { apiVersion: "networking.istio.io/v1alpha3" },
    );
}

async function hasSidecarMarker(address: string, admin: number, round: number): Promise<boolean> {
    if (!(await textOf(address, admin, "/config_dump?resource=dynamic_active_clusters")).includes(`"marker-${round}"`)) return false;
    const tables = await textOf(address, admin, "/config_dump?resource=dynamic_route_configs");
    return (tables.match(/"max_direct_response_body_size_bytes": \d+/g) ?? []).every((one) => one.endsWith(` ${LIMIT + round}`));
}

/** SDS answers only who may read Secrets, and remembers a refusal: the rights come first. */
function accountObjects(namespace: string): object[] {
    const role = { apiVersion: "rbac.authorization.k8s.io/v1", metadata: { name: ACCOUNT, namespace } };
    return [
        { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
        { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: ACCOUNT, namespace } },
        { ...role, kind: "Role", rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "list", "watch"] }] },
        {
            ...role,
            kind: "RoleBinding",
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: ACCOUNT },
            subjects: [{ kind: "ServiceAccount", name: ACCOUNT, namespace }],
        },
    ];
}

function textOf(host: string, port: number, path: string): Promise<string> {
    return new Promise((resolve, reject) => {
        http.get({ host, port, path, agent: false, timeout: 2_000 }, (response) => {
            let text = "";
            response
                .setEncoding("utf8")
                .on("data", (part: string) => {
                    text += part;
                })
                .on("end", () => resolve(text));
        }).on("error", reject);
    });
}
