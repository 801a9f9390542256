/** Where a host's certificate comes from, and that its key stays secret on the whole way. */
import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import * as gatehouse from "pulumi-gatehouse";
import { secretsInClear, type Evaluation } from "pulumi-gatehouse/testing";
import { evaluated, object, refusal } from "./support/evaluation";
import { dnsName, labAuthority, labCertificate, type LabPair } from "../support/certificate-lab";
import { ingressRef } from "./support/refs";

interface SecretObject {
    readonly metadata: { name: string; namespace: string };
    readonly type: string;
    readonly stringData?: Record<string, string>;
    readonly data?: Record<string, string>;
}
interface Servers {
    readonly spec: { readonly servers: readonly { readonly tls?: Record<string, unknown> }[] };
}

const http = [{ route: [{ destination: { host: "web.shop.svc.cluster.local", port: { number: 80 } } }] }];
const virtualHost = (
    tlsArgs: gatehouse.VirtualHostTlsArgs,
    hosts: pulumi.Input<string>[] = ["a.example.com", "b.example.com"],
): gatehouse.VirtualHost<unknown> =>
    new gatehouse.VirtualHost("web", { gateway: ingressRef() as gatehouse.GatewayRef, hosts, http, tls: tlsArgs });

const secrets = (made: Evaluation): SecretObject[] =>
    made.kubernetesObjects().filter(({ kind }) => kind === "Secret") as unknown as SecretObject[];
const serverTls = (made: Evaluation): Record<string, unknown> | undefined =>
    (object(made, "Gateway", "web") as unknown as Servers).spec.servers[0]?.tls;

function content({ stringData = {}, data = {} }: SecretObject): Record<string, string> {
    return {
        ...Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()])),
        ...stringData,
    };
}

/** A pair as it might come from elsewhere. */
async function pair(host: string): Promise<{ certificatePem: string; privateKeyPem: string }> {
    const made = await evaluated(() => {
        const key = new tls.PrivateKey("key", { algorithm: "ECDSA", ecdsaCurve: "P256" });
        const certificate = new tls.SelfSignedCert("cert", {
            privateKeyPem: key.privateKeyPem,
            subject: { commonName: host },
            dnsNames: [host],
            validityPeriodHours: 2160,
            allowedUses: ["server_auth"],
        });
        return { key: key.privateKeyPem, certificate: certificate.certPem };
    });
    return { certificatePem: String(made.outputs["certificate"]), privateKeyPem: String(made.outputs["key"]) };
}

const authorityKeys = ({ cert, key }: LabPair): gatehouse.AuthorityKeys => ({ certificatePem: cert, privateKeyPem: key });

