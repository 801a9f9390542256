/** Gateways and hosts as rows of the page's lists. */
import { refText } from "../../../istio/types";
import type { Tables } from "../../tables";
import { daysLeft } from "./certificate-rows";
import type { GatewayRow, HostCertificate, HostRow } from "./rows";
import type { ServedChain, ServedHost } from "./served-hosts";

const MOST_NAMES = 5;

export function gatewayRow({ chain, listener }: ServedChain, openPorts: ReadonlyMap<string, number>): GatewayRow {
    return {
        object: refText(chain.origin),
        field: chain.origin.field,
        port: listener?.port ?? 0,
        openPort: openPorts.get(chain.listener) ?? 0,
        protocol: protocolOf({ chain, listener, text: "" }),
        names: chain.serverNames.slice(0, MOST_NAMES),
        more: Math.max(0, chain.serverNames.length - MOST_NAMES),
        refusal: chain.refusal?.detail ?? "",
    };
}

function protocolOf({ chain: { tls, target } }: ServedChain): string {
    if (tls === undefined) return target.kind === "http" ? "HTTP" : "TCP";
    if (tls.mode === "PASSTHROUGH") return "TLS, passed through";
    return `${target.kind === "http" ? "HTTPS" : "TLS"}, ${tls.mode}`;
}

export function hostRow({ host, chains }: ServedHost, tables: Tables, now: number): HostRow {
    return {
        key: host.key,
        host: host.domain,
        ports: [...new Set(chains.flatMap(({ listener }) => listener?.port ?? []))],
        tls: chains.some(({ chain }) => chain.tls !== undefined),
        gateways: [...new Set(chains.map(({ chain }) => refText(chain.origin)))],
        certificates: certificatesOf(chains, tables, now),
        routes: host.routes.length,
        object: refText(host.origin),
        httpsRedirect: host.httpsRedirect,
        refusal: host.refusal?.detail ?? "",
    };
}

function certificatesOf(chains: readonly ServedChain[], { secrets }: Tables, now: number): HostCertificate[] {
    const names = new Set(chains.flatMap(({ chain: { tls } }) => (tls && tls.mode !== "PASSTHROUGH" ? tls.secrets : [])));
    return [...names].map((secret) => {
        const entry = secrets.get(secret);
        return { secret, daysLeft: entry ? daysLeft(entry, now) : null };
    });
}
