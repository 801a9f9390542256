/** The schema of the arguments that both kinds of gateway share. */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { CONNECTION_FIELDS } from "../gateway-options";
import { PORTS, type Ports } from "../ports";
import { MAX_CONCURRENT, RATE_LIMITS } from "../rate-limit";
import { METADATA, type FieldsFor, type KubernetesField, type ObjectFor, type RichField, type TextArgument } from "../schema";
import type { AutoscalingArgs, PodArgs, ResourcesArgs, ServiceArgs, WorkloadArgs } from "./args";
import type { ManifestTransform } from "./manifest";
import { ACCESS_LOG, TRACING } from "./telemetry-schema";

const TEXT = { type: "text", input: true, doc: "" } as const satisfies TextArgument;
const texts = (doc: string) => ({ type: "map", doc, of: TEXT }) as const;

const SERVICE: ObjectFor<ServiceArgs> = {
    type: "object",
    name: "ServiceArgs",
    doc: "The Service in front of the proxy; fields are Kubernetes' own.",
    // What Kubernetes has beside these goes on to the Service.
    open: true,
    fields: {
        type: {
            type: "text",
            words: {
                LoadBalancer: "The cloud's load balancer leads to it.",
                ClusterIP: "For clients in the cluster.",
                NodePort: "On a port of every node.",
            },
            doc: "",
            default: "`LoadBalancer` for an ingress gateway, `ClusterIP` for an egress gateway.",
        },
        loadBalancerSourceRanges: {
            type: "list",
            doc: "Who may reach a load balancer, as CIDRs.",
            default: "anybody.",
            of: TEXT,
        },
        loadBalancerClass: { ...TEXT, doc: "Which controller makes the load balancer.", default: "the cluster's own." },
        loadBalancerIP: { ...TEXT, doc: "A static address. Many clouds want it as an annotation instead." },
        allocateLoadBalancerNodePorts: {
            type: "flag",
            input: true,
            doc: "`false` where the load balancer reaches pods by themselves.",
            default: "Kubernetes' `true`.",
        },
        externalIPs: { type: "list", doc: "Addresses of nodes at which the Service is reached too.", of: TEXT },
        externalTrafficPolicy: {
            type: "text",
            input: true,
            words: {
                Cluster: "Any node passes connections on to any pod.",
                Local: "A node passes connections on to its own pods alone.",
            },
            doc: "`Local` keeps the client's address and skips nodes without a pod; pods then go on serving for 15 s before they stop (`pod.preStopSleepSeconds`).",
            default: "Kubernetes' `Cluster`.",
        },
        internalTrafficPolicy: {
            type: "text",
            input: true,
            words: { Cluster: "From any node to any pod.", Local: "From a node to its own pods alone." },
            doc: "The same for clients in the cluster.",
            default: "Kubernetes' `Cluster`.",
        },
        trafficDistribution: { ...TEXT, doc: "Which endpoints are preferred: `PreferSameZone` and the like." },
        healthCheckNodePort: {
            type: "number",
            least: 1,
            input: true,
            doc: 'Where a load balancer asks a node for pods, with `externalTrafficPolicy: "Local"`.',
            default: "Kubernetes chooses.",
        },
        sessionAffinity: {
            type: "text",
            input: true,
            words: { None: "Each connection goes where there is room.", ClientIP: "A client's connections go to one pod." },
            doc: "",
            default: "Kubernetes' `None`.",
        },
        clusterIP: { ...TEXT, doc: "The Service's address in the cluster.", default: "Kubernetes chooses." },
        ipFamilies: {
            type: "list",
            doc: "The families of the Service's addresses.",
            default: "the cluster's first.",
            of: { type: "text", input: true, words: { IPv4: "", IPv6: "" }, doc: "" },
        },
        ipFamilyPolicy: {
            type: "text",
            input: true,
            words: {
                SingleStack: "One family.",
                PreferDualStack: "Two where the cluster has both.",
                RequireDualStack: "Two, or the Service is refused.",
            },
            doc: "How many families the Service has addresses of.",
            default: "Kubernetes' `SingleStack`.",
        },
        annotations: texts("For the cloud's controllers."),
        skipAwait: {
            type: "flag",
            doc: "Do not wait until the Service has endpoints and, where it is a load balancer, an address.",
            default: "wait.",
        },
    },
};

