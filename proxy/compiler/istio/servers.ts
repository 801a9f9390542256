/**
 * Merges the servers of all selected Gateways port by port. The oldest Gateway wins; what loses is reported with the
 * name of what won. Unlike Istio, a server that shares a host with an earlier one loses that host alone.
 */
import {
    listenerFamily,
    parseServerHost,
    serverKind,
    type ListenerFamily,
    type ServerHost,
    type ServerKind,
} from "../../../istio/semantics";
import { refText, type Server } from "../../../istio/types";
import { guarded, type Context } from "../context/context";
import { isSelected, PortTranslation } from "./gateways";
import type { Value } from "../graph/graph";
import { sameList } from "../graph/lists";
import { compareText, type Placed } from "../../resources/model";

export interface PlannedHost extends ServerHost {
    readonly field: string;
}

/** A server as it is served on one port of the pod. */
export interface PlannedServer {
    readonly gateway: Placed<"Gateway">;
    readonly server: Server;
    readonly index: number;
    /** `spec.servers[0]`. */
    readonly field: string;
    readonly kind: ServerKind;
    /** Those that no earlier server has taken. */
    readonly hosts: readonly PlannedHost[];
}

/** All that is served on one address and port. */
export interface PlannedPort {
    /** ListenerEntry key. */
    readonly key: string;
    readonly bind: string;
    /** Whether the bind address was given: then it is part of route table names. */
    readonly bound: boolean;
    /** The declared port of the first server. */
    readonly port: number;
    readonly targetPort: number;
    readonly kind: ListenerFamily;
    readonly servers: PlannedServer[];
}

const ANY_ADDRESS = "0.0.0.0";

export interface Plan {
    /** By address and port. */
    readonly ports: readonly PlannedPort[];
}

export interface ServerPlan {
    readonly plan: Value<Plan>;
    /** With all their hosts, also those that find no port; undefined: the Gateway is another proxy's. */
    readonly serversOf: (gateway: Placed<"Gateway">) => readonly PlannedServer[] | undefined;
    /** By which a policy may name its port: the Gateway's own, and those of the pod. */
    readonly numbersOf: (server: PlannedServer) => readonly number[];
}

export function planServers(context: Context): ServerPlan {
    const { graph } = context;
    const translation = new PortTranslation(context);
    const servers = graph.family((gateway: Placed<"Gateway">) =>
        isSelected(context, gateway) ? serversOfGateway(context, gateway) : undefined,
    );
    const serversOf: ServerPlan["serversOf"] = (gateway) => servers.get(gateway);
    return {
        plan: graph.value(() => makePlan(context, translation, serversOf)),
        serversOf,
        numbersOf: ({ gateway, server: { port } }) => [port.number, ...translation.targetPorts(gateway, port.number)],
    };
}

function serversOfGateway(context: Context, gateway: Placed<"Gateway">): readonly PlannedServer[] {
    return (gateway.object.spec.servers ?? []).flatMap((server, index) =>
        guarded(context, gateway, `spec.servers[${index}]`, [], () => planServer(context, gateway, server, index)),
    );
}

/** Oldest first, and last those that were never good: they take no host that another names. */
function inOrder(gateways: readonly Placed<"Gateway">[]): readonly Placed<"Gateway">[] {
    const refused = gateways.filter(({ source }) => source.refused !== undefined);
    return refused.length === 0 ? gateways : [...gateways.filter(({ source }) => source.refused === undefined), ...refused];
}

function makePlan(context: Context, translation: PortTranslation, serversOf: ServerPlan["serversOf"]): Plan {
    const ports = new Map<string, PlannedPort>();
    const taken: Taken = { ports, keys: new Set(), takenHosts: new Map() };
    for (const gateway of inOrder(context.inputs.gateways.get())) {
        for (const planned of serversOf(gateway) ?? []) {
            for (const target of translation.targetPorts(gateway, planned.server.port.number)) place(context, planned, target, taken);
        }
    }
    return { ports: [...ports.values()].sort((a, b) => compareText(a.bind, b.bind) || a.targetPort - b.targetPort) };
}

function planServer(context: Context, gateway: Placed<"Gateway">, server: Server, index: number): PlannedServer[] {
    const field = `spec.servers[${index}]`;
    const kind = kindOf(server);
    if (typeof kind !== "string") {
        context.report.add("GH0413", gateway, `${field}.${kind.field}`, kind.message, kind.fix);
        return [];
    }
    const hosts = (server.hosts ?? []).map((text, at) => ({ ...parseServerHost(text), field: `${field}.hosts[${at}]` }));
    return [{ gateway, server, index, field, kind, hosts }];
}

interface Refusal {
    readonly field: string;
    readonly message: string;
    readonly fix: string;
}

