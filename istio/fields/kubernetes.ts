/**
 * The Kubernetes kinds, by the fields we read. Fields we know of and do not read are `any`, so that they are not taken
 * for typing mistakes of their neighbours.
 */
import { any, flag, list, map, numberOrName, object, required, text, whole, words, type Field, type ObjectField } from "./field";

const lenient = (
    doc: string,
    fields: Readonly<Record<string, Field>>,
    unread: readonly string[] = [],
    notes: Partial<ObjectField> = {},
): ObjectField =>
    object(doc, { ...Object.fromEntries(unread.map((name) => [name, any("not read")])), ...fields }, { ...notes, lenient: true });

export const metadataFields = object("what names an object", {
    name: required(text("its name", { minLength: 1, maxLength: 253 })),
    namespace: text("its namespace; `default` where nothing is said", { maxLength: 63 }),
    labels: map("its labels"),
    annotations: map("its annotations"),
    creationTimestamp: text("when it was made"),
    resourceVersion: text("its version"),
    uid: text("its identity"),
    generateName: text("how its name begins, where the API server chooses the rest"),
    generation: whole("how often it was changed", -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    deletionTimestamp: text("when it goes"),
    deletionGracePeriodSeconds: whole("how long it may take to go", -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    finalizers: list("who must be done with it before it goes", text("a name")),
    managedFields: list("who wrote which field", any("not read")),
    ownerReferences: list("what it goes with", any("not read")),
    selfLink: text("where it is"),
});

export const secretFields: Readonly<Record<string, Field>> = {
    type: text("what it holds"),
    data: map("values in base64"),
    stringData: map("values in clear; they win over `data`"),
    immutable: any("not read"),
};

const PROTOCOLS = ["TCP", "UDP", "SCTP"];

export const serviceFields = lenient(
    "a Service",
    {
        type: words("how it is reached", ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]),
        selector: map("labels of its pods"),
        ports: list(
            "its ports",
            lenient("a port", {
                name: text("its name; needed where there are several"),
                port: required(whole("its number", 1, 65535)),
                protocol: words("its transport", PROTOCOLS),
                appProtocol: text("what is spoken on it"),
                targetPort: numberOrName("the pods' port"),
                nodePort: whole("its number on every node", 0, 65535),
            }),
        ),
        clusterIP: text("its address; `None` where each of its pods is spoken to by its own"),
        clusterIPs: list("its addresses, one of each family", text("an address")),
        externalIPs: list("further addresses that lead to it", text("an address")),
        ipFamilies: list("the families of its addresses", text("IPv4 or IPv6")),
        ipFamilyPolicy: words("whether it has addresses of both families", ["SingleStack", "PreferDualStack", "RequireDualStack"]),
        publishNotReadyAddresses: flag("send to its pods before they are ready, too"),
        sessionAffinity: words("ClientIP: one pod for one client's address", ["None", "ClientIP"]),
        sessionAffinityConfig: lenient("more of it", {
            clientIP: lenient("of ClientIP", { timeoutSeconds: whole("how long a client is remembered", 1, 86_400) }),
        }),
        trafficDistribution: text("PreferSameZone (PreferClose is its old name), PreferSameNode: those near first"),
        externalName: text("the name it stands for"),
        loadBalancerSourceRanges: list("who may connect", text("a CIDR")),
    },
    [
        "allocateLoadBalancerNodePorts",
        "externalTrafficPolicy",
        "healthCheckNodePort",
        "internalTrafficPolicy",
        "loadBalancerClass",
        "loadBalancerIP",
        "topologyKeys",
    ],
);

export const endpointSliceFields: Readonly<Record<string, Field>> = {
    addressType: required(words("what its addresses are", ["IPv4", "IPv6", "FQDN"])),
    endpoints: list(
        "its endpoints",
        lenient(
            "an endpoint",
            {
                addresses: required(list("its addresses", text("an address"), { min: 1, max: 100 })),
                conditions: lenient("its state", {
                    ready: flag("takes requests"),
                    serving: flag("answers"),
                    terminating: flag("is going away"),
                }),
                targetRef: lenient("its pod", { kind: text("a kind"), name: text("a name"), namespace: text("a namespace") }, [
                    "apiVersion",
                    "uid",
                    "resourceVersion",
                    "fieldPath",
                ]),
                zone: text("its zone"),
                nodeName: text("its node"),
                hostname: text("its name before the Service's"),
                hints: lenient("for whom it is meant", {
                    forZones: list("zones", lenient("a zone", { name: text("its name") })),
                    forNodes: list("nodes", lenient("a node", { name: text("its name") })),
                }),
            },
            ["deprecatedTopology"],
        ),
    ),
    ports: list(
        "its ports",
        lenient("a port", {
            name: text("the Service port's name"),
            port: whole("its number", 1, 65535),
            protocol: words("its transport", PROTOCOLS),
            appProtocol: text("what is spoken on it"),
        }),
    ),
};

const endpointAddress = lenient("an address", {
    ip: required(text("the address")),
    targetRef: lenient("its pod", { kind: text("a kind"), name: text("a name"), namespace: text("a namespace") }, [
        "apiVersion",
        "uid",
        "resourceVersion",
        "fieldPath",
    ]),
    hostname: text("its name before the Service's"),
    nodeName: text("its node"),
});

export const endpointsFields: Readonly<Record<string, Field>> = {
    subsets: list(
        "addresses that have the same ports",
        lenient("a subset", {
            addresses: list("those that take requests", endpointAddress),
            notReadyAddresses: list("those that do not yet", endpointAddress),
            ports: list(
                "their ports",
                lenient("a port", {
                    name: text("the Service port's name"),
                    port: required(whole("its number", 1, 65535)),
                    protocol: words("its transport", PROTOCOLS),
                    appProtocol: text("what is spoken on it"),
                }),
            ),
        }),
    ),
};

const conditions = (): Field =>
    list("its state", lenient("a condition", { type: text("what is said"), status: text("True, False or Unknown") }));

export const podFields: Readonly<Record<string, Field>> = {
    spec: lenient("what it runs", {
        nodeName: text("its node"),
        hostNetwork: flag("has its node's addresses"),
        serviceAccountName: text("its account"),
    }),
    status: lenient("the cluster's state of it", {
        phase: text("Running, once it runs"),
        podIP: text("its address"),
        podIPs: list("its addresses", lenient("an address", { ip: text("the address") })),
        conditions: conditions(),
    }),
};

/** What stands in an Istio object's status. */
export const istioStatusFields = (): ObjectField => lenient("what the control plane says of it", { conditions: conditions() });

const OLD_SERVICE = "Write `service: { name, port: { number } }` (networking.k8s.io/v1).";
const OLD_PORT = "Write `service.port.number`, or `service.port.name` for a port's name (networking.k8s.io/v1).";
const backend = (doc: string): ObjectField =>
    lenient(
        doc,
        {
            service: lenient("a Service", {
                name: required(text("its name", { minLength: 1 })),
                port: lenient("its port", { number: whole("its number", 1, 65535), name: text("its name") }),
            }),
            resource: any("another object; not served"),
        },
        [],
        { gone: { serviceName: OLD_SERVICE, servicePort: OLD_PORT } },
    );

export const ingressFields = lenient(
    "an Ingress",
    {
        ingressClassName: text("who serves it"),
        defaultBackend: backend("for what no rule matches"),
        tls: list("certificates", lenient("a certificate", { hosts: list("its hosts", text("a host")), secretName: text("its Secret") })),
        rules: list(
            "rules",
            lenient("a host's rules", {
                host: text("the host; any where nothing is said"),
                http: lenient("its paths", {
                    paths: required(
                        list(
                            "paths",
                            lenient("a path", {
                                path: text("the path"),
                                pathType: required(words("how it is compared", ["Exact", "Prefix", "ImplementationSpecific"])),
                                backend: required(backend("where it goes")),
                            }),
                        ),
                    ),
                }),
            }),
        ),
    },
    [],
    { gone: { backend: "Write `defaultBackend` (networking.k8s.io/v1)." } },
);

export const ingressClassFields = lenient("an IngressClass", {
    controller: text("who serves it: a domain, a slash and a path", { maxLength: 250 }),
    parameters: lenient("the object that says more of it: of our own classes the Service of the gateway", {
        apiGroup: text("its API group; none for Kubernetes' core"),
        kind: required(text("its kind", { minLength: 1 })),
        name: required(text("its name", { minLength: 1 })),
        namespace: text("its namespace, with `scope: Namespace`"),
        scope: words("whether it is of the cluster or of a namespace", ["Cluster", "Namespace"]),
    }),
});
