/** The annotations of forward proxies: whom they are for, and how their values read. */
import { isRange } from "../../ip-blocks";
import { shownText } from "../../shown";
import {
    ALLOW_FROM_ANNOTATION,
    FORWARD_PROXY_ANNOTATION,
    INNER_ADDRESSES_ANNOTATION,
    forwardProxyGateways,
    forwardProxyPorts,
    readSources,
} from "../../semantics/forward-proxy";
import { listenerFamily, passesTls } from "../../semantics/servers";
import { isRecord } from "../outline";
import type { Report } from "../report";

type Annotations = Readonly<Record<string, string>>;

const GATEWAY_ID = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?\/[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const ENTRY_ANNOTATIONS = [ALLOW_FROM_ANNOTATION, INNER_ADDRESSES_ANNOTATION];

export function forwardProxyRules(kind: string, annotations: Annotations, spec: unknown, report: Report): void {
    const marked = annotations[FORWARD_PROXY_ANNOTATION];
    if (marked !== undefined) {
        if (kind === "Gateway") gatewayRules(marked, annotations, spec, report);
        else if (kind === "ServiceEntry") entryRules(annotations, report);
        else notFor(FORWARD_PROXY_ANNOTATION, kind, "a Gateway and a ServiceEntry have", report);
    }
    for (const name of ENTRY_ANNOTATIONS)
        if (annotations[name] !== undefined && kind !== "ServiceEntry") notFor(name, kind, "a ServiceEntry has", report);
    if (kind !== "ServiceEntry") return;
    const sources = annotations[ALLOW_FROM_ANNOTATION];
    if (sources !== undefined && readSources(sources) === undefined)
        report(
            "GH0104",
            fieldOf(ALLOW_FROM_ANNOTATION),
            `got ${shownText(sources)}, wanted a JSON list of sources as in \`[{"namespaces":["shop"],"labels":{"app":"web"}}]\`, or \`[]\` for nobody`,
        );
    for (const range of (annotations[INNER_ADDRESSES_ANNOTATION] ?? "").split(",").map((one) => one.trim()))
        if (range !== "" && !isRange(range))
            report(
                "GH0104",
                fieldOf(INNER_ADDRESSES_ANNOTATION),
                `got ${shownText(range)}, wanted addresses as in \`10.1.0.0/16,fd00::/8\``,
            );
}

function gatewayRules(text: string, annotations: Annotations, spec: unknown, report: Report): void {
    const field = fieldOf(FORWARD_PROXY_ANNOTATION);
    const servers = isRecord(spec) && Array.isArray(spec.servers) ? spec.servers.filter(isRecord) : [];
    const named = forwardProxyPorts(annotations);
    if (named.length === 0)
        report("GH0104", field, `got ${shownText(text)}, wanted the names of ports of its servers, with commas between them`);
    for (const name of named) {
        const own = servers.filter(({ port }) => isRecord(port) && port.name === name);
        if (own.length === 0)
            report("GH0104", field, `names ${shownText(name)}, which is no port of its servers`, "Name a server's `port.name`.");
        for (const { port, tls } of own) {
            const protocol = isRecord(port) && typeof port.protocol === "string" ? port.protocol : "";
            const mode = isRecord(tls) && typeof tls.mode === "string" ? tls.mode : undefined;
            const speaksHttp = listenerFamily(protocol) === "http" || (protocol.toUpperCase() === "HTTPS" && !passesTls(mode));
            if (!speaksHttp)
                report(
                    "GH0105",
                    field,
                    `names ${shownText(name)}, a port of ${shownText(protocol)}: a forward proxy is asked over HTTP`,
                    "Give the port the protocol HTTP, or HTTPS with a certificate.",
                );
        }
    }
}

function entryRules(annotations: Annotations, report: Report): void {
    for (const gateway of forwardProxyGateways(annotations))
        if (!GATEWAY_ID.test(gateway))
            report(
                "GH0104",
                fieldOf(FORWARD_PROXY_ANNOTATION),
                `got ${shownText(gateway)}, wanted Gateways as in \`istio-egress/egress-forward-proxy\``,
            );
}

function notFor(name: string, kind: string, who: string, report: Report): void {
    report("GH0105", fieldOf(name), `is not for a ${kind}; ${who} it`, "Take the annotation away.");
}

function fieldOf(name: string): string {
    return `metadata.annotations["${name}"]`;
}
