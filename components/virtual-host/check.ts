/** What is wrong with a VirtualHost's arguments. */
import type { KubeObject } from "../../istio";
import { fault, fieldMap, nameFaults, namePath, objectFaults, takeClaims, takeNames, UNKNOWN, type Fault, type Owner } from "../arguments";
import { certificateNames, tlsFaults } from "../certificate";
import { hostClaim, hostsFaults, portsText, refFaults, tlsHosts, sharedGatewayFor, type AnyRef, type NamedPort } from "../gateway";
import { buildGateway, buildVirtualService, planVirtualHost, type VirtualHostData, type VirtualHostPlan } from "./build";

const API = "networking.istio.io/v1";

function outlineFaults(component: string, args: VirtualHostData): Fault[] {
    const { metadata, namespace, http } = args;
    const routes =
        Array.isArray(http) && http.length > 0
            ? []
            : [fault("GH0210", "http", "there is no route.", "Give at least one: { route: [{ destination }] }.")];
    return [
        ...nameFaults(metadata?.name === undefined ? "name" : "metadata.name", metadata?.name ?? component),
        ...(namespace === undefined ? [] : nameFaults("namespace", namespace)),
        ...refFaults("gateway", args.gateway, "ingress"),
        ...hostsFaults("hosts", args.hosts),
        ...routes,
    ];
}

function portFaults(plan: VirtualHostPlan): Fault[] {
    const {
        args: { gateway, tls, httpPort, httpsPort, hosts },
        namespace,
        shared,
    } = plan;
    const has = `${gateway.namespace}/${gateway.name} has ${portsText(gateway)}.`;
    const named = [
        ...(httpPort !== undefined && !plan.httpPort
            ? [fault("GH0203", "httpPort", `the gateway has no port ${JSON.stringify(httpPort)} that speaks HTTP; ${has}`)]
            : []),
        ...(httpsPort !== undefined && !plan.httpsPort
            ? [fault("GH0203", "httpsPort", `the gateway has no port ${JSON.stringify(httpsPort)} that speaks HTTPS; ${has}`)]
            : []),
    ];
    if (named.length > 0) return named;
    if (tls) {
        const secure = plan.httpsPort ? [] : [fault("GH0203", "tls", `the gateway has no port that speaks HTTPS; ${has}`)];
        const open =
            (tls.http === "redirect" || tls.http === "serve") && !plan.httpPort
                ? [fault("GH0203", "tls.http", `the gateway has no port that speaks HTTP; ${has}`)]
                : [];
        return [...secure, ...open];
    }
    const partly = shared.length === 0 ? hosts.filter((host) => sharedGatewayFor(gateway, host, namespace) !== undefined) : [];
    if (partly.length > 0)
        return [
            fault(
                "GH0207",
                "hosts",
                `the gateway's own certificate covers ${partly.join(", ")} but not every host.`,
                "Give tls, or make two VirtualHosts of it.",
            ),
        ];
    return shared.length > 0 || plan.httpPort
        ? []
        : [fault("GH0203", "gateway", `the gateway has no port that speaks HTTP, and there is no tls; ${has}`)];
}

function claimFaults(owner: Owner, plan: VirtualHostPlan): Fault[] {
    const {
        args: { gateway, hosts, tls, metadata },
        namespace,
        name,
        shared,
        plainHttp,
    } = plan;
    const ports = [
        tls || shared.length > 0 ? plan.httpsPort : undefined,
        shared.length === 0 && plainHttp !== "off" ? plan.httpPort : undefined,
    ];
    const [secure] = ports;
    const asked = (host: string, port: NamedPort): string[] => (shared.length === 0 && port === secure ? tlsHosts([host]) : [host]);
    const taken = hosts.flatMap((host, index) =>
        ports.flatMap((port) => (port ? asked(host, port).map((one) => hostClaim(gateway, port, one, `hosts[${index}]`)) : [])),
    );
    // A host served by a shared server is the platform's there, and this component's as a route.
    const routed = shared.length > 0 ? taken.map((claim) => ({ ...claim, key: `route ${claim.key}` })) : taken;
    const path = namePath(metadata);
    return [
        ...takeClaims(owner, routed),
        ...takeNames(owner, [
            { kind: "VirtualService", namespace, name, path },
            ...(shared.length > 0 ? [] : [{ kind: "Gateway", namespace: gateway.namespace, name, path }]),
            ...(tls ? certificateNames(tls, gateway.namespace, name, path) : []),
        ]),
    ];
}

function settingsFaults({ tls, hosts }: VirtualHostData): Fault[] {
    if (!tls) return [];
    const plain =
        tls.http === undefined || ["redirect", "serve", "off"].includes(tls.http)
            ? []
            : [fault("GH0210", "tls.http", `${JSON.stringify(tls.http)} is not one of redirect, serve and off.`)];
    return [...plain, ...tlsFaults("tls", tls, hosts)];
}

/** Held in place of a gateway that is not known, or has been found fault with, so that the rest can be looked at. */
const STAND_IN: AnyRef = {
    version: 1,
    kind: "ingress",
    name: UNKNOWN,
    namespace: UNKNOWN,
    labels: {},
    shared: [],
    ports: { http: { number: 80, protocol: "HTTP" }, https: { number: 443, protocol: "HTTPS" } },
};

/** What the objects would be made of if the arguments that have been found fault with were in order. */
function standInPlan(component: string, { tls, http }: VirtualHostData): VirtualHostPlan {
    return planVirtualHost(component, {
        gateway: STAND_IN,
        hosts: [UNKNOWN],
        ...(tls ? { tls } : {}),
        http: Array.isArray(http) ? http : [],
    });
}

function madeFaults(plan: VirtualHostPlan): Fault[] {
    const faults: Fault[] = [];
    const gateway = { apiVersion: API, kind: "Gateway", ...buildGateway(plan, { credentialName: UNKNOWN }) } as KubeObject;
    const virtualService = { apiVersion: API, kind: "VirtualService", ...buildVirtualService(plan, faults) } as KubeObject;
    const routing = {
        object: virtualService,
        argumentOf: fieldMap([
            ["spec.http", "http"],
            ["spec.hosts", "hosts"],
        ]),
    };
    const serving = {
        object: gateway,
        argumentOf: fieldMap([
            ["spec.servers[0].tls", "tls"],
            ["spec.servers[0].hosts", "hosts"],
        ]),
    };
    return [...faults, ...objectFaults([...(plan.shared.length > 0 ? [] : [serving]), ...(plan.args.http.length > 0 ? [routing] : [])])];
}

/** `pems` is what is wrong with the PEMs, which are not among `args`. */
export function virtualHostFaults(owner: Owner, component: string, args: VirtualHostData, pems: readonly Fault[] = []): Fault[] {
    const outline = outlineFaults(component, args);
    const settings = [...settingsFaults(args), ...pems];
    // Nothing can be said about ports and hosts of a gateway that is not there yet.
    const plan = outline.length === 0 && typeof args.gateway === "object" ? planVirtualHost(component, args) : undefined;
    const ports = plan ? portFaults(plan) : [];
    const made = madeFaults(plan && ports.length === 0 ? plan : standInPlan(UNKNOWN, args));
    const faults = [...outline, ...ports, ...settings, ...made];
    return faults.length > 0 || !plan ? faults : claimFaults(owner, plan);
}
