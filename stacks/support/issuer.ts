import { createPublicKey } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

export interface IssuerKey {
    /** The Secret that the issuer mounts. */
    readonly secretName: pulumi.Output<string>;
    /** The public key, for those who verify. */
    readonly jwks: pulumi.Output<string>;
}

/** The key of an issuer of tokens, in a Secret of type tls, which wants a certificate beside it. */
export function issuerKey(name: string, namespace: pulumi.Input<string>): IssuerKey {
    const key = new tls.PrivateKey(name, { algorithm: "ECDSA", ecdsaCurve: "P256" });
    const certificate = new tls.SelfSignedCert(name, {
        privateKeyPem: key.privateKeyPem,
        subject: { commonName: name },
        validityPeriodHours: 2160,
        earlyRenewalHours: 720,
        allowedUses: ["digital_signature"],
    });
    const secret = new k8s.core.v1.Secret(name, {
        metadata: { namespace },
        type: "kubernetes.io/tls",
        stringData: { "tls.crt": certificate.certPem, "tls.key": key.privateKeyPem },
    });
    const jwks = key.publicKeyPem.apply((pem) =>
        JSON.stringify({ keys: [{ ...createPublicKey(pem).export({ format: "jwk" }), alg: "ES256", use: "sig" }] }),
    );
    return { secretName: secret.metadata.name, jwks };
}
