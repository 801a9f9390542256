/**
 * What an ExternalService makes, as far as it is known while some arguments are not: UNKNOWN stands wherever a value that
 * is not known decides on what there is.
 */
import { opensOf, UNKNOWN } from "../arguments";
import type { AnyRef } from "../gateway";
import { buildDestinationRule, buildGateway, buildServiceEntry, buildVirtualService } from "./build";
import { planExternalService, type ExternalServiceData, type ExternalServicePlan } from "./plan";

const HIDDEN: AnyRef = { version: 1, kind: "egress", name: UNKNOWN, namespace: UNKNOWN, labels: {}, ports: {} };

interface Outlined {
    readonly plan: ExternalServicePlan;
    readonly via: AnyRef;
    readonly opens: ReturnType<typeof opensOf>;
}

/** The plan is right in everything but what hangs on an argument that is open. */
function outlined(component: string, known: ExternalServiceData): Outlined {
    const via = typeof known.via === "object" ? known.via : HIDDEN;
    const args = known.via === undefined ? known : { ...known, via };
    return { plan: planExternalService(component, args), via, opens: opensOf(known) };
}

export function outlineServiceEntry(component: string, known: ExternalServiceData): object {
    const { plan, opens } = outlined(component, known);
    const { metadata, spec } = buildServiceEntry(plan);
    // A wildcard among the hosts is looked up in another way.
    const decided = !opens("hosts") && typeof known.endpoints !== "string";
    return {
        metadata,
        spec: { ...spec, ...(decided && !opens("ports") ? {} : { ports: UNKNOWN }), ...(decided ? {} : { resolution: UNKNOWN }) },
    };
}

export function outlineGateway(component: string, known: ExternalServiceData): object {
    const { plan, via, opens } = outlined(component, known);
    const { metadata, spec } = buildGateway(plan, via);
    return { metadata, spec: { selector: via === HIDDEN ? UNKNOWN : spec.selector, servers: opens("ports") ? UNKNOWN : spec.servers } };
}

export function outlineDestinationRule(component: string, known: ExternalServiceData, index: number): object {
    const { plan, via, opens } = outlined(component, known);
    const { metadata, spec } = buildDestinationRule(plan, via, index);
    // A name that is cut is made of the whole of it.
    const named = known.hosts.length === 1 || !opens("hosts", "metadata.name");
    const decided = !known.tls || !opens(`hosts[${index}]`, "ports");
    return {
        metadata: named ? metadata : { ...metadata, name: UNKNOWN },
        spec: { ...spec, trafficPolicy: decided ? spec.trafficPolicy : UNKNOWN },
    };
}

export function outlineVirtualService(component: string, known: ExternalServiceData): object {
    const { plan, via, opens } = outlined(component, known);
    const { metadata, spec } = buildVirtualService(plan, via);
    return { metadata, spec: opens("ports") ? { ...spec, http: UNKNOWN, tls: UNKNOWN, tcp: UNKNOWN } : spec };
}
