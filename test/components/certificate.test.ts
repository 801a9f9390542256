/** Where a host's certificate comes from, and that its key stays secret on the whole way. */
import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { X509Certificate } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import * as gatehouse from "pulumi-gatehouse";
import { secretsInClear, type Evaluation } from "pulumi-gatehouse/testing";
import { evaluated, object, refusal } from "./support/evaluation";
import { ingressRef } from "./support/refs";

interface SecretObject { readonly metadata: { name: string; namespace: string }; readonly type: string; readonly stringData?: Record<string, string>; readonly data?: Record<string, string> }
interface Servers { readonly spec: { readonly servers: readonly { readonly tls?: Record<string, unknown> }[] } }

const http = [{ route: [{ destination: { host: "web.shop.svc.cluster.local", port: { number: 80 } } }] }];
const virtualHost = (tlsArgs: gatehouse.VirtualHostTlsArgs, hosts: pulumi.Input<string>[] = ["a.example.com", "b.example.com"]): gatehouse.VirtualHost<unknown> =>
    new gatehouse.VirtualHost("web", { gateway: ingressRef() as gatehouse.GatewayRef, hosts, http, tls: tlsArgs });

const secrets = (made: Evaluation): SecretObject[] => made.kubernetesObjects().filter(({ kind }) => kind === "Secret") as unknown as SecretObject[];
const serverTls = (made: Evaluation): Record<string, unknown> | undefined => (object(made, "Gateway", "web") as unknown as Servers).spec.servers[0]?.tls;

function content({ stringData = {}, data = {} }: SecretObject): Record<string, string> {
    return { ...Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()])), ...stringData };
}

/** A pair as it might come from elsewhere. */
async function pair(host: string): Promise<{ certificatePem: string; privateKeyPem: string }> {
    const made = await evaluated(() => {
        const key = new tls.PrivateKey("key", { algorithm: "ECDSA", ecdsaCurve: "P256" });
        const certificate = new tls.SelfSignedCert("cert", { privateKeyPem: key.privateKeyPem, subject: { commonName: host }, dnsNames: [host], validityPeriodHours: 2160, allowedUses: ["server_auth"] });
        return { key: key.privateKeyPem, certificate: certificate.certPem };
    });
    return { certificatePem: String(made.outputs["certificate"]), privateKeyPem: String(made.outputs["key"]) };
}

