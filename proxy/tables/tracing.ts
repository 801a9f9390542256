/** What is traced, how, and where spans go. Absent: nothing is, and headers of traces are passed on as they come. */
import type { CollectorEntry } from "./collectors";
import type { Origin } from "./origin";

export interface TracingEntry {
    /** Always `default`. */
    readonly key: string;
    readonly collector: CollectorEntry;
    /** How a trace is told from one to the next: W3C's headers, B3's, or both. */
    readonly propagation: "w3c" | "b3" | "b3-w3c";
    /** Of those requests that nobody has decided about. */
    readonly randomPercent: number;
    /** Also what a client has decided is bounded by that (Envoy's trace reason in x-request-id); else its word alone counts. */
    readonly usesRequestId: boolean;
    /** New ids of traces have 64 bits. */
    readonly hasShortIds?: true;
    /** Headers of traces are left as they come. */
    readonly noPropagation?: true;
    /** By name, each once. */
    readonly tags: readonly TraceTagEntry[];
    /** Characters of a path that a span tells. */
    readonly maxPathLength: number;
    /** Who the proxy is, as in `router~10.0.0.1~gw-0.ingress~ingress.svc.cluster.local`: what follows the address and the pod's name. */
    readonly node: { readonly namespace: string; readonly domain: string };
    readonly origin: Origin;
}

export type TraceTagEntry = { readonly name: string } & (
    | { readonly kind: "literal"; readonly value: string }
    | { readonly kind: "environment"; readonly variable: string; readonly otherwise: string }
    /** Lower-case. */
    | { readonly kind: "header"; readonly header: string; readonly otherwise: string }
    /** As access logs have it. */
    | { readonly kind: "format"; readonly format: string }
);
