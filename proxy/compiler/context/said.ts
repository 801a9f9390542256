/** What computations say besides their values: findings, and what of other tables they use. */
import type { Finding } from "../../../istio/findings";
import type { SourceSelector } from "../../../istio/semantics";
import type { AccessEntry } from "../../tables/access";
import type { EdgeEntry } from "../../tables/edge";
import type { ErrorPagesEntry } from "../../tables/error-pages";
import type { LimitsEntry } from "../../tables/limits";
import type { Origin } from "../../tables/origin";
import type { CredentialUse } from "./credential";

export type Said =
    | { readonly kind: "finding"; readonly text: string; readonly finding: Finding }
    | { readonly kind: "cluster"; readonly use: ClusterUse }
    | { readonly kind: "credential"; readonly use: CredentialUse }
    | { readonly kind: "access"; readonly entry: AccessEntry }
    | { readonly kind: "errorPages"; readonly entry: ErrorPagesEntry }
    | { readonly kind: "edge"; readonly entry: EdgeEntry }
    | { readonly kind: "limits"; readonly entry: LimitsEntry }
    | { readonly kind: "sources"; readonly use: SourcesUse };

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
