/** Declared ports made whole at run time: the defaults added, protocols read from names, everything checked. */
import { GATEWAY_PROTOCOLS, protocolOfPortName } from "../../istio";
import { fault, mentionsUnknown, type Fault } from "../arguments";
import { METRICS_PORT, STATUS_PORT } from "./pod-ports";
import type { Ports, PortSpec, Protocol } from "./types";

/** A declared port with nothing left open. */
export interface Port {
    readonly name: string;
    readonly number: number;
    readonly protocol: Protocol;
    readonly targetPort: number;
    readonly nodePort?: number;
    readonly appProtocol?: string;
}

const DEFAULTS: Ports = { http: 80, https: 443 };
/** IANA_SVC_NAME, what Kubernetes takes as the name of a port. */
const PORT_NAME = /^(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/;
/** Used by the proxy itself inside the pod: admin, metrics, status, and what Istio's own proxy takes. */
const RESERVED_TARGETS = [15000, METRICS_PORT, STATUS_PORT];

function isPort(value: unknown): boolean {
    return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 65535;
}

function declaredEntries(ports: Ports | undefined): [string, number | PortSpec][] {
    const entries = Object.entries({ ...DEFAULTS, ...ports });
    return entries.filter((entry): entry is [string, number | PortSpec] => entry[1] !== false);
}

/** Every port of a gateway, by number: their order is the same however the program wrote them. */
export function declarePorts(ports: Ports | undefined): Port[] {
    return declaredEntries(ports)
        .map(([name, given]): Port => {
            const spec = typeof given === "number" ? { number: given } : given;
            return {
                name,
                number: spec.number,
                protocol: spec.protocol ?? (protocolOfPortName(name) as Protocol | undefined) ?? "TCP",
                targetPort: spec.targetPort ?? spec.number,
                ...(spec.nodePort === undefined ? {} : { nodePort: spec.nodePort }),
                ...(spec.appProtocol === undefined ? {} : { appProtocol: spec.appProtocol }),
            };
        })
        .sort((a, b) => a.number - b.number);
}

function numberFaults(path: string, spec: PortSpec): Fault[] {
    return (["number", "targetPort", "nodePort"] as const).flatMap((field) => {
        const value = spec[field];
        if (value === undefined || isPort(value) || mentionsUnknown(value)) return [];
        return [
            fault(
                "GH0202",
                field === "number" ? path : `${path}.${field}`,
                `${JSON.stringify(value)} is not a port; wanted a whole number from 1 to 65535.`,
            ),
        ];
    });
}

function protocolFaults(path: string, name: string, spec: PortSpec): Fault[] {
    if (spec.protocol === undefined) {
        const said = protocolOfPortName(name);
        if (said !== undefined && said !== "UDP") return [];
        const words = GATEWAY_PROTOCOLS.map((protocol) => protocol.toLowerCase()).join(", ");
        return [
            fault(
                "GH0202",
                path,
                `the name ${JSON.stringify(name)} does not say the protocol.`,
                `Begin it with one of ${words}, or give { number, protocol }.`,
            ),
        ];
    }
    if (GATEWAY_PROTOCOLS.includes(spec.protocol)) return [];
    return [
        fault(
            "GH0202",
            `${path}.protocol`,
            `${JSON.stringify(spec.protocol)} is not a protocol; wanted one of ${GATEWAY_PROTOCOLS.join(", ")}.`,
        ),
    ];
}

function portFaults(name: string, given: unknown): Fault[] {
    const path = `ports.${name}`;
    const spec = (typeof given === "object" && given !== null ? given : { number: given }) as PortSpec;
    const named = PORT_NAME.test(name)
        ? []
        : [fault("GH0202", path, `${JSON.stringify(name)} is not a port name; wanted at most 15 of a-z, 0-9 and single hyphens.`)];
    return [...named, ...numberFaults(path, spec), ...protocolFaults(path, name, spec)];
}

function sharedFaults(ports: readonly Port[], field: "number" | "targetPort" | "nodePort"): Fault[] {
    return ports.flatMap((port, index) => {
        const earlier = ports.slice(0, index).find((other) => port[field] !== undefined && other[field] === port[field]);
        return earlier ? [fault("GH0202", `ports.${port.name}`, `${field} ${port[field]} is also that of the port ${earlier.name}.`)] : [];
    });
}

/** What is wrong with ports by themselves: names, numbers, protocols, and numbers given twice. */
export function declarationFaults(ports: Ports): Fault[] {
    const single = declaredEntries(ports).flatMap(([name, given]) => portFaults(name, given));
    return single.length > 0 ? single : sharedFaults(declarePorts(ports), "number");
}

/** What is wrong with a gateway's `ports`, on all of which its proxy listens. */
export function gatewayPortsFaults(ports: Ports = {}): Fault[] {
    const off = Object.entries(ports)
        .filter(([name, given]) => given === false && !(name in DEFAULTS))
        .map(([name]) => fault("GH0202", `ports.${name}`, "false takes away http or https; there is no default port of this name."));
    const faults = [...off, ...declarationFaults(ports)];
    if (faults.length > 0) return faults;
    const declared = declarePorts(ports);
    if (declared.length === 0) return [fault("GH0202", "ports", "the gateway has no port left.", "Declare at least one.")];
    const reserved = declared
        .filter(({ targetPort }) => RESERVED_TARGETS.includes(targetPort))
        .map(({ name, targetPort }) =>
            fault("GH0202", `ports.${name}`, `${targetPort} is the proxy's own port inside the pod.`, "Give another targetPort."),
        );
    return [...sharedFaults(declared, "targetPort"), ...sharedFaults(declared, "nodePort"), ...reserved];
}
