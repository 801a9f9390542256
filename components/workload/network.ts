/** How the gateway is reached: its Service, and the NetworkPolicy that closes every other way in. */
import type * as k8s from "@pulumi/kubernetes";
import { protocolOfPortName } from "../../istio";
import type { ObjectMetadata } from "../arguments";
import { edgeAnnotations } from "../edge";
import { errorPageAnnotations } from "../error-pages";
import { limitAnnotations } from "../rate-limit";
import { gatewayOptionAnnotations } from "../gateway-options";
import { METRICS_PORT, STATUS_PORT, type Port, type Protocol } from "../ports";
import { objectMetadata } from "./metadata";
import type { WorkloadPlan } from "./plan";
import type { ServiceType } from "./args";

/** Where Prometheus finds the metrics: of Istio's agent and proxy, and of Envoy alone; of the bundled proxy. */
const METRICS_PORTS = { istio: [METRICS_PORT, 15090], gatehouse: [METRICS_PORT] };

export function serviceTypeOf({ kind, args }: WorkloadPlan): ServiceType {
    return args.service?.type ?? (kind === "ingress" ? "LoadBalancer" : "ClusterIP");
}

/** As Istio reads them; `kubernetes.io/h2c` is Kubernetes' own (KEP-3726), which load balancers read too. */
const HTTP2_WORDS: Partial<Record<Protocol, string>> = { HTTP2: "kubernetes.io/h2c", GRPC: "grpc", "GRPC-WEB": "grpc-web" };

/**
 * A port of HTTP/2 that its name calls something else would be spoken to in HTTP/1.1 from within a mesh. Of other protocols nothing
 * is said that nobody gave: load balancers probe by it.
 */
function appProtocolOf({ name, protocol, appProtocol }: Port): string | undefined {
    return appProtocol ?? (protocolOfPortName(name) === protocol ? undefined : HTTP2_WORDS[protocol]);
}

export function buildService(plan: WorkloadPlan): { metadata: ObjectMetadata; spec: k8s.types.input.core.v1.ServiceSpec } {
    const { annotations, skipAwait, type: _type, ...fields } = plan.args.service ?? {};
    return {
        metadata: objectMetadata(plan, {
            ...annotations,
            ...(skipAwait ? { "pulumi.com/skipAwait": "true" } : {}),
            ...errorPageAnnotations(plan.errorPages),
            ...edgeAnnotations(plan.edge ?? {}, plan.name),
            ...limitAnnotations(plan.args),
            ...(plan.dataPlane === "istio" ? {} : gatewayOptionAnnotations({ ...plan.args, ...plan.client })),
        }),
        spec: {
            ...(fields as k8s.types.input.core.v1.ServiceSpec),
            type: serviceTypeOf(plan),
            selector: plan.selector,
            ports: plan.ports.map((port) => {
                const { name, number, targetPort, nodePort } = port;
                const appProtocol = appProtocolOf(port);
                return {
                    name,
                    port: number,
                    targetPort,
                    protocol: "TCP",
                    ...(nodePort === undefined ? {} : { nodePort }),
                    ...(appProtocol === undefined ? {} : { appProtocol }),
                };
            }),
        },
    };
}

/**
 * In to the declared ports, the status port and that of the metrics. Out to anywhere: the API server and external backends have addresses that
 * no policy can select, DNS is where the cluster has it, and a route that is added must not need another policy first.
 * Who wants less adds a policy of their own for these pods: what policies allow adds up, and this one says nothing of
 * traffic out.
 */
export function buildNetworkPolicy(
    plan: WorkloadPlan,
): { metadata: ObjectMetadata; spec: k8s.types.input.networking.v1.NetworkPolicySpec } | undefined {
    if (plan.args.networkPolicy === false) return undefined;
    const open = [
        ...plan.ports.map(({ targetPort }) => targetPort),
        STATUS_PORT,
        ...METRICS_PORTS[plan.dataPlane === "istio" ? "istio" : "gatehouse"],
    ];
    return {
        metadata: objectMetadata(plan),
        spec: {
            podSelector: { matchLabels: plan.selector },
            policyTypes: ["Ingress"],
            ingress: [{ ports: open.map((port) => ({ protocol: "TCP", port })) }],
        },
    };
}
