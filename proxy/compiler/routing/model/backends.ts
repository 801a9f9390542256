/** What traffic can be sent to: hosts with their ports and addresses, and how they are to be spoken to. */
import type { Protocol } from "../../../../istio/ports";
import type {
    ClusterEntry,
    HashEntry,
    KeepAliveEntry,
    RetryBudgetEntry,
    TcpKeepaliveEntry,
    UpstreamTlsEntry,
    WarmupEntry,
} from "../../../tables/clusters";
import type { Subject } from "../../context/place";
import type { CredentialRef } from "./credentials";
import type { EgressTerms } from "./egress";

export interface HostPort {
    readonly number: number;
    readonly name: string;
    readonly protocol: Protocol | undefined;
    readonly targetPort: number | string | undefined;
    /** `spec.ports[0]`. */
    readonly field: string;
}

/** The port that addresses are reached on, where nothing looks a name up. */
export function targetOf({ targetPort, number }: HostPort): number {
    return typeof targetPort === "number" && targetPort > 0 ? targetPort : number;
}

/** A host as one object defines it. */
export interface HostDefinition {
    readonly subject: Subject;
    readonly host: string;
    readonly namespace: string;
    /** When its object was made, as the API server says it: of two definitions the older counts. Absent: nobody says. */
    readonly createdAt?: string;
    /** Definitions of one host and one namespace that have the same here are one. Absent: as good as empty. */
    readonly joins?: string;
    /** It is only another name of this host, which somebody may define. */
    readonly alias?: string;
    readonly ports: readonly HostPort[];
    /** It has whatever port is asked for, where it has no `ports`. */
    readonly hasAnyPort?: true;
    /** Its own addresses, by which connections that are meant for it can be told: IP literals and blocks. Absent: none is its own. */
    readonly addresses?: readonly string[];
    /** Each of its endpoints is spoken to by its own address. */
    readonly isHeadless?: true;
    /** Whom its certificates are for, where no policy says. */
    readonly subjectAltNames: readonly string[];
    /** Which of its endpoints come first, where its DestinationRule does not say: those of the proxy's zone, or of its node and then its zone. */
    readonly prefers?: "zone" | "node";
    /** One endpoint for one client's address, where its DestinationRule does not say how endpoints are chosen. */
    readonly isSticky?: true;
    /** The proxy's own pods are behind it. */
    readonly isOwn?: true;
    /** How it is left for; absent: as any other host. */
    readonly egress?: EgressTerms;
    /** What is behind one of its ports. `host` is the destination's, which a wildcard may cover; `labels` are what endpoints must have. */
    readonly addressesOf: (port: HostPort, host: string, labels: BackendLabels) => Addresses;
}

export type BackendLabels = Readonly<Record<string, string>>;

export interface Addresses {
    readonly discovery: ClusterEntry["discovery"];
    readonly endpoints: readonly BackendEndpoint[];
}

/** One address behind a port, and where and what it is, as far as its object says. */
export interface BackendEndpoint {
    readonly address: string;
    readonly port: number;
    readonly weight: number;
    /** `region/zone/subzone`, what is not known at the end left out. Absent: nothing is known. */
    readonly locality?: string;
    /** Of its workload, with those of the topology: what `failoverPriority` compares. Absent: there are none. */
    readonly labels?: BackendLabels;
    /** What its workload is called (`istio/semantics/workload-names.ts`). Absent: nobody says. */
    readonly workload?: string;
    /** The zones and nodes whose clients are meant to take it; absent: nobody says. */
    readonly forZones?: readonly string[];
    readonly forNodes?: readonly string[];
}

/** Objects of a kind that define hosts. What is asked is read through the graph. */
export interface HostSource {
    /** Oldest first; of an object that did not change the same. */
    hosts(): readonly HostDefinition[];
}

/** What a client is known by again; and how a new endpoint's share grows. Words that tables have for the same. */
export type ClientHash = HashEntry;
export type SlowStart = WarmupEntry;

