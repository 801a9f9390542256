/** What the components make for each host, written by hand: the same seven resources. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

const NAMESPACE = "istio-ingress";
const NETWORKING = "networking.istio.io/v1";
const GATEWAY = { "gateway-name": "public", "gateway-namespace": NAMESPACE, "gateway-type": "ingress" };

// The gateway's pods, once for all hosts: what is rendered is judged as they would serve it.
new k8s.apps.v1.Deployment("public", {
    metadata: { name: "public", namespace: NAMESPACE },
    spec: {
        selector: { matchLabels: GATEWAY },
        template: {
            metadata: { labels: GATEWAY, annotations: { "gatehouse.dev/run": "proxy" } },
            spec: {
                containers: [
                    {
                        name: "proxy",
                        image: "gatehouse:local",
                        args: ["proxy", "--kubernetes"],
                        ports: [{ containerPort: 80 }, { containerPort: 443 }],
                    },
                ],
            },
        },
    },
});
new k8s.core.v1.Service("public", {
    metadata: { name: "public", namespace: NAMESPACE },
    spec: {
        type: "LoadBalancer",
        selector: GATEWAY,
        ports: [
            { name: "http", port: 80 },
            { name: "https", port: 443 },
        ],
    },
});

const caKey = new tls.PrivateKey("ca", { algorithm: "ECDSA", ecdsaCurve: "P256" });
const ca = new tls.SelfSignedCert("ca", {
    privateKeyPem: caKey.privateKeyPem,
    subject: { commonName: "Bench CA" },
    isCaCertificate: true,
    validityPeriodHours: 87_600,
    allowedUses: ["cert_signing", "crl_signing"],
});

class Host extends pulumi.ComponentResource {
    constructor(name: string) {
        super("bench:index:Host", name);
        const opts = { parent: this };
        const host = `${name}.example.com`;
        const { privateKeyPem } = new tls.PrivateKey(`${name}-key`, { algorithm: "ECDSA", ecdsaCurve: "P256" }, opts);
        const request = new tls.CertRequest(`${name}-request`, { privateKeyPem, dnsNames: [host], subject: { commonName: host } }, opts);
        const cert = new tls.LocallySignedCert(
            `${name}-cert`,
            {
                certRequestPem: request.certRequestPem,
                caPrivateKeyPem: caKey.privateKeyPem,
                caCertPem: ca.certPem,
                validityPeriodHours: 8760,
                earlyRenewalHours: 720,
                allowedUses: ["digital_signature", "server_auth"],
            },
            opts,
        );
        const secret = new k8s.core.v1.Secret(
            `${name}-tls`,
            {
                metadata: { namespace: NAMESPACE },
                type: "kubernetes.io/tls",
                stringData: { "tls.crt": cert.certPem, "tls.key": privateKeyPem },
            },
            opts,
        );
        const metadata = { name, namespace: NAMESPACE };
        new k8s.apiextensions.CustomResource(
            `${name}-gateway`,
            {
                apiVersion: NETWORKING,
                kind: "Gateway",
                metadata,
                spec: {
                    selector: GATEWAY,
                    servers: [
                        {
                            port: { number: 443, name: "https", protocol: "HTTPS" },
                            hosts: [host],
                            tls: { mode: "SIMPLE", credentialName: secret.metadata.name },
                        },
                        { port: { number: 80, name: "http", protocol: "HTTP" }, hosts: [host], tls: { httpsRedirect: true } },
                    ],
                },
            },
            opts,
        );
        new k8s.apiextensions.CustomResource(
            `${name}-routes`,
            {
                apiVersion: NETWORKING,
                kind: "VirtualService",
                metadata,
                spec: {
                    hosts: [host],
                    gateways: [`${NAMESPACE}/${name}`],
                    http: [
                        {
                            match: [{ uri: { prefix: "/api" } }],
                            route: [{ destination: { host: "web.shop.svc.cluster.local", port: { number: 80 } } }],
                        },
                    ],
                },
            },
            opts,
        );
        this.registerOutputs({ urls: [`https://${host}/`], credentialName: secret.metadata.name });
    }
}

for (let i = 0; i < Number(process.env["HOSTS"]); i++) new Host(`h${i}`);
