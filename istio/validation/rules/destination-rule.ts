/** DestinationRule: subsets and traffic policies. */
import { shown, shownText } from "../../shown";
import type { ClientTLSSettings, DestinationRuleObject, LoadBalancerSettings, TrafficPolicy } from "../../types";
import { each, isSet, type Loose, type Report } from "../report";
import { loadBalancerRules } from "./load-balancer";
import { checkExportTo, checkHost, checkLabels, checkSelector, isLabel } from "./shared";

type Policy = Loose<TrafficPolicy>;

export function destinationRuleRules(object: Loose<DestinationRuleObject>, report: Report): void {
    const spec = object.spec;
    if (!spec) {
        return;
    }
    if (spec.host !== undefined) {
        checkHost(spec.host, "spec.host", { wildcard: true, any: true, short: true, partial: true }, report);
    }
    policyRules(spec.trafficPolicy, "spec.trafficPolicy", report);
    const names = new Set<string>();
    each(spec.subsets, "spec.subsets", (subset, field) => {
        const name = subset.name ?? "";
        if (subset.name !== undefined && !isLabel(name)) {
            report(
                "GH0104",
                `${field}.name`,
                name === "" ? "is empty; a subset needs a name" : `${shownText(name)} is no label: letters, digits and inner hyphens`,
            );
        } else if (names.has(name)) {
            report("GH0106", `${field}.name`, `the subset ${shownText(name)} is there twice`);
        }
        names.add(name);
        checkLabels(subset.labels, `${field}.labels`, report);
        policyRules(subset.trafficPolicy, `${field}.trafficPolicy`, report);
    });
    if (spec.workloadSelector) {
        checkSelector(
            spec.workloadSelector.matchLabels,
            "spec.workloadSelector.matchLabels",
            "the rule is for every pod of the namespace",
            report,
        );
    }
    const namespace = object.metadata?.namespace ?? "default";
    checkExportTo(spec.exportTo, namespace, false, report);
    if (spec.workloadSelector && isSet(spec.exportTo) && spec.exportTo?.some((entry) => entry !== "." && entry !== namespace)) {
        report(
            "GH0105",
            "spec.exportTo",
            "goes beyond the rule's own namespace, which a rule with `workloadSelector` may not",
            'Write `exportTo: ["."]`, or leave it out.',
        );
    }
}

function policyRules(policy: Policy | undefined, field: string, report: Report): void {
    if (!policy) {
        return;
    }
    if (!Object.values(policy).some((value) => value !== undefined && !(Array.isArray(value) && value.length === 0))) {
        report("GH0103", field, "is empty", "Set at least one field, or leave it out.");
    }
    partsRules(policy, field, report);
    each(policy.portLevelSettings, `${field}.portLevelSettings`, (settings, at) => {
        const { port, ...parts } = settings;
        if (!port) {
            report("GH0103", `${at}.port`, "is missing; settings of a port name it by `port.number`");
        }
        if (Object.keys(parts).length === 0) {
            report("GH0103", at, "says nothing about its port", "Set `loadBalancer`, `connectionPool`, `outlierDetection` or `tls`.");
        }
        partsRules(settings, at, report);
    });
    const { tunnel } = policy;
    if (tunnel && policy.proxyProtocol) {
        report("GH0105", field, "has `tunnel` and `proxyProtocol`, which exclude each other", "Keep one.");
    }
    if (tunnel) {
        tunnelRules(tunnel, `${field}.tunnel`, report);
    }
}

