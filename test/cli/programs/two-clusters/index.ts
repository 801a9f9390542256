// The same gateway and host in two clusters. `-c fault=twice` makes it once more in one of them, by a third provider.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as gatehouse from "pulumi-gatehouse";

function site(name: string, settings: k8s.ProviderArgs, host: string): void {
    const provider = new k8s.Provider(name, settings);
    const ingress = new gatehouse.IngressGateway(`${name}-public`, { namespace: "edge", metadata: { name: "public" }, image: "registry.example/gatehouse:test" }, { provider });
    new gatehouse.VirtualHost(`${name}-web`, {
        gateway: ingress, hosts: [host], metadata: { name: "web" },
        http: [{ directResponse: { status: 200, body: { string: name } } }],
    }, { provider });
}

site("east", { context: "east" }, "web.example.com");
site("west", { context: "west", namespace: "default" }, "web.example.com");
if (new pulumi.Config().get("fault") === "twice") site("again", { context: "west" }, "other.example.com");
