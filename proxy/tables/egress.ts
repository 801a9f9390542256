/** What leaves through a proxy: names that are resolved when they are asked for, who may reach what, and tunnels. */
import type { Origin } from "./origin";

/** Which names a cluster may be asked for. */
export interface DynamicEntry {
    /** Exact names, `*.suffix` or `*`: no other name is resolved. */
    readonly hosts: readonly string[];
    /** 0: the one that was asked for. */
    readonly port: number;
}

/** Workloads, by their addresses as they are now. Key: made of what selects them. */
export interface SourcesEntry {
    readonly key: string;
    readonly addresses: readonly string[];
    readonly origin: Origin;
}

/** Of a route table whose clients ask a proxy. */
export interface ProxyTableEntry {
    /** Requests in origin form are refused: what a proxy sends on is in that form, so that it can't be asked by itself. */
    readonly absoluteOnly: boolean;
    /** What a request is answered with that is let through to no host. */
    readonly refusal: 403 | 502;
}

/** What CONNECT leads to: bytes, as they are. */
export interface TunnelRouteEntry {
    readonly cluster: string;
    /** Instead of that one: each tunnel leads to one of these, by their weights. */
    readonly weighted?: readonly { readonly cluster: string; readonly weight: number }[];
    /** Only TLS passes, and only for the host that was asked for, where its ClientHello names one. */
    readonly tlsOnly: boolean;
    readonly origin: Origin;
}
