/** As many hosts of one gateway as `$HOSTS` says, each with a certificate of its own. */
import * as gatehouse from "pulumi-gatehouse";

const ca = new gatehouse.CertificateAuthority("ca", { commonName: "Bench CA" });
const ingress = new gatehouse.IngressGateway("public", { namespace: "istio-ingress" });

for (let i = 0; i < Number(process.env["HOSTS"]); i++) {
    new gatehouse.VirtualHost(`h${i}`, {
        gateway: ingress,
        hosts: [`h${i}.example.com`],
        tls: { certificate: gatehouse.Certificate.signedBy(ca), http: "redirect" },
        http: [
            {
                match: [{ uri: { prefix: "/api" } }],
                route: [{ destination: { host: "web.shop.svc.cluster.local", port: { number: 80 } } }],
            },
        ],
    });
}
