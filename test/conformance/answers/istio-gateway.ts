/** istiod and an Envoy on loopback that is the gateway, one configuration at a time. */
import assert from "node:assert/strict";
import http from "node:http";
import net from "node:net";
import { parse } from "yaml";
import { refOf, refText, type KubeObject } from "../../../istio";
import { GATEWAY_SELECTOR, istioObject, type Ask, type Case } from "../../answers/support/case";
import { playAll, type How, type Played } from "../../answers/support/http2/variants";
import type { Stand } from "../../answers/support/setting";
import type { ControlPlane } from "../../support/control-plane";
import { Daemon } from "../../../harness/daemon";
import { eventually } from "../../support/eventually";
import { Istiod } from "../../support/istiod";
import { freePorts } from "../../../harness/ports";

const NAMESPACE = "istio-system";
const ACCOUNT = "gateway";
/**
 * Not that of any backend: a proxy at the address of a ServiceEntry's endpoint is that service's workload to istiod, which
 * then gives it only listeners for the service's own ports: none, where the ServiceEntry is there before the Envoy.
 */
const addressOf = (at: number): string => `127.0.0.${1 + at}`;
/** What comes after the marker: listeners that open, clusters whose endpoints arrive. */
const OPEN_MS = 2_500;
const SETTLE_MS = 300;
/** How long a change takes at most, and the first configuration, on a machine that has other things to do. */
const PUSH_MS = 60_000;
const START_MS = 180_000;
const QUICK = { PILOT_DEBOUNCE_AFTER: "20ms", PILOT_DEBOUNCE_MAX: "200ms", PILOT_ENABLE_EDS_DEBOUNCE: "false" };

interface RunningEnvoy {
    readonly labels: Readonly<Record<string, string>>;
    readonly daemon: Daemon;
    readonly address: string;
    readonly admin: number;
}

export class IstioGateway {
    readonly #plane: ControlPlane;
    readonly #stand: Stand;
    readonly #istiod: Istiod;
    readonly #marker: number;
    readonly #envoys = new Map<string, RunningEnvoy>();
    readonly #known = new Set([NAMESPACE]);
    #isMeshChanged = false;
    #round = 0;
    #started = 0;

    private constructor(plane: ControlPlane, stand: Stand, istiod: Istiod, marker: number) {
        this.#plane = plane;
        this.#stand = stand;
        this.#istiod = istiod;
        this.#marker = marker;
    }

    static async start(plane: ControlPlane, stand: Stand): Promise<IstioGateway> {
        const istiod = await Istiod.start(plane, { env: QUICK });
        await plane.apply(accountObjects());
        const [marker = 0] = await freePorts(1);
        const gateway = new IstioGateway(plane, stand, istiod, marker);
        try {
            await plane.apply(stand.objects);
            await gateway.#pushed(await gateway.#envoyOf(GATEWAY_SELECTOR), START_MS);
        } catch (error) {
            await gateway.stop();
            throw error;
        }
        return gateway;
    }

