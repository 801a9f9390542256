/** Plays cases on our proxy: objects as a store takes them, the real compiler, a real worker. */
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import type { KubeObject } from "../../../istio";
import { parseDocuments } from "../../../istio/documents";
import { compile, type CompileInput } from "../../../proxy/compiler";
import { fetchKeys } from "../../../proxy/keys";
import { ResourceStore } from "../../../proxy/resources";
import type { FetchedKeySet, KeySource } from "../../../proxy/tables";
import { eventually } from "../../support/eventually";
import { ProxyRig } from "../../support/proxy-rig";
import { bundle, type Bundle } from "../../support/worker-bundle";
import { gatewayOf, type Case } from "./case";
import { playAll, type How, type Played } from "./http2/variants";
import type { Stand } from "./setting";

const SYNC_MS = 20_000;

export class OurGateway {
    readonly #stand: Stand;
    #worker: Bundle | undefined;
    #gateway: ProxyRig | undefined;
    /** What an application sends goes through it. Started for the first case that has one. */
    #sidecar: ProxyRig | undefined;

    constructor(stand: Stand) {
        this.#stand = stand;
    }

    async start(): Promise<this> {
        this.#worker = bundle({ entry: "proxy/processes/worker-main.ts" });
        this.#gateway = await this.#started();
        return this;
    }

    async #started(): Promise<ProxyRig> {
        if (!this.#worker) throw new Error("the gateway was not started");
        const rig = await new ProxyRig().start(this.#worker.file, {});
        await rig.proxy.ready;
        return rig;
    }

    async stop(): Promise<void> {
        await this.#gateway?.stop();
        await this.#sidecar?.stop();
        this.#worker?.remove();
    }

    /** By the request's title. `refused`: what the API server refuses, as `Kind name`; it never reaches a gateway. */
    async play(one: Case, refused: readonly string[], how: How = {}): Promise<Played> {
        const { setting, labels } = await this.#stand.setting(how.backends);
        const { objects, asks, servers = [], stop } = await one.make(setting);
        try {
            const given = [
                ...this.#stand.objects,
                ...objects.filter(({ kind, metadata }) => !refused.includes(`${kind} ${metadata.name}`)),
            ];
            const { sidecar } = one;
            if (this.#gateway) await serve(this.#gateway, given, gatewayOf(one));
            if (sidecar) await serve((this.#sidecar ??= await this.#started()), given, { ...sidecar, mode: "mesh" });
            const played = await playAll(asks, how, (asked) =>
                this.#stand.ask(setting.ports[asked.port ?? "http"], asked, labels, servers),
            );
            await this.#stand.readLogs();
            return played;
        } finally {
            await stop?.();
        }
    }
}

async function serve(
    rig: ProxyRig,
    objects: readonly KubeObject[],
    who: Pick<CompileInput, "labels" | "locality" | "namespace" | "mode">,
): Promise<void> {
    const store = new ResourceStore();
    // JSON is YAML; one document an object, so that one that is bad is by itself, as in a cluster.
    store.setFile("case.yaml", parseDocuments(objects.map((object) => JSON.stringify(object)).join("\n---\n"), "case.yaml"));
    const input = { ...who, objects: store.read().objects, now: Date.now() };
    const first = compile(input);
    const { tables } = first.keySources.length === 0 ? first : compile({ ...input, keySets: await fetched(first.keySources) });
    const [{ version: before = 0 } = {}] = await rig.workers();
    const isSame = isDeepStrictEqual(tables, rig.tables);
    rig.setTables(tables);
    // Nothing is sent to workers of what they have.
    if (isSame) return;
    await eventually(
        async () => {
            for (const { inSync, version } of await rig.workers()) assert.ok(inSync && version > before);
            assert.deepEqual(
                rig.proxy
                    .listeners()
                    .map(({ key }) => key)
                    .sort(),
                [...tables.listeners.values()].flatMap(({ key, capture }) => (capture === "virtual" ? [] : key)).sort(),
            );
        },
        SYNC_MS,
        5,
    );
}

/** As the primary does once. */
async function fetched(sources: readonly KeySource[]): Promise<ReadonlyMap<string, FetchedKeySet>> {
    const sets = sources.map(
        async (source): Promise<[string, FetchedKeySet]> => [
            source.key,
            await fetchKeys(source).then(
                (jwks) => ({ jwks, why: "" }),
                (error: unknown) => ({ jwks: "", why: String(error) }),
            ),
        ],
    );
    return new Map(await Promise.all(sets));
}
