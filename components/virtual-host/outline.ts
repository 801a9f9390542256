/**
 * What a VirtualHost makes, as far as it is known while some arguments are not: UNKNOWN stands wherever a value that is
 * not known decides on what there is.
 */
import { opensOf, UNKNOWN } from "../arguments";
import type { Credential } from "../certificate";
import type { AnyRef } from "../gateway";
import {
    buildGateway,
    buildVirtualService,
    metadataOf,
    planVirtualHost,
    type ObjectMetadata,
    type VirtualHostData,
    type VirtualHostPlan,
} from "./build";

const HIDDEN: AnyRef = { version: 1, kind: "ingress", name: UNKNOWN, namespace: UNKNOWN, labels: {}, ports: {}, shared: [] };

interface Outlined {
    readonly plan: VirtualHostPlan;
    readonly opens: ReturnType<typeof opensOf>;
}

/** The plan is right in everything but what hangs on an argument that is open. */
function outlined(component: string, known: VirtualHostData): Outlined {
    const gateway = typeof known.gateway === "object" ? known.gateway : HIDDEN;
    return { plan: planVirtualHost(component, { ...known, gateway }), opens: opensOf(known) };
}

/** Of what stands beside the gateway's pods. */
export function outlineMetadata(component: string, known: VirtualHostData): ObjectMetadata {
    const { plan } = outlined(component, known);
    return metadataOf(plan, plan.args.gateway.namespace);
}

export function outlineGateway(component: string, known: VirtualHostData, credential: Credential): object {
    const { plan, opens } = outlined(component, known);
    const { metadata, spec } = buildGateway(plan, credential);
    const hidden = typeof known.gateway !== "object";
    const decided = !hidden && !opens("gateway.ports", "httpPort", "httpsPort", "tls.http", ...(known.tls ? ["hosts"] : []));
    return { metadata, spec: { selector: hidden ? UNKNOWN : spec.selector, servers: decided ? spec.servers : UNKNOWN } };
}

export function outlineVirtualService(component: string, known: VirtualHostData): object {
    const { plan, opens } = outlined(component, known);
    const { metadata, spec } = buildVirtualService(plan);
    const shares = !known.tls && (typeof known.gateway !== "object" || opens("gateway.shared") || (known.gateway.shared?.length ?? 0) > 0);
    const undecided = shares && (typeof known.gateway !== "object" || opens("gateway.shared", "gateway.namespace", "namespace", "hosts"));
    return { metadata, spec: { ...spec, gateways: undecided ? UNKNOWN : spec.gateways } };
}
