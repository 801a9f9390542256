/** Which Gateways this proxy serves, and on which ports of its pod. */
import { isEmptySelector, selects, serviceSelects } from "../../../istio/semantics";
import type { KubeServicePort } from "../../../istio/types";
import type { Context } from "../context/context";
import type { Family, Value } from "../graph/graph";
import { sameList } from "../graph/lists";
import type { Placed } from "../../resources/model";

const NO_TRANSLATION = "experimental.istio.io/disable-gateway-port-translation";

/** Whether the pod's labels satisfy the Gateway's selector, whatever its namespace. */
export function isSelected({ settings, report }: Context, gateway: Placed<"Gateway">): boolean {
    const selector = gateway.object.spec.selector ?? {};
    if (isEmptySelector(selector)) {
        if (gateway.source.refused === undefined)
            report.add(
                "GH0410",
                gateway,
                "spec.selector",
                "No selector: every gateway workload of the cluster serves this Gateway.",
                "Select one gateway's pods by their labels.",
            );
        return true;
    }
    return settings.servesAll || selects(selector, settings.labels);
}

/** Finds what a server's port is on the pod: the targetPorts of the Services in front of it. */
export class PortTranslation {
    readonly #context: Context;
    readonly #services: Value<readonly Placed<"Service">[]>;
    /** Ascending; the number itself where no Service has it. */
    readonly #targets: Family<number, readonly number[]>;

    constructor(context: Context) {
        const { graph } = context;
        this.#context = context;
        this.#services = graph.value(() => this.#inFront(), sameList);
        this.#targets = graph.family((port) => this.#targetsOf(port), sameList);
    }

    targetPorts(gateway: Placed<"Gateway">, port: number): readonly number[] {
        return isDisabled(gateway.object.metadata.labels?.[NO_TRANSLATION]) ? [port] : this.#targets.get(port);
    }

    #inFront(): readonly Placed<"Service">[] {
        const { inputs, settings } = this.#context;
        return inputs.services
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

/** Istio parses the label as a Go bool. */
function isDisabled(label: string | undefined): boolean {
    return label !== undefined && ["1", "t", "true"].includes(label.toLowerCase());
}
