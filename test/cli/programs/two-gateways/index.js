// Objects written by hand, without a component: two gateways that both have port 80, a web backend, a TCP one, and a
// database that does not run here. `-c fault=…` puts one mistake in. JavaScript, so that there is nothing to type-check.
"use strict";
const k8s = require("@pulumi/kubernetes");
const pulumi = require("@pulumi/pulumi");
const tls = require("@pulumi/tls");

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

/** One more server of the internal gateway, with the mistake that was asked for. */
function mistakenServers() {
    const https = (credentialName) => ({ port: { number: 443, name: "https", protocol: "HTTPS" }, hosts: ["internal.example.com"], tls: { mode: "SIMPLE", credentialName } });
    switch (fault) {
        case "port": return [{ port: { number: 70000, name: "http-2", protocol: "HTTP" }, hosts: ["x.example.com"] }];
        case "secret": return [https("absent")];
        case "key": return [https(certificate("crossed", { hours: 24, crossed: true }))];
        case "expired": return [https(certificate("expired", { hours: 0 }))];
        case "twice": return [https(certificate("first", { hours: 24 })), { ...https(certificate("second", { hours: 24 })), port: { number: 443, name: "https-2", protocol: "HTTPS" } }];
        default: return [];
    }
}

/** A Secret with a self-signed certificate, and with the key of another one where the two are to be crossed. */
function certificate(name, { hours, crossed = false }) {
    const key = (suffix) => new tls.PrivateKey(`${name}${suffix}`, { algorithm: "ECDSA", ecdsaCurve: "P256" }).privateKeyPem;
    const own = key("");
    const { certPem } = new tls.SelfSignedCert(name, {
        privateKeyPem: own, subject: { commonName: name }, dnsNames: ["internal.example.com"], validityPeriodHours: hours, allowedUses: ["digital_signature", "server_auth"],
    });
    new k8s.core.v1.Secret(name, { metadata: { name, namespace: "ingress" }, type: "kubernetes.io/tls", stringData: { "tls.crt": certPem, "tls.key": crossed ? key("-other") : own } });
    return name;
}

for (const name of ["public", "internal"]) {
    workload(name, "ingress", { istio: name }, "proxy");
    service(name, "ingress", { istio: name }, [{ name: "http", port: 80, targetPort: 8080 }, { name: "https", port: 443, targetPort: 8443 }, { name: "tcp-echo", port: 31400, targetPort: 31400 }]);
    istio("Gateway", name, "ingress", {
        selector: { istio: name },
        servers: [
            { port: { number: 80, name: "http", protocol: "HTTP" }, hosts: [`${name}.example.com`], ...(fault === "typo" && name === "internal" ? { host: ["x"] } : {}) },
            ...(name === "internal" ? mistakenServers() : []),
            ...(name === "public" ? [{ port: { number: 31400, name: "tcp-echo", protocol: "TCP" }, hosts: ["*"] }] : []),
        ],
    });
    istio("VirtualService", name, "apps", {
        hosts: [`${name}.example.com`],
        gateways: [`ingress/${name}`],
        http: [
            { match: [{ uri: { prefix: "/db" } }], route: [{ destination: { host: "db", port: { number: 5432 } } }] },
            { match: [{ uri: { prefix: "/hello" } }], route: [{ destination: { host: fault === "destination" ? "nobody" : "web", port: { number: 80 } } }] },
            ...(fault === "unreachable" ? ["first", "second"].map((name) => ({ name, route: [{ destination: { host: "web", port: { number: 80 } } }] })) : []),
        ],
        ...(name === "public" ? { tcp: [{ match: [{ port: 31400 }], route: [{ destination: { host: "echo", port: { number: 2701 } } }] }] } : {}),
    });
}

// A TLS backend without its certificate does not start.
const instead = { sample: "wbe", backend: "tls-echo" };
workload("web", "apps", { app: "web" }, instead[fault] ?? "web", {
    env: [{ name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
});
workload("echo", "apps", { app: "echo" }, "tcp-echo");
workload("db", "apps", { app: "db" });
service("web", "apps", { app: "web" }, [{ name: "http", port: 80, targetPort: 8080 }]);
service("echo", "apps", { app: "echo" }, [{ name: "tcp", port: 2701, targetPort: 8080 }]);
service("db", "apps", { app: "db" }, [{ name: "tcp", port: 5432 }]);

// One of a plugin that is not evaluated, and one of a policy that is bad by itself.
if (fault === "plugin") {
    new k8s.apiextensions.CustomResource("office-only", {
        apiVersion: "extensions.istio.io/v1alpha1", kind: "WasmPlugin", metadata: { name: "office-only", namespace: "ingress" },
        spec: { selector: { matchLabels: { istio: "internal" } }, url: "oci://x", phase: "AUTHZ" },
    });
}
if (fault === "badpolicy") {
    new k8s.apiextensions.CustomResource("office-only", {
        apiVersion: "security.istio.io/v1", kind: "AuthorizationPolicy", metadata: { name: "office-only", namespace: "ingress" },
        spec: { selector: { matchLabels: { istio: "internal" } }, action: "DENY", rulez: [{}] },
    });
}

if (fault === "kind") istio("Gatewy", "public", "ingress", {});

new k8s.core.v1.Secret("password", { metadata: { namespace: "apps" }, stringData: { password: pulumi.secret("correct horse") } });
