/** All hosts that traffic can be sent to, and of several objects that define one which are in force (`merged-definitions.ts`). */
import { addTo } from "../../../istio/lists-by-key";
import { isWildcard, narrowest } from "../../../istio/semantics";
import type { CompilerContext } from "../context/context";
import { subjectText } from "../context/place";
import type { Lookup, Value } from "../graph/graph";
import { sameList } from "../graph/lists";
import { mergedDefinitions, type MergedDefinitions } from "./merged-definitions";
import type { HostDefinition, HostSource } from "./model/backends";

type ByHost = ReadonlyMap<string, readonly HostDefinition[]>;

/** A host, and what defines it: at most one. */
export interface ResolvedHost {
    readonly host: string;
    readonly definitions: readonly HostDefinition[];
}

const NONE: readonly never[] = [];

/** So many names that are only other names of one another are followed. */
const MAX_ALIASES = 8;

export class Registry {
    readonly #context: CompilerContext;
    readonly #sources: readonly HostSource[];
    readonly #byHost: Value<ByHost>;
    /** Known hosts by their first label. */
    readonly #byLabel: Value<ReadonlyMap<string, readonly string[]>>;
    readonly #lookups: Lookup<ByHost, string, readonly HostDefinition[]>;
    /** By the first of its parts: what is made of the same parts is the same. */
    readonly #merged = new WeakMap<HostDefinition, MergedDefinitions>();

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

    /** What defines a host, as one; an exact definition hides the wildcard ones. */
    lookup(host: string): readonly HostDefinition[] {
        return this.#lookups.get(host);
    }

    /** The same where the host is only another name of one that somebody defines; of others the host is as it was. */
    resolve(host: string): ResolvedHost {
        const own = this.lookup(host);
        let last: ResolvedHost = { host, definitions: own };
        for (let followed = 0; followed < MAX_ALIASES; followed++) {
            const alias = last.definitions[0]?.alias;
            if (alias === undefined) return last;
            const definitions = this.lookup(alias);
            // A name that nobody here defines is looked up by its last alias.
            if (definitions.length === 0) return last;
            last = { host: alias, definitions };
        }
        const [first] = own;
        if (first) {
            this.#context.report.add(
                "GH0441",
                first.subject,
                "spec.externalName",
                `${host} is another name of ${first.alias ?? ""}, which leads back to it or through more than ${MAX_ALIASES} names; requests get 503.`,
                "Name what is meant.",
            );
        }
        return { host, definitions: NONE };
    }

    /** Hosts that begin with the same label: what somebody may have meant. */
    similar(host: string): string[] {
        return [...(this.#byLabel.get().get(host.split(".")[0] ?? "") ?? NONE)].sort().slice(0, 3);
    }

    #hosts(): ByHost {
        const all = new Map<string, HostDefinition[]>();
        const ofFirst = new Set<HostDefinition>();
        for (const [at, source] of this.#sources.entries()) {
            for (const definition of source.hosts()) {
                addTo(all, definition.host, definition);
                if (at === 0) ofFirst.add(definition);
            }
        }
        for (const [host, definitions] of all) if (definitions.length > 1) all.set(host, [this.#merge(definitions, ofFirst)]);
        return all;
    }

    #merge(definitions: readonly HostDefinition[], ofFirst: ReadonlySet<HostDefinition>): HostDefinition {
        const now = mergedDefinitions(definitions, (one) => ofFirst.has(one));
        this.#reportConflicts(now);
        const first = now.parts[0] as HostDefinition;
        const before = this.#merged.get(first);
        if (before && sameList(before.parts, now.parts)) return before.definition;
        this.#merged.set(first, now);
        return now.definition;
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

    #reportConflicts({ parts, lost }: MergedDefinitions): void {
        const [first, ...others] = parts;
        if (first === undefined) return;
        for (const { subject, host, namespace } of lost) {
            const why = namespace === first.namespace ? "is resolved in another way" : `stands in namespace ${first.namespace}`;
            this.#context.report.add(
                "GH0453",
                subject,
                "",
                `${host} is already defined by ${subjectText(first.subject)}, which ${why} and comes first; nothing of this one is served.`,
                isWildcard(host) ? "" : "Define the host once.",
            );
        }
        for (const [at, other] of others.entries()) this.#reportPorts(parts.slice(0, at + 1), other);
    }

    /** Of definitions that are joined, what of the later one has no effect. */
    #reportPorts(earlier: readonly HostDefinition[], { subject, host, ports }: HostDefinition): void {
        for (const port of ports) {
            const winner = earlier.find((one) => one.ports.some(({ number }) => number === port.number));
            const known = winner?.ports.find(({ number }) => number === port.number);
            if (winner === undefined || known === undefined) continue;
            const isNamed = known.name === port.name;
            if (isNamed && known.protocol === port.protocol) continue;
            this.#context.report.add(
                "GH0453",
                subject,
                port.field,
                `${host}:${port.number} is already defined by ${subjectText(winner.subject)}, ${isNamed ? "with another protocol, which is in force" : `under the name ${known.name || '""'}, so that these endpoints are not used`}.`,
                "Give the port one name and one protocol in both.",
            );
        }
    }
}

function find(byHost: ByHost, host: string): readonly HostDefinition[] {
    return narrowest(host, (one) => byHost.get(one)) ?? NONE;
}
