// Objects written by hand, without a component: two gateways that both have port 80, a web backend, a TCP one, and a
// database that does not run here. `-c fault=…` puts one mistake in. JavaScript, so that there is nothing to type-check.
"use strict";
const k8s = require("@pulumi/kubernetes");
const pulumi = require("@pulumi/pulumi");

const fault = new pulumi.Config().get("fault") ?? "";
if (fault === "throws") throw new Error("the program threw");

const istio = (kind, name, namespace, spec) =>
    new k8s.apiextensions.CustomResource(`${kind}-${name}`, { apiVersion: "networking.istio.io/v1", kind, metadata: { name, namespace }, spec });

function workload(name, namespace, labels, run, container = {}, volumes = []) {
    new k8s.apps.v1.Deployment(`${namespace}-${name}`, {
        metadata: { name, namespace },
        spec: {
            selector: { matchLabels: labels },
            template: { metadata: { labels, annotations: run ? { "gatehouse.dev/run": run } : {} }, spec: { containers: [{ name, image: name, ...container }], volumes } },
        },
    });
}

function service(name, namespace, selector, ports) {
    new k8s.core.v1.Service(`${namespace}-${name}`, { metadata: { name, namespace }, spec: { selector, ports } });
}

for (const name of ["public", "internal"]) {
    workload(name, "ingress", { istio: name }, "proxy");
    service(name, "ingress", { istio: name }, [{ name: "http", port: 80, targetPort: 8080 }, { name: "tcp-echo", port: 31400, targetPort: 31400 }]);
    istio("Gateway", name, "ingress", {
        selector: { istio: name },
        servers: [
            { port: { number: 80, name: "http", protocol: "HTTP" }, hosts: [`${name}.example.com`], ...(fault === "typo" && name === "internal" ? { host: ["x"] } : {}) },
            ...(name === "public" ? [{ port: { number: 31400, name: "tcp-echo", protocol: "TCP" }, hosts: ["*"] }] : []),
        ],
    });
    istio("VirtualService", name, "apps", {
        hosts: [`${name}.example.com`],
        gateways: [`ingress/${name}`],
        http: [
            { match: [{ uri: { prefix: "/db" } }], route: [{ destination: { host: "db", port: { number: 5432 } } }] },
            { match: [{ uri: { prefix: "/hello" } }], route: [{ destination: { host: fault === "destination" ? "nobody" : "web", port: { number: 80 } } }] },
        ],
        ...(name === "public" ? { tcp: [{ match: [{ port: 31400 }], route: [{ destination: { host: "echo", port: { number: 2701 } } }] }] } : {}),
    });
}

workload("web", "apps", { app: "web" }, fault === "sample" ? "wbe" : "web", {
    env: [{ name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
});
workload("echo", "apps", { app: "echo" }, "tcp-echo");
workload("db", "apps", { app: "db" });
service("web", "apps", { app: "web" }, [{ name: "http", port: 80, targetPort: 8080 }]);
service("echo", "apps", { app: "echo" }, [{ name: "tcp", port: 2701, targetPort: 8080 }]);
service("db", "apps", { app: "db" }, [{ name: "tcp", port: 5432 }]);

new k8s.core.v1.Secret("password", { metadata: { namespace: "apps" }, stringData: { password: pulumi.secret("correct horse") } });
