/** What is wrong with an ExternalService's arguments. */
import { isWildcard, type KubeObject } from "../../istio";
import {
    fault,
    fieldMap,
    isAtOrBelow,
    mentionsUnknown,
    nameFaults,
    namePath,
    objectFaults,
    takeClaims,
    takeNames,
    UNKNOWN,
    type Candidate,
    type Fault,
    type ObjectName,
    type Owner,
} from "../arguments";
import { hostsFaults, portsText, refFaults, type AnyRef } from "../gateway";
import { declarationFaults, type Ports } from "../ports";
import { buildDestinationRule, buildGateway, buildServiceEntry, buildVirtualService, ruleNames } from "./build";
import { planExternalService, type ExternalServiceData, type ExternalServicePlan } from "./plan";

function hostFaults({ hosts, via, endpoints }: ExternalServiceData): Fault[] {
    const faults = hostsFaults("hosts", hosts, {
        address:
            "is an address where a name is wanted; give a name, and the address in endpoints (or, for plain TCP in a mesh, in addresses)",
    });
    if (faults.length > 0) return faults;
    return hosts.flatMap((host, index): Fault[] => {
        const at = `hosts[${index}]`;
        if (host === "*") return [fault("GH0204", at, "`*` would take the traffic for every host there is.", "Name the hosts.")];
        if (!isWildcard(host) || via !== undefined || endpoints) return [];
        return [
            fault(
                "GH0204",
                at,
                `${host} has no address that could be looked up: only a gateway sees which name a connection asks for.`,
                "Give via, or name the hosts.",
            ),
        ];
    });
}

function outlineFaults(component: string, args: ExternalServiceData): Fault[] {
    const { metadata, namespace, via, ports } = args;
    const declared =
        typeof ports === "object" && ports !== null && Object.keys(ports).length > 0
            ? declarationFaults({ http: false, https: false, ...ports } as Ports)
            : [fault("GH0202", "ports", "there is no port.", "Give at least one, as { http: 80 }.")];
    const homeless =
        namespace === undefined && via === undefined
            ? [fault("GH0210", "namespace", "without via nothing says where the ServiceEntry lives.", "Give namespace.")]
            : [];
    return [
        ...nameFaults(metadata?.name === undefined ? "name" : "metadata.name", metadata?.name ?? component),
        ...(namespace === undefined ? homeless : nameFaults("namespace", namespace)),
        ...hostFaults(args),
        ...declared,
        ...(via === undefined ? [] : refFaults("via", via, "egress")),
    ];
}

/** The gateway takes the traffic in on the ports the outside has. */
function gatewayFaults(plan: ExternalServicePlan, via: AnyRef): Fault[] {
    return plan.ports.flatMap(({ name, number, through }) => {
        const open = Object.values(via.ports).find((port) => port.number === number);
        if (!open)
            return [
                fault(
                    "GH0203",
                    `ports.${name}`,
                    `the gateway ${via.namespace}/${via.name} has no port ${number}; it has ${portsText(via)}.`,
                    "Declare it there.",
                ),
            ];
        if (through === "tcp" && plan.args.hosts.length > 1) {
            return [
                fault(
                    "GH0204",
                    `ports.${name}`,
                    "plain TCP does not say which of several hosts a connection is for.",
                    "Make an ExternalService for each.",
                ),
            ];
        }
        return [];
    });
}

function tlsFaults(plan: ExternalServicePlan): Fault[] {
    const { tls, via } = plan.args;
    if (!tls) return [];
    if (via === undefined) return [fault("GH0210", "tls", "without via there is no gateway that could speak TLS.", "Give via.")];
    return plan.ports.some(({ through }) => through === "http")
        ? []
        : [fault("GH0210", "tls", "no port speaks plain HTTP, and what is TLS already is passed through.", "Leave tls out.")];
}

function candidates(plan: ExternalServicePlan, via: AnyRef | undefined): Candidate[] {
    const object = (kind: string, one: object): KubeObject => ({ apiVersion: "networking.istio.io/v1", kind, ...one }) as KubeObject;
    const ports = plan.ports.map(({ name }, index): readonly [string, string] => [`spec.ports[${index}]`, `ports.${name}`]);
    const argumentOf = fieldMap([
        ["spec.hosts", "hosts"],
        ["spec.endpoints", "endpoints"],
        ["spec.addresses", "addresses"],
        ["spec.exportTo", "exportTo"],
        ...ports,
    ]);
    const entry = { object: object("ServiceEntry", buildServiceEntry(plan)), argumentOf };
    if (!via) return [entry];
    return [
        entry,
        { object: object("Gateway", buildGateway(plan, via)), argumentOf },
        { object: object("VirtualService", buildVirtualService(plan, via)), argumentOf },
        ...plan.args.hosts.map((_host, index) => ({
            object: object("DestinationRule", buildDestinationRule(plan, via, index)),
            argumentOf: fieldMap([["spec.trafficPolicy.portLevelSettings[0].tls", "tls"]]),
        })),
    ];
}

/** Of the objects whose namespace is known. */
function objectNames(plan: ExternalServicePlan): ObjectName[] {
    const {
        args: { via, namespace, hosts, metadata },
        name,
    } = plan;
    const path = namePath(metadata);
    const home = mentionsUnknown(via) && namespace === undefined ? UNKNOWN : plan.namespace;
    const entry = { kind: "ServiceEntry", namespace: home, name, path };
    if (via === undefined || typeof via !== "object") return [entry];
    return [
        entry,
        { kind: "VirtualService", namespace: home, name, path },
        { kind: "Gateway", namespace: via.namespace, name, path },
        // The name of each hangs on all hosts.
        ...(mentionsUnknown(hosts)
            ? []
            : ruleNames(plan).map((rule) => ({ kind: "DestinationRule", namespace: via.namespace, name: rule, path }))),
    ];
}

/** What of the arguments says which resources there are, and is the same in every environment. */
export function externalServiceFaults(owner: Owner, component: string, args: ExternalServiceData): Fault[] {
    const outline = outlineFaults(component, args);
    const wrong = (argument: string): boolean => outline.some(({ path }) => isAtOrBelow(path, argument));
    const sound = outline.length === 0;
    // What has been found fault with is left out, so that the rest can be looked at.
    const plan = planExternalService(
        sound ? component : UNKNOWN,
        sound
            ? args
            : {
                  ...args,
                  namespace: UNKNOWN,
                  metadata: {},
                  ...(wrong("hosts") ? { hosts: [UNKNOWN] } : {}),
                  ...(wrong("ports") ? { ports: { http: 80 } } : {}),
              },
    );
    const known = typeof args.via === "object" && !wrong("via") ? args.via : undefined;
    const ports = known && !wrong("ports") && !wrong("hosts") ? gatewayFaults(plan, known) : [];
    const settings = wrong("ports") ? [] : tlsFaults(plan);
    const faults = [...outline, ...settings, ...ports, ...objectFaults(candidates(plan, ports.length === 0 ? known : undefined))];
    if (faults.length > 0) return faults;
    const hosts = args.hosts.map((host, index) => ({
        key: `external ${host.toLowerCase()}`,
        path: `hosts[${index}]`,
        what: `the external host ${host.toLowerCase()}`,
    }));
    return [...takeClaims(owner, hosts), ...takeNames(owner, objectNames(plan))];
}
