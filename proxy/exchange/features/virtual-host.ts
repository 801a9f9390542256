/** Which virtual host a request is for, and whether its connection may ask for it. */
import { accessNamed, chainFor, isMutual, type ChainHosts, type RouteTable } from "../../snapshot";
import { hostOf, type ProxyTableEntry } from "../../tables";
import type { ExchangeState } from "../exchange-state";
import { answer, ON, type Verdict } from "../verdict";
import { chooseEgressHost, preferOwnRoutes, requireEgressHost } from "./egress";
import { refuseByPolicy } from "./refusal";

/** As logs call it. */
export const MISDIRECTED = "misdirected_request";

export function chooseHost(state: ExchangeState): Verdict {
    const { connection, snapshot } = state;
    // An empty Host is that of any host (RFC 9112 §3.2); HTTP/1.0 may leave it out, and then nobody can be asked for.
    if (state.authority === "" && state.head.protocol === "HTTP/1.0") return answer(400, "", "", "missing_host_header");
    const host = hostOf(state.authority);
    state.host = host;
    const table = snapshot.routeTables.get(connection.routeTable);
    const proxy = table?.entry?.proxy;
    state.proxy = proxy;
    if (table !== undefined && proxy !== undefined) return chooseProxied(state, table, proxy);
    state.speaksGrpcWeb = table?.entry?.grpcWeb === true;
    state.virtualHost = table?.hosts.find(host);
    state.access = accessNamed(table?.entry?.access ?? state.virtualHost?.entry.access, snapshot.access);
    const refusal = table?.entry?.refusal ?? state.virtualHost?.refusal ?? state.access?.refusal;
    if (refusal !== undefined) return refuseByPolicy(state, refusal);
    if (connection.scheme === "https" && host !== connection.serverName && isAnothersIdentity(state, host)) return misdirected();
    return ON;
}

function chooseProxied(state: ExchangeState, table: RouteTable, proxy: ProxyTableEntry): Verdict {
    const verdict = chooseEgressHost(state, table, proxy);
    if (verdict !== ON) return verdict;
    const { snapshot, virtualHost } = state;
    state.access = accessNamed(table.entry?.access ?? virtualHost?.entry.access, snapshot.access);
    const refusal = table.entry?.refusal ?? virtualHost?.refusal ?? state.access?.refusal;
    if (refusal !== undefined) return refuseByPolicy(state, refusal);
    preferOwnRoutes(state, snapshot);
    const own = state.virtualHost?.refusal;
    return own === undefined ? ON : refuseByPolicy(state, own);
}

/** Only those who may pass learn which hosts there are (as in Envoy, where the router is last). */
export function requireHost(state: ExchangeState): Verdict {
    if (state.proxy !== undefined) return requireEgressHost(state, state.proxy);
    if (state.virtualHost !== undefined) return ON;
    const { routeTable, scheme } = state.connection;
    // The server asks for other client certificates by now: on a new connection they can be shown.
    if (routeTable === "") return misdirected();
    return scheme === "https" && isServedElsewhere(state) ? misdirected() : answer(404, "", "NR", "route_not_found");
}

/**
 * RFC 9110 §15.5.20, RFC 9113 §9.1.1: a client reuses a connection for another host that the certificate covers. Where that
 * host is another chain's of this listener, it is told to come back on a connection of its own.
 */
function misdirected(): Verdict {
    return answer(421, "", "NR", MISDIRECTED);
}

/**
 * A certificate that a client has shown for one server opens no other, and none is left out by asking a server that wants
 * none: whatever either of the two would serve. That a server is there its handshake shows to everybody, so this says nothing new.
 */
function isAnothersIdentity({ snapshot, connection }: ExchangeState, host: string): boolean {
    const own = snapshot.chains.get(connection.chain)?.entry;
    const hosts: ChainHosts | undefined = own && snapshot.chainHosts.get(own.listener);
    if (own === undefined || hosts === undefined || hosts.mutual === 0) return false;
    const owner = chainFor(snapshot, own.listener, host)?.entry;
    return owner !== undefined && owner.key !== own.key && (isMutual(own) || isMutual(owner));
}

/** This connection's routes do not have the host; a chain that passes bytes on has whatever it has a name for. */
function isServedElsewhere({ snapshot, connection, host }: ExchangeState): boolean {
    const own = snapshot.chains.get(connection.chain)?.entry;
    const owner = own && chainFor(snapshot, own.listener, host)?.entry;
    if (owner === undefined || owner.key === own?.key) return false;
    return owner.target.kind === "tcp" || snapshot.routeTables.get(owner.target.routeTable)?.hosts.find(host) !== undefined;
}
