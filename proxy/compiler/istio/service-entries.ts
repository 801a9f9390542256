/** Hosts that ServiceEntries define. */
import { isExportedTo } from "../../../istio/semantics";
import { parseProtocol } from "../../../istio/ports";
import type { Placed } from "../../resources/model";
import type { ObjectContext } from "../context/objects";
import { fieldBelow } from "../context/place";
import { egressTerms } from "./egress-terms";
import type { HostDefinition, HostPort, HostSource } from "../routing/model/backends";
import type { WorkloadIndex } from "../workloads/workload-index";
import { EntryAddresses } from "./entry-addresses";

type Entry = Placed<"ServiceEntry">;

const NONE: readonly never[] = [];

export class ServiceEntries implements HostSource {
    readonly #context: ObjectContext;
    readonly #addresses: EntryAddresses;
    /** What an entry defines: of one that did not change the same. */
    readonly #defined = new WeakMap<Entry, readonly HostDefinition[]>();

    constructor(context: ObjectContext, workloads: WorkloadIndex) {
        this.#context = context;
        this.#addresses = new EntryAddresses(context, workloads);
    }

    hosts(): readonly HostDefinition[] {
        return this.#context.objects.serviceEntries.get().flatMap((entry) => this.#definedBy(entry));
    }

    #definedBy(entry: Entry): readonly HostDefinition[] {
        const present = this.#defined.get(entry);
        if (present) return present;
        const made = this.#define(entry);
        this.#defined.set(entry, made);
        return made;
    }

    #define(entry: Entry): readonly HostDefinition[] {
        const { spec, metadata } = entry.object;
        const { namespace } = entry.ref;
        if (!isExportedTo(spec.exportTo, namespace, this.#context.settings.namespace)) return NONE;
        const ports = (spec.ports ?? []).map(
            (port, index): HostPort => ({
                number: port.number,
                name: port.name,
                protocol: parseProtocol(port.protocol ?? "TCP"),
                targetPort: port.targetPort,
                field: fieldBelow("spec", "ports", index),
            }),
        );
        const egress = egressTerms(entry.object, this.#context.settings.mode);
        return (spec.hosts ?? []).map((host) => ({
            subject: entry,
            host: host.toLowerCase(),
            namespace,
            createdAt: metadata.creationTimestamp ?? "",
            joins: spec.resolution ?? "NONE",
            ports,
            ...(spec.addresses?.length ? { addresses: spec.addresses } : {}),
            subjectAltNames: spec.subjectAltNames ?? NONE,
            ...(egress ? { egress } : {}),
            addressesOf: (port, asked, labels) => this.#addresses.of(entry, port, asked, labels),
        }));
    }
}
