/** What the compiler takes and gives. It is a pure function: the same input gives the same tables, in the same order. */
import type { Finding } from "../../../istio/findings";
import type { FileContent, PlacedObject } from "../../resources/placed-object";
import type { FetchedKeySet, KeySource } from "../../tables/access";
import type { SecretEntry, Tables } from "../../tables/entries";

export interface CompileInput {
    readonly objects: readonly PlacedObject[];
    /** Absent: a gateway's. */
    readonly mode?: "gateway" | "mesh";
    /** Of a mesh: where an application finds its HTTP proxy; absent: where the mesh's configuration says. */
    readonly httpProxy?: { readonly address: string; readonly port: number };
    /** Of a mesh: where connections come that the kernel has turned round; absent: nowhere. */
    readonly transparent?: { readonly address: string; readonly port: number };
    /** The proxy's pod labels; empty or absent: every Gateway is served. */
    readonly labels?: Readonly<Record<string, string>>;
    /** The proxy's namespace: where credentials are looked up. */
    readonly namespace: string;
    /** Whether `namespace` is only what is taken where nobody has said one; without labels policies of other namespaces may count then. */
    readonly isNamespaceGuessed?: boolean;
    /** Nothing is refused for a policy that is not served. Each is named. */
    readonly ignoreSecurityPolicies?: boolean;
    /** No API server has seen any object, and filled in what it fills in; else none has seen those of files. */
    readonly isBeforeAdmission?: boolean;
    /** Where the proxy runs, `region/zone/subzone`; default: as its pod's labels say, else those of its node. */
    readonly locality?: string;
    /** The node it runs on; its Node is among the objects where somebody may read it. */
    readonly node?: string;
    /** Default `cluster.local`. */
    readonly domain?: string;
    /** Where mesh-wide policies, DestinationRules and Telemetry live; default: what the mesh's ConfigMap among the objects says, else `istio-system`. */
    readonly rootNamespace?: string;
    /** Of how many proxies in front of the gateway the words on a client are believed; default: what the mesh's ConfigMap says, else none. */
    readonly trustedProxies?: number;
    /** The ProxyConfig of the proxy's own pod, as YAML has it, whose fields count before those of the mesh's. */
    readonly proxyConfig?: unknown;
    /** By the path that a resource names; `NamedFiles` says which. */
    readonly files?: ReadonlyMap<string, FileContent>;
    /**
     * Milliseconds since the epoch: decides which certificates are expired.
     */
    readonly now: number;
    /** `secrets` of the tables in force: a credential that went bad or away keeps being served from here, with a finding. */
    readonly previousSecrets?: ReadonlyMap<string, SecretEntry>;
    /** What came of `keySources` so far, by key. */
    readonly keySets?: ReadonlyMap<string, FetchedKeySet>;
}

export interface Compilation {
    readonly tables: Tables;
    /** Key sets that are to be fetched. */
    readonly keySources: readonly KeySource[];
    /** Sorted; only what concerns several objects at once. What is wrong with one by itself, the store reports. */
    readonly findings: readonly Finding[];
}
