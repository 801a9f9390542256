/** All hosts that traffic can be sent to: those of one source before those of the next, in each oldest first. */
import { addTo } from "../../../istio/lists-by-key";
import { isWildcard, narrowest } from "../../../istio/semantics";
import type { CompilerContext } from "../context/context";
import { subjectText } from "../context/place";
import type { Lookup, Value } from "../graph/graph";
import { sameList } from "../graph/lists";
import type { HostDefinition, HostSource } from "./model/backends";

type ByHost = ReadonlyMap<string, readonly HostDefinition[]>;

const NONE: readonly never[] = [];

export class Registry {
    readonly #context: CompilerContext;
    readonly #sources: readonly HostSource[];
    readonly #byHost: Value<ByHost>;
    /** Known hosts by their first label. */
    readonly #byLabel: Value<ReadonlyMap<string, readonly string[]>>;
    readonly #lookups: Lookup<ByHost, string, readonly HostDefinition[]>;

    constructor(context: CompilerContext, sources: readonly HostSource[]) {
        const { graph } = context;
        this.#context = context;
        this.#sources = sources;
        this.#byHost = graph.value(() => this.#hosts());
        this.#byLabel = graph.value(() => this.#labels());
        this.#lookups = graph.lookup(this.#byHost, find, sameList);
    }

    /** Says what is defined twice, whether anybody is routed to it or not. */
    check(): void {
        this.#byHost.get();
    }

    /** What defines a host; an exact definition hides the wildcard ones. */
    lookup(host: string): readonly HostDefinition[] {
        return this.#lookups.get(host);
    }

    /** Hosts that begin with the same label: what somebody may have meant. */
    similar(host: string): string[] {
        return [...(this.#byLabel.get().get(host.split(".")[0] ?? "") ?? NONE)].sort().slice(0, 3);
    }

    #hosts(): ByHost {
        const byHost = new Map<string, HostDefinition[]>();
        for (const source of this.#sources) for (const definition of source.hosts()) this.#add(byHost, definition);
        return byHost;
    }

    #labels(): ReadonlyMap<string, readonly string[]> {
        const byLabel = new Map<string, string[]>();
        for (const host of this.#byHost.get().keys()) {
            const dot = host.indexOf(".");
            // A name without a dot begins with no label that anything else begins with.
            if (dot >= 0) addTo(byLabel, host.slice(0, dot), host);
        }
        return byLabel;
    }

    #add(byHost: Map<string, HostDefinition[]>, definition: HostDefinition): void {
        const present = byHost.get(definition.host);
        if (present) this.#reportConflicts(present, definition);
        addTo(byHost, definition.host, definition);
    }

    #reportConflicts(present: readonly HostDefinition[], later: HostDefinition): void {
        for (const port of later.ports) {
            const winner = present.find(({ ports }) => ports.some(({ number }) => number === port.number));
            if (winner === undefined) continue;
            this.#context.report.add(
                "GH0453",
                later.subject,
                port.field,
                `${later.host}:${port.number} is already defined by ${subjectText(winner.subject)}, which comes first and is in force.`,
                isWildcard(later.host) ? "" : "Define the host once, or give the two different ports.",
            );
        }
    }
}

function find(byHost: ByHost, host: string): readonly HostDefinition[] {
    return narrowest(host, (one) => byHost.get(one)) ?? NONE;
}
