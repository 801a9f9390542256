/**
 * What routing asks of those that read objects. A translator for another API gives answers of the same form; where there are
 * several, theirs are joined before routing sees them. Whatever is asked is read through the graph, and asked in the same way
 * each time.
 */
import type { IstioMetricName } from "../../../../istio/semantics/standard-metrics";
import type { ObjectPlace, Subject } from "../../context/place";
import type { AccessSource } from "./access";
import type { AccessLogRule } from "./access-logs";
import type { HostSource, PolicySource } from "./backends";
import type { SecretSource } from "./credentials";
import type { WorkloadSource } from "./egress";
import type { EdgeSource } from "./edge";
import type { ErrorPageSource } from "./error-pages";
import type { LimitSource } from "./limits";
import type { GatewayOptionRule } from "./gateway-options";
import type { ProviderSource } from "./providers";
import type { TracingRule } from "./tracing";
import type { HttpRule, SniRule, TcpRule } from "./rules";
import type { PlannedDoor, PlannedHost, PlannedServer, PlannedTunnel } from "./servers";

export interface ServerSource {
    /** In the order in which they take ports and hosts: of two that want the same the first has it. */
    servers(): readonly PlannedServer[];
    /** Ports by which traffic comes to servers that open none. */
    doors?(): readonly PlannedDoor[];
    /** What clients of proxies may have bytes passed to. */
    tunnels?(): readonly PlannedTunnel[];
}

/** What a declared port is on the pod. */
export interface PortSource {
    /** Ascending, at least one. */
    targetPorts(port: number): readonly number[];
}

export function targetPortsOf({ port, opens, isTranslated }: PlannedServer, ports: PortSource): readonly number[] {
    return isTranslated ? ports.targetPorts(port) : [opens ?? port];
}

/** The rules of one object on a server, by one host of each. */
export interface Bound {
    readonly subject: Subject;
    /** By which its rules are asked for; of the next version of the object the same. */
    readonly key: string;
    /** The more specific of both hosts. */
    readonly domain: string;
    readonly host: PlannedHost;
    /** Where the object names it; absent: `spec.hosts`. */
    readonly field?: string;
}

export interface RuleSource {
    /** In the order in which their rules are merged, of those only that meet a host which no earlier server has taken. */
    boundTo(server: PlannedServer): readonly Bound[];
    httpRules(key: string): readonly HttpRule[];
    tcpRules(key: string): readonly TcpRule[];
    sniRules(key: string): readonly SniRule[];
}

/** Istio's standard metrics where they are other than by default. */
export interface MetricsRule {
    readonly reportingMs: number;
    /** One that is not here is not counted. */
    readonly metrics: readonly { readonly metric: IstioMetricName; readonly tags: readonly MetricTagRule[] }[];
}

export interface MetricTagRule extends ObjectPlace {
    readonly name: string;
    /** CEL; absent: the tag is left out. */
    readonly expression?: string;
}

/** All that tables are made of. */
export interface Sources {
    readonly servers: ServerSource;
    readonly ports: PortSource;
    readonly rules: RuleSource;
    readonly access: AccessSource;
    /** Where two define a host, the first has it. */
    readonly hosts: readonly HostSource[];
    readonly policies: PolicySource;
    readonly secrets: SecretSource;
    readonly accessLogs: () => readonly AccessLogRule[];
    /** Undefined: as by default. */
    readonly metrics: () => MetricsRule | undefined;
    readonly errorPages: ErrorPageSource;
    readonly edge: EdgeSource;
    readonly limits: LimitSource;
    readonly gatewayOptions: { get(): GatewayOptionRule };
    readonly tracing: () => TracingRule | undefined;
    readonly providers: ProviderSource;
    readonly workloads: WorkloadSource;
    /** A forward proxy lets every public host through, whoever leads there. */
    readonly letsAnyThrough: () => boolean;
}
