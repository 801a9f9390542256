/** What an IngressGateway makes beside its workload, as plain data: the Istio Gateway of the hosts it shares. */
import type * as k8s from "@pulumi/kubernetes";
import type { Gateway, Server } from "../../istio";
import { DEFAULT_CLASS_ANNOTATION, INGRESS_CONTROLLER } from "../../istio/semantics/ingress";
import { istioCandidate, labelsWith, openPaths, UNKNOWN, type Candidate, type Made } from "../arguments";
import { serverTls, type Credential } from "../certificate";
import { tlsHosts } from "../gateway";
import { objectMetadata } from "../workload";
import {
    ingressClassName,
    planIngressGateway,
    serverHosts,
    sharedKey,
    type IngressGatewayData,
    type IngressGatewayPlan,
    type SharedTlsData,
} from "./plan";

function sharedServers({ https, http }: IngressGatewayPlan, entry: SharedTlsData, credential: Credential): Server[] {
    const { hosts: _hosts, allowedNamespaces: _allowed, name: _name, http: plain = "redirect", ...tls } = entry;
    const key = sharedKey(entry);
    const hosts = serverHosts(entry);
    const secure: Server[] = https
        ? [
              {
                  port: { number: https.number, protocol: https.protocol, name: `https-${key}` },
                  hosts: serverHosts({ ...entry, hosts: tlsHosts(entry.hosts) }),
                  tls: serverTls(tls, credential),
              },
          ]
        : [];
    const open: Server[] =
        http && plain !== "off"
            ? [
                  {
                      port: { number: http.number, protocol: http.protocol, name: `http-${key}` },
                      hosts,
                      ...(plain === "redirect" ? { tls: { httpsRedirect: true } } : {}),
                  },
              ]
            : [];
    return [...secure, ...open];
}

/** The Istio Gateway of the shared hosts; `credentials` in the order of the entries. */
export function buildSharedGateway(plan: IngressGatewayPlan, credentials: readonly Credential[]): Made<Gateway> {
    return {
        metadata: objectMetadata(plan),
        spec: {
            selector: plan.selector,
            servers: plan.tls.flatMap((entry, index) => sharedServers(plan, entry, credentials[index] ?? {})),
        },
    };
}

export function ingressGatewayCandidates(plan: IngressGatewayPlan): Candidate[] {
    if (plan.tls.length === 0) return [];
    const credentials = plan.tls.map(() => ({ credentialName: UNKNOWN }));
    return [istioCandidate("Gateway", buildSharedGateway(plan, credentials))];
}

/** As far as it is known: hosts, ports and the way of plain HTTP decide on the servers. */
export function outlineSharedGateway(name: string, known: IngressGatewayData, credentials: readonly Credential[]): object {
    const decides = /^(ports(\W|$)|tls\[\d+\]\.(hosts|allowedNamespaces|name|http)(\W|$))/;
    const { metadata, spec } = buildSharedGateway(planIngressGateway(name, known), credentials);
    return { metadata, spec: openPaths(known).some((path) => decides.test(path)) ? { ...spec, servers: UNKNOWN } : spec };
}

/** It stands above namespaces, and names the Service of the gateway that serves it. */
export function buildIngressClass(plan: IngressGatewayPlan): Made<k8s.types.input.networking.v1.IngressClassSpec> {
    const { labels, annotations } = objectMetadata(plan);
    const marks = labelsWith(annotations, plan.ingressClass?.isDefault ? { [DEFAULT_CLASS_ANNOTATION]: "true" } : {});
    return {
        metadata: {
            name: ingressClassName(plan),
            labels,
            ...(Object.keys(marks).length > 0 ? { annotations: marks } : {}),
        },
        spec: {
            controller: INGRESS_CONTROLLER,
            parameters: { kind: "Service", scope: "Namespace", namespace: plan.args.namespace, name: plan.name },
        },
    };
}