function partsRules(policy: Policy, field: string, report: Report): void {
    if (policy.connectionPool) {
        poolRules(policy.connectionPool, `${field}.connectionPool`, report);
    }
    if (policy.loadBalancer) {
        loadBalancerRules(policy.loadBalancer as LoadBalancerSettings, `${field}.loadBalancer`, report);
    }
    if (policy.tls) {
        clientTlsRules(policy.tls, `${field}.tls`, report);
    }
    const outlier: Readonly<Record<string, unknown>> = policy.outlierDetection ?? {};
    if (
        isSet(outlier.consecutiveLocalOriginFailures) &&
        outlier.consecutiveLocalOriginFailures !== 0 &&
        outlier.splitExternalLocalOriginErrors !== true
    ) {
        report(
            "GH0105",
            `${field}.outlierDetection.consecutiveLocalOriginFailures`,
            "counts what is only counted with `splitExternalLocalOriginErrors: true`",
        );
    }
}

export function poolRules(pool: NonNullable<Policy["connectionPool"]>, field: string, report: Report): void {
    if (!pool.tcp && !pool.http) {
        report("GH0103", field, "is empty", "Set `tcp` or `http`, or leave it out.");
    }
    const http: Readonly<Record<string, unknown>> = pool.http ?? {};
    if (http.useClientProtocol === true && http.h2UpgradePolicy === "UPGRADE") {
        report(
            "GH0105",
            `${field}.http`,
            "has `useClientProtocol: true` and `h2UpgradePolicy: UPGRADE`, which exclude each other",
            "Keep one.",
        );
    }
    const keepAlive = http.http2KeepAlive;
    if (typeof keepAlive === "object" && keepAlive !== null) {
        for (const part of ["interval", "timeout"]) {
            if (!(part in keepAlive)) {
                report("GH0103", `${field}.http.http2KeepAlive.${part}`, "is missing; pings have an interval and a timeout");
            }
        }
    }
}

function clientTlsRules(tls: Loose<ClientTLSSettings>, field: string, report: Report): void {
    const files = [tls.clientCertificate, tls.privateKey, tls.caCertificates, tls.caCrl].some(isSet);
    const mode = tls.mode ?? "DISABLE";
    if (mode === "SIMPLE" || mode === "MUTUAL") {
        if (isSet(tls.credentialName) && files) {
            report("GH0105", field, "names a Secret (`credentialName`) and files", "Keep one of them.");
        } else if (mode === "MUTUAL" && !isSet(tls.credentialName)) {
            for (const part of ["clientCertificate", "privateKey"] as const) {
                if (!isSet(tls[part])) {
                    report(
                        "GH0103",
                        `${field}.${part}`,
                        "is missing; MUTUAL needs a client certificate with its key",
                        "Name their Secret in `credentialName`, or both files.",
                    );
                }
            }
        }
    }
    // A Secret of MUTUAL may hold no authorities; other modes verify nothing.
    const verifiers =
        mode === "SIMPLE"
            ? [tls.caCertificates, tls.credentialName, tls.subjectAltNames]
            : mode === "MUTUAL"
              ? [tls.caCertificates, tls.subjectAltNames]
              : [];
    if (tls.insecureSkipVerify && verifiers.some(isSet)) {
        report("GH0105", field, "says how to verify the backend and `insecureSkipVerify: true`", "Keep one.");
    }
    if (mode === "SIMPLE" && isSet(tls.clientCertificate)) {
        report("GH0111", `${field}.clientCertificate`, "has no effect with SIMPLE", "Write `mode: MUTUAL`.");
    }
}

function tunnelRules(tunnel: Readonly<Record<string, unknown>>, field: string, report: Report): void {
    const { protocol, targetHost, targetPort } = tunnel;
    if (isSet(protocol) && protocol !== "CONNECT" && protocol !== "POST") {
        report("GH0104", `${field}.protocol`, `got ${shown(protocol)}, wanted CONNECT or POST`);
    }
    if (typeof targetHost === "string") {
        checkHost(targetHost, `${field}.targetHost`, { ip: true, short: true }, report);
    }
    if (typeof targetPort === "number" && (targetPort < 1 || targetPort > 65535)) {
        report("GH0104", `${field}.targetPort`, `got ${shown(targetPort)}, wanted 1 to 65535`);
    }
}
