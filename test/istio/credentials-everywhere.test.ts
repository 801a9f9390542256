/** One judge: components, `analyze`, `check` and the proxy say the same of the same certificate and key. */
import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { describe, it } from "mocha";
import * as pulumi from "@pulumi/pulumi";
import * as gatehouse from "pulumi-gatehouse";
import { analyze, type KubeObject } from "../../istio";
import { checkResources } from "../../policy/library";
import { compile } from "../../proxy/compiler";
import { evaluated, refusal } from "../components/support/evaluation";
import { ingressRef } from "../components/support/refs";
import { resource, type PlainObject } from "../policy/support/resources";
import { INGRESS } from "../proxy/compiler/support";
import { dnsName, labAuthority, labCertificate, labRevocations, labStaple, type LabPair } from "../support/certificate-lab";
import { der, extension } from "../support/der-writer";

type Caller = "component" | "analyze" | "check" | "proxy";

interface Case {
    readonly data: Readonly<Record<string, string | Buffer>>;
    readonly code: string;
    readonly message: RegExp;
    readonly mode?: "MUTUAL";
    /** Who is asked; where nothing is said, all: a component takes no lists and no responses, and warns in a way of its own. */
    readonly callers?: readonly Caller[];
}

const HOST = "a.example.com";
const EVERYBODY: readonly Caller[] = ["component", "analyze", "check", "proxy"];
const READERS: readonly Caller[] = ["analyze", "check", "proxy"];

function objectsOf({ data, mode }: Pick<Case, "data" | "mode">, form: "data" | "stringData"): PlainObject[] {
    const isText = (value: string | Buffer): value is string => form === "stringData" && typeof value === "string";
    const all = Object.entries(data);
    return [
        {
            apiVersion: "v1",
            kind: "Secret",
            type: "Opaque",
            metadata: { name: "web", namespace: "istio-system" },
            stringData: Object.fromEntries(all.filter(([, value]) => isText(value))),
            data: Object.fromEntries(
                all.filter(([, value]) => !isText(value)).map(([key, value]) => [key, Buffer.from(value as string).toString("base64")]),
            ),
        },
        {
            apiVersion: "networking.istio.io/v1",
            kind: "Gateway",
            metadata: { name: "g", namespace: "istio-system" },
            spec: {
                selector: INGRESS.labels,
                servers: [
                    {
                        port: { number: 443, name: "https", protocol: "HTTPS" },
                        hosts: [HOST],
                        tls: { mode: mode ?? "SIMPLE", credentialName: "web" },
                    },
                ],
            },
        },
    ];
}

const POD: KubeObject = { apiVersion: "v1", kind: "Pod", metadata: { name: "edge", namespace: "istio-system", labels: INGRESS.labels } };

/** `CODE message` of everything that is said; `check` has no codes. */
async function said(caller: Caller, one: Pick<Case, "data" | "mode">, form: "data" | "stringData"): Promise<string[]> {
    const objects = objectsOf(one, form);
    const placed = ([...objects, POD] as unknown as KubeObject[]).map((object) => ({ object }));
    switch (caller) {
        case "component": {
            const text = (key: string): string => String(one.data[key]);
            const certificate = gatehouse.Certificate.fromPem({ certificatePem: text("tls.crt"), privateKeyPem: text("tls.key") });
            return [
                await refusal(
                    () =>
                        new gatehouse.VirtualHost("web", {
                            gateway: ingressRef() as gatehouse.GatewayRef,
                            hosts: [HOST],
                            http: [{ directResponse: { status: 200 } }],
                            tls: { certificate, ...(one.data["ca.crt"] === undefined ? {} : { clientCaPem: text("ca.crt") }) },
                        }),
                ),
            ];
        }
        case "analyze":
            return analyze(placed, { now: INGRESS.now }).map(({ code, message }) => `${code} ${message}`);
        case "check":
            return checkResources(objects.map((each) => resource(each)))
                .filter(({ policy }) => policy === "certificate-loads" || policy === "certificate-remarks")
                .map(({ message }) => message);
        case "proxy":
            return compile({ ...INGRESS, objects: placed }).findings.map(({ code, message }) => `${code} ${message}`);
        default:
            return caller satisfies never;
    }
}

