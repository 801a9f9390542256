/** All hosts that traffic can be sent to: Kubernetes Services first, then ServiceEntries, oldest first. */
import { isIP } from "node:net";
import { isWildcard } from "../../istio/hosts";
import { parseProtocol, protocolOfServicePort, type Protocol } from "../../istio/ports";
import { refText } from "../../istio/types";
import { suffixPatterns } from "./binding";
import { isExportedTo, type Context } from "./context";
import type { Placed } from "./model";

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

const EXPORT_ANNOTATION = "networking.istio.io/exportTo";

export class Registry {
    private readonly context: Context;
    private readonly byHost = new Map<string, RegistryService[]>();
    private readonly pods: ReadonlyMap<string, Placed<"Pod">>;
    private readonly slices = new Map<string, Placed<"EndpointSlice">[]>();

    constructor(context: Context) {
        this.context = context;
        const { model } = context;
        for (const service of model.services) this.addService(service);
        for (const entry of model.serviceEntries) this.addEntry(entry);
        this.pods = new Map(model.pods.map((pod) => [pod.id, pod]));
        for (const slice of model.endpointSlices) {
            const name = slice.object.metadata.labels?.["kubernetes.io/service-name"];
            if (name === undefined) continue;
            const id = `${slice.ref.namespace}/${name}`;
            const list = this.slices.get(id);
            if (list) list.push(slice);
            else this.slices.set(id, [slice]);
        }
    }

    /** What defines a host; an exact definition hides the wildcard ones. */
    lookup(host: string): readonly RegistryService[] {
        const exact = this.byHost.get(host);
        if (exact) return exact;
        const pattern = isIP(host) ? undefined : suffixPatterns(host).find((one) => this.byHost.has(one));
        return (pattern === undefined ? undefined : this.byHost.get(pattern)) ?? [];
    }

    /** Hosts that begin with the same label: what somebody may have meant. */
    similar(host: string): string[] {
        const first = `${host.split(".")[0] ?? ""}.`;
        return [...this.byHost.keys()].filter((known) => known.startsWith(first)).sort().slice(0, 3);
    }

    slicesOf(service: Placed<"Service">): readonly Placed<"EndpointSlice">[] {
        return this.slices.get(service.id) ?? [];
    }

    podLabels(namespace: string, name: string): Readonly<Record<string, string>> | undefined {
        const pod = this.pods.get(`${namespace}/${name}`);
        return pod && (pod.object.metadata.labels ?? {});
    }

    private addService(owner: Placed<"Service">): void {
        const { settings } = this.context;
        const exportTo = owner.object.metadata.annotations?.[EXPORT_ANNOTATION]?.split(",").map((one) => one.trim());
        if (!isExportedTo(exportTo, owner.ref.namespace, settings.namespace)) return;
        const ports = (owner.object.spec.ports ?? []).map((port, index): RegistryPort => ({
            number: port.port, name: port.name ?? "", protocol: protocolOfServicePort(port), targetPort: port.targetPort, field: `spec.ports[${index}]`,
        })).filter(({ protocol }) => protocol !== "UDP");
        this.add({ host: `${owner.ref.name}.${owner.ref.namespace}.svc.${settings.domain}`, namespace: owner.ref.namespace, ports, owner });
    }

    private addEntry(owner: Placed<"ServiceEntry">): void {
        const { spec } = owner.object;
        if (!isExportedTo(spec.exportTo, owner.ref.namespace, this.context.settings.namespace)) return;
        const ports = (spec.ports ?? []).map((port, index): RegistryPort => ({
            number: port.number, name: port.name, protocol: parseProtocol(port.protocol ?? "TCP"), targetPort: port.targetPort, field: `spec.ports[${index}]`,
        }));
        for (const host of spec.hosts ?? []) this.add({ host: host.toLowerCase(), namespace: owner.ref.namespace, ports, owner });
    }

    private add(service: RegistryService): void {
        const present = this.byHost.get(service.host);
        if (present === undefined) this.byHost.set(service.host, [service]);
        else {
            this.reportConflicts(present, service);
            present.push(service);
        }
    }

    private reportConflicts(present: readonly RegistryService[], later: RegistryService): void {
        for (const port of later.ports) {
            const winner = present.find(({ ports }) => ports.some(({ number }) => number === port.number));
            if (winner === undefined) continue;
            this.context.report.add("GH0453", later.owner, port.field,
                `${later.host}:${port.number} is already defined by ${refText(winner.owner.ref)}, which comes first and is in force.`,
                isWildcard(later.host) ? "" : "Define the host once, or give the two different ports.");
        }
    }
}
