/**
 * The annotation of a gateway's options: whom it is for, and how it reads. What restricts and can't be read makes the whole
 * object a bad one, so that its last good version stays in force; what only decorates is left out.
 */
import { GATEWAY_OPTIONS_ANNOTATION, isRestrictingOption, readGatewayOptions } from "../../semantics/gateway-options";
import type { Report } from "../report";

const FIELD = `metadata.annotations["${GATEWAY_OPTIONS_ANNOTATION}"]`;

export function gatewayOptionRules(kind: string, annotations: Readonly<Record<string, string>>, report: Report): void {
    const text = annotations[GATEWAY_OPTIONS_ANNOTATION];
    if (text === undefined) return;
    if (kind !== "Service") {
        report("GH0111", FIELD, `a ${kind} has no such annotation`, "Put it on the Service in front of the gateway's pods.");
        return;
    }
    for (const { at, message } of readGatewayOptions(text).faults) {
        const said = at === "" ? message : `${at}: ${message}`;
        if (isRestrictingOption(at)) report("GH0129", FIELD, `says how the gateway's clients are taken, and can't be read: ${said}`, FIX);
        else report("GH0130", FIELD, `has an option that is left out: ${said}`);
    }
}

const FIX = 'Write JSON as in `{"proxyProtocol":"required","trustedProxies":["10.0.0.0/8"],"limits":{"headers":200}}`.';
