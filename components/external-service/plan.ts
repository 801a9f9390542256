/** What an ExternalService decides before anything is made: its ports made whole, and what is wrong with its arguments. */
import { isWildcard, protocolOfPortName, type Resolution } from "../../istio";
import {
    derivedNames,
    fault,
    isAtOrBelow,
    mentionsUnknown,
    nameFaults,
    namePath,
    OBJECT_NAME,
    slug,
    UNKNOWN,
    type Fault,
    type Judged,
    type ObjectName,
    type Taken,
} from "../arguments";
import { hostsFaults, inLowerCase, portsText, refFaults, type AnyRef } from "../gateway";
import { declarationFaults, HTTP_PROTOCOLS, type AnyPorts, type Ports, type Protocol } from "../ports";
import { shapeFaults, type KnownArgs } from "../schema";
import { EXTERNAL_SERVICE, type ExternalPortSpec, type ExternalServiceArgs } from "./schema";

/** `ExternalServiceArgs` once every value is there. */
export type ExternalServiceData = KnownArgs<ExternalServiceArgs<AnyPorts>, { readonly via?: AnyRef }>;

export interface ExternalPort {
    readonly name: string;
    readonly number: number;
    readonly protocol: Protocol;
    readonly targetPort?: number;
    /** How the egress gateway takes the traffic in. */
    readonly through: "http" | "tls" | "tcp";
}

export interface ExternalServicePlan {
    readonly name: string;
    readonly namespace: string;
    readonly args: ExternalServiceData;
    readonly ports: readonly ExternalPort[];
    readonly resolution: Resolution;
    /** The gateway that the traffic goes through, as far as it is known. */
    readonly via: AnyRef | undefined;
}

function throughOf(protocol: Protocol): ExternalPort["through"] {
    if (HTTP_PROTOCOLS.includes(protocol)) return "http";
    return protocol === "HTTPS" || protocol === "TLS" ? "tls" : "tcp";
}

function portOf([name, given]: [string, number | ExternalPortSpec]): ExternalPort {
    const spec = typeof given === "number" ? { number: given } : given;
    const protocol = spec.protocol ?? (protocolOfPortName(name) as Protocol | undefined) ?? "TCP";
    return {
        name,
        number: spec.number,
        protocol,
        ...(spec.targetPort === undefined ? {} : { targetPort: spec.targetPort }),
        through: throughOf(protocol),
    };
}

/** Exact hosts are looked up in DNS; a wildcard's name is only known with each connection. */
function resolutionOf({ hosts, endpoints }: ExternalServiceData): Resolution {
    if (endpoints && endpoints.length > 0) return "STATIC";
    return hosts.some(isWildcard) ? "DYNAMIC_DNS" : "DNS";
}

export function planExternalService(component: string, given: ExternalServiceData): ExternalServicePlan {
    const args = { ...given, hosts: inLowerCase(given.hosts) };
    return {
        name: args.metadata?.name ?? component,
        namespace: args.namespace ?? args.via?.namespace ?? "",
        args,
        ports: Object.entries(args.ports)
            .map(portOf)
            .sort((a, b) => a.number - b.number),
        resolution: resolutionOf(args),
        via: typeof args.via === "object" ? args.via : undefined,
    };
}

/** A rule has one host: with several each has its own, named by it. In the order of the hosts. */
export function ruleNames({ name, args: { hosts } }: ExternalServicePlan): string[] {
    return hosts.length === 1 ? [name] : derivedNames(hosts, (host) => `${name}-${slug(host)}`, OBJECT_NAME);
}

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
        ...nameFaults(namePath(metadata), metadata?.name ?? component),
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
export function judgeExternalService(component: string, args: ExternalServiceData): Judged<ExternalServicePlan> {
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
    const faults = [...outline, ...settings, ...ports, ...shapeFaults(args, EXTERNAL_SERVICE)];
    return { faults, plan: { ...plan, via: ports.length === 0 ? known : undefined }, sound };
}

export function takenByExternalService(plan: ExternalServicePlan): Taken {
    const claims = plan.args.hosts.map((host, index) => ({
        key: `external ${host}`,
        path: `hosts[${index}]`,
        what: `the external host ${host}`,
    }));
    return { claims, names: objectNames(plan) };
}
