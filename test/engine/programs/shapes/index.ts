/** Objects in every shape that a provider fills in or passes on, and every option that it sees. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const password = config.requireSecret("password");

const generated = new k8s.core.v1.ConfigMap("generated", { data: { greeting: config.require("greeting"), empty: "" } });
const fixed = new k8s.core.v1.Namespace("fixed", {
    metadata: { name: "fixed", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
});
const role = new k8s.rbac.v1.ClusterRole("role", { rules: [] });
const secret = new k8s.core.v1.Secret("secret", {
    metadata: { namespace: fixed.metadata.name },
    data: { kept: "eA==", replaced: "eA==" },
    stringData: { replaced: "over", password },
});
const partly = new k8s.core.v1.ConfigMap("partly", {
    data: { open: "1", hidden: password },
    metadata: { labels: { "by.hand/label": pulumi.secret("shh") } },
});
const service = new k8s.core.v1.Service("service", {
    metadata: { name: "service", namespace: fixed.metadata.name },
    spec: { type: "ClusterIP", ports: [{ name: "http", port: 80, targetPort: "web" }], selector: { app: "web" } },
});
const deployment = new k8s.apps.v1.Deployment(
    "deployment",
    {
        spec: {
            replicas: 2,
            selector: { matchLabels: { app: "web" } },
            template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "web" }] } },
        },
    },
    {
        ignoreChanges: ["spec.replicas"],
        deleteBeforeReplace: true,
        additionalSecretOutputs: ["spec"],
        customTimeouts: { create: "5m" },
        dependsOn: [service],
        protect: true,
        retainOnDelete: true,
        deletedWith: fixed,
        replaceOnChanges: ["spec.selector"],
    },
);
const gateway = new k8s.apiextensions.CustomResource("gateway", {
    apiVersion: "networking.istio.io/v1",
    kind: "Gateway",
    metadata: { name: "gateway" },
    spec: { selector: { app: "web" }, servers: [] },
});

const elsewhere = new k8s.Provider("elsewhere", {
    namespace: "elsewhere",
    suppressDeprecationWarnings: true,
    renderYamlToDirectory: new pulumi.Config("kubernetes").get("renderYamlToDirectory"),
});
const there = new k8s.core.v1.ConfigMap("there", { data: {} }, { provider: elsewhere });
const classThere = new k8s.networking.v1.IngressClass("class", { spec: { controller: "example.test/none" } }, { provider: elsewhere });
new k8s.yaml.ConfigGroup("written", {
    yaml: "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: written}\n  data: {a: b}\n",
});

export const names = [generated, role, there, classThere].map((one) => one.metadata.name);
export const ids = { generated: generated.id, secret: secret.id, there: there.id };
export const data = { generated: generated.data, partly: partly.data, secret: secret.data };
export const replicas = deployment.spec.replicas;
export const kind = gateway.kind;
export const whole = generated;
export const nothing = undefined;
export const list = [1, "two", null, { three: pulumi.secret(3) }];
