/** istiod and Envoys on loopback that are the gateway and, where a case has one, the sidecar of an application: one configuration at a time. */
import assert from "node:assert/strict";
import net from "node:net";
import { parse } from "yaml";
import { refOf, refText, type KubeObject } from "../../../istio";
import { GATEWAY, gatewayOf, type Ask, type Case } from "../../answers/support/case";
import { playAll, type How, type Played } from "../../answers/support/http2/variants";
import type { Stand } from "../../answers/support/setting";
import type { ControlPlane } from "../../support/control-plane";
import { eventually } from "../../support/eventually";
import { Istiod } from "../../support/istiod";
import { freePorts } from "../../../harness/ports";
import { Envoys, type RunningEnvoy } from "./envoys";

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
    readonly #envoys: Envoys;
    readonly #known = new Set([GATEWAY.namespace]);
    #isMeshChanged = false;

    private constructor(plane: ControlPlane, stand: Stand, istiod: Istiod, envoys: Envoys) {
        this.#plane = plane;
        this.#stand = stand;
        this.#istiod = istiod;
        this.#envoys = envoys;
    }

    static async start(plane: ControlPlane, stand: Stand): Promise<IstioGateway> {
        const istiod = await Istiod.start(plane, { env: QUICK });
        const [marker = 0] = await freePorts(1);
        const envoys = new Envoys(plane, istiod, marker);
        const gateway = new IstioGateway(plane, stand, istiod, envoys);
        try {
            await plane.apply(stand.objects);
            await envoys.pushed([await envoys.of("router", GATEWAY)], START_MS);
        } catch (error) {
            await gateway.stop();
            throw error;
        }
        return gateway;
    }

    async stop(): Promise<void> {
        await this.#envoys.stop();
        await this.#istiod.stop();
    }

    async play(one: Case, how: How = {}): Promise<Played & { readonly refused?: readonly string[] }> {
        const { setting, labels } = await this.#stand.setting(how.backends);
        const { objects: all, asks, servers = [], stop } = await one.make(setting);
        const objects = all.filter((object) => !isMesh(object));
        const envoys = await this.#envoysOf(one);
        const refused: KubeObject[] = [];
        const made: KubeObject[] = [];
        try {
            await this.#mesh(all.find(isMesh));
            await this.#namespaces(objects);
            objects.sort((a, b) => placeOf(a) - placeOf(b));
            if (await this.#allMade(objects)) made.push(...objects);
            else for (const object of objects) ((await this.#made(object)) ? made : refused).push(object);
            await this.#envoys.pushed(envoys, PUSH_MS);
            await this.#opened(Object.values(asks).map(({ port = "http" }) => setting.ports[port]));
            const played = await playAll(asks, how, (asked) =>
                this.#stand.ask(setting.ports[asked.port ?? "http"], impatiently(asked), labels, servers),
            );
            await this.#stand.readLogs();
            const names = refused.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
            return { ...(names.length > 0 ? { refused: names } : {}), ...played };
        } catch (error) {
            throw new Error(`${one.title}: ${String(error)}\n${envoys.map(({ daemon }) => daemon.tail()).join("\n")}`, { cause: error });
        } finally {
            if (made.length > 0) await this.#plane.kubectl(["delete", "--wait=false", "--ignore-not-found", "-f", "-"], listOf(made));
            await stop?.();
        }
    }

    /** Those that the case's requests may go to. */
    async #envoysOf(one: Case): Promise<readonly RunningEnvoy[]> {
        const { sidecar } = one;
        const side = sidecar ? await this.#envoys.of("sidecar", sidecar) : undefined;
        await this.#envoys.leaveSidecars(side);
        const gateway = await this.#envoys.of("router", gatewayOf(one));
        return side ? [gateway, side] : [gateway];
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
