/**
 * Reads resources from a cluster and follows their changes, in the primary process alone. Nothing is handed on before
 * every kind was read once; from then on what was read last is what holds, whatever becomes of the API server.
 */
import { findingText, type Finding } from "../../../istio/findings";
import type { Kind } from "../../../istio/types";
import type { PlacedObject } from "../../resources/placed-object";
import { compareText } from "../../resources/text-order";
import { FollowedFiles } from "../followed-files";
import type { RunningSource, SourceState } from "../source";
import { ApiClient } from "./api-client";
import { clusterFindings } from "./cluster-findings";
import type { ClusterOptions } from "./cluster";
import { ApiCredentials } from "./credentials";
import { ALWAYS_WATCHED, MESH_CONFIG, type WatchedKind } from "./kinds";
import { Pacer } from "./pacer";
import { Reflector } from "./reflector";
import { REFLECTOR_TIMES, type ReflectorTimes } from "./reflector-times";
import { WANTED_KINDS, type WantedKind } from "./wanted-kinds";

export interface KubernetesSourceOptions extends ClusterOptions {
    /** The proxy's own, whose Secrets are read. */
    readonly namespace: string;
    /** Absent: the mesh's configuration says it, and is read too. */
    readonly rootNamespace?: string;
    /** Of an application Sidecars and the mesh's configuration say who may leave: without them nothing is served. */
    readonly mode?: "gateway" | "mesh";
    /** Absolute paths of certificates are read below it; absent: as they are. */
    readonly fileRoot?: string;
    readonly times?: Partial<ReflectorTimes>;
    /** A fault of `onChange` itself; reading goes on. */
    readonly onError?: (error: unknown) => void;
}

/** Throws a NoClusterError where it can never work. Whatever else is wrong is a finding, and is tried again. */
export function startKubernetesSource(options: KubernetesSourceOptions, onChange: (state: SourceState) => void): RunningSource {
    const source = new KubernetesSource(options, onChange);
    source.start();
    return source;
}

class KubernetesSource implements RunningSource {
    readonly #options: KubernetesSourceOptions;
    readonly #onChange: (state: SourceState) => void;
    readonly #client: ApiClient;
    #reflectors: Reflector[] = [];
    readonly #pacer: Pacer;
    readonly #files: FollowedFiles;
    readonly #times: ReflectorTimes;
    readonly #objects = new LastOf((lists: readonly SourceState["objects"][]) => lists.flat());
    readonly #findings = new LastOf((lists: readonly (readonly Finding[])[]) => sorted(lists.flat()));
    #ownFindings: readonly Finding[] = [];
    #everComplete = false;
    /** Of the kinds that are only followed where something asks for them. */
    readonly #wanted = new Map<WantedKind, Reflector>();
    #stopped = false;
    state: SourceState = { objects: [], files: new Map(), findings: [], isPartial: true };

    constructor(options: KubernetesSourceOptions, onChange: (state: SourceState) => void) {
        this.#options = options;
        this.#onChange = onChange;
        this.#client = new ApiClient(new ApiCredentials(options));
        this.#times = { ...REFLECTOR_TIMES, ...options.times };
        this.#pacer = new Pacer(() => this.#publish());
        this.#files = new FollowedFiles(options.fileRoot, () => this.#pacer.poke());
    }

