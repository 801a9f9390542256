/** The types of the arguments that both kinds of gateway share: they describe the workload that carries the proxy. */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { CustomTag } from "../../istio";
import type { Inputs, MetadataArgs } from "../arguments";
import type { ConnectionArgs } from "../gateway-options";
import type { Ports, ValidPorts } from "../ports";
import type { RateLimitArgs } from "../rate-limit";
import type { ManifestTransform } from "./manifest";

export type ServiceType = "LoadBalancer" | "ClusterIP" | "NodePort";

/** The Service in front of the proxy; fields are Kubernetes' own. */
export interface ServiceArgs {
    /** Default: `LoadBalancer` for an ingress gateway, `ClusterIP` for an egress gateway. */
    readonly type?: ServiceType;
    /** Who may reach a load balancer, as CIDRs. Default: anybody. */
    readonly loadBalancerSourceRanges?: readonly pulumi.Input<string>[];
    readonly loadBalancerClass?: pulumi.Input<string>;
    /** A static address. Many clouds want it as an annotation instead. */
    readonly loadBalancerIP?: pulumi.Input<string>;
    /** `false` where the load balancer reaches pods by themselves. Default: Kubernetes' `true`. */
    readonly allocateLoadBalancerNodePorts?: pulumi.Input<boolean>;
    readonly externalIPs?: readonly pulumi.Input<string>[];
    /**
     * `Local` keeps the client's address and skips nodes without a pod; pods then go on serving for 15 s before they stop
     * (`pod.preStopSleepSeconds`). Default: Kubernetes' `Cluster`.
     */
    readonly externalTrafficPolicy?: pulumi.Input<"Cluster" | "Local">;
    readonly internalTrafficPolicy?: pulumi.Input<"Cluster" | "Local">;
    readonly trafficDistribution?: pulumi.Input<string>;
    readonly healthCheckNodePort?: pulumi.Input<number>;
    readonly sessionAffinity?: pulumi.Input<"None" | "ClientIP">;
    readonly clusterIP?: pulumi.Input<string>;
    readonly ipFamilies?: readonly pulumi.Input<"IPv4" | "IPv6">[];
    readonly ipFamilyPolicy?: pulumi.Input<"SingleStack" | "PreferDualStack" | "RequireDualStack">;
    readonly annotations?: Readonly<Record<string, pulumi.Input<string>>>;
    /** Do not wait until the Service has endpoints and, where it is a load balancer, an address. Default: wait. */
    readonly skipAwait?: boolean;
}

/** How many replicas there are, by load. */
export interface AutoscalingArgs {
    /** Default: 2, so that a node can go away. */
    readonly minReplicas?: number;
    /** Default: 5. */
    readonly maxReplicas?: number;
    /** Of the CPU that a replica requests. Default: 80. */
    readonly targetCpuPercent?: number;
}

/** Which requests are logged. */
export interface AccessLogArgs {
    /** CEL over the request's attributes: `response.code >= 400`. Default: every request. */
    readonly filter?: pulumi.Input<string>;
    /** Istio's log provider. Default: `envoy`, which writes to standard output. */
    readonly provider?: pulumi.Input<string>;
    /** Several of them in place of `provider`. What each writes, in which format and to which file, its definition in the mesh says. */
    readonly providers?: readonly pulumi.Input<string>[];
}

/** Which requests are traced, and what their spans say. Names are those of Istio's Telemetry. */
export interface TracingArgs {
    /** Istio's trace provider. Default: that of the mesh's configuration; without one nothing is traced. */
    readonly provider?: pulumi.Input<string>;
    /** How many of 100 requests, `0.5` as well. Default: what the mesh's configuration says, else 1. */
    readonly samplingPercentage?: pulumi.Input<number>;
    /** Tags of every span by name: `{ literal }`, `{ environment }`, `{ header }` or `{ formatter }`. */
    readonly customTags?: Readonly<Record<string, Inputs<CustomTag>>>;
    /** Istio's own tags: `istio.canonical_service` and the like. Default: true. */
    readonly enableIstioTags?: pulumi.Input<boolean>;
    /** Report no spans, whatever is said for the whole mesh. Default: false. */
    readonly disableSpanReporting?: pulumi.Input<boolean>;
    /** Leave the headers of traces as they come. Default: false. */
    readonly disableContextPropagation?: pulumi.Input<boolean>;
    /** `x-request-id` says whether a request is sampled. Default: true. */
    readonly useRequestIdForTraceSampling?: pulumi.Input<boolean>;
}

/** A Secret whose keys appear as files in the proxy's container, for `Certificate.fromFiles`. */
export interface SecretVolumeArgs {
    /** The Secret, in the gateway's namespace. The pod starts without it and sees it once it is there. */
    readonly secretName: pulumi.Input<string>;
    /** The folder. Files in it are renewed when the Secret changes. */
    readonly mountPath: string;
}

