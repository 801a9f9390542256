/** Plays cases on our proxy: objects as a store takes them, the real compiler, a real worker. */
import assert from "node:assert/strict";
import type { KubeObject } from "../../../istio";
import { parseDocuments } from "../../../istio/documents";
import { compile } from "../../../proxy/compiler";
import { fetchKeys } from "../../../proxy/keys";
import { ResourceStore } from "../../../proxy/resources";
import type { FetchedKeySet, KeySource } from "../../../proxy/tables";
import { eventually } from "../../support/eventually";
import { ProxyRig } from "../../support/proxy-rig";
import { bundle, type Bundle } from "../../support/worker-bundle";
import { GATEWAY_SELECTOR, type Case } from "./case";
import { playAll, type How, type Played } from "./http2/variants";
import type { Stand } from "./setting";

export class OurGateway {
    readonly #stand: Stand;
    #worker: Bundle | undefined;
    #rig: ProxyRig | undefined;

    constructor(stand: Stand) {
        this.#stand = stand;
    }

    async start(): Promise<this> {
        this.#worker = bundle({ entry: "proxy/processes/worker-main.ts" });
        this.#rig = await new ProxyRig().start(this.#worker.file, {});
        await this.#rig.proxy.ready;
        return this;
    }

    async stop(): Promise<void> {
        await this.#rig?.stop();
        this.#worker?.remove();
    }

    /** By the request's title. `refused`: what the API server refuses, as `Kind name`; it never reaches a gateway. */
    async play(one: Case, refused: readonly string[], how: How = {}): Promise<Played> {
        const { setting, labels } = await this.#stand.setting(how.backends);
        const { objects, asks, servers = [], stop } = await one.make(setting);
        try {
            await this.#serve(
                [...this.#stand.objects, ...objects.filter(({ kind, metadata }) => !refused.includes(`${kind} ${metadata.name}`))],
                one.labels ?? GATEWAY_SELECTOR,
            );
            return await playAll(asks, how, (asked) => this.#stand.ask(setting.ports[asked.port ?? "http"], asked, labels, servers));
        } finally {
            await stop?.();
        }
    }

    async #serve(objects: readonly KubeObject[], labels: Readonly<Record<string, string>>): Promise<void> {
        const rig = this.#rig;
        if (!rig) throw new Error("the gateway was not started");
        const store = new ResourceStore();
        // JSON is YAML; one document an object, so that one that is bad is by itself, as in a cluster.
        store.setFile("case.yaml", parseDocuments(objects.map((object) => JSON.stringify(object)).join("\n---\n"), "case.yaml"));
        const input = { objects: store.read().objects, labels, namespace: "istio-system", now: Date.now() };
        const { keySources } = compile(input);
        const { tables } = compile({ ...input, keySets: await fetched(keySources) });
        const [{ version: before = 0 } = {}] = await rig.workers();
        rig.setTables(tables);
        await eventually(async () => {
            for (const { inSync, version } of await rig.workers()) assert.ok(inSync && version > before);
            assert.deepEqual(
                rig.proxy
                    .listeners()
                    .map(({ key }) => key)
                    .sort(),
                [...tables.listeners.keys()].sort(),
            );
        });
    }
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
