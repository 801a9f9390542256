import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type * as gatehouse from "pulumi-gatehouse";

export interface CertificateSecretArgs {
    readonly namespace: pulumi.Input<string>;
    /** The Secret's name, where something else refers to it. Default: Pulumi makes one up. */
    readonly secretName?: string;
    readonly host: string;
    /** Further names. */
    readonly hosts?: readonly string[];
    readonly ca: gatehouse.CertificateAuthority;
    /** What it is for. Default: a server. */
    readonly use?: "server_auth" | "client_auth";
}

/** A Secret of type tls with a certificate for one host: what a backend or a gateway mounts as files. */
export function certificateSecret(
    name: string,
    { namespace, secretName, host, hosts = [], ca, use = "server_auth" }: CertificateSecretArgs,
): k8s.core.v1.Secret {
    const { privateKeyPem } = new tls.PrivateKey(name, { algorithm: "ECDSA", ecdsaCurve: "P256" });
    const { certRequestPem } = new tls.CertRequest(name, { privateKeyPem, subject: { commonName: host }, dnsNames: [host, ...hosts] });
    const { certPem } = new tls.LocallySignedCert(name, {
        certRequestPem,
        caCertPem: ca.certificatePem,
        caPrivateKeyPem: ca.privateKeyPem,
        validityPeriodHours: 2160,
        earlyRenewalHours: 720,
        allowedUses: ["digital_signature", use],
    });
    return new k8s.core.v1.Secret(name, {
        metadata: { namespace, ...(secretName ? { name: secretName } : {}) },
        type: "kubernetes.io/tls",
        // With the authority beside it, by which a client knows whom it speaks to.
        stringData: { "tls.crt": certPem, "tls.key": privateKeyPem, ...(use === "client_auth" ? { "ca.crt": ca.certificatePem } : {}) },
    });
}
