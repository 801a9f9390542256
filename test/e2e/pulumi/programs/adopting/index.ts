/** A host whose Istio Gateway and VirtualService were there before Pulumi came. */
import * as pulumi from "@pulumi/pulumi";
import * as gatehouse from "pulumi-gatehouse";

const config = new pulumi.Config();
const namespace = config.require("namespace");
const existing = config.getObject<Readonly<Record<string, string>>>("existing") ?? {};

/** Has the host's child of a kind take over the object that is there, instead of making one. */
const takeOver: pulumi.ResourceTransform = ({ type, props, opts }) => {
    const id = existing[type.split(":").at(-1) ?? ""];
    return id === undefined ? undefined : { props, opts: { ...opts, import: id } };
};

const gateway: gatehouse.GatewayRef<{ http: { number: 80; protocol: "HTTP" } }> = {
    version: 1,
    kind: "ingress",
    name: "edge",
    namespace,
    labels: { "gateway-name": "edge" },
    ports: { http: { number: 80, protocol: "HTTP" } },
};
new gatehouse.VirtualHost(
    "web",
    {
        gateway,
        hosts: ["web.example.com"],
        http: [{ route: [{ destination: { host: "backend.default.svc.cluster.local", port: { number: 80 } } }] }],
        // Whoever applied the objects before is still written down as the owner of their fields.
        metadata: { annotations: { "pulumi.com/patchForce": "true" } },
    },
    { transforms: [takeOver] },
);
