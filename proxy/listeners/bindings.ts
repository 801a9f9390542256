/**
 * The worker's TLS servers, by the chains of the snapshot, whose index says which chain serves which name on which
 * listener. A change costs what it touches. All of a change is built and swapped in one turn of the event loop, so no
 * connection sees half of it.
 */
import { finding, type Finding } from "../../istio/findings";
import type { ObjectRef } from "../../istio/types";
import { servedNames, type Snapshot } from "../snapshot";
import { HostIndex, type FilterChainEntry, type ListenerEntry, type Origin, type Tables, type TablesDelta } from "../tables";
import { bindTls, secretsOf as secretsOfChain, MAX_UNUSED, type BoundTls, type ChainContext } from "../tls";

export interface BoundChain {
    readonly entry: FilterChainEntry;
    /** Undefined: plaintext or passthrough. */
    readonly tls: BoundTls | undefined;
}

export interface BoundListener {
    entry: ListenerEntry;
    /** The chain for a server name, of the tables as they are when it is asked; empty: none was sent. */
    readonly choose: (serverName: string) => BoundChain | undefined;
}

/** What of a snapshot is bound here. */
type Bound = Pick<Snapshot, "entries" | "chainHosts">;

export class Bindings {
    readonly #context: ChainContext;
    readonly #listeners = new Map<string, BoundListener>();
    readonly #chains = new Map<string, BoundChain>();
    /** Which chains use a secret. */
    readonly #users = new Map<string, Set<string>>();
    readonly #findings = new Map<string, Finding>();
    #hosts: Snapshot["chainHosts"] = new Map();

    constructor(context: ChainContext) {
        this.#context = context;
    }

    listener(key: string): BoundListener | undefined {
        return this.#listeners.get(key);
    }

    /** What could not be bound, of all that is in force now. */
    findings(): readonly Finding[] {
        return [...this.#findings.values()];
    }

    /** `snapshot` is what `delta` leads to. */
    apply(delta: TablesDelta, snapshot: Bound): void {
        this.prepare(delta, snapshot)();
    }

    /** What throws, throws here; nothing changes before what is returned is called. */
    prepare(delta: TablesDelta, { entries, chainHosts }: Bound): () => void {
        const touched = this.#touched(delta, entries);
        const next: BoundChain[] = [];
        // A worker that replaces another one among thousands of hosts serves its first client before it has built all of them.
        const isDeferred = delta.full && touched.size > MAX_UNUSED;
        for (const key of touched) {
            const entry = entries.chains.get(key);
            if (entry === undefined) continue;
            // Names that no index takes: the snapshot leaves such a chain out, and here the change is refused for it.
            new HostIndex<true>().changed(servedNames(entry).map((name) => [name, true]));
            next.push(this.#bind(entry, entries, isDeferred));
        }
        return () => {
            this.#hosts = chainHosts;
            this.#commit(delta, entries, touched, next);
        };
    }

    #commit(delta: TablesDelta, entries: Tables, touched: ReadonlySet<string>, next: readonly BoundChain[]): void {
        const servers = new Set(next.map((chain) => chain.tls?.server));
        for (const key of touched) {
            const before = this.#chains.get(key)?.tls?.server;
            if (before && !servers.has(before)) before.forget();
            this.#drop(key);
        }
        this.#swapListeners(delta, entries);
        for (const chain of next) this.#enter(chain);
    }

    renewTickets(): void {
        for (const chain of this.#chains.values()) chain.tls?.server?.renewTickets();
    }

    #choose(listener: string, serverName: string): BoundChain | undefined {
        const entry = this.#hosts.get(listener)?.chains.find(serverName);
        return entry && this.#chains.get(entry.key);
    }

    #touched(delta: TablesDelta, entries: Tables): Set<string> {
        if (delta.full) return new Set([...this.#chains.keys(), ...entries.chains.keys()]);
        const touched = new Set<string>(delta.remove.chains);
        for (const chain of delta.set.chains ?? []) touched.add(chain.key);
        const secrets = [...(delta.set.secrets ?? []).map((secret) => secret.key), ...(delta.remove.secrets ?? [])];
        for (const secret of secrets) for (const key of this.#users.get(secret) ?? []) touched.add(key);
        return touched;
    }

    #bind(entry: FilterChainEntry, entries: Tables, isDeferred: boolean): BoundChain {
        if (!entry.tls || entry.tls.mode === "PASSTHROUGH") return { entry, tls: undefined };
        const bound = bindTls(entry, entry.tls, entries.secrets, this.#context, this.#chains.get(entry.key)?.tls, isDeferred);
        return { entry, tls: bound };
    }

    #drop(key: string): void {
        const chain = this.#chains.get(key);
        if (!chain) return;
        this.#chains.delete(key);
        this.#findings.delete(key);
        for (const secret of secretsOf(chain.entry)) {
            const users = this.#users.get(secret);
            users?.delete(key);
            if (users?.size === 0) this.#users.delete(secret);
        }
    }

    #swapListeners(delta: TablesDelta, entries: Tables): void {
        const changed = delta.full ? entries.listeners.values() : (delta.set.listeners ?? []);
        for (const entry of changed) {
            const bound = this.#listeners.get(entry.key);
            if (bound) bound.entry = entry;
            else this.#listeners.set(entry.key, { entry, choose: (serverName) => this.#choose(entry.key, serverName) });
        }
        const gone = delta.full ? [...this.#listeners.keys()].filter((key) => !entries.listeners.has(key)) : (delta.remove.listeners ?? []);
        for (const key of gone) this.#listeners.delete(key);
    }

    #enter(chain: BoundChain): void {
        const { entry, tls } = chain;
        this.#chains.set(entry.key, chain);
        for (const secret of secretsOf(entry)) {
            let users = this.#users.get(secret);
            if (!users) this.#users.set(secret, (users = new Set()));
            users.add(entry.key);
        }
        if (tls && tls.problem !== "") this.#findings.set(entry.key, problemOf(entry, tls));
    }
}

function secretsOf(entry: FilterChainEntry): string[] {
    if (!entry.tls || entry.tls.mode === "PASSTHROUGH") return [];
    return secretsOfChain(entry.tls);
}

function problemOf(entry: FilterChainEntry, tls: BoundTls): Finding {
    const about = aboutOrigin(entry.origin);
    const names = entry.serverNames.length > 0 ? entry.serverNames.join(", ") : "any host";
    return tls.server
        ? finding("GH0481", about, `The certificate for ${names} can't be used (${tls.problem}); the one before it is served.`)
        : finding("GH0480", { ...about, missing: behindKey(tls.missing) }, `No handshake is accepted for ${names}: ${tls.problem}.`);
}

/** The Secret, or the file of the gateway, that a key of the tables stands for. */
function behindKey(key = ""): ObjectRef | undefined {
    const [, namespace = "", name = ""] = /^kubernetes:\/\/([^/]+)\/([^/]+)$/.exec(key) ?? [];
    const [, file = ""] = /^file:\/\/([^~]+)/.exec(key) ?? [];
    if (file !== "") return { kind: "File", namespace: "", name: file };
    return name === "" ? undefined : { kind: "Secret", namespace, name };
}

/** What a finding about an entry's origin begins with. */
export function aboutOrigin(origin: Origin): Parameters<typeof finding>[1] {
    return {
        object: { kind: origin.kind, namespace: origin.namespace, name: origin.name },
        field: origin.field,
        ...(origin.file === undefined ? {} : { place: { file: origin.file, line: origin.line ?? 1 } }),
    };
}
