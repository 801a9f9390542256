/** A host whose component gets a new name, with or without an alias for the old one. */
import * as pulumi from "@pulumi/pulumi";
import * as gatehouse from "pulumi-gatehouse";
import { restrictedNamespace } from "../../../../../stacks/support/namespace";

const config = new pulumi.Config();
const namespace = restrictedNamespace(config.require("namespace")).metadata.name;
const name = config.get("name") ?? "web";
const alias = config.get("alias");
const objects = config.get("objects");

const gateway: gatehouse.GatewayRef<{ http: { number: 80; protocol: "HTTP" }; https: { number: 443; protocol: "HTTPS" } }> = {
    version: 1,
    kind: "ingress",
    name: "edge",
    namespace: config.require("namespace"),
    labels: { "gateway-name": "edge" },
    ports: { http: { number: 80, protocol: "HTTP" }, https: { number: 443, protocol: "HTTPS" } },
};
new gatehouse.VirtualHost(
    name,
    {
        gateway,
        namespace,
        hosts: ["web.example.com"],
        tls: { certificate: gatehouse.Certificate.selfSigned() },
        http: [{ route: [{ destination: { host: "backend.default.svc.cluster.local", port: { number: 80 } } }] }],
        ...(objects ? { metadata: { name: objects } } : {}),
    },
    alias ? { aliases: [{ name: alias }] } : {},
);
