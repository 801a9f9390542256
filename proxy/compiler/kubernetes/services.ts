/** Hosts that Services define. */
import { isDeepStrictEqual } from "node:util";
import { exportToOfService, isExportedTo, serviceHost, serviceSelects } from "../../../istio/semantics";
import { protocolOfServicePort } from "../../../istio/ports";
import { distributionOf, TRAFFIC_DISTRIBUTION } from "../../../istio/semantics/traffic-distribution";
import type { Placed } from "../../resources/model";
import type { ObjectContext } from "../context/objects";
import { fieldBelow } from "../context/place";
import type { Value } from "../graph/graph";
import type { HostDefinition, HostPort, HostSource } from "../routing/model/backends";
import type { ServiceAddresses } from "./service-addresses";

type Service = Placed<"Service">;

interface Defined {
    readonly inNamespace: string | undefined;
    readonly hosts: readonly HostDefinition[];
}

const NONE: readonly never[] = [];

export class Services implements HostSource {
    readonly #context: ObjectContext;
    readonly #addresses: ServiceAddresses;
    /** Where namespaces want the traffic of all their Services to stay. */
    readonly #distributions: Value<ReadonlyMap<string, string>>;
    /** What a Service defines: of one that did not change, in a namespace that says the same, the same. */
    readonly #defined = new WeakMap<Service, Defined>();

    constructor(context: ObjectContext, addresses: ServiceAddresses) {
        const { graph, objects } = context;
        this.#context = context;
        this.#addresses = addresses;
        this.#distributions = graph.value(() => distributionsOf(objects.namespaces.get()), isDeepStrictEqual);
    }

    hosts(): readonly HostDefinition[] {
        const distributions = this.#distributions.get();
        return this.#context.objects.services.get().flatMap((one) => this.#definedBy(one, distributions.get(one.ref.namespace)));
    }

    #definedBy(service: Service, inNamespace: string | undefined): readonly HostDefinition[] {
        const present = this.#defined.get(service);
        if (present && present.inNamespace === inNamespace) return present.hosts;
        const hosts = this.#define(service, inNamespace);
        this.#defined.set(service, { inNamespace, hosts });
        return hosts;
    }

    #define(service: Service, inNamespace: string | undefined): readonly HostDefinition[] {
        const { ref, object } = service;
        const { metadata, spec } = object;
        const { namespace: own, domain, labels, mode } = this.#context.settings;
        const isOwn = mode === "gateway" && ref.namespace === own && serviceSelects(spec.selector, labels);
        if (!isExportedTo(exportToOfService(metadata.annotations), ref.namespace, own)) return NONE;
        const alias = spec.type === "ExternalName" ? spec.externalName?.toLowerCase().replace(/\.$/, "") : undefined;
        const prefers = distributionOf(spec.trafficDistribution, metadata.annotations, inNamespace);
        return [
            {
                subject: service,
                host: serviceHost(ref.name, ref.namespace, domain),
                namespace: ref.namespace,
                createdAt: metadata.creationTimestamp ?? "",
                joins: alias === undefined ? "STATIC" : "DNS",
                ...(alias ? { alias, hasAnyPort: true } : {}),
                ports: portsOf(service),
                ...ownAddresses(spec),
                subjectAltNames: NONE,
                ...(prefers ? { prefers } : {}),
                ...(isOwn ? { isOwn } : {}),
                ...(spec.sessionAffinity === "ClientIP" ? { isSticky: true } : {}),
                addressesOf: (port, _host, labels) => this.#addresses.of(service, port, labels),
            },
        ];
    }
}

function ownAddresses({ clusterIP, clusterIPs }: Service["object"]["spec"]): Pick<HostDefinition, "addresses" | "isHeadless"> {
    if (clusterIP === "None") return { isHeadless: true };
    const addresses = clusterIPs?.length ? clusterIPs : [clusterIP ?? ""];
    const known = addresses.filter((one) => one !== "" && one !== "None");
    return known.length > 0 ? { addresses: known } : {};
}

function distributionsOf(namespaces: readonly Placed<"Namespace">[]): ReadonlyMap<string, string> {
    return new Map(
        namespaces.flatMap(({ ref, object }): [string, string][] => {
            const text = object.metadata.annotations?.[TRAFFIC_DISTRIBUTION];
            return text ? [[ref.name, text]] : [];
        }),
    );
}

function portsOf({ object }: Service): readonly HostPort[] {
    return (object.spec.ports ?? NONE)
        .map(
            (port, index): HostPort => ({
                number: port.port,
                name: port.name ?? "",
                protocol: protocolOfServicePort(port),
                targetPort: port.targetPort,
                field: fieldBelow("spec", "ports", index),
            }),
        )
        .filter(({ protocol }) => protocol !== "UDP");
}