function cases(): Readonly<Record<string, Case>> {
    const root = labAuthority("Root");
    const pairOf = ({ cert, key }: LabPair): Record<string, string> => ({ "tls.crt": cert, "tls.key": key });
    const named = (options: object = {}): LabPair => labCertificate({ cn: "web", names: [dnsName(HOST)], signer: root, ...options });
    const web = named();
    const other = named();
    const encrypted = createPrivateKey(web.key).export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" }) as string;
    const mutual = { ...pairOf(web), "ca.crt": root.cert };
    return {
        "a key of another certificate": {
            data: { ...pairOf(web), "tls.key": other.key },
            code: "GH0121",
            message: /the private key does not belong to the certificate of `CN=web`/,
        },
        "an encrypted key": {
            data: { ...pairOf(web), "tls.key": encrypted },
            code: "GH0120",
            message: /the private key is encrypted, and nobody is there to type its passphrase/,
        },
        "joined blocks": {
            data: { ...pairOf(web), "tls.crt": web.cert.trimEnd() + root.cert },
            code: "GH0119",
            message: /the certificate is PEM with two blocks on one line/,
        },
        "a certificate cut short": {
            data: { ...pairOf(web), "tls.crt": web.cert.slice(0, -40) },
            code: "GH0119",
            message: /the certificate is PEM that cannot be read/,
        },
        "a chain cut short": {
            data: { ...pairOf(web), "tls.crt": web.cert + root.cert.slice(0, -40) },
            code: "GH0119",
            message: /the certificate is PEM that cannot be read/,
        },
        "a key cut short": {
            data: { ...pairOf(web), "tls.key": web.key.slice(0, 80) },
            code: "GH0120",
            message: /the private key is PEM that cannot be read/,
        },
        "a byte order mark": {
            data: { ...pairOf(web), "tls.crt": `\ufeff${web.cert}` },
            code: "GH0119",
            message: /the certificate begins with a byte order mark/,
        },
        "the two swapped": {
            data: { "tls.crt": web.key, "tls.key": web.cert },
            code: "GH0119",
            message: /the certificate is a private key/,
        },
        "the chain first": {
            data: { ...pairOf(web), "tls.crt": root.cert + web.cert },
            code: "GH0121",
            message: /the private key does not belong to the certificate of `CN=Root`/,
        },
        "base64 of base64": {
            data: { ...pairOf(web), "tls.crt": Buffer.from(web.cert).toString("base64") },
            code: "GH0119",
            message: /the certificate is base64 of PEM/,
        },
        "a weak key": {
            data: pairOf(named({ key: "rsa1024" })),
            code: "GH0145",
            message: /the certificate of `CN=web` has an RSA key of 1024 bits, which listeners do not load/,
        },
        "a weak key of an authority in the chain": {
            data: { ...pairOf(web), "tls.crt": web.cert + labAuthority("Old", { key: "rsa1024" }).cert },
            code: "GH0145",
            message: /the certificate of `CN=Old` has an RSA key of 1024 bits/,
        },
        "a key that may not sign": {
            data: pairOf(named({ usage: 0x20 })),
            code: "GH0147",
            message: /has an ECDSA key and a keyUsage without digitalSignature, which listeners do not load/,
        },
        "a curve of the past": { data: pairOf(named({ key: "p224" })), code: "GH0145", message: /has a key on the curve secp224r1/ },
        "a curve of elsewhere": { data: pairOf(named({ key: "secp256k1" })), code: "GH0145", message: /has a key on the curve secp256k1/ },
        "an exponent of 1": { data: pairOf(named({ key: "rsa-e1" })), code: "GH0145", message: /has an RSA key with the exponent 1/ },
        "a key for PSS alone": { data: pairOf(named({ key: "rsa-pss" })), code: "GH0145", message: /has a key of the kind rsa-pss/ },
        Ed448: { data: pairOf(named({ key: "ed448" })), code: "GH0145", message: /has a key of the kind ed448/ },
        "a version that does not exist": {
            data: pairOf(named({ version: 3 })),
            code: "GH0119",
            message: /the certificate is PEM that cannot be read: a block is cut short, malformed/,
        },
        "extensions of a version without them": { data: pairOf(named({ version: 0 })), code: "GH0119", message: /malformed/ },
        "an RSA key that may not sign": {
            data: pairOf(named({ key: "rsa", usage: 0x20 })),
            callers: READERS,
            code: "GH0146",
            message: /has a keyUsage without digitalSignature/,
        },
        "a certificate for clients": {
            data: pairOf(named({ purposes: ["client"] })),
            callers: READERS,
            code: "GH0146",
            message: /has an extendedKeyUsage without serverAuth, for which clients refuse it/,
        },
        "authorities of clients cut short": {
            data: { ...mutual, "ca.crt": root.cert.slice(0, -40) },
            mode: "MUTUAL",
            code: "GH0119",
            message: /the certificate authority is PEM that cannot be read/,
        },
        "a list of revoked certificates that is none": {
            data: { ...mutual, "ca.crl": "nothing" },
            mode: "MUTUAL",
            callers: READERS,
            code: "GH0140",
            message: /the list of revoked certificates can't be read/,
        },
        "a list with entries of a list of changes": {
            data: {
                ...mutual,
                "ca.crl": labRevocations(root, [other], { entryExtensions: [extension("2.5.29.21", der(0x0a, Buffer.of(8)))] }),
            },
            mode: "MUTUAL",
            callers: READERS,
            code: "GH0140",
            message: /the list of revoked certificates can't be read/,
        },
        "an outdated list": {
            data: { ...mutual, "ca.crl": labRevocations(root, [], { from: -9, until: -1 }) },
            mode: "MUTUAL",
            callers: READERS,
            code: "GH0141",
            message: /was to be renewed by .*; everybody is refused/,
        },
        "a list to come": {
            data: { ...mutual, "ca.crl": labRevocations(root, [], { from: 2 }) },
            mode: "MUTUAL",
            callers: READERS,
            code: "GH0141",
            message: /is not in force before/,
        },
        "a list of one authority of two": {
            data: { ...mutual, "ca.crt": root.cert + labAuthority("Second").cert, "ca.crl": labRevocations(root, []) },
            mode: "MUTUAL",
            callers: READERS,
            code: "GH0142",
            message: /there is none of `CN=Second`/,
        },
        "a list under the other key": {
            data: { ...mutual, crl: labRevocations(root, []) },
            mode: "MUTUAL",
            callers: READERS,
            code: "GH0143",
            message: /under crl is not read/,
        },
        "an OCSP response about another": {
            data: { ...pairOf(web), "tls.ocsp-staple": labStaple(root, other) },
            callers: READERS,
            code: "GH0144",
            message: /tls\.ocsp-staple is about another certificate/,
        },
        "an outdated OCSP response": {
            data: { ...pairOf(web), "tls.ocsp-staple": labStaple(root, web, { from: -9, until: -1 }) },
            callers: READERS,
            code: "GH0144",
            message: /tls\.ocsp-staple was to be renewed by/,
        },
        "no OCSP response": {
            data: { ...pairOf(web), "tls.ocsp-staple": "nothing" },
            callers: READERS,
            code: "GH0144",
            message: /tls\.ocsp-staple is no OCSP response/,
        },
    };
}

