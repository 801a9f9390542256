/** Every kind of key and certificate, and the way a key takes into a Secret. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

const keys = {
    p224: new tls.PrivateKey("p224", { algorithm: "ECDSA" }),
    p256: new tls.PrivateKey("p256", { algorithm: "ECDSA", ecdsaCurve: "P256" }),
    p384: new tls.PrivateKey("p384", { algorithm: "ECDSA", ecdsaCurve: "P384" }),
    p521: new tls.PrivateKey("p521", { algorithm: "ECDSA", ecdsaCurve: "P521" }),
    rsa: new tls.PrivateKey("rsa", { algorithm: "RSA", rsaBits: 2048 }),
    ed25519: new tls.PrivateKey("ed25519", { algorithm: "ED25519" }),
};

const ca = new tls.SelfSignedCert("ca", {
    privateKeyPem: keys.p256.privateKeyPem,
    subject: {
        commonName: "Test CA",
        organization: "Gatehouse",
        country: "DE",
        organizationalUnit: "Tests",
        locality: "Köln",
        province: "NRW",
        postalCode: "50667",
        streetAddresses: ["Domkloster 4"],
        serialNumber: "1",
        emailAddress: "ca@gatehouse.test",
    },
    allowedUses: ["cert_signing", "crl_signing"],
    isCaCertificate: true,
    setSubjectKeyId: true,
    setAuthorityKeyId: true,
    validityPeriodHours: 87600,
});
const plainCa = new tls.SelfSignedCert("plain-ca", {
    privateKeyPem: keys.rsa.privateKeyPem,
    subject: { commonName: "Plain CA" },
    allowedUses: ["cert_signing"],
    isCaCertificate: true,
    validityPeriodHours: 24,
});

const leaves = Object.entries(keys).map(([name, key]) => {
    const request = new tls.CertRequest(`${name}-request`, {
        privateKeyPem: key.privateKeyPem,
        subject: { commonName: `${name}.test` },
        dnsNames: [`${name}.test`, "*.wild.test"],
        ipAddresses: ["127.0.0.1", "::1"],
        uris: ["spiffe://test/leaf"],
    });
    return new tls.LocallySignedCert(name, {
        certRequestPem: request.certRequestPem,
        caCertPem: ca.certPem,
        caPrivateKeyPem: keys.p256.privateKeyPem,
        allowedUses: ["digital_signature", "key_encipherment", "server_auth", "client_auth"],
        validityPeriodHours: 720,
        earlyRenewalHours: 24,
        setSubjectKeyId: name === "rsa",
    });
});
const byPlain = new tls.LocallySignedCert("by-plain", {
    certRequestPem: new tls.CertRequest("bare-request", { privateKeyPem: keys.ed25519.privateKeyPem, dnsNames: ["bare.test"] })
        .certRequestPem,
    caCertPem: plainCa.certPem,
    caPrivateKeyPem: keys.rsa.privateKeyPem,
    allowedUses: ["any_extended"],
    validityPeriodHours: 1,
});
const selfSigned = Object.entries(keys).map(
    ([name, key]) =>
        new tls.SelfSignedCert(`${name}-self`, {
            privateKeyPem: key.privateKeyPem,
            subject: { commonName: "self.test" },
            dnsNames: ["self.test"],
            allowedUses: ["server_auth"],
            validityPeriodHours: 48,
        }),
);

const secret = new k8s.core.v1.Secret("pair", {
    type: "kubernetes.io/tls",
    stringData: { "tls.key": keys.p256.privateKeyPem, "tls.crt": ca.certPem },
});

export const caPem = ca.certPem;
export const chain = pulumi.all([leaves[0]!.certPem, ca.certPem]).apply((pems) => pems.join(""));
export const keyPem = keys.p256.privateKeyPem;
export const credential = secret.metadata.name;
export const flags = { ready: byPlain.readyForRenewal, algorithm: selfSigned[0]!.keyAlgorithm, caAlgorithm: leaves[0]!.caKeyAlgorithm };
