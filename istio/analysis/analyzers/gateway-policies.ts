/**
 * GH0460 to GH0464: policies that are for gateways of the bundled proxy, which does not evaluate them. Where the
 * configuration has a Gateway's pods and Envoy runs in them, there is nothing to say.
 */
import { reaches, type GatewayPods } from "../../semantics/gateway-pods";
import { effectOf, isRestrictingKind, POLICY_KINDS, type PolicyEffect } from "../../semantics/policy-effect";
import { meetsAny, portNumbers, portsOf } from "../../semantics/policy-ports";
import { policyMessage } from "../../semantics/policy-message";
import { attachmentOf } from "../../semantics/policy-scope";
import { refText } from "../../types";
import { bundledPods, podsFinder } from "../bundled-gateways";
import type { ObjectIndex } from "../object-index";
import type { IndexedObject } from "../indexed-object";
import type { AnalysisReport } from "../report";

interface Served {
    readonly name: string;
    readonly pods: GatewayPods;
    readonly ports: readonly number[];
}

export function gatewayPolicies(index: ObjectIndex, report: AnalysisReport): void {
    const policies: readonly IndexedObject[] = POLICY_KINDS.flatMap((kind): readonly IndexedObject[] => index.of(kind)).filter(
        ({ context }) => !context,
    );
    if (policies.length === 0) {
        return;
    }
    const gateways = bundledGateways(index);
    for (const policy of policies) {
        const attachment = attachmentOf(policy.object);
        const effect = effectIn(policy);
        // Of one that is bad by itself nobody knows the ports.
        const ports = effect.isBad || effect.is.kind === "none" ? undefined : portsOf(policy.object);
        const names = gateways
            .filter((one) => reaches(attachment, policy.ref.namespace, one.pods, index.rootNamespace) && meetsAny(ports, one.ports))
            .map(({ name }) => name);
        if (names.length > 0) {
            const said = policyMessage(policy.object, policy.ref, effect.is, names, effect.isBad ? { why: "it is bad by itself" } : {});
            if (said) report.own(said.code, policy, "", said.message, said.fix);
        }
    }
}

/** What is bad by itself the proxy takes for one that restricts. */
function effectIn({ object, ref, findings }: IndexedObject): { readonly is: PolicyEffect; readonly isBad: boolean } {
    const isBad = isRestrictingKind(ref.kind) && findings.some(({ level }) => level === "Error");
    return { is: isBad ? { kind: "restricts" } : effectOf(object), isBad };
}

function bundledGateways(index: ObjectIndex): Served[] {
    const reachOf = podsFinder(index);
    const services = index.of("Service").map(({ usable }) => usable.spec);
    return index.of("Gateway").flatMap((gateway): Served[] => {
        const bundled = bundledPods(gateway, index);
        if (bundled === undefined) {
            return [];
        }
        const numbers = (gateway.usable.spec?.servers ?? []).flatMap((server) =>
            server?.port?.number === undefined ? [] : portNumbers(server.port.number, services),
        );
        return [{ name: refText(gateway.ref), ports: numbers, pods: reachOf(gateway, bundled) }];
    });
}
