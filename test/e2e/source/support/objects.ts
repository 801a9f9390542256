/** A gateway's account with the rights that components render, and the objects it serves. */
import { buildAccess } from "../../../../components/workload/access";
import type { WorkloadPlan } from "../../../../components/workload/plan";
import type { TestCertificate } from "../../../support/certificates";

export const NAMESPACE = "istio-ingress";
export const ACCOUNT = "edge";

export interface Rule {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly resourceNames?: readonly string[];
    readonly verbs: readonly string[];
}

/** Namespace, ServiceAccount, roles and their bindings, as the API server takes them. */
export function accountObjects(): object[] {
    const { serviceAccount, role, roleBinding, clusterRole, clusterRoleBinding } = access();
    const rbac = "rbac.authorization.k8s.io/v1";
    return [
        { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } },
        { apiVersion: "v1", kind: "ServiceAccount", ...serviceAccount },
        { apiVersion: rbac, kind: "Role", ...role },
        { apiVersion: rbac, kind: "RoleBinding", ...roleBinding },
        { apiVersion: rbac, kind: "ClusterRole", ...clusterRole },
        { apiVersion: rbac, kind: "ClusterRoleBinding", ...clusterRoleBinding },
    ];
}

/** One of the two roles, without one verb of one resource. */
export function roleWithout(kind: "Role" | "ClusterRole", resource: string, verb: string): object {
    const { role, clusterRole } = access();
    const { metadata, rules } = kind === "Role" ? role : clusterRole!;
    const kept = (rules as readonly Rule[])
        .flatMap((rule) =>
            rule.resources.map((one) => ({
                ...rule,
                resources: [one],
                verbs: rule.verbs.filter((name) => one !== resource || name !== verb),
            })),
        )
        .filter(({ verbs }) => verbs.length > 0);
    return { apiVersion: "rbac.authorization.k8s.io/v1", kind, metadata, rules: kept };
}

function access(): ReturnType<typeof buildAccess> {
    return buildAccess({ name: ACCOUNT, args: { namespace: NAMESPACE } } as unknown as WorkloadPlan);
}

export interface Ports {
    readonly http: number;
    readonly https: number;
}

export function gatewayObject({ http, https }: Ports): object {
    return {
        apiVersion: "networking.istio.io/v1",
        kind: "Gateway",
        metadata: { name: "web", namespace: NAMESPACE },
        spec: {
            selector: { istio: ACCOUNT },
            servers: [
                { port: { number: http, name: "http", protocol: "HTTP" }, hosts: ["plain.example.com"] },
                {
                    port: { number: https, name: "https", protocol: "HTTPS" },
                    hosts: ["secret.example.com"],
                    tls: { mode: "SIMPLE", credentialName: "web-tls" },
                },
            ],
        },
    };
}

/** A host that answers with a text. */
export function hostObject(name: string, text: string, more: object = {}): object {
    return {
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name, namespace: NAMESPACE },
        spec: {
            hosts: [`${name}.example.com`],
            gateways: ["web"],
            http: [{ ...more, directResponse: { status: 200, body: { string: text } } }],
        },
    };
}

export function secretObject({ cert, key }: TestCertificate, namespace = NAMESPACE): object {
    return {
        apiVersion: "v1",
        kind: "Secret",
        type: "kubernetes.io/tls",
        metadata: { name: "web-tls", namespace },
        data: { "tls.crt": Buffer.from(cert).toString("base64"), "tls.key": Buffer.from(key).toString("base64") },
    };
}
