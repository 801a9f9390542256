/** What computations say besides their values: findings, and what of other tables they use. */
import type { Finding } from "../../../istio/findings";
import type { SourceSelector } from "../../../istio/semantics";
import type { AccessEntry } from "../../tables/access";
import type { EdgeEntry } from "../../tables/edge";
import type { ErrorPagesEntry } from "../../tables/error-pages";
import type { LimitsEntry } from "../../tables/limits";
import type { Origin } from "../../tables/origin";
import type { Graph } from "../graph/graph";
import type { CredentialUse } from "./credential";

export type Said =
    | { readonly kind: "finding"; readonly text: string; readonly finding: Finding }
    | { readonly kind: "cluster"; readonly use: ClusterUse }
    | { readonly kind: "credential"; readonly use: CredentialUse }
    | { readonly [K in keyof SaidEntries]: { readonly kind: K; readonly entry: SaidEntries[K] } }[keyof SaidEntries]
    | { readonly kind: "sources"; readonly use: SourcesUse };

/** By what they are said as. */
interface SaidEntries {
    readonly access: AccessEntry;
    readonly errorPages: ErrorPagesEntry;
    readonly edge: EdgeEntry;
    readonly limits: LimitsEntry;
}

export interface ClusterUse {
    readonly key: string;
    readonly host: string;
    readonly port: number;
    readonly subset: string;
    /** Whether HTTP is spoken over it. */
    readonly http: boolean;
    /** Bytes pass as they are, whatever its policy says of TLS. */
    readonly tunnel?: true;
}

/** Workloads that may reach what is not for everybody. */
export interface SourcesUse {
    readonly key: string;
    /** What selects them, each by what it asks for. */
    readonly terms: readonly SourceSelector[];
    readonly origin: Origin;
}

export type SaidOf<K extends Said["kind"]> = Extract<Said, { readonly kind: K }>;

/** By what the graph finds it. */
export const kindOfSaid = ({ kind }: Said): string => kind;

/** In no order; the same list while nobody says anything else of the kind. */
export function saidOf<K extends Said["kind"]>(graph: Graph<Said>, kind: K): readonly SaidOf<K>[] {
    return graph.said(kind) as readonly SaidOf<K>[];
}

/** Each entry once, behind `first`. Who say one of the same key say the same of it. */
export function distinctEntries<K extends keyof SaidEntries>(
    said: readonly { readonly kind: K; readonly entry: SaidEntries[K] }[],
    first: readonly SaidEntries[K][] = [],
): readonly SaidEntries[K][] {
    const entries = new Map<string, SaidEntries[K]>();
    for (const entry of first) entries.set(entry.key, entry);
    for (const { entry } of said) if (!entries.has(entry.key)) entries.set(entry.key, entry);
    return [...entries.values()];
}
