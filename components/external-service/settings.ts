/** What of an ExternalService's settings fits neither its ports nor its gateway. */
import { isWildcard } from "../../istio";
import { cidrFaults, durationFaults, fault, labelFaults, mentionsUnknown, nameFaults, secretNameFaults, type Fault } from "../arguments";
import { gatewayText, type AnyRef } from "../gateway";
import { healthCheckFaults } from "../health-check";
import { limitFaults } from "../rate-limit";
import type { ExternalServiceData, ExternalServicePlan } from "./plan";

const speaksHttp = ({ ports }: ExternalServicePlan): boolean => ports.some(({ through }) => through === "http");

function modeFaults(plan: ExternalServicePlan): Fault[] {
    const { mode, tls } = plan.args;
    const begins = plan.mode !== "passthrough";
    const at = mode === undefined ? "tls" : "mode";
    if (mode === "passthrough" && tls)
        return [fault("GH0210", "tls", "with mode passthrough no TLS begins here.", 'Leave it out, or give mode "originate".')];
    if (mode === "originate" && tls?.mode === "MUTUAL")
        return [fault("GH0210", "tls.mode", "MUTUAL is another mode than originate.", 'Give mode "mutual".')];
    if (mode === "mutual" && tls?.mode === "SIMPLE")
        return [fault("GH0210", "tls.mode", "SIMPLE is another mode than mutual.", 'Leave it out, or give mode "originate".')];
    if (begins && !speaksHttp(plan))
        return [fault("GH0210", at, "no port speaks plain HTTP, and what is TLS already is passed through.", `Leave ${at} out.`)];
    return [...identityFaults(plan), ...nameToAskFaults(plan)];
}

/** Who is to show a certificate has one: from a Secret at a gateway, from files at both. */
function identityFaults(plan: ExternalServicePlan): Fault[] {
    const { tls, via } = plan.args;
    const { credentialName, clientCertificate, privateKey } = tls ?? {};
    if (plan.mode === "passthrough") return [];
    if (via === undefined && credentialName !== undefined)
        return [
            fault(
                "GH0210",
                "tls.credentialName",
                "without via it is the applications' own proxies that begin TLS, and they read no Secret.",
                "Give via, or clientCertificate and privateKey: files that are mounted beside each of them.",
            ),
        ];
    const secret = credentialName === undefined ? [] : secretNameFaults("GH0207", "tls.credentialName", credentialName);
    if (plan.mode !== "mutual") return secret;
    if (credentialName !== undefined || (clientCertificate !== undefined && privateKey !== undefined)) return secret;
    return [
        fault(
            "GH0207",
            "tls",
            "nothing says which certificate is shown.",
            via === undefined
                ? "Give tls.clientCertificate and tls.privateKey: files that are mounted beside each proxy."
                : `Give tls.credentialName, a Secret in ${placeText(via)}, or tls.clientCertificate and tls.privateKey.`,
        ),
    ];
}

const placeText = (via: unknown): string => {
    const namespace = typeof via === "object" && via !== null ? (via as AnyRef).namespace : undefined;
    return typeof namespace === "string" && !mentionsUnknown(namespace) ? `namespace ${namespace}` : "the gateway's namespace";
};

/** One name for a wildcard's hosts is the certificate of one of them. */
function nameToAskFaults({ args: { tls, hosts }, mode }: ExternalServicePlan): Fault[] {
    if (mode === "passthrough" || tls?.sni === undefined || !hosts.some(isWildcard)) return [];
    return [fault("GH0210", "tls.sni", "a wildcard stands for many hosts, and each is asked for by its own name.", "Leave it out.")];
}

function resolutionFaults({ args: { endpoints, hosts, resolution }, resolution: found, via }: ExternalServicePlan): Fault[] {
    const given = Array.isArray(endpoints) ? endpoints.length : 0;
    const at = resolution === undefined ? "endpoints" : "resolution";
    if (found === "NONE" && via)
        return [
            fault(
                "GH0210",
                at,
                "NONE goes to the address that a connection was meant for, and what reaches a gateway was meant for the gateway.",
                "Leave it out: hosts are looked up.",
            ),
        ];
    if (found === "STATIC" && given === 0 && endpoints === undefined)
        return [fault("GH0210", at, "STATIC wants addresses.", "Give endpoints.")];
    if ((found === "NONE" || found === "DYNAMIC_DNS") && given > 0)
        return [fault("GH0210", "endpoints", `with resolution ${found} there are none.`, "Leave one of the two out.")];
    if (found === "DNS_ROUND_ROBIN" && given > 1)
        return [fault("GH0210", "endpoints", "DNS_ROUND_ROBIN looks one name up.", "Give one endpoint, or none.")];
    if ((found === "DNS" || found === "DNS_ROUND_ROBIN") && given === 0 && hosts.some(isWildcard))
        return [fault("GH0204", at, `a wildcard is no name that ${found} could look up.`, "Leave resolution out, or give endpoints.")];
    return [];
}

