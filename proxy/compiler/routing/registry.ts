/** All hosts that traffic can be sent to: Kubernetes Services first, then ServiceEntries, oldest first. */
import { isIP } from "node:net";
import { exportToOfService, isExportedTo, isWildcard, serviceHost, suffixPatterns } from "../../../istio/semantics";
import { areMirrored, mirroredSlices } from "../../../istio/mirrored-endpoints";
import { parseProtocol, protocolOfServicePort, type Protocol } from "../../../istio/ports";
import { refText } from "../../../istio/types";
import type { Context } from "../context/context";
import type { Lookup, Value } from "../graph/graph";
import { appendTo, sameList } from "../graph/lists";
import { byId, type Placed } from "../../resources/model";

export interface RegistryPort {
    readonly number: number;
    readonly name: string;
    readonly protocol: Protocol | undefined;
    readonly targetPort: number | string | undefined;
    /** `spec.ports[0]`. */
    readonly field: string;
}

/** A host as one object defines it. */
export interface RegistryService {
    readonly host: string;
    readonly namespace: string;
    readonly ports: readonly RegistryPort[];
    readonly owner: Placed<"Service"> | Placed<"ServiceEntry">;
}

type Labels = Readonly<Record<string, string>>;
type Owner = RegistryService["owner"];
type ByHost = ReadonlyMap<string, readonly RegistryService[]>;
type Slices = ReadonlyMap<string, readonly Placed<"EndpointSlice">[]>;

const NO_LABELS: Labels = {};
const NONE: readonly never[] = [];

export class Registry {
    readonly #context: Context;
    readonly #byHost: Value<ByHost>;
    /** Known hosts by their first label. */
    readonly #byLabel: Value<ReadonlyMap<string, readonly string[]>>;
    readonly #lookups: Lookup<ByHost, string, readonly RegistryService[]>;
    readonly #podLabels: Lookup<ReadonlyMap<string, Placed<"Pod">>, string, Labels | undefined>;
    readonly #slicesOf: Lookup<Slices, string, readonly Placed<"EndpointSlice">[]>;
    /** The slices that Endpoints stand for: of those that did not change the same. */
    readonly #mirrors = new WeakMap<Placed<"Endpoints">, Placed<"EndpointSlice">[]>();
    /** What an object defines: of one that did not change the same. */
    readonly #defined = new WeakMap<Owner, readonly RegistryService[]>();