    async stop(): Promise<void> {
        for (const { daemon } of this.#envoys.values()) await daemon.stop();
        await this.#istiod.stop();
    }

    async play(one: Case, how: How = {}): Promise<Played & { readonly refused?: readonly string[] }> {
        const { setting, labels } = await this.#stand.setting(how.backends);
        const { objects: all, asks, servers = [], stop } = await one.make(setting);
        const objects = all.filter((object) => !isMesh(object));
        const envoy = await this.#envoyOf(one.labels ?? GATEWAY_SELECTOR);
        const refused: KubeObject[] = [];
        const made: KubeObject[] = [];
        try {
            await this.#mesh(all.find(isMesh));
            await this.#namespaces(objects);
            objects.sort((a, b) => placeOf(a) - placeOf(b));
            if (await this.#allMade(objects)) made.push(...objects);
            else for (const object of objects) ((await this.#made(object)) ? made : refused).push(object);
            await this.#pushed(envoy);
            await this.#opened(Object.values(asks).map(({ port = "http" }) => setting.ports[port]));
            const played = await playAll(asks, how, (asked) =>
                this.#stand.ask(setting.ports[asked.port ?? "http"], impatiently(asked), labels, servers),
            );
            const names = refused.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
            return { ...(names.length > 0 ? { refused: names } : {}), ...played };
        } catch (error) {
            throw new Error(`${one.title}: ${String(error)}\n${envoy.daemon.tail()}`, { cause: error });
        } finally {
            if (made.length > 0) await this.#plane.kubectl(["delete", "--wait=false", "--ignore-not-found", "-f", "-"], listOf(made));
            await stop?.();
        }
    }

    /** One a set of labels; each takes the listeners of the Gateways that select it. */
    async #envoyOf(labels: Readonly<Record<string, string>>): Promise<RunningEnvoy> {
        const key = JSON.stringify(labels);
        const running = this.#envoys.get(key);
        // Some configurations end it.
        if (running && !running.daemon.isGone) return running;
        const [admin = 0] = await freePorts(1);
        const at = ++this.#started;
        const name = `gw${at}`;
        const address = addressOf(at);
        const [command, args] = await this.#istiod.envoy({
            name,
            namespace: NAMESPACE,
            labels,
            account: ACCOUNT,
            address,
            adminPort: admin,
        });
        const envoy = { labels, daemon: new Daemon(command, args, this.#plane.folder, { name }), address, admin };
        this.#envoys.set(key, envoy);
        return envoy;
    }

    /** The mesh's configuration is istiod's own file here, and no ConfigMap. */
    async #mesh(object: KubeObject | undefined): Promise<void> {
        if (!object && !this.#isMeshChanged) return;
        const { data } = (object ?? {}) as { readonly data?: { readonly mesh?: string } };
        await this.#istiod.mesh(parse(data?.mesh ?? "{}") as Record<string, unknown>);
        this.#isMeshChanged = object !== undefined;
    }

    async #namespaces(objects: readonly KubeObject[]): Promise<void> {
        const names = [...new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []))].filter((name) => !this.#known.has(name));
        if (names.length > 0) await this.#plane.apply(names.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })));
        for (const name of names) this.#known.add(name);
    }

    /** Most often the API server takes them all: to ask for each alone is to start kubectl for each. */
    async #allMade(objects: readonly KubeObject[]): Promise<boolean> {
        if (objects.length === 0) return true;
        return (await this.#plane.kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], listOf(objects))).code === 0;
    }

    /** Whether the API server took it; one that it could not read at all is a fault of the case. */
    async #made(object: KubeObject): Promise<boolean> {
        const { code, stderr } = await this.#plane.kubectl(
            ["apply", "--server-side", "--force-conflicts", "-f", "-"],
            JSON.stringify(object),
        );
        if (code === 0) return true;
        assert.match(
            stderr,
            /is invalid|invalid object|failed to create typed patch object|denied|strict decoding error/,
            `${refText(refOf(object))}: ${stderr}`,
        );
        return false;
    }

    /** Waits until Envoy has what was applied last: routes are the last thing that istiod pushes. Policies may close every door. */
    async #pushed({ labels, address, admin }: RunningEnvoy, timeoutMs = PUSH_MS): Promise<void> {
        const round = `round ${++this.#round}`;
        await this.#plane.apply([
            istioObject("Gateway", "marker", {
                selector: labels,
                servers: [{ port: { number: this.#marker, name: "http", protocol: "HTTP" }, hosts: ["marker.test"] }],
            }),
            istioObject("VirtualService", "marker", {
                hosts: ["marker.test"],
                gateways: ["marker"],
                http: [{ directResponse: { status: 200, body: { string: round } } }],
            }),
        ]);
        await eventually(
            async () => assert.ok((await textOf(address, admin, "/config_dump?resource=dynamic_route_configs")).includes(`"${round}"`)),
            timeoutMs,
        );
    }

    /** A listener waits for its Secrets; one that Envoy refused never opens. */
    async #opened(ports: readonly number[]): Promise<void> {
        await Promise.all([...new Set(ports)].map((port) => eventually(() => connects(port), OPEN_MS).catch(() => undefined)));
        await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    }
}

/** Of what Envoy gives up over HTTP/2 it says nothing for a second. */
function impatiently(asked: Ask): Ask {
    return asked.http2 && !asked.http2.bare ? { ...asked, http2: { ...asked.http2, impatient: true } } : asked;
}

/** SDS answers only who may read Secrets, and remembers a refusal: the rights come first. */
function accountObjects(): object[] {
    const role = { apiVersion: "rbac.authorization.k8s.io/v1", metadata: { name: ACCOUNT, namespace: NAMESPACE } };
    return [
        { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: ACCOUNT, namespace: NAMESPACE } },
        { ...role, kind: "Role", rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "list", "watch"] }] },
        {
            ...role,
            kind: "RoleBinding",
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: ACCOUNT },
            subjects: [{ kind: "ServiceAccount", name: ACCOUNT, namespace: NAMESPACE }],
        },
    ];
}

function listOf(items: readonly KubeObject[]): string {
    return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

/** Policies first: Envoy keeps a listener that it had before the one that it refuses for them. */
function placeOf({ apiVersion }: KubeObject): number {
    return apiVersion.startsWith("security.istio.io") ? 0 : 1;
}

function isMesh({ kind, metadata }: KubeObject): boolean {
    return kind === "ConfigMap" && metadata.name === "istio";
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

function connects(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
        const socket = net.connect({ host: "127.0.0.1", port });
        socket
            .on("connect", () => {
                socket.destroy();
                resolve();
            })
            .on("error", reject);
    });
}
