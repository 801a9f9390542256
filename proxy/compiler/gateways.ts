/** Which Gateways this proxy serves, and on which ports of its pod. */
import type { KubeServicePort } from "../../istio/types";
import { isSubsetOfLabels, type Context } from "./context";
import type { Placed } from "./model";

const NO_TRANSLATION = "experimental.istio.io/disable-gateway-port-translation";

/** Gateways of all namespaces whose selector the pod's labels satisfy, oldest first. */
export function selectGateways({ model, settings, report }: Context): Placed<"Gateway">[] {
    return model.gateways.filter((gateway) => {
        const selector = gateway.object.spec.selector ?? {};
        if (Object.keys(selector).length === 0) {
            report.add("GH0410", gateway, "spec.selector", "No selector: every gateway workload of the cluster serves this Gateway.",
                "Select one gateway's pods by their labels.");
            return true;
        }
        return settings.servesAll || isSubsetOfLabels(selector, settings.labels);
    });
}

/** Finds what a server's port is on the pod: the targetPorts of the Services in front of it. */
export class PortTranslation {
    private readonly services: readonly Placed<"Service">[];
    private readonly context: Context;

    constructor(context: Context) {
        const { model, settings } = context;
        this.context = context;
        this.services = model.services.filter(({ object, ref }) => {
            const selector = object.spec.selector ?? {};
            return ref.namespace === settings.namespace && Object.keys(selector).length > 0 && isSubsetOfLabels(selector, settings.labels);
        });
    }

    /** Ascending; the number itself where no Service has it. */
    targetPorts(gateway: Placed<"Gateway">, port: number): readonly number[] {
        if (isDisabled(gateway.object.metadata.labels?.[NO_TRANSLATION])) return [port];
        const targets = new Set<number>();
        for (const service of this.services) {
            for (const [index, one] of (service.object.spec.ports ?? []).entries()) {
                if (one.port === port && (one.protocol ?? "TCP") === "TCP") targets.add(this.targetOf(service, one, index));
            }
        }
        return targets.size === 0 ? [port] : [...targets].sort((a, b) => a - b);
    }

    private targetOf(service: Placed<"Service">, { port, targetPort }: KubeServicePort, index: number): number {
        if (targetPort === undefined || targetPort === 0) return port;
        const number = Number(targetPort);
        if (Number.isInteger(number)) return number;
        this.context.report.add("GH0415", service, `spec.ports[${index}].targetPort`,
            `targetPort ${targetPort} is the name of a container port, which only the pod could resolve; the listener opens on ${port}.`,
            "Write the number.");
        return port;
    }
}

/** Istio parses the label as a Go bool. */
function isDisabled(label: string | undefined): boolean {
    return label !== undefined && ["1", "t", "true"].includes(label.toLowerCase());
}