    constructor(context: Context) {
        const { graph, inputs } = context;
        this.#context = context;
        this.#byHost = graph.value(() => this.#hosts());
        this.#byLabel = graph.value(() => this.#labels());
        this.#lookups = graph.lookup(this.#byHost, find, sameList);
        this.#podLabels = graph.lookup(
            graph.value(() => byId(inputs.pods.get())),
            (pods, id) => {
                const pod = pods.get(id);
                return pod && (pod.object.metadata.labels ?? NO_LABELS);
            },
        );
        this.#slicesOf = graph.lookup(
            graph.value(() => this.#slicesByService()),
            (slices, id) => slices.get(id) ?? NONE,
            sameList,
        );
    }

    /** Says what is defined twice, whether anybody is routed to it or not. */
    check(): void {
        this.#byHost.get();
    }

    /** What defines a host; an exact definition hides the wildcard ones. */
    lookup(host: string): readonly RegistryService[] {
        return this.#lookups.get(host);
    }

    /** Hosts that begin with the same label: what somebody may have meant. */
    similar(host: string): string[] {
        return [...(this.#byLabel.get().get(host.split(".")[0] ?? "") ?? NONE)].sort().slice(0, 3);
    }

    slicesOf(service: Placed<"Service">): readonly Placed<"EndpointSlice">[] {
        return this.#slicesOf.get(service.id);
    }

    podLabels(namespace: string, name: string): Labels | undefined {
        return this.#podLabels.get(`${namespace}/${name}`);
    }

    #hosts(): ByHost {
        const { services, serviceEntries } = this.#context.inputs;
        const byHost = new Map<string, RegistryService[]>();
        for (const owner of [...services.get(), ...serviceEntries.get()]) {
            for (const service of this.#definedBy(owner)) this.#add(byHost, service);
        }
        return byHost;
    }

    #labels(): ReadonlyMap<string, readonly string[]> {
        const byLabel = new Map<string, string[]>();
        for (const host of this.#byHost.get().keys()) {
            const dot = host.indexOf(".");
            // A name without a dot begins with no label that anything else begins with.
            if (dot >= 0) appendTo(byLabel, host.slice(0, dot), host);
        }
        return byLabel;
    }

    #slicesByService(): Slices {
        const slices = new Map<string, Placed<"EndpointSlice">[]>();
        for (const slice of this.#context.inputs.endpointSlices.get()) {
            const name = slice.object.metadata.labels?.["kubernetes.io/service-name"];
            if (name !== undefined) appendTo(slices, `${slice.ref.namespace}/${name}`, slice);
        }
        return this.#withMirrored(slices);
    }

    /** Endpoints count where there is no slice. */
    #withMirrored(slices: Map<string, Placed<"EndpointSlice">[]>): Slices {
        const { endpoints, services } = this.#context.inputs;
        const lonely = endpoints.get().filter(({ id }) => !slices.has(id));
        const byName = lonely.length === 0 ? undefined : byId(services.get());
        for (const one of lonely) {
            const service = byName?.get(one.id);
            if (service && areMirrored(one.object, service.object.spec.selector)) slices.set(one.id, this.#mirrored(one));
        }
        return slices;
    }

    #mirrored(endpoints: Placed<"Endpoints">): Placed<"EndpointSlice">[] {
        const present = this.#mirrors.get(endpoints);
        if (present) return present;
        const made = mirroredSlices(endpoints.object).map((object) => ({ ...endpoints, object }));
        this.#mirrors.set(endpoints, made);
        return made;
    }

    #definedBy(owner: Owner): readonly RegistryService[] {
        const present = this.#defined.get(owner);
        if (present) return present;
        const made =
            owner.object.kind === "Service" ? this.#ofService(owner as Placed<"Service">) : this.#ofEntry(owner as Placed<"ServiceEntry">);
        this.#defined.set(owner, made);
        return made;
    }

    #ofService(owner: Placed<"Service">): readonly RegistryService[] {
        const { settings } = this.#context;
        if (!isExportedTo(exportToOfService(owner.object.metadata.annotations), owner.ref.namespace, settings.namespace)) return NONE;
        const ports = (owner.object.spec.ports ?? [])
            .map(
                (port, index): RegistryPort => ({
                    number: port.port,
                    name: port.name ?? "",
                    protocol: protocolOfServicePort(port),
                    targetPort: port.targetPort,
                    field: `spec.ports[${index}]`,
                }),
            )
            .filter(({ protocol }) => protocol !== "UDP");
        return [{ host: serviceHost(owner.ref.name, owner.ref.namespace, settings.domain), namespace: owner.ref.namespace, ports, owner }];
    }

    #ofEntry(owner: Placed<"ServiceEntry">): readonly RegistryService[] {
        const { spec } = owner.object;
        if (!isExportedTo(spec.exportTo, owner.ref.namespace, this.#context.settings.namespace)) return NONE;
        const ports = (spec.ports ?? []).map(
            (port, index): RegistryPort => ({
                number: port.number,
                name: port.name,
                protocol: parseProtocol(port.protocol ?? "TCP"),
                targetPort: port.targetPort,
                field: `spec.ports[${index}]`,
            }),
        );
        return (spec.hosts ?? []).map((host) => ({ host: host.toLowerCase(), namespace: owner.ref.namespace, ports, owner }));
    }

    #add(byHost: Map<string, RegistryService[]>, service: RegistryService): void {
        const present = byHost.get(service.host);
        if (present) this.#reportConflicts(present, service);
        appendTo(byHost, service.host, service);
    }

    #reportConflicts(present: readonly RegistryService[], later: RegistryService): void {
        for (const port of later.ports) {
            const winner = present.find(({ ports }) => ports.some(({ number }) => number === port.number));
            if (winner === undefined) continue;
            this.#context.report.add(
                "GH0453",
                later.owner,
                port.field,
                `${later.host}:${port.number} is already defined by ${refText(winner.owner.ref)}, which comes first and is in force.`,
                isWildcard(later.host) ? "" : "Define the host once, or give the two different ports.",
            );
        }
    }
}

function find(byHost: ByHost, host: string): readonly RegistryService[] {
    const exact = byHost.get(host);
    if (exact) return exact;
    const pattern = isIP(host) ? undefined : suffixPatterns(host).find((one) => byHost.has(one));
    return (pattern === undefined ? undefined : byHost.get(pattern)) ?? NONE;
}