    start(): void {
        const isMesh = this.#options.mode === "mesh";
        for (const watched of ALWAYS_WATCHED) this.#follow(isMesh && watched.kind === "Sidecar" ? { ...watched, needed: true } : watched);
        if (isMesh || this.#options.rootNamespace === undefined) this.#follow(MESH_CONFIG);
    }

    /** What is known is always what came last: there is nothing to read. */
    refresh(): Promise<void> {
        return Promise.resolve();
    }

    stop(): void {
        this.#stopped = true;
        this.#pacer.stop();
        this.#files.stop();
        for (const reflector of this.#reflectors) reflector.stop();
        this.#client.close();
    }

    report(): unknown {
        const reports = this.#reflectors.map(({ report }) => report);
        return {
            kind: "kubernetes",
            server: this.#client.credentials.server,
            credentials: this.#client.credentials.origin,
            synced: this.#everComplete,
            behindSeconds: Math.max(0, ...reports.map(({ behindSeconds }) => Number(behindSeconds ?? 0))),
            asked: { ...this.#client.counters },
            kinds: reports,
        };
    }

    #follow(watched: WatchedKind): Reflector {
        const reflector = new Reflector(
            watched,
            this.#client,
            this.#options.namespace,
            {
                changed: () => this.#pacer.poke(),
                turned: (after) => {
                    // One kind got through: the others need not wait for their turn.
                    if (after !== undefined) for (const other of this.#reflectors) other.nudge(after);
                    this.#pacer.poke();
                },
            },
            this.#times,
        );
        this.#reflectors.push(reflector);
        reflector.run().catch((error: unknown) => this.#options.onError?.(error));
        return reflector;
    }

    #publish(): void {
        if (this.#stopped) return;
        this.#followWanted();
        this.#dropReplaced();
        this.#everComplete ||= this.#isComplete();
        const findings = this.#findings.of([this.#clusterFindings(), ...this.#reflectors.map(({ store }) => store.findings)]);
        // Subsets without the pods they select would send everybody away, and so would policies without their providers; what
        // can't be read is not waited for.
        const isHeld = [...this.#wanted].some(([{ isAwaited }, one]) => isAwaited && !one.synced && one.failure === undefined);
        if (!this.#everComplete) this.#hand({ ...this.state, findings });
        else if (!isHeld) {
            this.#files.want([...new Set(this.#reflectors.flatMap(({ store }) => store.files))].sort(compareText));
            this.#hand({
                objects: this.#objects.of(this.#reflectors.map(({ store }) => store.objects)),
                files: this.#files.read(),
                findings,
            });
        }
    }

    #hand(state: SourceState): void {
        const before = this.state;
        if (
            before.isPartial === state.isPartial &&
            before.objects === state.objects &&
            before.files === state.files &&
            before.findings === state.findings
        )
            return;
        this.state = state;
        try {
            this.#onChange(this.state);
        } catch (error) {
            this.#options.onError?.(error);
        }
    }

    #isComplete(): boolean {
        return this.#reflectors.every(({ synced, watched, failure }) => synced || (!watched.needed && failure?.kind === "forbidden"));
    }

    /** The same list while it says the same. */
    #clusterFindings(): readonly Finding[] {
        const { server, origin, expiry } = this.#client.credentials;
        const now = clusterFindings(this.#reflectors, {
            server,
            credentials: origin,
            namespace: this.#options.namespace,
            isServing: this.#everComplete,
            ...(expiry ? { expiry } : {}),
        });
        const before = this.#ownFindings;
        const isSame = now.length === before.length && now.every((one, index) => findingText(one) === findingText(before[index]!));
        return isSame ? before : (this.#ownFindings = now);
    }

    #followWanted(): void {
        for (const wanted of WANTED_KINDS) {
            if (this.#wanted.has(wanted) || !wanted.isWanted((kind) => this.#objectsOf(kind))) continue;
            this.#wanted.set(wanted, this.#follow(wanted.watched));
        }
    }

    /** Who knows all of a kind takes the place of who knows a part. */
    #dropReplaced(): void {
        const all = [...this.#wanted];
        for (const [at, [{ watched }, reflector]] of all.entries()) {
            const { kind, labelSelector } = watched;
            const other = all
                .slice(at + 1)
                .find(([later]) => later.watched.kind === kind && later.watched.labelSelector === labelSelector)?.[1];
            if (!other?.synced || !this.#reflectors.includes(reflector)) continue;
            reflector.stop();
            this.#reflectors = this.#reflectors.filter((one) => one !== reflector);
        }
    }

    #objectsOf(kind: Kind): readonly PlacedObject[] {
        return this.#reflectors.find(({ watched }) => watched.kind === kind)?.store.objects ?? [];
    }
}

/** Remembers what it made of lists while they are the same ones. */
class LastOf<T, R> {
    readonly #make: (parts: readonly T[]) => R;
    #parts: readonly T[] = [];
    #made: R | undefined;

    constructor(make: (parts: readonly T[]) => R) {
        this.#make = make;
    }

    of(parts: readonly T[]): R {
        if (this.#made !== undefined && parts.length === this.#parts.length && parts.every((part, index) => part === this.#parts[index]))
            return this.#made;
        this.#parts = parts;
        return (this.#made = this.#make(parts));
    }
}

function sorted(findings: readonly Finding[]): Finding[] {
    const unique = new Map(findings.map((one) => [findingText(one), one]));
    return [...unique].sort(([a], [b]) => compareText(a, b)).map(([, one]) => one);
}
