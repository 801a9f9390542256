/** Parts of what a cluster's entry says. */
import type { ConnectionEnds } from "../net/proxy-header";
import type { ClusterEntry } from "../tables";

/** What a connection is made with: where it is another now, those from before are given up. */
export function connectionTerms(entry: ClusterEntry): readonly unknown[] {
    const { protocol, keepAlive, tcpKeepalive, maxConnectionDurationMs, proxyProtocol } = entry;
    return [protocol, keepAlive, tcpKeepalive, maxConnectionDurationMs, proxyProtocol];
}

/** Of one name of a cluster that is whatever it is asked for: found out about like any other. */
export function partEntry(entry: ClusterEntry): ClusterEntry {
    return { ...entry, discovery: "dns" };
}

/** What tells the connections of clients apart, behind what else does. */
export function endsText(ends: ConnectionEnds | undefined): string {
    if (ends === undefined) return " ";
    const own = ` ${ends.remoteAddress} ${ends.remotePort} ${ends.localAddress} ${ends.localPort}`;
    return ends.tlvs === undefined ? own : `${own} ${ends.tlvs.map(({ type, value }) => `${type}=${value.toString("base64")}`).join()}`;
}
