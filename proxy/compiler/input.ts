/** What the compiler takes and gives. It is a pure function: the same input gives the same tables, in the same order. */
import type { Finding, Place } from "../../istio/findings";
import type { KubeObject } from "../../istio/types";
import type { SecretEntry, Tables } from "../tables/entries";

/** An object, and where it was read. `istio`'s ParsedObject is one; objects from an API server have no place. */
export interface PlacedObject {
    readonly object: KubeObject;
    readonly place?: Place;
    /** The place of a field such as `spec.servers[0]`. */
    readonly placeOf?: (field: string) => Place;
    /** An object that has never been good. A policy: whatever it says of itself, it restricts whom it could be for. */
    readonly isClosed?: true;
    /** And not even its namespace is known. */
    readonly isAnywhere?: true;
    /** Why nothing of a VirtualService, or of a DestinationRule, can be served: the requests for its hosts are refused. */
    readonly refused?: string;
}

/** A mounted file that a Gateway or DestinationRule names, as it was read last. */
export type FileContent = { readonly text: string } | { readonly error: string };

export interface CompileInput {
    readonly objects: readonly PlacedObject[];
    /** The proxy's pod labels; empty or absent: every Gateway is served. */
    readonly labels?: Readonly<Record<string, string>>;
    /** The proxy's namespace: where credentials are looked up. */
    readonly namespace: string;
    /** Whether `namespace` is only what is taken where nobody has said one; without labels policies of other namespaces may count then. */
    readonly isNamespaceGuessed?: boolean;
    /** Nothing is refused for a policy that is not served. Each is named. */
    readonly ignoreSecurityPolicies?: boolean;
    /** Default `cluster.local`. */
    readonly domain?: string;
    /** Where mesh-wide policies, DestinationRules and Telemetry live; default: what the mesh's ConfigMap among the objects says, else `istio-system`. */
    readonly rootNamespace?: string;
    /** By the path that a resource names; `certificatePaths` says which. */
    readonly files?: ReadonlyMap<string, FileContent>;
    /**
     * Milliseconds since the epoch: decides which certificates are expired.
     */
    readonly now: number;
    /** `secrets` of the tables in force: a credential that went bad or away keeps being served from here, with a finding. */
    readonly previousSecrets?: ReadonlyMap<string, SecretEntry>;
}

export interface Compilation {
    readonly tables: Tables;
    /** Sorted; only what concerns several objects at once. What is wrong with one by itself, the store reports. */
    readonly findings: readonly Finding[];
}
