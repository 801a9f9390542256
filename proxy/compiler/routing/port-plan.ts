/**
 * Merges servers port by port. The first wins; what loses is reported with the name of what won. Unlike Istio, a server that
 * shares a host with an earlier one loses that host alone.
 */
import type { ListenerFamily, ServerKind } from "../../../istio/semantics";
import type { Capture } from "../../tables/entries";
import { compareText } from "../../resources/text-order";
import type { CompilerContext } from "../context/context";
import { placeText } from "../context/place";
import { whyFirst } from "../context/precedence";
import type { Value } from "../graph/graph";
import { narrowed } from "../graph/narrowed";
import type { PlannedServer } from "./model/servers";
import { targetPortsOf, type PortSource, type ServerSource } from "./model/sources";

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
    readonly capture?: Capture;
    readonly servers: PlannedServer[];
}

const ANY_ADDRESS = "0.0.0.0";

/** How clients of a server are told apart. */
const FAMILIES: Readonly<Record<ServerKind, ListenerFamily>> = {
    http: "http",
    https: "tls",
    passthrough: "tls",
    "terminated-tcp": "tls",
    tcp: "tcp",
};

/** By address and port. */
export type PortPlan = readonly PlannedPort[];

export function planPorts(context: CompilerContext, servers: ServerSource, ports: PortSource): Value<PortPlan> {
    return context.graph.value(() => makePlan(context, servers.servers(), ports));
}

interface Taken {
    readonly ports: Map<string, PlannedPort>;
    readonly keys: Set<string>;
    readonly takenHosts: Map<string, PlannedServer>;
}

function makePlan(context: CompilerContext, servers: readonly PlannedServer[], translation: PortSource): PortPlan {
    const ports = new Map<string, PlannedPort>();
    const taken: Taken = { ports, keys: new Set(), takenHosts: new Map() };
    for (const server of servers) for (const target of targetPortsOf(server, translation)) place(context, server, target, taken);
    return [...ports.values()].sort((a, b) => compareText(a.bind, b.bind) || a.targetPort - b.targetPort);
}

function place(context: CompilerContext, planned: PlannedServer, targetPort: number, { ports, keys, takenHosts }: Taken): void {
    const bind = planned.bind === "" ? ANY_ADDRESS : planned.bind;
    const kind = FAMILIES[planned.kind];
    // What opens no port has room for all that can be told apart by a connection's first bytes.
    const address = `${bind}|${targetPort}${planned.capture === "virtual" ? `|${kind}` : ""}`;
    const present = ports.get(address);
    const winner = present?.servers[0];
    if (
        present !== undefined &&
        winner !== undefined &&
        (present.kind !== kind || kind === "tcp" || (kind === "http" && isUnlike(planned, winner)))
    ) {
        reportConflict(context, planned, winner, targetPort);
        return;
    }
    const kept = keptOf(context, planned, address, kind, { present, takenHosts });
    if (kept.hosts.length === 0) return;
    const port = present ?? {
        key:
            planned.capture === "virtual"
                ? `${bind}:${planned.port} ${kind}`
                : freeKey(keys, bind, planned.opens ?? planned.port, targetPort),
        bind,
        bound: planned.bind !== "",
        port: planned.opens ?? planned.port,
        targetPort,
        kind,
        ...(planned.capture ? { capture: planned.capture } : {}),
        servers: [],
    };
    port.servers.push(kept);
    ports.set(address, port);
}

/** What a proxy is asked in is not what a server is asked in. */
function isUnlike(one: PlannedServer, other: PlannedServer): boolean {
    return (one.isForwardProxy ?? false) !== (other.isForwardProxy ?? false);
}

/** The declared port tells listeners apart, until one declared port has several targets. */
function freeKey(keys: Set<string>, bind: string, port: number, targetPort: number): string {
    const plain = `${bind}:${port}`;
    const key = keys.has(plain) ? `${plain}@${targetPort}` : plain;
    keys.add(key);
    return key;
}

function keptOf(
    context: CompilerContext,
    planned: PlannedServer,
    address: string,
    kind: ListenerFamily,
    { present, takenHosts }: { readonly present: PlannedPort | undefined; readonly takenHosts: Taken["takenHosts"] },
): PlannedServer {
    if (kind === "tls") return withoutTakenHosts(context, planned, address, takenHosts);
    if (!isRefused(planned) || present === undefined) return planned;
    // Others that name a host themselves say what becomes of it in the clear.
    const named = new Set(present.servers.filter((one) => !isRefused(one)).flatMap(({ hosts }) => hosts.map(({ host }) => host)));
    return narrowed(
        planned,
        planned.hosts.filter(({ host }) => !named.has(host)),
    );
}

/** Of an object that was never good. */
function isRefused({ subject }: PlannedServer): boolean {
    return subject.source.refused !== undefined;
}

/** One SNI can lead to one server only; the namespace before a host does not tell two SNIs apart. */
function withoutTakenHosts(
    context: CompilerContext,
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
            planned.subject,
            one.field,
            `Host ${one.host} on port ${planned.port} is already served by ${placeText(winner)}, which ${whyFirst(winner, planned)}; here it is skipped.`,
            "Remove the host from one of the two.",
        );
        return false;
    });
    return hosts.length === planned.hosts.length ? planned : narrowed(planned, hosts);
}

function reportConflict(context: CompilerContext, loser: PlannedServer, winner: PlannedServer, targetPort: number): void {
    const { port, protocol } = loser;
    const on = targetPort === port ? `Port ${port}` : `Port ${port} (${targetPort} on the pod)`;
    context.report.add(
        "GH0411",
        loser.subject,
        loser.field,
        `${on} is already served as ${winner.protocol} by ${placeText(winner)}, which ${whyFirst(winner, loser)}; this ${protocol} server is not served.`,
        "Give one of the two another port.",
    );
}
