// The same gateway and host in two clusters. `-c fault=twice` makes it once more in one of them, by a third provider;
// `-c fault=west` makes routes of the second one hang on a gateway that only the first one has.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as gatehouse from "pulumi-gatehouse";

function site(name: string, settings: k8s.ProviderArgs, host: string): k8s.Provider {
    const provider = new k8s.Provider(name, settings);
    const ingress = new gatehouse.IngressGateway(
        `${name}-public`,
        { namespace: "edge", metadata: { name: "public" }, image: "registry.example/gatehouse:test" },
        { provider },
    );
    new gatehouse.VirtualHost(
        `${name}-web`,
        {
            gateway: ingress,
            hosts: [host],
            metadata: { name: "web" },
            http: [{ directResponse: { status: name === "east" ? 200 : 202, body: { string: name } } }],
        },
        { provider },
    );
    return provider;
}

const fault = new pulumi.Config().get("fault");
const east = site("east", { context: "east" }, "web.example.com");
const west = site("west", { context: "west", namespace: "default" }, "web.example.com");
if (fault === "twice") site("again", { context: "west" }, "other.example.com");
if (fault === "west") {
    const servers = [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts: ["api.example.com"] }];
    const api = {
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name: "api", namespace: "edge" },
        spec: { hosts: ["api.example.com"], gateways: ["edge/api"], http: [{ directResponse: { status: 204 } }] },
    };
    new k8s.apiextensions.CustomResource(
        "api-gateway",
        {
            apiVersion: "networking.istio.io/v1",
            kind: "Gateway",
            metadata: { name: "api", namespace: "edge" },
            spec: { selector: { istio: "public" }, servers },
        },
        { provider: east },
    );
    new k8s.apiextensions.CustomResource("west-api", api, { provider: west });
    new k8s.core.v1.Service(
        "west-open",
        { metadata: { name: "open", namespace: "edge" }, spec: { type: "LoadBalancer", ports: [{ port: 80 }] } },
        { provider: west },
    );
}
