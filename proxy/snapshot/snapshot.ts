/** What a worker serves by at one moment. Every look-up of a connection or a request goes through one of these. */
import type { Finding } from "../../istio/findings";
import type { BoundTls } from "../tls";
import type { Cluster } from "../upstream";
import type { FilterChainEntry, HostIndex, Origin, RouteTableEntry, TableName, Tables } from "../tables";
import type { BoundEdges } from "./bound-edges";
import type { BoundRedirectMap } from "./features/redirects";
import type { BoundErrorPages } from "./features/error-pages";
import type { BoundLimits } from "./features/rate-limit";
import type { BoundAccess } from "./access/access";
import type { VirtualHost } from "./route";

export interface Snapshot {
    readonly version: number;
    /** The entries as they were sent, by key. One that did not change is the same object as in the snapshot before. */
    readonly entries: Tables;
    /** By AccessEntry key: who may pass. */
    readonly access: ReadonlyMap<string, BoundAccess>;
    readonly routeTables: ReadonlyMap<string, RouteTable>;
    readonly clusters: ReadonlyMap<string, Cluster>;
    /** By SourcesEntry key: addresses of the workloads. */
    readonly sources: ReadonlyMap<string, ReadonlySet<string>>;
    /** By ErrorPagesEntry key. */
    readonly errorPages: ReadonlyMap<string, BoundErrorPages>;
    /** What is done to whole hosts beside their routes; undefined: nothing to any. */
    readonly edge: BoundEdges | undefined;
    /** By RedirectMapEntry key. */
    readonly redirectMaps: ReadonlyMap<string, BoundRedirectMap>;
    /** By LimitsEntry key. */
    readonly limits: ReadonlyMap<string, BoundLimits>;
    /** Of these, those of whatever the gateway serves. */
    readonly gatewayLimits: readonly BoundLimits[];
    /** By FilterChainEntry key. */
    readonly chains: ReadonlyMap<string, FilterChain>;
    /** By ListenerEntry key: which chain serves a host name there. On a plaintext listener there is one, for all. */
    readonly chainHosts: ReadonlyMap<string, ChainHosts>;
    /** By SecretEntry key: the keys of the chains that are to be bound anew when it changes. */
    readonly secretUsers: ReadonlyMap<string, Iterable<string>>;
    /** What is to be said of the chains whose certificates, as they are now, are not served; by FilterChainEntry key. */
    readonly unserved: ReadonlyMap<string, Finding>;
    /** What could not be bound now, though the compiler let it pass. */
    readonly faults: readonly BindFault[];
}

export interface RouteTable {
    readonly key: string;
    readonly entry: RouteTableEntry | undefined;
    readonly hosts: HostIndex<VirtualHost>;
}

export interface FilterChain {
    readonly entry: FilterChainEntry;
    /** Undefined: plaintext or passthrough. */
    readonly tls: BoundTls | undefined;
}

export interface ChainHosts {
    /** FilterChainEntry keys. */
    readonly chains: HostIndex<string>;
    /** How many of them ask for client certificates. */
    readonly mutual: number;
}

/** The entry keeps the version before, if there was one. */
export interface BindFault {
    readonly table: TableName;
    readonly key: string;
    readonly origin: Origin;
    readonly message: string;
}
