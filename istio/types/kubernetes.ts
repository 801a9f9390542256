/** The Kubernetes kinds the data plane reads, reduced to the fields it reads. */
import type { KubeObject, SpecObject } from "./object";
import type { StatusCondition } from "./workloads";

export interface SecretObject extends KubeObject {
    readonly kind: "Secret";
    readonly type?: string;
    /** Base64 values. */
    readonly data?: Readonly<Record<string, string>>;
    /** Plain values; wins over `data` key by key, as in the API server. */
    readonly stringData?: Readonly<Record<string, string>>;
}

export interface KubeServicePort {
    readonly name?: string;
    readonly port: number;
    readonly protocol?: "TCP" | "UDP" | "SCTP";
    readonly appProtocol?: string;
    /** A number or the name of a container port. */
    readonly targetPort?: number | string;
    readonly nodePort?: number;
}
export interface ServiceSpec {
    readonly type?: "ClusterIP" | "NodePort" | "LoadBalancer" | "ExternalName";
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly KubeServicePort[];
    readonly clusterIP?: string;
    /** All of its addresses, one of each family; the first is `clusterIP`. */
    readonly clusterIPs?: readonly string[];
    readonly externalName?: string;
    readonly externalIPs?: readonly string[];
    readonly ipFamilies?: readonly string[];
    readonly ipFamilyPolicy?: "SingleStack" | "PreferDualStack" | "RequireDualStack";
    readonly publishNotReadyAddresses?: boolean;
    readonly sessionAffinity?: "None" | "ClientIP";
    readonly sessionAffinityConfig?: { readonly clientIP?: { readonly timeoutSeconds?: number } };
    /** `PreferClose`, `PreferSameZone`, `PreferSameNode`. */
    readonly trafficDistribution?: string;
    readonly loadBalancerSourceRanges?: readonly string[];
}
export interface ServiceObject extends SpecObject<"Service", ServiceSpec> {
    readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] } };
}

export interface EndpointSliceObject extends KubeObject {
    readonly kind: "EndpointSlice";
    readonly addressType: "IPv4" | "IPv6" | "FQDN";
    readonly endpoints?: readonly {
        readonly addresses: readonly string[];
        readonly conditions?: { readonly ready?: boolean; readonly serving?: boolean; readonly terminating?: boolean };
        readonly targetRef?: { readonly kind?: string; readonly name?: string; readonly namespace?: string };
        readonly zone?: string;
        readonly nodeName?: string;
        /** What a pod of a StatefulSet is called before the Service's name. */
        readonly hostname?: string;
        /** For whom it is meant, where the Service asks that traffic stays near. */
        readonly hints?: {
            readonly forZones?: readonly { readonly name?: string }[];
            readonly forNodes?: readonly { readonly name?: string }[];
        };
    }[];
    readonly ports?: readonly {
        readonly name?: string;
        readonly port?: number;
        readonly protocol?: string;
        readonly appProtocol?: string;
    }[];
}

/** The older form of an EndpointSlice, one for each Service. */
export interface EndpointsObject extends KubeObject {
    readonly kind: "Endpoints";
    readonly subsets?: readonly {
        readonly addresses?: readonly EndpointAddress[];
        readonly notReadyAddresses?: readonly EndpointAddress[];
        readonly ports?: EndpointSliceObject["ports"];
    }[];
}
export interface EndpointAddress {
    readonly ip: string;
    readonly hostname?: string;
    readonly nodeName?: string;
    readonly targetRef?: { readonly kind?: string; readonly name?: string; readonly namespace?: string };
}

export interface IngressPath {
    readonly path?: string;
    readonly pathType: "Exact" | "Prefix" | "ImplementationSpecific";
    readonly backend: IngressBackend;
}
export interface IngressBackend {
    readonly service?: { readonly name: string; readonly port?: { readonly number?: number; readonly name?: string } };
    readonly resource?: Readonly<Record<string, unknown>>;
}
export interface IngressSpec {
    readonly ingressClassName?: string;
    readonly defaultBackend?: IngressBackend;
    readonly tls?: readonly { readonly hosts?: readonly string[]; readonly secretName?: string }[];
    readonly rules?: readonly { readonly host?: string; readonly http?: { readonly paths: readonly IngressPath[] } }[];
}
export type IngressObject = SpecObject<"Ingress", IngressSpec>;

export interface IngressClassSpec {
    readonly controller?: string;
    /** The object that says more of it: of our own classes the Service of the gateway that serves them. */
    readonly parameters?: {
        readonly apiGroup?: string;
        readonly kind?: string;
        readonly name?: string;
        readonly namespace?: string;
        readonly scope?: "Cluster" | "Namespace";
    };
}
export type IngressClassObject = SpecObject<"IngressClass", IngressClassSpec>;

/**
 * Read for its labels, by which a DestinationRule's subset selects endpoints; where a ServiceEntry selects pods, or somebody asks
 * whose an address is, for its addresses too.
 */
export interface PodObject extends KubeObject {
    readonly kind: "Pod";
    readonly spec?: { readonly nodeName?: string; readonly hostNetwork?: boolean; readonly serviceAccountName?: string };
    readonly status?: {
        readonly phase?: string;
        readonly podIP?: string;
        readonly podIPs?: readonly { readonly ip?: string }[];
        readonly conditions?: readonly StatusCondition[];
    };
}

/** Read for the labels that say where it stands. */
export interface NodeObject extends KubeObject {
    readonly kind: "Node";
}

/** Read for what its annotations say of all Services in it. */
export interface NamespaceObject extends KubeObject {
    readonly kind: "Namespace";
}