describe("a certificate", () => {
    let ours: { certificatePem: string; privateKeyPem: string };
    before(async () => { ours = await pair("a.example.com"); });

    it("is signed by an authority, for the hosts that it is given to", async () => {
        const made = await evaluated(() => virtualHost({ certificate: gatehouse.Certificate.signedBy(new gatehouse.CertificateAuthority("ca", { commonName: "Test CA", organization: "Test" })) }));
        const [secret] = secrets(made);
        assert.ok(secret);
        assert.equal(secret.type, "kubernetes.io/tls");
        const [leaf, ca] = (content(secret)["tls.crt"] ?? "").split(/(?<=-----END CERTIFICATE-----\n)/).filter((text) => text.trim() !== "").map((text) => new X509Certificate(text));
        assert.ok(leaf && ca);
        assert.equal(leaf.subjectAltName, "DNS:a.example.com, DNS:b.example.com");
        assert.match(leaf.issuer, /CN=Test CA/);
        assert.ok(leaf.verify(ca.publicKey) && ca.ca && !leaf.ca);
        const days = (Date.parse(leaf.validTo) - Date.parse(leaf.validFrom)) / 86_400_000;
        assert.ok(days > 364 && days < 366, `${days} days`);
        assert.deepEqual(secretsInClear(made), []);
    });

    it("is signed by an authority that is given as plain data", async () => {
        const made = await evaluated(() => {
            const { certificatePem, privateKeyPem } = new gatehouse.CertificateAuthority("ca", { commonName: "Test CA" });
            return virtualHost({ certificate: { kind: "signedBy", ca: { certificatePem, privateKeyPem }, algorithm: "RSA", validityHours: 24 } });
        });
        const [secret] = secrets(made);
        assert.ok(secret);
        const leaf = new X509Certificate(content(secret)["tls.crt"] ?? "");
        assert.equal(leaf.publicKey.asymmetricKeyType, "rsa");
        assert.deepEqual(secretsInClear(made), []);
    });

    it("is signed by its own key", async () => {
        const made = await evaluated(() => virtualHost({ certificate: gatehouse.Certificate.selfSigned() }));
        const [secret] = secrets(made);
        assert.ok(secret);
        const leaf = new X509Certificate(content(secret)["tls.crt"] ?? "");
        assert.ok(leaf.verify(leaf.publicKey));
        assert.equal(leaf.subjectAltName, "DNS:a.example.com, DNS:b.example.com");
        assert.deepEqual(secretsInClear(made), []);
    });

    it("is given as PEM, and kept secret though it was not marked", async () => {
        const made = await evaluated(() => virtualHost({ certificate: gatehouse.Certificate.fromPem(ours) }, ["a.example.com"]));
        const [secret] = secrets(made);
        assert.ok(secret);
        assert.equal(content(secret)["tls.key"]?.trim(), ours.privateKeyPem.trim());
        assert.deepEqual(secretsInClear(made), []);
        assert.doesNotMatch(JSON.stringify(made.resources.filter(({ type }) => !type.startsWith("kubernetes:core/v1:Secret"))), /PRIVATE KEY/);
    });

    it("is refused where it does not belong to its key, does not name the host, or is no PEM", async () => {
        const other = await pair("a.example.com");
        const program = (certificate: gatehouse.PemArgs, hosts: pulumi.Input<string>[] = ["a.example.com"]) => () => virtualHost({ certificate: gatehouse.Certificate.fromPem(certificate) }, hosts);
        assert.match(await refusal(program({ ...ours, privateKeyPem: other.privateKeyPem })), /tls\.certificate\.privateKeyPem: the private key does not belong/);
        assert.match(await refusal(program(ours, ["b.example.com"])), /tls\.certificate\.certificatePem: .*b\.example\.com/);
        assert.match(await refusal(program({ ...ours, privateKeyPem: "no key" })), /tls\.certificate\.privateKeyPem: the private key is not PEM/);
        assert.match(await refusal(program({ ...ours, privateKeyPem: pulumi.secret(other.privateKeyPem) })), /the private key does not belong/);
        assert.match(await refusal(program(ours, [pulumi.output(Promise.resolve("b.example.com"))])), /tls\.certificate\.certificatePem: .*b\.example\.com/);
        for (const text of [await refusal(program({ ...ours, privateKeyPem: other.privateKeyPem }))]) assert.doesNotMatch(text, /BEGIN/);
    });

    it("is a Secret that exists", async () => {
        const made = await evaluated(() => virtualHost({ certificate: gatehouse.Certificate.fromSecret("ours") }));
        assert.deepEqual(serverTls(made), { mode: "SIMPLE", credentialName: "ours" });
        assert.deepEqual(secrets(made), []);
    });

    it("is a pair of files in the proxy's container", async () => {
        const made = await evaluated(() => virtualHost({ certificate: gatehouse.Certificate.fromFiles({ certificate: "/c/tls.crt", privateKey: "/c/tls.key", clientCa: "/c/ca.crt" }) }));
        assert.deepEqual(serverTls(made), { mode: "MUTUAL", serverCertificate: "/c/tls.crt", privateKey: "/c/tls.key", caCertificates: "/c/ca.crt" });
    });

    it("is asked for from cert-manager, beside the gateway", async () => {
        const made = await evaluated(() => virtualHost({ certificate: gatehouse.Certificate.fromCertManager({ name: "letsencrypt", kind: "ClusterIssuer" }) }));
        assert.deepEqual(object(made, "Certificate", "web")["spec"], {
            secretName: "web-tls",
            dnsNames: ["a.example.com", "b.example.com"],
            issuerRef: { name: "letsencrypt", kind: "ClusterIssuer", group: "cert-manager.io" },
            privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
            usages: ["digital signature", "server auth"],
        });
        assert.deepEqual(serverTls(made), { mode: "SIMPLE", credentialName: "web-tls" });
    });

    it("comes with the authorities of clients in its own Secret, or in one beside a Secret that exists", async () => {
        const own = await evaluated(() => virtualHost({ certificate: gatehouse.Certificate.selfSigned(), clientCaPem: ours.certificatePem }));
        const [secret] = secrets(own);
        assert.ok(secret);
        assert.equal(content(secret)["ca.crt"], ours.certificatePem);
        assert.equal(serverTls(own)?.["mode"], "MUTUAL");

        const beside = await evaluated(() => virtualHost({ certificate: gatehouse.Certificate.fromSecret("ours"), clientCaPem: ours.certificatePem, mode: "OPTIONAL_MUTUAL" }));
        const [ca] = secrets(beside);
        assert.ok(ca);
        assert.deepEqual(serverTls(beside), { mode: "OPTIONAL_MUTUAL", credentialName: "ours", caCertCredentialName: ca.metadata.name });
    });

    it("makes nothing by itself", async () => {
        const made = await evaluated(() => { gatehouse.Certificate.selfSigned(); });
        assert.deepEqual(made.resources.filter(({ custom }) => custom), []);
    });
});
