/** The workload of a gateway, object by object. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { buildWorkload, planWorkload, type WorkloadData } from "../../components/workload";
import { telemetryFaults } from "../../components/workload/telemetry";
import { WATCHED_KINDS } from "../../proxy/source/kubernetes/kinds";

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
const read = ["list", "watch"];
const account = { name: "kube-api-access", mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", readOnly: true };

const build = (args: Partial<WorkloadData> = {}) =>
    buildWorkload(planWorkload("ingress", "public", { namespace: "edge", image: "registry.example/gatehouse:1", ...args }));

describe("the workload of a gateway", () => {
    /** The one container of a Deployment, and what is around it. */
    const podOf = (args: Partial<WorkloadData> = {}) => {
        const { template } = build(args).deployment.spec as unknown as {
            template: {
                metadata: { labels: Record<string, string> };
                spec: { terminationGracePeriodSeconds: number; containers: { args: string[]; lifecycle?: unknown }[] };
            };
        };
        const [container] = template.spec.containers;
        return {
            labels: template.metadata.labels,
            grace: template.spec.terminationGracePeriodSeconds,
            drain: Number(container?.args.at(-1)),
            lifecycle: container?.lifecycle,
        };
    };

    it("is a Deployment of hardened pods that are spread and replaced one at a time", () => {
        assert.deepEqual(build({ ports: { "tcp-echo": 31400 } }).deployment, {
            metadata: { ...metadata, labels: { ...labels, "app.kubernetes.io/version": "1" } },
            spec: {
                replicas: 2,
                selector: { matchLabels: selector },
                strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
                progressDeadlineSeconds: 300,
                template: {
                    metadata: {
                        labels: {
                            ...labels,
                            "app.kubernetes.io/version": "1",
                            istio: "public",
                            "sidecar.istio.io/inject": "false",
                            "istio.io/dataplane-mode": "none",
                        },
                        annotations: {
                            "prometheus.io/scrape": "true",
                            "prometheus.io/port": "15020",
                            "prometheus.io/path": "/stats/prometheus",
                            "gatehouse.dev/run": "proxy",
                        },
                    },
                    spec: {
                        serviceAccountName: "public",
                        automountServiceAccountToken: false,
                        enableServiceLinks: false,
                        terminationGracePeriodSeconds: 60,
                        securityContext: {
                            runAsNonRoot: true,
                            runAsUser: 65532,
                            runAsGroup: 65532,
                            fsGroup: 65532,
                            seccompProfile: { type: "RuntimeDefault" },
                            sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }],
                        },
                        containers: [
                            {
                                name: "proxy",
                                image: "registry.example/gatehouse:1",
                                args: [
                                    "proxy",
                                    "--kubernetes",
                                    "--labels",
                                    "app.kubernetes.io/component=gateway,app.kubernetes.io/instance=public,app.kubernetes.io/managed-by=pulumi,app.kubernetes.io/name=ingress-gateway," +
                                        "app.kubernetes.io/part-of=gatehouse,app.kubernetes.io/version=1,gateway-name=public,gateway-namespace=edge,gateway-type=ingress,istio=public,istio.io/dataplane-mode=none,sidecar.istio.io/inject=false",
                                    "--namespace",
                                    "edge",
                                    "--drain-seconds",
                                    "45",
                                ],
                                ports: [
                                    { name: "http", containerPort: 80, protocol: "TCP" },
                                    { name: "https", containerPort: 443, protocol: "TCP" },
                                    { name: "tcp-echo", containerPort: 31400, protocol: "TCP" },
                                    { name: "status", containerPort: 15021, protocol: "TCP" },
                                    { name: "http-metrics", containerPort: 15020, protocol: "TCP" },
                                ],
                                resources: { requests: { cpu: "200m", memory: "256Mi" }, limits: { cpu: "2", memory: "1Gi" } },
                                env: [
                                    { name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
                                    {
                                        name: "PROXY_CONFIG",
                                        valueFrom: { fieldRef: { fieldPath: "metadata.annotations['proxy.istio.io/config']" } },
                                    },
                                ],
                                securityContext: {
                                    allowPrivilegeEscalation: false,
                                    privileged: false,
                                    readOnlyRootFilesystem: true,
                                    runAsNonRoot: true,
                                    capabilities: { drop: ["ALL"] },
                                },
                                startupProbe: {
                                    httpGet: { path: "/livez", port: 15021 },
                                    periodSeconds: 1,
                                    timeoutSeconds: 3,
                                    failureThreshold: 30,
                                },
                                readinessProbe: {
                                    httpGet: { path: "/healthz/ready", port: 15021 },
                                    periodSeconds: 5,
                                    timeoutSeconds: 3,
                                    failureThreshold: 2,
                                },
                                livenessProbe: {
                                    httpGet: { path: "/livez", port: 15021 },
                                    periodSeconds: 10,
                                    timeoutSeconds: 3,
                                    failureThreshold: 6,
                                },
                                volumeMounts: [{ name: "tmp", mountPath: "/tmp" }, account],
                            },
                        ],
                        volumes: [
                            { name: "tmp", emptyDir: {} },
                            {
                                name: "kube-api-access",
                                projected: {
                                    defaultMode: 420,
                                    sources: [
                                        { serviceAccountToken: { path: "token", expirationSeconds: 3607 } },
                                        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
                                        {
                                            downwardAPI: {
                                                items: [
                                                    { path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } },
                                                ],
                                            },
                                        },
                                    ],
                                },
                            },
                        ],
                        topologySpreadConstraints: ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
                            maxSkew: 1,
                            topologyKey,
                            whenUnsatisfiable: "ScheduleAnyway",
                            labelSelector: { matchLabels: selector },
                            matchLabelKeys: ["pod-template-hash"],
                        })),
                    },
                },
            },
        });
    });

    it("has a Service with every declared port", () => {
        assert.deepEqual(
            build({
                ports: {
                    http: false,
                    http2: { number: 80, nodePort: 30000 },
                    mysql: { number: 3306, protocol: "TCP", targetPort: 13306, appProtocol: "tcp" },
                },
                service: { type: "NodePort" },
            }).service,
            {
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
            },
        );
    });

    it("tells on the Service what a port of HTTP/2 or gRPC speaks where its name does not", () => {
        const { spec } = build({
            ports: {
                "grpc-api": 9000,
                h2: { number: 9001, protocol: "HTTP2" },
                api: { number: 9002, protocol: "GRPC" },
                "http-web": { number: 9003, protocol: "GRPC-WEB" },
                "http-lb": { number: 9004, protocol: "GRPC", appProtocol: "HTTP2" },
                plain: { number: 9005, protocol: "HTTP" },
            },
        }).service;
        const told = spec.ports as { name: string; appProtocol?: string }[];
        assert.deepEqual(
            told.map(({ name, appProtocol }) => [name, appProtocol]),
            [
                ["http", undefined],
                ["https", undefined],
                ["grpc-api", undefined],
                ["h2", "kubernetes.io/h2c"],
                ["api", "grpc"],
                ["http-web", "grpc-web"],
                ["http-lb", "HTTP2"],
                ["plain", undefined],
            ],
        );
    });

    it("passes on what the Service is asked to be", () => {
        const { service } = build({
            service: {
                loadBalancerSourceRanges: ["10.0.0.0/8"],
                externalTrafficPolicy: "Local",
                annotations: { "cloud.example/kind": "nlb" },
                skipAwait: true,
            },
        });
        assert.deepEqual(service.metadata.annotations, { "cloud.example/kind": "nlb", "pulumi.com/skipAwait": "true" });
        assert.equal(service.spec.type, "LoadBalancer");
        assert.equal(service.spec.externalTrafficPolicy, "Local");
        assert.deepEqual(service.spec.loadBalancerSourceRanges, ["10.0.0.0/8"]);
        assert.ok(!("skipAwait" in service.spec));
    });

    it("may read Secrets of its own namespace only, and routing everywhere", () => {
        const { serviceAccount, role, roleBinding, clusterRole, clusterRoleBinding } = build();
        const cluster = { name: "edge.public", labels };
        const subjects = [{ kind: "ServiceAccount", name: "public", namespace: "edge" }];
        assert.deepEqual(
            { serviceAccount, role, roleBinding, clusterRole, clusterRoleBinding },
            {
                serviceAccount: { metadata, automountServiceAccountToken: false },
                role: { metadata, rules: ["secrets", "configmaps"].map((one) => ({ apiGroups: [""], resources: [one], verbs: read })) },
                roleBinding: { metadata, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "public" }, subjects },
                clusterRole: {
                    metadata: cluster,
                    rules: [
                        { apiGroups: [""], resources: ["namespaces", "nodes", "pods", "services"], verbs: read },
                        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: read },
                        { apiGroups: ["networking.k8s.io"], resources: ["ingressclasses", "ingresses"], verbs: read },
                        {
                            apiGroups: ["networking.istio.io"],
                            resources: [
                                "destinationrules",
                                "envoyfilters",
                                "gateways",
                                "proxyconfigs",
                                "serviceentries",
                                "sidecars",
                                "virtualservices",
                                "workloadentries",
                            ],
                            verbs: read,
                        },
                        { apiGroups: ["security.istio.io"], resources: ["authorizationpolicies", "requestauthentications"], verbs: read },
                        { apiGroups: ["extensions.istio.io"], resources: ["trafficextensions", "wasmplugins"], verbs: read },
                        { apiGroups: ["telemetry.istio.io"], resources: ["telemetries"], verbs: read },
                        { apiGroups: [""], resources: ["configmaps"], resourceNames: ["istio"], verbs: read },
                    ],
                },
                clusterRoleBinding: {
                    metadata: cluster,
                    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "edge.public" },
                    subjects,
                },
            },
        );
    });

    it("may read what the proxy watches, and nothing else", () => {
        const { role, clusterRole } = build();
        const named = (rules: typeof role.rules | undefined) =>
            (rules as { apiGroups: string[]; resources: string[] }[])
                .flatMap(({ apiGroups, resources }) => resources.map((resource) => `${apiGroups[0]}/${resource}`))
                .sort();
        const watched = (own: boolean) =>
            // ConfigMaps are watched by two labels, and granted once.
            [
                ...new Set(
                    WATCHED_KINDS.filter(({ ownNamespace }) => ownNamespace === own).map(({ group, resource }) => `${group}/${resource}`),
                ),
            ].sort();
        assert.deepEqual(named(role.rules), watched(true));
        assert.deepEqual(named(clusterRole?.rules), watched(false));
    });

    it("scales by CPU, loses one pod at a time and lets in what it serves", () => {
        const { autoscaler, disruptionBudget, networkPolicy } = build({
            ports: { tcp: { number: 9000, targetPort: 19000 } },
            autoscaling: { minReplicas: 3, maxReplicas: 10 },
        });
        assert.deepEqual(autoscaler, {
            metadata,
            spec: {
                scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "public" },
                minReplicas: 3,
                maxReplicas: 10,
                metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } }],
            },
        });
        assert.deepEqual(disruptionBudget, {
            metadata,
            spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow", selector: { matchLabels: selector } },
        });
        assert.deepEqual(networkPolicy, {
            metadata,
            spec: {
                podSelector: { matchLabels: selector },
                policyTypes: ["Ingress"],
                ingress: [{ ports: [80, 443, 19000, 15021, 15020].map((port) => ({ protocol: "TCP", port })) }],
            },
        });
    });

    it("starts with the fewest replicas that the autoscaler may leave", () => {
        assert.equal(build({ autoscaling: { minReplicas: 4 } }).deployment.spec.replicas, 4);
        assert.equal(build({ autoscaling: false, replicas: 3 }).deployment.spec.replicas, 3);
        assert.equal(build({ autoscaling: false }).autoscaler, undefined);
    });

    it("takes the number of replicas from its last owner where no autoscaler has it", () => {
        assert.deepEqual(build({ autoscaling: false }).deployment.metadata.annotations, { "pulumi.com/patchForce": "true" });
        assert.equal(build().deployment.metadata.annotations, undefined);
    });

    it("is told to stop in time to finish before it is killed", () => {
        assert.deepEqual(
            [60, 30, 29, 10, 1].map((seconds) => podOf({ pod: { terminationGracePeriodSeconds: seconds } }).drain),
            [45, 15, 12, 2, 0],
        );
        assert.equal(podOf({ pod: { terminationGracePeriodSeconds: 3600 } }).drain, 3585);
    });

    it("serves on for a while before it stops, where the load balancer looks at nodes", () => {
        const { grace, drain, lifecycle } = podOf({ service: { externalTrafficPolicy: "Local" } });
        assert.deepEqual({ grace, drain, lifecycle }, { grace: 75, drain: 45, lifecycle: { preStop: { sleep: { seconds: 15 } } } });
        assert.equal(podOf({ service: { externalTrafficPolicy: "Local" }, pod: { preStopSleepSeconds: 0 } }).lifecycle, undefined);
        assert.deepEqual(podOf({ pod: { preStopSleepSeconds: 30, terminationGracePeriodSeconds: 90 } }).drain, 45);
    });

    it("says which version of the image runs, where the image says it", () => {
        const version = (image: string) => podOf({ image }).labels["app.kubernetes.io/version"];
        assert.equal(version("registry.example:5000/team/gatehouse:1.2.3"), "1.2.3");
        assert.equal(version("registry.example/gatehouse:1.2.3@sha256:0123"), "1.2.3");
        assert.equal(version("registry.example:5000/gatehouse@sha256:0123"), undefined);
        assert.equal(version("registry.example:5000/gatehouse"), undefined);
        assert.equal(version(`registry.example/gatehouse:${"x".repeat(64)}`), undefined);
        assert.equal(build().service.metadata.labels["app.kubernetes.io/version"], undefined);
    });

    it("never changes the names and selectors that other objects and older versions go by", () => {
        const {
            deployment,
            service,
            autoscaler,
            disruptionBudget,
            networkPolicy,
            serviceAccount,
            role,
            roleBinding,
            clusterRole,
            clusterRoleBinding,
        } = build({
            metadata: { labels: { team: "edge" } },
            pod: { labels: { team: "edge" } },
            image: "registry.example/other:9",
        });
        assert.deepEqual(deployment.spec.selector, {
            matchLabels: { "gateway-name": "public", "gateway-namespace": "edge", "gateway-type": "ingress" },
        });
        assert.deepEqual(service.spec.selector, { "gateway-name": "public", "gateway-namespace": "edge", "gateway-type": "ingress" });
        const named = [deployment, service, autoscaler, disruptionBudget, networkPolicy, serviceAccount, role, roleBinding];
        assert.deepEqual(
            named.map((one) => one?.metadata.name),
            named.map(() => "public"),
        );
        assert.deepEqual(
            [clusterRole, clusterRoleBinding].map((one) => one?.metadata.name),
            ["edge.public", "edge.public"],
        );
    });

    it("logs what it is asked to, for this gateway only", () => {
        assert.equal(build().telemetry, undefined);
        assert.deepEqual(build({ accessLog: { filter: "response.code >= 400" } }).telemetry, {
            metadata,
            spec: {
                selector: { matchLabels: selector },
                accessLogging: [{ providers: [{ name: "envoy" }], filter: { expression: "response.code >= 400" } }],
            },
        });
        assert.deepEqual(build({ accessLog: { filter: "true", providers: ["envoy", "otel"] } }).telemetry?.spec.accessLogging, [
            { providers: [{ name: "envoy" }, { name: "otel" }], filter: { expression: "true" } },
        ]);
        assert.deepEqual(build({ accessLog: true }).telemetry?.spec.accessLogging, [{ providers: [{ name: "envoy" }] }]);
    });

    it("says what it traces in the one Telemetry that says what it logs", () => {
        const tracing = {
            provider: "otel",
            samplingPercentage: 0.5,
            customTags: { tenant: { header: { name: "x-tenant" } } },
            enableIstioTags: false,
        };
        const entry = {
            providers: [{ name: "otel" }],
            randomSamplingPercentage: 0.5,
            customTags: { tenant: { header: { name: "x-tenant" } } },
            enableIstioTags: false,
        };
        for (const dataPlane of ["gatehouse", "istio"] as const) {
            assert.deepEqual(build({ tracing, dataPlane }).telemetry?.spec, { selector: { matchLabels: selector }, tracing: [entry] });
            assert.deepEqual(build({ tracing, accessLog: true, dataPlane }).telemetry?.spec, {
                selector: { matchLabels: selector },
                accessLogging: [{ providers: [{ name: "envoy" }] }],
                tracing: [entry],
            });
        }
        assert.deepEqual(build({ tracing: { disableSpanReporting: true } }).telemetry?.spec.tracing, [{ disableSpanReporting: true }]);
        assert.deepEqual(build({ tracing: {}, accessLog: false }).telemetry?.spec.accessLogging, undefined);
    });

    it("refuses what Istio would of a log and of traces, by the argument it comes from", () => {
        const wrong = (args: object): string[] =>
            telemetryFaults(planWorkload("ingress", "public", { namespace: "edge", ...args })).map(
                ({ path, message }) => `${path}: ${message}`,
            );
        const at = (args: object): string[] => wrong(args).map((line) => line.slice(0, line.indexOf(":")));
        assert.deepEqual(wrong({ accessLog: { filter: "response.code >= 400" }, tracing: { samplingPercentage: 100 } }), []);
        assert.deepEqual(wrong({ tracing: { samplingPercentage: 0 } }), []);
        for (const samplingPercentage of [100.5, -1, Number.NaN, "many"])
            assert.deepEqual(at({ tracing: { samplingPercentage } }), ["tracing.samplingPercentage"]);
        assert.deepEqual(at({ accessLog: { filter: "response.code >=" } }), ["accessLog.filter"]);
        assert.deepEqual(at({ tracing: { provider: "" } }), ["tracing.provider"]);
        const tags = (tag: unknown): string[] => at({ tracing: { customTags: { a: tag } } });
        assert.deepEqual(tags({ literal: { value: "x" }, header: { name: "x" } }), ["tracing.customTags.a"]);
        assert.deepEqual(tags({}), ["tracing.customTags.a"]);
        assert.deepEqual(tags({ header: {} }), ["tracing.customTags.a.header.name"]);
        assert.deepEqual(tags({ literal: "x" }), ["tracing.customTags.a.literal"]);
        assert.deepEqual(at({ tracing: { useRequestIdForTraceSampling: "no" } }), ["tracing.useRequestIdForTraceSampling"]);
    });

    it("mounts Secrets as files that may come later", () => {
        const { deployment } = build({
            secretVolumes: [{ secretName: "istio-ingressgateway-certs", mountPath: "/etc/istio/ingressgateway-certs" }],
        });
        const spec = deployment.spec.template as unknown as { spec: { volumes: unknown[]; containers: { volumeMounts: unknown[] }[] } };
        assert.deepEqual(spec.spec.volumes[2], {
            name: "secret-istio-ingressgateway-certs",
            secret: { secretName: "istio-ingressgateway-certs", optional: true, defaultMode: 420 },
        });
        assert.deepEqual(spec.spec.containers[0]?.volumeMounts[2], {
            name: "secret-istio-ingressgateway-certs",
            mountPath: "/etc/istio/ingressgateway-certs",
            readOnly: true,
        });
    });

    it("tells the proxy what becomes of header names with underscores", () => {
        const { deployment } = build({ underscoresInHeaders: "reject" });
        const { containers } = (deployment.spec.template as unknown as { spec: { containers: { args: string[] }[] } }).spec;
        assert.deepEqual(containers[0]?.args.slice(-2), ["--underscores-in-headers", "reject"]);
    });

    it("tells the proxy the root namespace, and lets it read no configuration of the mesh then", () => {
        const { deployment, clusterRole } = build({ rootNamespace: "mesh" });
        const { containers } = (deployment.spec.template as unknown as { spec: { containers: { args: string[] }[] } }).spec;
        assert.deepEqual(containers[0]?.args.slice(-2), ["--root-namespace", "mesh"]);
        assert.doesNotMatch(JSON.stringify(clusterRole), /configmaps/);
    });

    it("leaves the container to Istio's injector with the Istio data plane", () => {
        const { deployment, clusterRole } = build({ dataPlane: "istio", image: undefined });
        const { template } = deployment.spec as unknown as {
            template: {
                metadata: { labels: Record<string, string>; annotations: unknown };
                spec: { containers: { name: string; image: string; args?: unknown }[] };
            };
        };
        assert.deepEqual(template.metadata.annotations, { "inject.istio.io/templates": "gateway" });
        assert.equal(template.metadata.labels["sidecar.istio.io/inject"], "true");
        assert.equal(template.metadata.labels["istio.io/dataplane-mode"], undefined);
        assert.deepEqual(
            template.spec.containers.map(({ name, image, args }) => ({ name, image, args })),
            [{ name: "istio-proxy", image: "auto", args: undefined }],
        );
        assert.equal(clusterRole, undefined);
    });

    it("gives Istio's data plane the rights and the ways in that Istio's own gateway has", () => {
        const made = build({ dataPlane: "istio", image: undefined });
        assert.deepEqual(made.role.rules, [{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "list", "watch"] }]);
        assert.equal(made.serviceAccount.automountServiceAccountToken, true);
        assert.deepEqual(made.networkPolicy?.spec.ingress, [
            { ports: [80, 443, 15021, 15020, 15090].map((port) => ({ protocol: "TCP", port })) },
        ]);
        const { spec } = (
            made.deployment.spec as unknown as { template: { spec: Record<string, unknown> & { containers: Record<string, unknown>[] } } }
        ).template;
        assert.deepEqual(spec["volumes"], []);
        assert.deepEqual(spec["securityContext"], {
            runAsNonRoot: true,
            seccompProfile: { type: "RuntimeDefault" },
            sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }],
        });
        assert.deepEqual(Object.keys(spec.containers[0] ?? {}).sort(), [
            "env",
            "image",
            "name",
            "ports",
            "resources",
            "securityContext",
            "volumeMounts",
        ]);
        assert.deepEqual(made.autoscaler, build().autoscaler);
        assert.deepEqual(made.disruptionBudget, build().disruptionBudget);
        assert.deepEqual(made.service, build().service);
    });

    it("carries the user's labels on every object, but not over those that others select by", () => {
        const made = build({
            metadata: { labels: { team: "edge", "gateway-name": "other" } },
            pod: { labels: { istio: "ingressgateway" } },
        });
        assert.equal(made.service.metadata.labels["team"], "edge");
        assert.equal(made.service.metadata.labels["gateway-name"], "public");
        const { template } = made.deployment.spec as unknown as { template: { metadata: { labels: Record<string, string> } } };
        assert.equal(template.metadata.labels["istio"], "ingressgateway");
    });
});