function kindOf(server: Server): ServerKind | Refusal {
    const kind = serverKind(server.port.protocol, server.tls?.mode);
    if (kind === undefined)
        return { field: "port.protocol", message: `${server.port.protocol} is not a protocol of a Gateway port.`, fix: "" };
    if (server.bind?.startsWith("unix:")) {
        return {
            field: "bind",
            message: `${server.bind} is a unix socket; the bundled proxy listens on IP addresses only.`,
            fix: "Remove bind.",
        };
    }
    if (kind === "http" || kind === "tcp") return kind;
    switch (server.tls?.mode ?? "PASSTHROUGH") {
        case "PASSTHROUGH":
        case "SIMPLE":
        case "MUTUAL":
        case "OPTIONAL_MUTUAL":
            return kind;
        case "ISTIO_MUTUAL":
            return {
                field: "tls.mode",
                message: "ISTIO_MUTUAL needs a mesh certificate, and the bundled proxy is outside the mesh.",
                fix: 'Use MUTUAL with a certificate of your own, or set dataPlane: "istio".',
            };
        default:
            return {
                field: "tls.mode",
                message: `${server.tls?.mode} is not supported by the bundled proxy.`,
                fix: "Use PASSTHROUGH, SIMPLE, MUTUAL or OPTIONAL_MUTUAL.",
            };
    }
}

interface Taken {
    readonly ports: Map<string, PlannedPort>;
    readonly keys: Set<string>;
    readonly takenHosts: Map<string, PlannedServer>;
}

function place(context: Context, planned: PlannedServer, targetPort: number, { ports, keys, takenHosts }: Taken): void {
    const { server } = planned;
    const bind = server.bind ? server.bind : ANY_ADDRESS;
    const address = `${bind}|${targetPort}`;
    const kind = listenerFamily(server.port.protocol) ?? "tcp";
    const present = ports.get(address);
    const winner = present?.servers[0];
    if (present !== undefined && winner !== undefined && (present.kind !== kind || kind === "tcp")) {
        reportConflict(context, planned, winner, targetPort);
        return;
    }
    const kept = keptOf(context, planned, address, kind, { present, takenHosts });
    if (kept.hosts.length === 0) return;
    const port = present ?? {
        key: freeKey(keys, bind, server.port.number, targetPort),
        bind,
        bound: Boolean(server.bind),
        port: server.port.number,
        targetPort,
        kind,
        servers: [],
    };
    port.servers.push(kept);
    ports.set(address, port);
}

/** The declared port tells listeners apart, until one declared port has several targets. */
function freeKey(keys: Set<string>, bind: string, port: number, targetPort: number): string {
    const plain = `${bind}:${port}`;
    const key = keys.has(plain) ? `${plain}@${targetPort}` : plain;
    keys.add(key);
    return key;
}

function keptOf(
    context: Context,
    planned: PlannedServer,
    address: string,
    kind: ListenerFamily,
    { present, takenHosts }: { readonly present: PlannedPort | undefined; readonly takenHosts: Taken["takenHosts"] },
): PlannedServer {
    if (kind === "tls") return withoutTakenHosts(context, planned, address, takenHosts);
    if (planned.gateway.source.refused === undefined || present === undefined) return planned;
    // Others that name a host themselves say what becomes of it in the clear.
    const named = new Set(
        present.servers.filter(({ gateway }) => gateway.source.refused === undefined).flatMap(({ hosts }) => hosts.map(({ host }) => host)),
    );
    return narrowed(
        planned,
        planned.hosts.filter(({ host }) => !named.has(host)),
    );
}

/** One SNI can lead to one server only; the namespace before a host does not tell two SNIs apart. */
function withoutTakenHosts(
    context: Context,
    planned: PlannedServer,
    address: string,
    takenHosts: Map<string, PlannedServer>,
): PlannedServer {
    const hosts = planned.hosts.filter((one) => {
        const key = `${address}|${one.host}`;
        const winner = takenHosts.get(key);
        if (winner === undefined) takenHosts.set(key, planned);
        if (winner === undefined || winner === planned) return true;
        context.report.add(
            "GH0412",
            planned.gateway,
            one.field,
            `Host ${one.host} on port ${planned.server.port.number} is already served by ${serverText(winner)}, which comes first; here it is skipped.`,
            "Remove the host from one of the two.",
        );
        return false;
    });
    return hosts.length === planned.hosts.length ? planned : narrowed(planned, hosts);
}

const narrowedServers = new WeakMap<PlannedServer, PlannedServer[]>();

/** The server with these of its hosts; for the same hosts the same one. */
function narrowed(planned: PlannedServer, hosts: readonly PlannedHost[]): PlannedServer {
    const made = narrowedServers.get(planned) ?? [];
    const present = made.find((one) => sameList(one.hosts, hosts));
    if (present) return present;
    const server = { ...planned, hosts };
    narrowedServers.set(planned, [...made, server]);
    return server;
}

function reportConflict(context: Context, loser: PlannedServer, winner: PlannedServer, targetPort: number): void {
    const { number, protocol } = loser.server.port;
    const on = targetPort === number ? `Port ${number}` : `Port ${number} (${targetPort} on the pod)`;
    context.report.add(
        "GH0411",
        loser.gateway,
        loser.field,
        `${on} is already served as ${winner.server.port.protocol} by ${serverText(winner)}, which comes first; this ${protocol} server is not served.`,
        "Give one of the two another port.",
    );
}

export function serverText({ gateway, field }: PlannedServer): string {
    return `${refText(gateway.ref)} ${field}`;
}
