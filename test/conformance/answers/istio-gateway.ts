/** istiod and an Envoy on loopback that is the gateway, one configuration at a time. */
import assert from "node:assert/strict";
import http from "node:http";
import net from "node:net";
import { refOf, refText, type KubeObject } from "../../../istio";
import { GATEWAY_SELECTOR, istioObject, type Answer, type Case } from "../../answers/support/case";
import type { Recorded } from "../../answers/support/record";
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
const ADDRESS = "127.0.0.2";
/** What comes after the marker: listeners that open, clusters whose endpoints arrive. */
const OPEN_MS = 2_500;
const SETTLE_MS = 300;
/** How long a change takes at most, and the first configuration, on a machine that has other things to do. */
const PUSH_MS = 60_000;
const START_MS = 180_000;
const QUICK = { PILOT_DEBOUNCE_AFTER: "20ms", PILOT_DEBOUNCE_MAX: "200ms", PILOT_ENABLE_EDS_DEBOUNCE: "false" };

export class IstioGateway {
    readonly #plane: ControlPlane;
    readonly #stand: Stand;
    readonly #istiod: Istiod;
    readonly #envoy: Daemon;
    readonly #marker: number;
    readonly #known = new Set([NAMESPACE]);
    #round = 0;

    private constructor(plane: ControlPlane, stand: Stand, istiod: Istiod, envoy: Daemon, marker: number) {
        this.#plane = plane;
        this.#stand = stand;
        this.#istiod = istiod;
        this.#envoy = envoy;
        this.#marker = marker;
    }

    static async start(plane: ControlPlane, stand: Stand): Promise<IstioGateway> {
        const istiod = await Istiod.start(plane, { env: QUICK });
        await plane.apply(accountObjects());
        const [admin = 0, marker = 0] = await freePorts(2);
        const [command, args] = await istiod.envoy({
            name: "gw",
            namespace: NAMESPACE,
            labels: GATEWAY_SELECTOR,
            account: ACCOUNT,
            address: ADDRESS,
            adminPort: admin,
        });
        const envoy = new Daemon(command, args, plane.folder, { name: "envoy" });
        const gateway = new IstioGateway(plane, stand, istiod, envoy, marker);
        try {
            await plane.apply(stand.objects);
            await gateway.#pushed(START_MS);
        } catch (error) {
            await gateway.stop();
            throw error;
        }
        return gateway;
    }

    async stop(): Promise<void> {
        await this.#envoy.stop();
        await this.#istiod.stop();
    }

    async play(one: Case): Promise<Recorded> {
        const { setting, labels } = await this.#stand.setting();
        const { objects, asks, stop } = await one.make(setting);
        const refused: KubeObject[] = [];
        const made: KubeObject[] = [];
        try {
            await this.#namespaces(objects);
            if (await this.#allMade(objects)) made.push(...objects);
            else for (const object of objects) ((await this.#made(object)) ? made : refused).push(object);
            await this.#pushed();
            await this.#opened(Object.values(asks).map(({ port = "http" }) => setting.ports[port]));
            const answers: Record<string, Answer> = {};
            for (const [title, asked] of Object.entries(asks))
                answers[title] = await this.#stand.ask(setting.ports[asked.port ?? "http"], asked, labels);
            const names = refused.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
            return { ...(names.length > 0 ? { refused: names } : {}), answers };
        } catch (error) {
            throw new Error(`${one.title}: ${String(error)}\n${this.#envoy.tail()}`, { cause: error });
        } finally {
            if (made.length > 0) await this.#plane.kubectl(["delete", "--wait=false", "--ignore-not-found", "-f", "-"], listOf(made));
            await stop?.();
        }
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

    /** Waits until Envoy answers by what was applied last: routes are the last thing that istiod pushes. */
    async #pushed(timeoutMs = PUSH_MS): Promise<void> {
        const round = `round ${++this.#round}`;
        await this.#plane.apply([
            istioObject("Gateway", "marker", {
                selector: GATEWAY_SELECTOR,
                servers: [{ port: { number: this.#marker, name: "http", protocol: "HTTP" }, hosts: ["marker.test"] }],
            }),
            istioObject("VirtualService", "marker", {
                hosts: ["marker.test"],
                gateways: ["marker"],
                http: [{ directResponse: { status: 200, body: { string: round } } }],
            }),
        ]);
        await eventually(async () => assert.equal(await textOf(this.#marker), round), timeoutMs);
    }

    /** A listener waits for its Secrets; one that Envoy refused never opens. */
    async #opened(ports: readonly number[]): Promise<void> {
        await Promise.all([...new Set(ports)].map((port) => eventually(() => connects(port), OPEN_MS).catch(() => undefined)));
        await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    }
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

function textOf(port: number): Promise<string> {
    return new Promise((resolve, reject) => {
        http.get({ host: "127.0.0.1", port, agent: false, headers: { host: "marker.test" }, timeout: 2_000 }, (response) => {
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
