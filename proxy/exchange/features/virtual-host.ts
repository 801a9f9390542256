/** Which virtual host a request is for, and whether its connection may ask for it. */
import { accessNamed, chainFor, isMutual, type ChainHosts, type RouteTable } from "../../snapshot";
import { hostOf } from "../../tables";
import type { ExchangeState } from "../exchange-state";
import { answer, ON, type Verdict } from "../verdict";
import { refuseByPolicy } from "./refusal";

export function chooseHost(state: ExchangeState): Verdict {
    const { connection, snapshot } = state;
    // An empty Host is that of any host (RFC 9112 §3.2); HTTP/1.0 may leave it out, and then nobody can be asked for.
    if (state.authority === "" && state.head.protocol === "HTTP/1.0") return answer(400, "", "", "missing_host_header");
    const host = hostOf(state.authority);
    state.host = host;
    const table = snapshot.routeTables.get(connection.routeTable);
    state.virtualHost = table?.hosts.find(host);
    state.access = accessNamed(table?.entry?.access ?? state.virtualHost?.entry.access, snapshot.access);
    const refusal = table?.entry?.refusal ?? state.virtualHost?.refusal ?? state.access?.refusal;
    if (refusal !== undefined) return refuseByPolicy(state, refusal);
    if (connection.scheme === "https" && host !== connection.serverName && isMisdirected(state, host)) {
        return answer(421, "", "NR", "misdirected_request");
    }
    return ON;
}

/** Only those who may pass learn which hosts there are (as in Envoy, where the router is last). */
export function requireHost(state: ExchangeState): Verdict {
    return state.virtualHost === undefined ? answer(404, "", "NR", "route_not_found") : ON;
}

/**
 * RFC 9110 §15.5.20: a client reuses a connection for another host that the certificate covers. Where another chain of
 * this listener is that host's own, it is told to come back on a connection of its own: always where one of the two
 * asks for client certificates (else a certificate for one host would open the other), else where this connection's
 * routes do not have the host but the other chain's have.
 */
function isMisdirected(state: ExchangeState, host: string): boolean {
    const { snapshot, connection } = state;
    const own = snapshot.chains.get(connection.chain)?.entry;
    const hosts: ChainHosts | undefined = own && snapshot.chainHosts.get(own.listener);
    if (hosts === undefined || own === undefined || (state.virtualHost !== undefined && hosts.mutual === 0)) return false;
    const owner = chainFor(snapshot, own.listener, host)?.entry;
    if (owner === undefined || owner.key === own.key) return false;
    if (isMutual(own) || isMutual(owner)) return true;
    if (state.virtualHost !== undefined || owner.target.kind !== "http") return false;
    const table: RouteTable | undefined = snapshot.routeTables.get(owner.target.routeTable);
    return table?.hosts.find(host) !== undefined;
}
