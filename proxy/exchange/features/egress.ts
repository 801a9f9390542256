/**
 * Requests of a proxy's clients: which of the hosts that lead through it they are for, on which port, and how who is refused is
 * told. Nothing is looked up and nobody is connected to before that.
 */
import { isIP } from "node:net";
import { removeHeader } from "../../http/header-list";
import { isAskable } from "../../net/askable-name";
import { mayReach, type RouteTable, type Snapshot } from "../../snapshot";
import { hostOf, type ProxyTableEntry } from "../../tables";
import type { ExchangeState } from "../exchange-state";
import { answer, ON, type Answer, type Tunnelled, type Verdict } from "../verdict";

export type EgressRefusal =
    | "host_not_allowed"
    | "port_not_allowed"
    | "source_not_allowed"
    | "inner_address"
    | "malformed_host"
    | "not_absolute"
    | "only_connect"
    | "no_connect"
    | "server_name_mismatch"
    | "not_tls"
    | "loop"
    | "too_many_tunnels";

/** The reason as a client reads it, beside the body. */
const REASON_HEADER = "x-gatehouse-egress-refused";

/** As logs and figures have it. */
export function egressDetails(reason: EgressRefusal): string {
    return `egress_refused{${reason}}`;
}

export function refuseEgress(reason: EgressRefusal, text: string, status = 403): Answer {
    return answer(status, `Egress refused: ${text}.\n`, "", egressDetails(reason), [REASON_HEADER, reason], true);
}

/** Of a proxy's table, whose hosts have the port in their names. */
export function chooseEgressHost(state: ExchangeState, table: RouteTable, proxy: ProxyTableEntry): Verdict {
    const { head, authority } = state;
    if (proxy.absoluteOnly && head.absolute !== true)
        return refuseEgress("not_absolute", "this port is a proxy, which is asked for a whole URL or by CONNECT", 400);
    const host = hostOf(authority);
    state.host = host;
    state.port = portOf(authority) || DEFAULT_PORT;
    if (!isAskable(host)) return refuseEgress("malformed_host", "the host is no name and no address in its one form", 400);
    const found = table.hosts.find(`${host}:${state.port}`);
    // A suffix is one of names; an address has none.
    const isFound = found !== undefined && (found.domain === "*" || !found.domain.startsWith("*") || !isAddress(host));
    state.virtualHost =
        isFound && !isOtherPort(table, proxy, host, found.domain) && !isKeptFrom(table, host, found.domain) ? found : undefined;
    return ON;
}

/** Where every host is let through, one that something leads to is so on the ports that are said of it, for whom it is for. */
function isOtherPort(table: RouteTable, proxy: ProxyTableEntry, host: string, found: string): boolean {
    return found === "*" && proxy.absoluteOnly && table.hosts.find(host)?.domain !== "*";
}

/** A host that is not for everybody is none of those that a wider wildcard, with ports of its own, stands for. */
function isKeptFrom(table: RouteTable, host: string, domain: string): boolean {
    if (!domain.startsWith("*")) return false;
    const known = table.hosts.find(host);
    if (known?.entry.hasNoOtherPorts !== true) return false;
    return domain === "*" || known.domain !== domain.slice(0, domain.lastIndexOf(":"));
}

/** HTTP's; a CONNECT always says its own. */
const DEFAULT_PORT = 80;

/** 0: it says none. */
export function portOf(authority: string): number {
    const colon = authority.lastIndexOf(":");
    return colon === -1 || authority.endsWith("]") ? 0 : Number(authority.slice(colon + 1));
}

/** Routes that the gateway has for the host on its own port come before those of the proxy. */
export function preferOwnRoutes(state: ExchangeState, snapshot: Snapshot): void {
    const before = state.virtualHost?.entry.before;
    if (before === undefined || state.method === "CONNECT") return;
    const own = snapshot.routeTables.get(before)?.hosts.find(state.host);
    if (own !== undefined) state.virtualHost = own;
}

export function requireEgressHost(state: ExchangeState, { refusal }: ProxyTableEntry): Verdict {
    const { snapshot, connection, virtualHost, host, port, method } = state;
    if (virtualHost === undefined) {
        const isKnown = snapshot.routeTables.get(connection.routeTable)?.hosts.find(host) !== undefined;
        return isKnown
            ? refuseEgress("port_not_allowed", `${host} is let through, but not on port ${port}`, refusal)
            : refuseEgress("host_not_allowed", `nothing leads to ${host} through this gateway`, refusal);
    }
    if (method === "CONNECT") {
        const { connect } = virtualHost.entry;
        return connect === undefined ? refuseEgress("no_connect", `there is no tunnel to ${host}:${port}`, refusal) : ON;
    }
    if (virtualHost.routes.length > 0) return ON;
    return refuseEgress("only_connect", `port ${port} of ${host} is asked by CONNECT alone`, refusal);
}

/** Behind who may pass: of CONNECT nothing but bytes follows. */
export function openTunnel(state: ExchangeState): Verdict {
    if (state.method !== "CONNECT") return ON;
    if (state.proxy === undefined) return refuseEgress("no_connect", "this port takes no CONNECT", 405);
    return requireEgressHost(state, state.proxy) ?? TUNNELLED;
}

const TUNNELLED: Tunnelled = { kind: "tunnel" };

/** What a client says to its proxy, and what the proxy knows of it, is nobody's business outside. */
export function hideClient(state: ExchangeState): void {
    if (state.proxy?.absoluteOnly !== true) return;
    const { headers } = state;
    for (const name of HIDDEN) removeHeader(headers, name);
    for (let at = headers.length - 2; at >= 0; at -= 2) if (headers[at]!.startsWith(FORWARDED)) headers.splice(at, 2);
}

const HIDDEN = ["proxy-authorization", "x-envoy-external-address"];
const FORWARDED = "x-forwarded-";

/** Undefined: whoever asks may be led to the cluster. */
export function sourceRefusal({ snapshot, connection }: ExchangeState, cluster: string): Answer | undefined {
    if (mayReach(snapshot, cluster, connection.remoteAddress)) return undefined;
    return refuseEgress("source_not_allowed", `${connection.remoteAddress} is none of the workloads that may`);
}

/** So many may be open in a worker: each holds two sockets. */
const MAX_TUNNELS = 16_384;

export function tunnelRefusal({ runtime }: ExchangeState): Answer | undefined {
    return runtime.tunnels.size < MAX_TUNNELS ? undefined : refuseEgress("too_many_tunnels", "too many tunnels are open", 503);
}

function isAddress(host: string): boolean {
    return host.startsWith("[") || isIP(host) !== 0;
}
