/** Hosts that Services define. */
import { exportToOfService, isExportedTo, serviceHost } from "../../../istio/semantics";
import { protocolOfServicePort } from "../../../istio/ports";
import type { Placed } from "../../resources/model";
import type { ObjectContext } from "../context/objects";
import { fieldBelow } from "../context/place";
import type { HostDefinition, HostPort, HostSource } from "../routing/model/backends";
import { EndpointSlices } from "./endpoint-slices";

type Service = Placed<"Service">;

const NONE: readonly never[] = [];

export class Services implements HostSource {
    readonly #context: ObjectContext;
    readonly #slices: EndpointSlices;
    /** What a Service defines: of one that did not change the same. */
    readonly #defined = new WeakMap<Service, readonly HostDefinition[]>();

    constructor(context: ObjectContext) {
        this.#context = context;
        this.#slices = new EndpointSlices(context);
    }

    hosts(): readonly HostDefinition[] {
        return this.#context.objects.services.get().flatMap((service) => this.#definedBy(service));
    }

    #definedBy(service: Service): readonly HostDefinition[] {
        const present = this.#defined.get(service);
        if (present) return present;
        const made = this.#define(service);
        this.#defined.set(service, made);
        return made;
    }

    #define(service: Service): readonly HostDefinition[] {
        const { object, ref } = service;
        const { settings } = this.#context;
        if (!isExportedTo(exportToOfService(object.metadata.annotations), ref.namespace, settings.namespace)) return NONE;
        const ports = (object.spec.ports ?? [])
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
        const definition: HostDefinition = {
            subject: service,
            host: serviceHost(ref.name, ref.namespace, settings.domain),
            namespace: ref.namespace,
            ports,
            subjectAltNames: NONE,
            addressesOf: (port, _host, labels) => this.#slices.addressesOf(service, port, labels),
        };
        return [definition];
    }
}
