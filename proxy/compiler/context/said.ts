/** What computations say besides their values: findings, and what of other tables they use. */
import type { Finding } from "../../../istio/findings";
import type { AccessEntry } from "../../tables/access";
import type { CredentialUse } from "./credential";

export type Said =
    | { readonly kind: "finding"; readonly text: string; readonly finding: Finding }
    | { readonly kind: "cluster"; readonly use: ClusterUse }
    | { readonly kind: "credential"; readonly use: CredentialUse }
    | { readonly kind: "access"; readonly entry: AccessEntry };

export interface ClusterUse {
    readonly key: string;
    readonly host: string;
    readonly port: number;
    readonly subset: string;
    /** Whether HTTP is spoken over it. */
    readonly http: boolean;
}
