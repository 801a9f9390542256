/** An application team: routes on the gateway of the platform stack. A port that it dropped would not compile here. */
import * as gatehouse from "pulumi-gatehouse";
import { restrictedNamespace } from "../support/namespace";
import { sample } from "../support/sample";

const platform = gatehouse.stackOutputs<typeof import("../platform")>("platform");
const namespace = restrictedNamespace("istioinaction").metadata.name;

// The platform's certificate covers the host: there is nothing to say about TLS.
const webapp = new gatehouse.VirtualHost("webapp", {
    gateway: platform.ingress,
    namespace,
    hosts: ["webapp.istioinaction.io"],
    http: [{ route: [{ destination: sample("webapp", { run: "web", namespace, port: { name: "http", number: 80 } }) }] }],
});

new gatehouse.TcpRoute("echo", {
    gateway: platform.ingress,
    namespace,
    port: "tcp-echo",
    destination: sample("tcp-echo-service", { run: "tcp-echo", namespace, port: { name: "tcp", number: 2701 } }),
});

export const urls = webapp.urls;
export const caPem = platform.caPem;