export interface ResourcesArgs {
    readonly requests?: Readonly<Record<string, pulumi.Input<string>>>;
    readonly limits?: Readonly<Record<string, pulumi.Input<string>>>;
}

/** What the pods have beside the proxy; fields are Kubernetes' own. */
export interface PodArgs {
    readonly labels?: Readonly<Record<string, pulumi.Input<string>>>;
    readonly annotations?: Readonly<Record<string, pulumi.Input<string>>>;
    readonly nodeSelector?: Readonly<Record<string, pulumi.Input<string>>>;
    readonly tolerations?: readonly k8s.types.input.core.v1.Toleration[];
    readonly affinity?: pulumi.Input<k8s.types.input.core.v1.Affinity>;
    readonly priorityClassName?: pulumi.Input<string>;
    readonly imagePullSecrets?: readonly pulumi.Input<string>[];
    readonly env?: Readonly<Record<string, pulumi.Input<string>>>;
    /**
     * From the first word of stopping until the pod is killed. Of it the proxy has all but 15 s (and the wait before) for
     * requests that are under way: long downloads and WebSockets want more. Default: 60, and the wait.
     */
    readonly terminationGracePeriodSeconds?: number;
    /**
     * How long a pod serves on before it is told to stop: for load balancers that look at nodes and not at pods. Default:
     * 15 with `service.externalTrafficPolicy: "Local"`, else none.
     */
    readonly preStopSleepSeconds?: number;
}

/** How a new version of the pods takes the place of the old one. */
export interface RolloutArgs {
    /** After this many seconds without all pods ready, `pulumi up` fails and says which pod lacks what. Default: 300. */
    readonly timeoutSeconds?: number;
    /** How many pods, or which share, are started at a time. Default: 1. */
    readonly maxSurge?: number | string;
}

/** `gatehouse` is the proxy of this package; `istio` runs the same resources on an injected Istio proxy. */
export type DataPlane = "gatehouse" | "istio";

export type UnderscoresInHeaders = "forward" | "drop" | "reject";

export interface WorkloadArgs<P extends Ports> extends ConnectionArgs {
    /** Where the gateway, its Secrets and its Istio Gateways live. The component does not make it. */
    readonly namespace: pulumi.Input<string>;
    /** Beside `http` 80 and `https` 443, which `false` takes away. A name says the protocol, or the port does. */
    readonly ports?: P & ValidPorts<P>;
    readonly service?: ServiceArgs;
    /** Default: 2 to 5 replicas at 80 % of the requested CPU. `false` keeps `replicas`. */
    readonly autoscaling?: AutoscalingArgs | false;
    /** Without autoscaling. Default: 2. */
    readonly replicas?: number;
    /** Default: nothing is logged. */
    readonly accessLog?: boolean | AccessLogArgs;
    /** How often clients may ask whatever the gateway serves, before the limits of its hosts: each must let a request pass. Counted by all workers of a pod. Default: none. */
    readonly rateLimit?: readonly RateLimitArgs[];
    /** How many requests may be under way in a pod at the same time, whatever they are for; more are answered 503. Default: any number. */
    readonly maxConcurrentRequests?: number;
    /** Default: what Telemetry objects of the namespace and the mesh say. */
    readonly tracing?: TracingArgs;
    /** Default: the image of this release, else the configuration value `gatehouse:image`. */
    readonly image?: pulumi.Input<string>;
    /** Default: `gatehouse`. */
    readonly dataPlane?: DataPlane;
    /**
     * What becomes of request headers whose names have underscores. `forward`: they reach the backends, but for those that
     * one in the tradition of CGI would read as another header that says who the client is, frames the request, or is named
     * by a rule of the host. `drop`: none reaches them. `reject`: the request is answered 400. Default: `forward`.
     */
    readonly underscoresInHeaders?: UnderscoresInHeaders;
    /**
     * Istio's root namespace, whose policies are for every gateway. Default: what the mesh's configuration says, the
     * ConfigMap `istio` of istio-system, which the proxy then reads; `istio-system` without one.
     */
    readonly rootNamespace?: pulumi.Input<string>;
    /** Default: 200m CPU and 256Mi requested, 2 CPU and 1Gi at most. */
    readonly resources?: ResourcesArgs;
    readonly secretVolumes?: readonly SecretVolumeArgs[];
    readonly pod?: PodArgs;
    readonly rollout?: RolloutArgs;
    /** Let in only what goes to a declared port or to the status port. Default: true. */
    readonly networkPolicy?: boolean;
    /**
     * A way out for what no argument covers: each function is given every object of the workload and gives back what is
     * to be deployed instead. It must give the same for the same, and leave names and selectors alone.
     */
    readonly extraManifestTransforms?: readonly ManifestTransform[];
    readonly metadata?: MetadataArgs;
}
