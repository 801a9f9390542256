/** The workload of a gateway, object by object. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { buildWorkload, planWorkload, type WorkloadData } from "../../components/workload";

const labels = {
    "app.kubernetes.io/name": "ingress-gateway",
    "app.kubernetes.io/instance": "public",
    "app.kubernetes.io/component": "gateway",
    "app.kubernetes.io/part-of": "gatehouse",
    "app.kubernetes.io/managed-by": "pulumi",
    "gateway-name": "public",
    "gateway-namespace": "edge",
    "gateway-type": "ingress",
};
const selector = { "gateway-name": "public", "gateway-namespace": "edge", "gateway-type": "ingress" };
const metadata = { name: "public", namespace: "edge", labels };
const read = ["get", "list", "watch"];

const build = (args: Partial<WorkloadData> = {}) => buildWorkload(planWorkload("ingress", "public", { namespace: "edge", image: "registry.example/gatehouse:1", ...args }));

describe("the workload of a gateway", () => {
    it("is a Deployment of hardened pods that are spread and replaced one at a time", () => {
        assert.deepEqual(build({ ports: { "tcp-echo": 31400 } }).deployment, {
            metadata,
            spec: {
                replicas: 2,
                selector: { matchLabels: selector },
                strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
                template: {
                    metadata: {
                        labels: { ...labels, istio: "public", "sidecar.istio.io/inject": "false", "istio.io/dataplane-mode": "none" },
                        annotations: { "gatehouse.dev/run": "proxy" },
                    },
                    spec: {
                        serviceAccountName: "public",
                        terminationGracePeriodSeconds: 60,
                        securityContext: {
                            runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, fsGroup: 65532,
                            seccompProfile: { type: "RuntimeDefault" },
                            sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }],
                        },
                        containers: [{
                            name: "proxy",
                            image: "registry.example/gatehouse:1",
                            args: [
                                "proxy", "--kubernetes", "--labels",
                                "app.kubernetes.io/component=gateway,app.kubernetes.io/instance=public,app.kubernetes.io/managed-by=pulumi,app.kubernetes.io/name=ingress-gateway,"
                                + "app.kubernetes.io/part-of=gatehouse,gateway-name=public,gateway-namespace=edge,gateway-type=ingress,istio=public,istio.io/dataplane-mode=none,sidecar.istio.io/inject=false",
                                "--namespace", "edge",
                            ],
                            ports: [
                                { name: "http", containerPort: 80, protocol: "TCP" },
                                { name: "https", containerPort: 443, protocol: "TCP" },
                                { name: "tcp-echo", containerPort: 31400, protocol: "TCP" },
                                { name: "status", containerPort: 15021, protocol: "TCP" },
                            ],
                            resources: { requests: { cpu: "200m", memory: "256Mi" }, limits: { cpu: "2", memory: "1Gi" } },
                            env: [],
                            securityContext: { allowPrivilegeEscalation: false, privileged: false, readOnlyRootFilesystem: true, runAsNonRoot: true, capabilities: { drop: ["ALL"] } },
                            startupProbe: { httpGet: { path: "/livez", port: 15021 }, periodSeconds: 1, failureThreshold: 30 },
                            readinessProbe: { httpGet: { path: "/healthz/ready", port: 15021 }, periodSeconds: 5, failureThreshold: 2 },
                            livenessProbe: { httpGet: { path: "/livez", port: 15021 }, periodSeconds: 10, failureThreshold: 6 },
                            volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
                        }],
                        volumes: [{ name: "tmp", emptyDir: {} }],
                        topologySpreadConstraints: ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => (
                            { maxSkew: 1, topologyKey, whenUnsatisfiable: "ScheduleAnyway", labelSelector: { matchLabels: selector } })),
                    },
                },
            },
        });
    });

    it("has a Service with every declared port", () => {
        assert.deepEqual(build({ ports: { http: false, http2: { number: 80, nodePort: 30000 }, mysql: { number: 3306, protocol: "TCP", targetPort: 13306, appProtocol: "tcp" } }, service: { type: "NodePort" } }).service, {
            metadata,
            spec: {
                type: "NodePort",
                selector,
                ports: [
                    { name: "http2", port: 80, targetPort: 80, protocol: "TCP", nodePort: 30000 },
                    { name: "https", port: 443, targetPort: 443, protocol: "TCP" },
                    { name: "mysql", port: 3306, targetPort: 13306, protocol: "TCP", appProtocol: "tcp" },
                ],
            },
        });
    });

    it("passes on what the Service is asked to be", () => {
        const { service } = build({ service: { loadBalancerSourceRanges: ["10.0.0.0/8"], externalTrafficPolicy: "Local", annotations: { "cloud.example/kind": "nlb" }, skipAwait: true } });
        assert.deepEqual(service.metadata.annotations, { "cloud.example/kind": "nlb", "pulumi.com/skipAwait": "true" });
        assert.equal(service.spec.type, "LoadBalancer");
        assert.equal(service.spec.externalTrafficPolicy, "Local");
        assert.deepEqual(service.spec.loadBalancerSourceRanges, ["10.0.0.0/8"]);
        assert.ok(!("skipAwait" in service.spec));
    });

    it("may read Secrets of its own namespace only, and routing everywhere", () => {
        const { serviceAccount, role, roleBinding, clusterRole, clusterRoleBinding } = build();
        const cluster = { name: "edge-public", labels };
        const subjects = [{ kind: "ServiceAccount", name: "public", namespace: "edge" }];
        assert.deepEqual({ serviceAccount, role, roleBinding, clusterRole, clusterRoleBinding }, {
            serviceAccount: { metadata, automountServiceAccountToken: true },
            role: { metadata, rules: [{ apiGroups: [""], resources: ["secrets"], verbs: read }] },
            roleBinding: { metadata, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "public" }, subjects },
            clusterRole: {
                metadata: cluster,
                rules: [
                    { apiGroups: [""], resources: ["namespaces", "pods", "services"], verbs: read },
                    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: read },
                    { apiGroups: ["networking.k8s.io"], resources: ["ingresses", "ingressclasses"], verbs: read },
                    { apiGroups: ["networking.istio.io"], resources: ["destinationrules", "gateways", "serviceentries", "sidecars", "virtualservices"], verbs: read },
                    { apiGroups: ["telemetry.istio.io"], resources: ["telemetries"], verbs: read },
                    { apiGroups: ["security.istio.io"], resources: ["peerauthentications"], verbs: read },
                ],
            },
            clusterRoleBinding: { metadata: cluster, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "edge-public" }, subjects },
        });
    });

    it("scales by CPU, loses one pod at a time and lets in what it serves", () => {
        const { autoscaler, disruptionBudget, networkPolicy } = build({ ports: { tcp: { number: 9000, targetPort: 19000 } }, autoscaling: { minReplicas: 3, maxReplicas: 10 } });
        assert.deepEqual(autoscaler, {
            metadata,
            spec: {
                scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "public" },
                minReplicas: 3,
                maxReplicas: 10,
                metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } }],
            },
        });
        assert.deepEqual(disruptionBudget, { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: selector } } });
        assert.deepEqual(networkPolicy, {
            metadata,
            spec: {
                podSelector: { matchLabels: selector },
                policyTypes: ["Ingress"],
                ingress: [{ ports: [80, 443, 19000, 15021].map((port) => ({ protocol: "TCP", port })) }],
            },
        });
    });

    it("starts with the fewest replicas that the autoscaler may leave", () => {
        assert.equal(build({ autoscaling: { minReplicas: 4 } }).deployment.spec.replicas, 4);
        assert.equal(build({ autoscaling: false, replicas: 3 }).deployment.spec.replicas, 3);
        assert.equal(build({ autoscaling: false }).autoscaler, undefined);
    });

    it("logs what it is asked to, for this gateway only", () => {
        assert.equal(build().telemetry, undefined);
        assert.deepEqual(build({ accessLog: { filter: "response.code >= 400" } }).telemetry, {
            metadata,
            spec: { selector: { matchLabels: selector }, accessLogging: [{ providers: [{ name: "envoy" }], filter: { expression: "response.code >= 400" } }] },
        });
        assert.deepEqual(build({ accessLog: true }).telemetry?.spec.accessLogging, [{ providers: [{ name: "envoy" }] }]);
    });

    it("mounts Secrets as files that may come later", () => {
        const { deployment } = build({ secretVolumes: [{ secretName: "istio-ingressgateway-certs", mountPath: "/etc/istio/ingressgateway-certs" }] });
        const spec = deployment.spec.template as unknown as { spec: { volumes: unknown[]; containers: { volumeMounts: unknown[] }[] } };
        assert.deepEqual(spec.spec.volumes[1], { name: "secret-istio-ingressgateway-certs", secret: { secretName: "istio-ingressgateway-certs", optional: true, defaultMode: 420 } });
        assert.deepEqual(spec.spec.containers[0]?.volumeMounts[1], { name: "secret-istio-ingressgateway-certs", mountPath: "/etc/istio/ingressgateway-certs", readOnly: true });
    });

    it("leaves the container to Istio's injector with the Istio data plane", () => {
        const { deployment, clusterRole } = build({ dataPlane: "istio", image: undefined });
        const { template } = deployment.spec as unknown as { template: { metadata: { labels: Record<string, string>; annotations: unknown }; spec: { containers: { name: string; image: string; args?: unknown }[] } } };
        assert.deepEqual(template.metadata.annotations, { "inject.istio.io/templates": "gateway" });
        assert.equal(template.metadata.labels["sidecar.istio.io/inject"], "true");
        assert.equal(template.metadata.labels["istio.io/dataplane-mode"], undefined);
        assert.deepEqual(template.spec.containers.map(({ name, image, args }) => ({ name, image, args })), [{ name: "istio-proxy", image: "auto", args: undefined }]);
        assert.equal(clusterRole, undefined);
    });

    it("carries the user's labels on every object, but not over those that others select by", () => {
        const made = build({ metadata: { labels: { team: "edge", "gateway-name": "other" } }, pod: { labels: { istio: "ingressgateway" } } });
        assert.equal(made.service.metadata.labels["team"], "edge");
        assert.equal(made.service.metadata.labels["gateway-name"], "public");
        const { template } = made.deployment.spec as unknown as { template: { metadata: { labels: Record<string, string> } } };
        assert.equal(template.metadata.labels["istio"], "ingressgateway");
    });
});