const AUTOSCALING: ObjectFor<AutoscalingArgs> = {
    type: "object",
    name: "AutoscalingArgs",
    doc: "How many replicas there are, by load.",
    fields: {
        minReplicas: { type: "number", known: true, least: 1, doc: "", default: "2, so that a node can go away." },
        maxReplicas: { type: "number", known: true, least: 1, doc: "", default: "5." },
        targetCpuPercent: { type: "number", known: true, least: 1, doc: "Of the CPU that a replica requests.", default: "80." },
    },
};

const QUANTITY = { ...TEXT, orNumber: true } as const;

const RESOURCES: ObjectFor<ResourcesArgs> = {
    type: "object",
    name: "ResourcesArgs",
    doc: "What a replica requests and may use.",
    fields: {
        requests: { type: "map", of: QUANTITY, doc: "What is set aside for it.", default: "200m CPU and 256Mi." },
        limits: {
            type: "map",
            of: QUANTITY,
            doc: "What it may use; the CPU limit is also the number of worker processes.",
            default: "2 CPU and 1Gi.",
        },
    },
};

const TOLERATION: KubernetesField<k8s.types.input.core.v1.Toleration> = { type: "kubernetes", token: "core/v1:Toleration", doc: "" };
const AFFINITY: KubernetesField<pulumi.Input<k8s.types.input.core.v1.Affinity>> = {
    type: "kubernetes",
    token: "core/v1:Affinity",
    doc: "Which nodes and other pods they want to be near to, or away from.",
};

const POD: ObjectFor<PodArgs> = {
    type: "object",
    name: "PodArgs",
    doc: "What the pods have beside the proxy; fields are Kubernetes' own.",
    fields: {
        labels: texts("Labels of the pods, beside those that others select by."),
        annotations: texts("Annotations of the pods."),
        nodeSelector: texts("Labels of the nodes that they may run on."),
        tolerations: { type: "list", doc: "Taints of nodes that they may run on all the same.", of: TOLERATION },
        affinity: AFFINITY,
        priorityClassName: { ...TEXT, doc: "Whom they may push aside." },
        imagePullSecrets: { type: "list", doc: "Secrets with the credentials of the image's registry.", of: TEXT },
        env: texts("Environment variables of the proxy's container."),
        terminationGracePeriodSeconds: {
            type: "number",
            known: true,
            least: 1,
            doc: "From the first word of stopping until the pod is killed. Of it the proxy has all but 15 s (and the wait before) for requests that are under way: long downloads and WebSockets want more.",
            default: "60, and the wait.",
        },
        preStopSleepSeconds: {
            type: "number",
            known: true,
            least: 0,
            doc: "How long a pod serves on before it is told to stop: for load balancers that look at nodes and not at pods.",
            default: '15 with `service.externalTrafficPolicy: "Local"`, else none.',
        },
    },
};

const TRANSFORM: RichField<ManifestTransform> = { type: "rich", called: "function", doc: "" };

