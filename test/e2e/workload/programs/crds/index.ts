/** Istio's definitions from our own tables, where the configuration asks for them, and objects of every kind. */
import * as pulumi from "@pulumi/pulumi";
import * as gatehouse from "pulumi-gatehouse";

const config = new pulumi.Config();
const install = config.get("install");
if (install) new gatehouse.IstioCrds("istio-crds", { adopt: install === "adopt" });

if (config.getBoolean("objects") ?? true) {
    const namespace = "default";
    const ref: gatehouse.GatewayRef<{ http: gatehouse.GatewayPort<"HTTP"> }> = {
        version: 1,
        kind: "ingress",
        name: "public",
        namespace,
        labels: { "gateway-name": "public" },
        ports: { http: { number: 80, protocol: "HTTP" } },
    };
    const via: gatehouse.GatewayRef<{ http: gatehouse.GatewayPort<"HTTP"> }, "egress"> = { ...ref, kind: "egress", name: "out" };
    new gatehouse.VirtualHost("web", {
        gateway: ref,
        namespace,
        hosts: ["web.example.com"],
        http: [{ route: [{ destination: { host: "web.default.svc.cluster.local", port: { number: 80 } } }] }],
    });
    new gatehouse.ExternalService("httpbin", { namespace, hosts: ["httpbin.org"], ports: { http: 80 }, via });
}
