/** Finds what a declared port is on the pod: the targetPorts of the Services in front of it. */
import { serviceSelects } from "../../../istio/semantics";
import type { KubeServicePort } from "../../../istio/types";
import type { Placed } from "../../resources/model";
import type { ObjectContext } from "../context/objects";
import type { Family, Value } from "../graph/graph";
import { sameList } from "../graph/lists";
import type { PortSource } from "../routing/model/sources";

export class PortTranslation implements PortSource {
    readonly #context: ObjectContext;
    readonly #services: Value<readonly Placed<"Service">[]>;
    /** Ascending; the number itself where no Service has it. */
    readonly #targets: Family<number, readonly number[]>;

    constructor(context: ObjectContext) {
        const { graph } = context;
        this.#context = context;
        this.#services = graph.value(() => this.#inFront(), sameList);
        this.#targets = graph.family((port) => this.#targetsOf(port), sameList);
    }

    targetPorts(port: number): readonly number[] {
        return this.#targets.get(port);
    }

    /** The Services in front of the gateway's pods. */
    services(): readonly Placed<"Service">[] {
        return this.#services.get();
    }

    #inFront(): readonly Placed<"Service">[] {
        const { objects, settings } = this.#context;
        return objects.services
            .get()
            .filter(({ object, ref }) => ref.namespace === settings.namespace && serviceSelects(object.spec.selector, settings.labels));
    }

    #targetsOf(port: number): readonly number[] {
        const targets = new Set<number>();
        for (const service of this.#services.get()) {
            for (const [index, one] of (service.object.spec.ports ?? []).entries()) {
                if (one.port === port && (one.protocol ?? "TCP") === "TCP") targets.add(this.#targetOf(service, one, index));
            }
        }
        return targets.size === 0 ? [port] : [...targets].sort((a, b) => a - b);
    }

    #targetOf(service: Placed<"Service">, { port, targetPort }: KubeServicePort, index: number): number {
        if (targetPort === undefined || targetPort === 0) return port;
        const number = Number(targetPort);
        if (Number.isInteger(number)) return number;
        this.#context.report.add(
            "GH0415",
            service,
            `spec.ports[${index}].targetPort`,
            `targetPort ${targetPort} is the name of a container port, which only the pod could resolve; the listener opens on ${port}.`,
            "Write the number.",
        );
        return port;
    }
}