describe("a certificate", () => {
    let ours: { certificatePem: string; privateKeyPem: string };
    before(async () => {
        ours = await pair("a.example.com");
    });

    it("is signed by an authority, for the hosts that it is given to", async () => {
        const made = await evaluated(() =>
            virtualHost({
                certificate: gatehouse.Certificate.signedBy(
                    new gatehouse.CertificateAuthority("ca", { commonName: "Test CA", organization: "Test" }),
                ),
            }),
        );
        const [secret] = secrets(made);
        assert.ok(secret);
        assert.equal(secret.type, "kubernetes.io/tls");
        const [leaf, ca] = (content(secret)["tls.crt"] ?? "")
            .split(/(?<=-----END CERTIFICATE-----\n)/)
            .filter((text) => text.trim() !== "")
            .map((text) => new X509Certificate(text));
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
            return virtualHost({
                certificate: { kind: "signedBy", ca: { certificatePem, privateKeyPem }, algorithm: "RSA", validityHours: 24 },
            });
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
        assert.doesNotMatch(
            JSON.stringify(made.resources.filter(({ type }) => !type.startsWith("kubernetes:core/v1:Secret"))),
            /PRIVATE KEY/,
        );
    });

    it("is refused where it does not belong to its key, does not name the host, or is no PEM", async () => {
        const other = await pair("a.example.com");
        const program =
            (certificate: gatehouse.PemArgs, hosts: pulumi.Input<string>[] = ["a.example.com"]) =>
            () =>
                virtualHost({ certificate: gatehouse.Certificate.fromPem(certificate) }, hosts);
        assert.match(
            await refusal(program({ ...ours, privateKeyPem: other.privateKeyPem })),
            /tls\.certificate\.privateKeyPem: the private key does not belong/,
        );
        assert.match(await refusal(program(ours, ["b.example.com"])), /tls\.certificate\.certificatePem: .*b\.example\.com/);
        assert.match(
            await refusal(program({ ...ours, privateKeyPem: "no key" })),
            /tls\.certificate\.privateKeyPem: the private key is not PEM/,
        );
        assert.match(
            await refusal(program({ ...ours, privateKeyPem: pulumi.secret(other.privateKeyPem) })),
            /the private key does not belong/,
        );
        assert.match(
            await refusal(program(ours, [pulumi.output(Promise.resolve("b.example.com"))])),
            /tls\.certificate\.certificatePem: .*b\.example\.com/,
        );
        for (const text of [await refusal(program({ ...ours, privateKeyPem: other.privateKeyPem }))]) assert.doesNotMatch(text, /BEGIN/);
    });

    it("is a Secret that exists", async () => {
        const made = await evaluated(() => virtualHost({ certificate: gatehouse.Certificate.fromSecret("ours") }));
        assert.deepEqual(serverTls(made), { mode: "SIMPLE", credentialName: "ours" });
        assert.deepEqual(secrets(made), []);
    });

    it("is a pair of files in the proxy's container", async () => {
        const made = await evaluated(() =>
            virtualHost({
                certificate: gatehouse.Certificate.fromFiles({
                    certificate: "/c/tls.crt",
                    privateKey: "/c/tls.key",
                    clientCa: "/c/ca.crt",
                }),
            }),
        );
        assert.deepEqual(serverTls(made), {
            mode: "MUTUAL",
            serverCertificate: "/c/tls.crt",
            privateKey: "/c/tls.key",
            caCertificates: "/c/ca.crt",
        });
    });

    it("is asked for from cert-manager, beside the gateway", async () => {
        const made = await evaluated(() =>
            virtualHost({ certificate: gatehouse.Certificate.fromCertManager({ name: "letsencrypt", kind: "ClusterIssuer" }) }),
        );
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
        const own = await evaluated(() =>
            virtualHost({ certificate: gatehouse.Certificate.selfSigned(), clientCaPem: ours.certificatePem }),
        );
        const [secret] = secrets(own);
        assert.ok(secret);
        assert.equal(content(secret)["ca.crt"], ours.certificatePem);
        assert.equal(serverTls(own)?.["mode"], "MUTUAL");

        const beside = await evaluated(() =>
            virtualHost({
                certificate: gatehouse.Certificate.fromSecret("ours"),
                clientCaPem: ours.certificatePem,
                mode: "OPTIONAL_MUTUAL",
            }),
        );
        const [ca] = secrets(beside);
        assert.ok(ca);
        assert.deepEqual(serverTls(beside), { mode: "OPTIONAL_MUTUAL", credentialName: "ours", caCertCredentialName: ca.metadata.name });
    });

    it("is not signed by what clients would not take for its authority", async () => {
        const year = { until: 3650 };
        const ca = labAuthority("Issuing", year);
        const server = labCertificate({ cn: "server", names: [dnsName("a.example.com")], signer: ca, until: 300 });
        const encrypted = createPrivateKey(ca.key).export({
            type: "pkcs8",
            format: "pem",
            cipher: "aes-256-cbc",
            passphrase: "x",
        }) as string;
        const cases: Readonly<Record<string, readonly [gatehouse.AuthorityKeys, RegExp]>> = {
            "the key of another": [
                { certificatePem: ca.cert, privateKeyPem: server.key },
                /ca\.privateKeyPem: the private key does not belong to the certificate/,
            ],
            "a server's own": [
                { certificatePem: server.cert, privateKeyPem: server.key },
                /ca\.certificatePem: the certificate of `CN=server` is no authority.*fromPem/,
            ],
            "no CA:TRUE": [authorityKeys(labCertificate({ cn: "plain", ca: false, until: 3650 })), /is no authority: its basicConstraints/],
            "no keyCertSign": [
                authorityKeys(labCertificate({ cn: "signer", ca: true, usage: 0x80, until: 3650 })),
                /may not sign others: its keyUsage/,
            ],
            "client certificates only": [
                authorityKeys(labAuthority("clients", { ...year, purposes: ["client"] })),
                /no certificates of servers/,
            ],
            "an expired one": [authorityKeys(labAuthority("old", { from: -20, until: -1 })), /ca\.certificatePem: .*CN=old.* expired on/],
            "one to come": [authorityKeys(labAuthority("new", { from: 2, until: 3650 })), /CN=new.* not valid before/],
            "one that ends first": [
                authorityKeys(labAuthority("short", { until: 100 })),
                /the authority `CN=short` ends on .*, before a certificate of 8760 hours.*`validityHours` of 2399 at most/,
            ],
            "the leaf first": [
                { certificatePem: server.cert + ca.cert, privateKeyPem: ca.key },
                /`CN=server`, which is no authority, comes before .*`CN=Issuing`/,
            ],
            "an encrypted key": [{ certificatePem: ca.cert, privateKeyPem: encrypted }, /ca\.privateKeyPem: the private key is encrypted/],
            "a short key": [authorityKeys(labAuthority("weak", { ...year, key: "rsa1024" })), /an RSA key of 1024 bits/],
            "a chain cut short": [
                { ...authorityKeys(ca), chainPem: ca.cert.slice(0, 100) },
                /ca\.certificatePem: the certificate is PEM that cannot be read/,
            ],
            "no text": [{ certificatePem: ca.cert, privateKeyPem: 5 as unknown as string }, /ca\.privateKeyPem: there is no PEM/],
        };
        for (const [title, [keys, expected]] of Object.entries(cases)) {
            const plain = await refusal(() => virtualHost({ certificate: gatehouse.Certificate.signedBy(keys) }));
            assert.match(plain, expected, title);
            assert.doesNotMatch(plain, /BEGIN|[A-Za-z0-9+/]{40}/, title);
            if (title === "no text") continue;
            const made = () =>
                virtualHost({
                    certificate: gatehouse.Certificate.signedBy({
                        ...keys,
                        certificatePem: pulumi.output(Promise.resolve(keys.certificatePem)),
                        privateKeyPem: pulumi.secret(keys.privateKeyPem),
                    }),
                });
            const later = await refusal(made);
            assert.match(later, expected, `${title}, later`);
            assert.doesNotMatch(later, /BEGIN|[A-Za-z0-9+/]{40}/, title);
        }
        const shared = () =>
            new gatehouse.IngressGateway("edge", {
                namespace: "istio-ingress",
                tls: [
                    {
                        hosts: ["*.example.com"],
                        certificate: gatehouse.Certificate.signedBy({ certificatePem: server.cert, privateKeyPem: server.key }),
                    },
                ],
            });
        assert.match(await refusal(shared), /tls\[0\]\.certificate\.ca\.certificatePem: the certificate of `CN=server` is no authority/);
    });

    it("is signed by an authority that exists, below others and for as long as it lives", async () => {
        const root = labAuthority("Root", { until: 3650 });
        const issuing = labAuthority("Issuing", { signer: root, until: 100 });
        const made = await evaluated(() =>
            virtualHost({
                certificate: gatehouse.Certificate.signedBy({ ...authorityKeys(issuing), chainPem: root.cert }, { validityHours: 2000 }),
            }),
        );
        const [secret] = secrets(made);
        assert.ok(secret);
        const [leaf, ...chain] = (content(secret)["tls.crt"] ?? "")
            .split(/(?<=-----END CERTIFICATE-----\n)/)
            .filter((text) => text.trim() !== "")
            .map((text) => new X509Certificate(text));
        assert.ok(leaf?.verify(createPublicKey(issuing.cert)));
        assert.deepEqual(
            chain.map(({ subject }) => subject),
            ["CN=Issuing", "CN=Root"],
        );
    });

    it("is refused with a key that no listener loads, and written as nothing but what was judged", async () => {
        const weak = labCertificate({ cn: "weak", names: [dnsName("a.example.com")], key: "rsa1024" });
        assert.match(
            await refusal(() =>
                virtualHost({ certificate: gatehouse.Certificate.fromPem({ certificatePem: weak.cert, privateKeyPem: weak.key }) }, [
                    "a.example.com",
                ]),
            ),
            /certificatePem: .*an RSA key of 1024 bits/,
        );
        const marked = { certificatePem: ours.certificatePem, privateKeyPem: `\ufeff${ours.privateKeyPem}` };
        assert.match(
            await refusal(() => virtualHost({ certificate: gatehouse.Certificate.fromPem(marked) }, ["a.example.com"])),
            /privateKeyPem: .*begins with a byte order mark/,
        );
        const around = {
            certificatePem: `\ufeffsubject=CN = a\n${ours.certificatePem.replaceAll("\n", "\r\n")}`,
            privateKeyPem: `\ufeffBag Attributes\n    friendlyName: a\n${ours.privateKeyPem}\n\n`,
        };
        for (const given of [around, { ...around, privateKeyPem: pulumi.secret(around.privateKeyPem) }]) {
            const made = await evaluated(() =>
                virtualHost({ certificate: gatehouse.Certificate.fromPem(given), clientCaPem: around.certificatePem }, ["a.example.com"]),
            );
            const [secret] = secrets(made);
            assert.ok(secret);
            assert.deepEqual(content(secret), {
                "tls.crt": ours.certificatePem,
                "tls.key": ours.privateKeyPem,
                "ca.crt": ours.certificatePem,
            });
            assert.deepEqual(secretsInClear(made), []);
        }
    });

    it("is no Secret of a name that none has", async () => {
        for (const name of ["My_Secret", "other/wild", "-x", "x-", "", "a..b", "ä", "x".repeat(254), "kubernetes://web"]) {
            const expected =
                name === ""
                    ? /tls\.certificate\.name: the Secret has no name/
                    : /tls\.certificate\.name: (?:`.*`|a text of 254 characters.*) is not the name of a Secret\. (?:Use at most 253 of|Give its name alone)/;
            assert.match(await refusal(() => virtualHost({ certificate: gatehouse.Certificate.fromSecret(name) })), expected, name);
            assert.match(
                await refusal(() => virtualHost({ certificate: gatehouse.Certificate.fromSecret(pulumi.output(Promise.resolve(name))) })),
                expected,
                name,
            );
        }
        for (const name of ["web", "web.tls-1", "1"])
            await evaluated(() => virtualHost({ certificate: gatehouse.Certificate.fromSecret(name) }));
        const shared = (name: string) => () =>
            new gatehouse.IngressGateway("edge", {
                namespace: "istio-ingress",
                tls: [{ hosts: ["*.example.com"], certificate: gatehouse.Certificate.fromSecret(name) }],
            });
        assert.match(await refusal(shared("other/wild")), /tls\[0\]\.certificate\.name: `other\/wild` is not the name of a Secret/);
    });

    it("makes nothing by itself", async () => {
        const made = await evaluated(() => {
            gatehouse.Certificate.selfSigned();
        });
        assert.deepEqual(
            made.resources.filter(({ custom }) => custom),
            [],
        );
    });
});