function requestFaults(plan: ExternalServicePlan): Fault[] {
    const { timeout, retries } = plan.args;
    const given = (["timeout", "retries"] as const).filter((field) => plan.args[field] !== undefined);
    if (given.length > 0 && !speaksHttp(plan))
        return given.map((field) =>
            fault("GH0210", field, "no port speaks plain HTTP: of requests inside TLS or TCP nothing is seen.", "Leave it out."),
        );
    return [...durationFaults("timeout", timeout), ...durationFaults("retries.perTryTimeout", retries?.perTryTimeout)];
}

const NEEDS_GATEWAY = {
    allowFrom: ["without via no gateway sees whose requests they are.", "Give via, or in exportTo the namespaces that know of it."],
    healthCheck: ["without via there is no gateway that could ask.", "Give via."],
    rateLimit: ["without via no gateway counts requests.", "Give via."],
    maxConcurrentRequests: ["without via no gateway counts requests.", "Give via."],
} as const;
const GATEWAYS_OWN = Object.keys(NEEDS_GATEWAY) as readonly (keyof typeof NEEDS_GATEWAY)[];

const NOT_ISTIOS: Readonly<Record<"allowFrom" | "innerAddresses", string>> = {
    allowFrom:
        "Istio's gateway knows a caller by the mesh's certificate, and not by its address: it would let everybody through. Name the namespaces in exportTo, write an AuthorizationPolicy for its pods",
    innerAddresses: "Istio's proxy makes no difference between addresses: it goes to whatever a name leads to. Leave it out",
};

function placeFaults({ args, via }: ExternalServicePlan): Fault[] {
    const without =
        args.via === undefined
            ? GATEWAYS_OWN.filter((field) => args[field] !== undefined).map((field) =>
                  fault("GH0210", field, NEEDS_GATEWAY[field][0], NEEDS_GATEWAY[field][1]),
              )
            : [];
    const istio =
        via?.dataPlane === "istio"
            ? (["allowFrom", "innerAddresses"] as const)
                  .filter((field) => args[field] !== undefined)
                  .map((field) => fault("GH0210", field, `${NOT_ISTIOS[field]}, or give ${gatewayText(via)} dataPlane "gatehouse".`))
            : [];
    return [...without, ...istio, ...healthCheckFaults("healthCheck", args.healthCheck, via?.dataPlane)];
}

const LIMITS = ["rateLimit", "maxConcurrentRequests"] as const;

/** The rules are the component's own, and have no names. */
function requestLimitFaults(plan: ExternalServicePlan): Fault[] {
    const { args, via } = plan;
    const given = LIMITS.filter((field) => args[field] !== undefined);
    if (given.length === 0 || args.via === undefined) return [];
    if (!speaksHttp(plan))
        return given.map((field) =>
            fault("GH0210", field, "no port speaks plain HTTP: requests inside TLS or TCP can't be counted.", "Leave it out."),
        );
    const limits = Array.isArray(args.rateLimit) ? args.rateLimit : [];
    return [
        ...limitFaults(args, via?.dataPlane, false),
        ...limits.flatMap((limit, index) =>
            (limit as { readonly routes?: unknown } | null)?.routes === undefined
                ? []
                : [
                      fault(
                          "GH0210",
                          `rateLimit[${index}].routes`,
                          "an external service has no routes with names.",
                          "Leave it out, or give match.",
                      ),
                  ],
        ),
    ];
}

function sourceFaults({ allowFrom }: ExternalServiceData): Fault[] {
    if (!Array.isArray(allowFrom)) return [];
    if (allowFrom.length === 0)
        return [fault("GH0210", "allowFrom", "an empty list lets nobody through.", "Leave it out, or say who may.")];
    return (allowFrom as NonNullable<ExternalServiceData["allowFrom"]>).flatMap((source, index): Fault[] => {
        const at = `allowFrom[${index}]`;
        if (typeof source !== "object" || (source as object | null) === null) return [];
        const { namespaces, labels } = source;
        if (namespaces === undefined && Object.keys(labels ?? {}).length === 0)
            return [fault("GH0210", at, "it says nothing: everybody would be let through.", "Give namespaces or labels.")];
        if (Array.isArray(namespaces) && namespaces.length === 0)
            return [fault("GH0210", `${at}.namespaces`, "an empty list lets nobody through.", "Leave it out, or name some.")];
        const named = Array.isArray(namespaces) ? namespaces.flatMap((one, i) => nameFaults(`${at}.namespaces[${i}]`, one)) : [];
        return [...named, ...labelFaults(`${at}.labels`, labels)];
    });
}

export function settingsFaults(plan: ExternalServicePlan): Fault[] {
    return [
        ...modeFaults(plan),
        ...resolutionFaults(plan),
        ...requestFaults(plan),
        ...placeFaults(plan),
        ...sourceFaults(plan.args),
        ...requestLimitFaults(plan),
        ...cidrFaults("innerAddresses", plan.args.innerAddresses),
    ];
}