export const WORKLOAD_FIELDS: FieldsFor<WorkloadArgs<Ports>> = {
    namespace: {
        ...TEXT,
        required: true,
        doc: "Where the gateway, its Secrets and its Istio Gateways live. The component does not make it.",
    },
    ports: {
        ...PORTS,
        decides: true,
        doc: "Beside `http` 80 and `https` 443, which `false` takes away. A name says the protocol, or the port does.",
    },
    service: { ...SERVICE, decides: true },
    autoscaling: {
        type: "union",
        name: "AutoscalingChoice",
        decides: true,
        doc: "",
        default: "2 to 5 replicas at 80 % of the requested CPU. `false` keeps `replicas`.",
        members: {
            object: { as: "bounds", field: AUTOSCALING },
            flag: { as: "off", field: { type: "flag", only: false, doc: "Keeps `replicas`." } },
        },
    },
    replicas: { type: "number", known: true, least: 1, doc: "Without autoscaling.", default: "2." },
    accessLog: ACCESS_LOG,
    rateLimit: {
        ...RATE_LIMITS,
        decides: true,
        doc: "How often clients may ask whatever the gateway serves, before the limits of its hosts: each must let a request pass. Counted by all workers of a pod.",
        default: "none.",
    },
    maxConcurrentRequests: {
        ...MAX_CONCURRENT,
        decides: true,
        doc: "How many requests may be under way in a pod at the same time, whatever they are for; more are answered 503.",
        default: "any number.",
    },
    tracing: { ...TRACING, decides: true, doc: "", default: "what Telemetry objects of the namespace and the mesh say." },
    image: { ...TEXT, doc: "", default: "the image of this release, else the configuration value `gatehouse:image`." },
    dataPlane: {
        type: "text",
        decides: true,
        words: {
            gatehouse: "The proxy of this package.",
            istio: "The same resources on an injected Istio proxy.",
        },
        doc: "",
        default: "`gatehouse`.",
    },
    underscoresInHeaders: {
        type: "text",
        known: true,
        decides: true,
        words: {
            forward: "They reach the backends, but for those that could be read as another header.",
            drop: "None reaches them.",
            reject: "The request is answered 400.",
        },
        doc: "What becomes of request headers whose names have underscores. `forward`: they reach the backends, but for those that one in the tradition of CGI would read as another header that says who the client is, frames the request, or is named by a rule of the host. `drop`: none reaches them. `reject`: the request is answered 400.",
        default: "`forward`.",
    },
    ...CONNECTION_FIELDS,
    rootNamespace: {
        ...TEXT,
        doc: "Istio's root namespace, whose policies are for every gateway.",
        default:
            "what the mesh's configuration says, the ConfigMap `istio` of istio-system, which the proxy then reads; `istio-system` without one.",
    },
    resources: { ...RESOURCES, doc: "", default: "200m CPU and 256Mi requested, 2 CPU and 1Gi at most." },
    secretVolumes: {
        type: "list",
        decides: true,
        doc: "",
        of: {
            type: "object",
            name: "SecretVolumeArgs",
            doc: "A Secret whose keys appear as files in the proxy's container, for `Certificate.fromFiles`.",
            fields: {
                secretName: {
                    ...TEXT,
                    required: true,
                    doc: "The Secret, in the gateway's namespace. The pod starts without it and sees it once it is there.",
                },
                mountPath: {
                    type: "text",
                    required: true,
                    doc: "The folder. Files in it are renewed when the Secret changes.",
                },
            },
        },
    },
    pod: POD,
    rollout: {
        type: "object",
        name: "RolloutArgs",
        decides: true,
        doc: "How a new version of the pods takes the place of the old one.",
        fields: {
            timeoutSeconds: {
                type: "number",
                known: true,
                least: 10,
                doc: "After this many seconds without all pods ready, `pulumi up` fails and says which pod lacks what.",
                default: "300.",
            },
            maxSurge: {
                type: "union",
                name: "SurgeChoice",
                doc: "How many pods, or which share, are started at a time.",
                default: "1.",
                members: {
                    number: { as: "pods", field: { type: "number", least: 1, doc: "How many." } },
                    text: { as: "share", field: { type: "text", doc: "As `25%`." } },
                },
            },
        },
    },
    networkPolicy: {
        type: "flag",
        decides: true,
        doc: "Let in only what goes to a declared port or to the status port.",
        default: "true.",
    },
    extraManifestTransforms: {
        type: "list",
        decides: true,
        apart: true,
        doc: "A way out for what no argument covers: each function is given every object of the workload and gives back what is to be deployed instead. It must give the same for the same, and leave names and selectors alone.",
        of: TRANSFORM,
    },
    metadata: METADATA,
};
