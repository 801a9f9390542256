/** What starting a proxy takes and gives: the contract between the command (or a test) and the primary. */
import type { Logger } from "pino";
import type { Finding } from "../../istio/findings";
import type { UnderscorePolicy } from "../exchange";

/** Where resources are read. */
export type SourceOptions = (DirectoryOptions | KubernetesOptions) & {
    /** Absolute paths of certificates are read below it; absent: as they are. */
    readonly fileRoot?: string;
};

export interface DirectoryOptions {
    readonly kind: "directory";
    readonly dir: string;
}

export interface KubernetesOptions {
    readonly kind: "kubernetes";
    /** Absent: `$KUBECONFIG`, the pod's ServiceAccount, `~/.kube/config`. */
    readonly kubeconfig?: string;
    /** Absent: the kubeconfig's current one. */
    readonly context?: string;
}

/** How a worker process is started: `fork(file, args, { execArgv })`. Its program must call `runWorker()`. */
export interface WorkerProgram {
    readonly file: string;
    readonly args: readonly string[];
    readonly execArgv: readonly string[];
}

/** An address to listen on. */
export interface PortPlace {
    /** IP literal. */
    readonly address: string;
    readonly port: number;
}

export interface ProxyOptions {
    readonly source: SourceOptions;
    /** The pod labels that Gateway and Service selectors are compared with; absent: every Gateway is served. */
    readonly labels?: Readonly<Record<string, string>>;
    readonly namespace: string;
    /** The name of its pod; absent: it is in none. */
    readonly pod?: string;
    /** Of the program. */
    readonly version?: string;
    /** What it is: of Gateways, or of an application's outbound traffic. Default: gateway. */
    readonly mode?: "gateway" | "mesh";
    /** Of a mesh: where applications find an HTTP proxy; absent: at the mesh configuration's `proxyHttpPort`. Port 0 is allowed. */
    readonly httpProxy?: PortPlace;
    /** Of a mesh: where connections come that the kernel has turned round; absent: nowhere. */
    readonly transparent?: PortPlace;
    /** Nobody has said the namespace. */
    readonly isNamespaceGuessed?: boolean;
    /** Where it runs, `region/zone/subzone`. Default: as its labels say, else those of its node. */
    readonly locality?: string;
    /** The node it runs on. */
    readonly node?: string;
    /** Where what is for the whole mesh lives. Default: as the mesh's ConfigMap among the objects says, else `istio-system`. */
    readonly rootNamespace?: string;
    /** Of how many proxies in front the words on a client are believed. Default: as the mesh's ConfigMap among the objects says, else none. */
    readonly trustedProxies?: number;
    /** The ProxyConfig of its pod, as YAML has it: what it says counts before the mesh's. */
    readonly proxyConfig?: unknown;
    /** Gateways that a policy restricts are served all the same; each policy is named. */
    readonly ignoreSecurityPolicies?: boolean;
    /** Address of listeners that name none. */
    readonly bind: string;
    readonly portOffset: number;
    /** Number of workers, at least 1. */
    readonly concurrency: number;
    /** `127.0.0.1:15000`; port 0 is allowed; empty: not opened. */
    readonly admin: string;
    /** It may be an address that other machines reach. */
    readonly isAdminExposed?: boolean;
    /** `0.0.0.0:15021`; as `admin`. */
    readonly status: string;
    /** Where Prometheus reads; as `admin`. Absent: not opened. */
    readonly metrics?: string;
    /** Nobody has said it: where it is taken, the proxy does without. */
    readonly isMetricsGuessed?: boolean;
    /** After SIGTERM, how long what is open may go on once nothing new is accepted; and what is open to a server that has changed. */
    readonly drainSeconds: number;
    /** Before that, how long new connections are still accepted. Default: 5, at most `drainSeconds`. */
    readonly drainDelaySeconds?: number;
    /** What becomes of header names with underscores. Default: forward. */
    readonly underscoresInHeaders?: UnderscorePolicy;
    readonly worker: WorkerProgram;
    /** Default: JSON lines on stderr. */
    readonly log?: Logger;
    /** Whether SIGTERM and SIGINT end the proxy; default true. */
    readonly signals?: boolean;
}

/** One opened address. */
export interface BoundListener {
    /** ListenerEntry key. */
    readonly key: string;
    readonly address: string;
    /** The port that is really open. */
    readonly port: number;
    /** The Gateway server's port. */
    readonly declaredPort: number;
}

/** What the line with `msg: "ready"` says, and `RunningProxy.ready` gives. */
export interface ReadyReport {
    readonly admin: string;
    readonly status: string;
    readonly metrics: string;
    readonly listeners: readonly BoundListener[];
}

export interface RunningProxy {
    /** Resolves once every worker has acknowledged the first full sync; never rejects. */
    readonly ready: Promise<ReadyReport>;
    /** Resolves with the exit code once all workers are gone. */
    readonly finished: Promise<number>;
    /** Bound `host:port` of the servers beside; empty when not opened. */
    readonly adminAddress: string;
    readonly statusAddress: string;
    readonly metricsAddress: string;
    listeners(): readonly BoundListener[];
    findings(): readonly Finding[];
    /** Drains as on SIGTERM. A second call ends at once. */
    drain(options?: { readonly delayMs?: number; readonly drainMs?: number }): Promise<number>;
}
