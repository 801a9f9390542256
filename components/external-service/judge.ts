/** What is wrong with the arguments of an ExternalService, and what only one component of a program can have. */
import { isWildcard } from "../../istio";
import {
    fault,
    isAtOrBelow,
    mentionsUnknown,
    nameFaults,
    namePath,
    UNKNOWN,
    type Claim,
    type Fault,
    type Judged,
    type ObjectName,
    type Setting,
    type Taken,
} from "../arguments";
import { gatewayText, hostsFaults, portsText, refFaults, type AnyRef } from "../gateway";
import { withSoundHealthCheck } from "../health-check";
import { declarationFaults, type Ports } from "../ports";
import { withSoundLimits } from "../rate-limit";
import { shapeFaults } from "../schema";
import { breadthFault, loopFaults } from "./loops";
import { extentOf, planExternalService, ruleNames, type ExternalServiceData, type ExternalServicePlan } from "./plan";
import { EXTERNAL_SERVICE } from "./schema";
import { settingsFaults } from "./settings";

const SEES_THE_NAME = ["NONE", "DYNAMIC_DNS"];

function hostFaults({ hosts, via, endpoints, resolution }: ExternalServiceData): Fault[] {
    const faults = hostsFaults("hosts", hosts, {
        address:
            "is an address where a name is wanted; give a name, and the address in endpoints (or, for plain TCP in a mesh, in addresses)",
    });
    if (faults.length > 0) return faults;
    return hosts.flatMap((host, index): Fault[] => {
        const at = `hosts[${index}]`;
        const broad = breadthFault(at, host);
        if (broad) return [broad];
        if (!isWildcard(host) || via !== undefined || endpoints || SEES_THE_NAME.includes(resolution ?? "")) return [];
        return [
            fault(
                "GH0204",
                at,
                `${host} has no address that could be looked up: only a proxy sees which name a connection asks for.`,
                "Give via, or resolution DYNAMIC_DNS where every caller has a proxy of the mesh, or name the hosts.",
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
        const at = `ports.${name}`;
        if (via.forwardProxy !== undefined && number === via.forwardProxy.port)
            return [fault("GH0203", at, `${number} is the port of the forward proxy of ${gatewayText(via)}.`, "Give the proxy another.")];
        const open = Object.values(via.ports).find((port) => port.number === number);
        if (!open)
            return [
                fault(
                    "GH0203",
                    at,
                    `the gateway ${gatewayText(via)} has no port ${number}; it has ${portsText(via)}.`,
                    "Declare it there.",
                ),
            ];
        if (through === "tcp" && plan.args.hosts.length > 1) {
            return [
                fault(
                    "GH0204",
                    at,
                    "plain TCP does not say which of several hosts a connection is for.",
                    "Make an ExternalService for each.",
                ),
            ];
        }
        return [];
    });
}

/** Of the objects whose namespace is known. */
function objectNames(plan: ExternalServicePlan): ObjectName[] {
    const {
        args: { via, namespace, hosts, metadata },
        name,
    } = plan;
    const path = namePath(metadata);
    const home = mentionsUnknown(via) && namespace === undefined ? UNKNOWN : plan.namespace;
    const extent = extentOf(plan.args);
    const entry = { kind: "ServiceEntry", namespace: home, name, path };
    if (via !== undefined && typeof via !== "object") return [entry];
    return [
        entry,
        ...(extent.routes ? [{ kind: "VirtualService", namespace: home, name, path }] : []),
        ...(via ? [{ kind: "Gateway", namespace: via.namespace, name, path }] : []),
        // The name of each hangs on all hosts.
        ...(mentionsUnknown(hosts) || !extent.rules
            ? []
            : ruleNames(plan).map((rule) => ({ kind: "DestinationRule", namespace: via?.namespace ?? home, name: rule, path }))),
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
    const readable = !wrong("ports") && !wrong("hosts");
    const ports = known && readable ? gatewayFaults(plan, known) : [];
    const loops = known && readable ? loopFaults(plan, known) : [];
    const settings = wrong("ports") ? [] : settingsFaults({ ...plan, via: known });
    const faults = [...outline, ...settings, ...ports, ...loops, ...shapeFaults(args, EXTERNAL_SERVICE)];
    const legible = withSoundLimits(withSoundHealthCheck(plan.args, faults), faults);
    return { faults, plan: { ...plan, args: legible, via: ports.length === 0 ? known : undefined }, sound };
}

const ONE_OF_TWO = "Give it to one of them, or both what they share in one.";

/** Two entries for a host are one to a mesh, and which of them counts hangs on their age; the same is true of an address. */
function hostClaims({ args: { hosts, addresses = [] }, ports }: ExternalServicePlan): Claim[] {
    return [
        ...hosts.map((host, index) => ({
            key: `external ${host}`,
            path: `hosts[${index}]`,
            what: `the external host ${host}`,
            fix: ONE_OF_TWO,
        })),
        ...addresses.flatMap((address, index) =>
            ports.map(({ number }) => ({
                key: `external address ${address} ${number}`,
                path: `addresses[${index}]`,
                what: `the address ${address} with the port ${number}`,
            })),
        ),
    ];
}

const SPOKEN = { http: "plain HTTP", tls: "TLS by its server name", tcp: "plain TCP" } as const;

/** A port of a gateway has one listener: what it takes for HTTP it cannot take for TLS, and plain TCP is all for one host. */
function portsTaken({ args: { via }, ports }: ExternalServicePlan): { readonly claims: Claim[]; readonly settings: Setting[] } {
    if (typeof via !== "object") return { claims: [], settings: [] };
    return {
        claims: ports
            .filter(({ through }) => through === "tcp")
            .map(({ name, number }) => ({
                key: `egress ${gatewayText(via)} ${number} tcp`,
                path: `ports.${name}`,
                what: `the port ${number} of the gateway ${gatewayText(via)} for plain TCP, which names no host`,
                fix: "Give one of them another port, with targetPort for the one outside.",
            })),
        settings: ports.map(({ name, number, through }) => ({
            key: `egress ${gatewayText(via)} ${number}`,
            path: `ports.${name}`,
            what: `what they speak on port ${number} of the gateway ${gatewayText(via)}`,
            value: SPOKEN[through],
            fix: "Give one of them another port, with targetPort for the one outside.",
        })),
    };
}

export function takenByExternalService(plan: ExternalServicePlan): Taken {
    const { claims, settings } = portsTaken(plan);
    return { claims: [...hostClaims(plan), ...claims], settings, names: objectNames(plan) };
}
