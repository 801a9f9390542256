// A valid program in which whatever may be secret is, each value made of one mark. JavaScript, so that there is nothing to type-check.
"use strict";
const k8s = require("@pulumi/kubernetes");
const pulumi = require("@pulumi/pulumi");
const gatehouse = require("pulumi-gatehouse");

const secret = pulumi.secret;
const gateway = new gatehouse.IngressGateway("public", { namespace: "edge", image: "registry.example/gatehouse:1", ports: { sni: { number: 8443, protocol: "TLS" } } });
const edge = secret("zqmark-ns");
const service = new k8s.core.v1.Service("shop", {
    metadata: { name: secret("zqmark-service"), namespace: edge },
    spec: { selector: { app: secret("zqmark-app") }, ports: [{ name: "http", port: 80 }] },
});
new gatehouse.VirtualHost("shop", {
    gateway, namespace: edge, hosts: [secret("zqmark.example.com")], tls: { certificate: gatehouse.Certificate.selfSigned() },
    metadata: { name: secret("zqmark-name"), annotations: { note: secret("zqmark note") } },
    http: [
        { match: [{ uri: { regex: secret("/zqmark/[0-9]+") }, headers: { "x-token": { exact: secret("zqmark-token") } } }], route: [{ destination: { host: "zqmark-none.zqmark-ns.svc.cluster.local", port: { number: 80 } } }].map(({ destination }) => ({ destination: { ...destination, host: secret(destination.host) } })) },
        { name: secret("zqmark-route"), match: [{ uri: { prefix: secret("/zqmark") } }], headers: { request: { set: { "x-zq": secret("zqmark-value") } } }, route: [{ destination: { host: secret("zqmark-service.zqmark-ns.svc.cluster.local"), port: { number: 81 } } }] },
        { route: [{ destination: { service, port: "http" } }] },
    ],
});
new gatehouse.TcpRoute("tcp", { gateway, port: "sni", sniHosts: [secret("zqmark-sni.example.com")], destination: { host: secret("zqmark-tcp.zqmark-ns.svc.cluster.local"), port: { number: 443 } } });
new gatehouse.ExternalService("api", { hosts: [secret("zqmark.api.example")], ports: { https: 443 }, namespace: edge });
const raw = (name, kind, metadata, spec) => new k8s.apiextensions.CustomResource(name, { apiVersion: "networking.istio.io/v1", kind, metadata: { name, namespace: "edge", ...metadata }, spec });
raw("raw", "Gateway", {}, { selector: { app: secret("zqmark-selector") }, servers: [{ port: { number: 443, name: "https", protocol: "HTTPS" }, hosts: [secret("zqmark-raw.example.com")], tls: { mode: "SIMPLE", credentialName: secret("zqmark-credential") } }] });
raw("routes", "VirtualService", {}, { hosts: [secret("zqmark-raw.example.com")], gateways: [secret("edge/zqmark-gateway"), "raw"], http: [{ route: [{ destination: { host: secret("zqmark-missing"), subset: secret("zqmark-subset") } }] }] });
raw("rule", "DestinationRule", {}, { host: secret("zqmark-missing"), subsets: [{ name: "a", labels: { version: secret("zqmark-version") } }] });
