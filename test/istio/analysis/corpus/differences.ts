/** Where our analysis and istioctl's differ, and why. docs/differences.md is held to it by a test. */

export interface Difference {
    /** What ours says instead: `CODE Kind namespace/name`, in order. */
    readonly ours: readonly string[];
    readonly why: string;
}

const TEMPLATES = "The templates of whatever makes pods count as pods: a folder of manifests holds no Pod.";

const NAMESPACES = "Every cluster has the namespaces of Kubernetes itself; istioctl leaves them out of what it reads, and misses them.";

const BUNDLED = "The bundled proxy is in no mesh, and decides by the policies that are for its pods: they count.";

const DOT =
    "Istio's data plane binds `./name` and walks use it, so that it is a warning (GH0111) here; istioctl takes it for a fault of the object (IST0106).";

export const DIFFERENCES: Readonly<Record<string, Difference>> = {
    "a gateway whose pods a Deployment will make": { ours: [], why: TEMPLATES },
    "a subset whose pods a Deployment will make": { ours: [], why: TEMPLATES },
    "a Sidecar whose pods a Deployment will make": { ours: [], why: TEMPLATES },
    "Services of one Deployment that opted out and differ": { ours: ["IST0135 Deployment shop/web"], why: TEMPLATES },
    "a Deployment whose template has annotations of Istio": {
        ours: ["IST0108 Deployment shop/d", "IST0125 Deployment shop/d"],
        why: TEMPLATES,
    },
    "a policy for a pod that a Deployment of the mesh will make": { ours: [], why: TEMPLATES },
    "a policy for a gateway of the bundled proxy": { ours: [], why: BUNDLED },
    "a policy from a namespace of Kubernetes itself": { ours: [], why: NAMESPACES },
    "two gateways, the first with two servers on the port": {
        ours: ["IST0106 Gateway shop/alpha", "IST0145 Gateway shop/alpha", "IST0145 Gateway shop/beta"],
        why: "Of the servers that a Gateway has on one port istioctl remembers the last one only, and so reports one side of the conflict. Both Gateways are reported here.",
    },
    "a gateway named by a dot and its name": {
        ours: ["IST0101 VirtualService shop/web", "IST0132 VirtualService shop/web"],
        why: DOT,
    },
    "a route by a claim at a gateway named by a dot": {
        ours: ["IST0101 VirtualService shop/web", "IST0132 VirtualService shop/web"],
        why: DOT,
    },
    "a VirtualService with a host in another case than its gateway's": {
        ours: [],
        why: "Host names have no case (RFC 4343): they meet here, whatever their case. istiod and istioctl compare them letter by letter, and the route is not found.",
    },
};
