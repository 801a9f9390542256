/** Hosts that are open to some: by address, with a token, behind a login, with a password. */
import * as pulumi from "@pulumi/pulumi";
import * as gatehouse from "pulumi-gatehouse";
import { issuerKey } from "../support/issuer";
import { restrictedNamespace } from "../support/namespace";
import { sample } from "../support/sample";

const edge = restrictedNamespace("istio-ingress").metadata.name;
const apps = restrictedNamespace("istioinaction").metadata.name;

const webapp = sample("webapp", { run: "web", namespace: apps, port: { name: "http", number: 80 } });
const login = sample("login", { run: "login", namespace: apps, port: { name: "http", number: 80 } });
const keys = issuerKey("issuer-key", apps);
const issuer = sample("issuer", { run: "issuer", namespace: apps, port: { name: "http", number: 80 }, certificate: keys.secretName });

const ca = new gatehouse.CertificateAuthority("demo-ca", { commonName: "Gatehouse demo CA" });
const tls = { certificate: gatehouse.Certificate.signedBy(ca), http: "redirect" } as const;
const gateway = new gatehouse.IngressGateway("public", {
    namespace: edge,
    // Else the address of a client would be that of a node.
    service: { loadBalancerSourceRanges: ["10.0.0.0/8"], externalTrafficPolicy: "Local" },
    extensionProviders: [
        {
            name: "login",
            envoyExtAuthzHttp: {
                service: "login.istioinaction.svc.cluster.local",
                port: 80,
                timeout: "2s",
                includeRequestHeadersInCheck: ["cookie"],
                headersToUpstreamOnAllow: ["x-user"],
                headersToDownstreamOnDeny: ["location"],
            },
        },
    ],
});

// Who gets the tokens that the host beside it demands. A sample: it gives one to whoever asks.
const ISSUER = "https://issuer.istioinaction.io";
const jwt = { issuer: ISSUER, jwks: keys.jwks };
new gatehouse.VirtualHost("issuer", {
    gateway,
    hosts: ["issuer.istioinaction.io"],
    tls,
    http: [{ route: [{ destination: issuer }] }],
    access: { jwt: { ...jwt, required: false } },
});

const api = new gatehouse.VirtualHost("api", {
    gateway,
    hosts: ["api.istioinaction.io"],
    tls,
    http: [{ route: [{ destination: webapp }] }],
    access: { jwt: { ...jwt, claims: { groups: ["staff"] } } },
});

const office = new gatehouse.VirtualHost("office", {
    gateway,
    hosts: ["office.istioinaction.io"],
    tls,
    http: [{ route: [{ destination: webapp }] }],
    access: {
        ips: ["127.0.0.0/8", "10.0.0.0/8", "::1"],
        jwt: { ...jwt, required: false },
    },
});

const wiki = new gatehouse.VirtualHost("wiki", {
    gateway,
    hosts: ["wiki.istioinaction.io"],
    tls,
    http: [{ match: [{ uri: { exact: "/login" } }], route: [{ destination: login }] }, { route: [{ destination: webapp }] }],
    access: {
        external: { provider: "login", rules: [{ to: [{ operation: { notPaths: ["/login"] } }] }] },
        jwt: { ...jwt, required: false },
    },
});

// Lines as `htpasswd -nB` writes them.
const htpasswd = new pulumi.Config("access").requireSecret("users");
const ops = new gatehouse.IngressGateway("ops", { namespace: edge, service: { loadBalancerSourceRanges: ["10.0.0.0/8"] } });
const metrics = new gatehouse.VirtualHost("metrics", {
    // Istio asks one provider for a gateway; who asks two makes two of it.
    gateway: ops,
    hosts: ["metrics.istioinaction.io"],
    tls,
    http: [{ route: [{ destination: webapp }] }],
    access: { basicAuth: { htpasswd, realm: "metrics", userHeader: "x-forwarded-user" } },
});

export const caPem = ca.certificatePem;
export const urls = { api: api.urls, office: office.urls, wiki: wiki.urls, metrics: metrics.urls };