/** How an endpoint is chosen. */
export interface Balancing extends Pick<ClusterEntry, "hash" | "warmup"> {
    readonly balancer: ClusterEntry["lb"];
    /** Somebody has said it. */
    readonly isStated?: true;
    /** There is no choice: to the address that the client meant, where the proxy knows it. */
    readonly isPassthrough?: true;
}

/** How the place of endpoints counts. */
export type PlaceRule =
    | {
          /** Localities get shares, the first entry counts whose `from` is about us. */
          readonly kind: "shares";
          readonly shares: readonly {
              readonly from: string;
              readonly to: readonly { readonly locality: string; readonly share: number }[];
          }[];
      }
    | {
          /** The nearest first, the others as far as those can't carry the load. */
          readonly kind: "failover";
          /** Labels compared from the first on; `label=value` with that value instead of ours. */
          readonly labels: readonly string[];
          /** And then, or instead: region, zone and subzone; the region alone. */
          readonly by: "labels" | "place" | "region";
          /** To which region those of a region go first. */
          readonly steps: readonly RegionStep[];
          /** Localities of one priority get what their endpoints weigh. */
          readonly weighs?: true;
          /** Within the region, the own zone gets as much as it can carry. */
          readonly zoneAware?: { readonly minClusterSize: number };
      };
export interface RegionStep {
    readonly from: string;
    readonly to: string;
}

/** Where the proxy runs. */
export interface Whereabouts {
    /** `region/zone/subzone`, what is not known at the end left out; empty: nothing is known. */
    readonly locality: string;
    /** Of its pod, with those of the topology. */
    readonly labels: BackendLabels;
}

/** How a host is to be spoken to; what is absent the proxy decides. */
export interface BackendPolicy extends Balancing {
    /** Absent: endpoints are alike wherever they are. */
    readonly place?: PlaceRule;
    /** Which objects it is the word of, and which are not heeded. */
    readonly rules?: ClusterEntry["rules"];
    /** Which of its endpoints are meant. */
    readonly labels: BackendLabels;
    /**
     * What HTTP it is to be spoken to in: HTTP/2 whatever its port says, what the client speaks, or what the port says. Absent:
     * that too, unless the mesh says otherwise.
     */
    readonly http?: "http2" | "client" | "port";
    readonly limits: Partial<Limits>;
    /** By what its endpoints are judged. */
    readonly health: Pick<ClusterEntry, "outlier" | "panicPercent" | "healthCheck">;
    /** What its endpoints are told of clients before anything else. */
    readonly proxyProtocol?: ClusterEntry["proxyProtocol"];
    /** Of TCP: what its endpoints are asked to lead to. */
    readonly tunnel?: ClusterEntry["tunnel"];
    readonly tls?: BackendTls;
}

export type Health = BackendPolicy["health"];
export type Limits = Pick<
    ClusterEntry,
    "connectTimeoutMs" | "maxRequestsPerConnection" | "maxConnections" | "maxPendingRequests" | "maxRequests"
> & {
    readonly maxRetries: number;
    readonly retryBudget: RetryBudgetEntry;
    readonly tcpKeepalive: TcpKeepaliveEntry;
    readonly maxConnectionDurationMs: number;
    readonly maxConcurrentStreams: number;
    readonly keepAlive: KeepAliveEntry;
    readonly httpIdleTimeoutMs: number;
    readonly tcpIdleTimeoutMs: number;
};

export interface BackendTls extends Pick<UpstreamTlsEntry, "mode" | "sni" | "subjectAltNames" | "insecureSkipVerify"> {
    /** Whose word it is. */
    readonly subject: Subject;
    /** What is shown to the backend. */
    readonly certificate?: CredentialRef;
    readonly ca?: CredentialRef;
    readonly crl?: CredentialRef;
}

/** Objects that say how hosts are to be spoken to. What is asked is read through the graph. */
export interface PolicySource {
    /** For one port of a host that `definition` defines. Undefined: it can't be spoken to as it should, and no other way is taken. */
    policyOf(definition: HostDefinition, host: string, subset: string, port: number): BackendPolicy | undefined;
    /** Why there is no such subset, as part of a sentence; undefined: there is. */
    missingSubset(definition: HostDefinition | undefined, host: string, subset: string): string | undefined;
}