describe("a certificate is judged by one judge", () => {
    for (const [title, one] of Object.entries(cases())) {
        it(`everywhere: ${title}`, async () => {
            const keys = [one.data["tls.key"], one.data["tls.crt"]]
                .flatMap((pem) => String(pem).split("\n"))
                .filter((line) => line.length > 40 && !line.startsWith("-"));
            for (const caller of one.callers ?? EVERYBODY) {
                for (const form of caller === "component" ? (["stringData"] as const) : (["data", "stringData"] as const)) {
                    const lines = await said(caller, one, form);
                    const found = lines.filter((line) => one.message.test(line));
                    assert.equal(found.length, 1, `${caller}, ${form}: ${lines.join("\n")}`);
                    if (caller !== "check") assert.ok(found[0]?.includes(one.code), found[0]);
                    assert.deepEqual(
                        keys.filter((key) => lines.join().includes(key)),
                        [],
                    );
                }
            }
        });
    }

    it("and passes everywhere", async () => {
        const root = labAuthority("Root");
        const web = labCertificate({ cn: "web", names: [dnsName(HOST)], signer: root, usage: 0x80, purposes: ["client", "server"] });
        const data = {
            "tls.crt": web.cert,
            "tls.key": web.key,
            "ca.crt": root.cert,
            "ca.crl": labRevocations(root, []),
            "tls.ocsp-staple": labStaple(root, web),
        };
        for (const caller of READERS) {
            const lines = await said(caller, { data, mode: "MUTUAL" }, "stringData");
            assert.deepEqual(
                lines.filter((line) => /GH01(?:1[89]|2\d|4\d)/.test(line) || caller === "check"),
                [],
                caller,
            );
        }
    });
});

describe("a component with a certificate that is not for servers", () => {
    const warnings = async (made: LabPair, program: (certificate: gatehouse.CertificateSource) => unknown): Promise<string[]> => {
        const lines: string[] = [];
        await evaluated(
            () => {
                program(gatehouse.Certificate.fromPem({ certificatePem: pulumi.secret(made.cert), privateKeyPem: made.key }));
            },
            {
                onLog: ({ severity, message }) => {
                    if (severity === "warning") lines.push(message);
                },
            },
        );
        return lines.filter((line) => line.includes("GH01"));
    };
    const host = (certificate: gatehouse.CertificateSource): unknown =>
        new gatehouse.VirtualHost("web", {
            gateway: ingressRef() as gatehouse.GatewayRef,
            hosts: [HOST],
            http: [{ directResponse: { status: 200 } }],
            tls: { certificate },
        });
    const shared = (certificate: gatehouse.CertificateSource): unknown =>
        new gatehouse.IngressGateway("edge", { namespace: "edge", image: "proxy", tls: [{ hosts: [HOST], certificate }] });
    const made = (options: object): LabPair =>
        labCertificate({ cn: "web", names: [dnsName(HOST)], signer: labAuthority("Root"), ...options });

    it("is made, and Pulumi warns by the argument", async () => {
        const wrong = made({ purposes: ["client"] });
        assert.deepEqual(await warnings(wrong, host), [
            "GH0146: tls.certificate.certificatePem: the certificate has an extendedKeyUsage without serverAuth, for which clients refuse it. Get one with serverAuth.",
        ]);
        assert.match((await warnings(wrong, shared)).join(), /^GH0146: tls\[0\]\.certificate\.certificatePem: /);
    });

    it("is warned of no more once it is for servers", async () => {
        assert.deepEqual(await warnings(made({ purposes: ["server"] }), host), []);
    });
});
