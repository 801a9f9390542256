/** Which certificates and keys a server is served with, in the forms that people put them into Secrets. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { DEFAULT_CIPHERS, type ConnectionOptions } from "node:tls";
import type { KubeObject } from "../../../istio";
import { dnsName, labAuthority, labCertificate, labStaple, type LabKey, type LabPair } from "../../support/certificate-lab";
import { der, oid, pemOf } from "../../support/der-writer";
import { ODD_CHAINS, ODD_FIELDS, ODD_KEYS, ODD_USES, type OddCertificate } from "../../support/odd-certificates";
import {
    ask,
    GATEWAY_SELECTOR,
    istioObject,
    nameOf,
    secret,
    type Answer,
    type Ask,
    type Case,
    type Setting,
    type Topic,
} from "../support/case";

const HOST = "a.shop.test";

/**
 * One Secret on a port of its own, for Envoy does not open the port of a Secret that it does not take. It has a name of its
 * own too, for what istiod once gave out it may give again.
 */
function form(
    title: string,
    make: (root: LabPair, setting: Setting) => Readonly<Record<string, string | Buffer>>,
    difference?: { readonly ours: Answer; readonly why: string },
): Case {
    return {
        title,
        ...(difference ? { differences: { "a request": difference } } : {}),
        make: (setting) => {
            const root = labAuthority("Root");
            return { objects: served(setting, nameOf(title), make(root, setting)), asks: { "a request": request() } };
        },
    };
}

function served(setting: Setting, credentialName: string, data: Readonly<Record<string, string | Buffer>>): KubeObject[] {
    return [
        secret(credentialName, data),
        istioObject("Gateway", "a", {
            selector: GATEWAY_SELECTOR,
            servers: [
                {
                    port: { number: setting.ports.https, name: "https", protocol: "HTTPS" },
                    hosts: [HOST],
                    tls: { mode: "SIMPLE", credentialName },
                },
            ],
        }),
        istioObject("VirtualService", "a", { hosts: [HOST], gateways: ["a"], http: [{ directResponse: { status: 200 } }] }),
    ];
}

function request(more: ConnectionOptions = { maxVersion: "TLSv1.2" }): Ask {
    return ask(HOST, "GET /", [], {
        port: "https",
        tls: { servername: HOST, ciphers: `${DEFAULT_CIPHERS}:ALL:@SECLEVEL=0`, ...more },
        anyReason: true,
    });
}

/** A client of TLS 1.2 looks at the key's usage by itself, one of TLS 1.3 at nothing. */
function odd(title: string, make: OddCertificate, differences?: Case["differences"]): Case {
    return {
        title,
        ...(differences ? { differences } : {}),
        make: (setting) => ({
            objects: served(setting, `odd-${nameOf(title)}`, tls(make(labAuthority("Root"), HOST))),
            asks: { "over TLS 1.2": request(), "over TLS 1.3": request({ minVersion: "TLSv1.3" }) },
        }),
    };
}

const SERVED = { status: 200, ended: undefined, headers: { "content-length": "0" } } as unknown as Answer;
const WEAK = {
    ours: { status: 0, ended: "closed", headers: undefined } as unknown as Answer,
    why: "what an RSA key below 2048 bits has signed can be forged",
};
const NO_STAPLE = { ours: SERVED, why: "without a staple the certificate is as good as one that never had any" };

const leaf = (signer: LabPair, key: LabKey = "ec", more: object = {}): LabPair =>
    labCertificate({ cn: HOST, names: [dnsName(HOST)], signer, key, ...more });
const tls = (pair: LabPair): Record<string, string> => ({ "tls.crt": pair.cert, "tls.key": pair.key });
const exported = (pair: LabPair, type: "pkcs1" | "sec1" | "pkcs8", cipher?: string): string => {
    const options = { type, format: "pem" as const, ...(cipher ? { cipher, passphrase: "secret" } : {}) };
    return createPrivateKey(pair.key).export(options as { type: "pkcs8"; format: "pem" }) as string;
};

const PARAMETERS = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";

export const serverCertificates: Topic = {
    name: "server-certificates",
    cases: [
        form("the usual", (root) => tls(leaf(root))),
        form("an RSA key of 2048 bits", (root) => tls(leaf(root, "rsa"))),
        form("an RSA key of 1024 bits", (root) => tls(leaf(root, "rsa1024"))),
        form("a key on P-384", (root) => tls(leaf(root, "p384"))),
        form("a key on P-521", (root) => tls(leaf(root, "p521"))),
        form("an Ed25519 key", (root) => tls(leaf(root, "ed25519"))),
        form("expired", (root) => tls(leaf(root, "ec", { until: -0.5 }))),
        form("not valid yet", (root) => tls(leaf(root, "ec", { from: 1 }))),
        form("for clients only", (root) => tls(leaf(root, "ec", { purposes: ["client"] }))),
        form("an authority itself", () => tls(labAuthority(HOST))),
        form("the key of another", (root) => ({ "tls.crt": leaf(root).cert, "tls.key": leaf(root).key })),
        form("blocks without a line break between them", (root) => {
            const one = leaf(root);
            return { "tls.crt": `${one.cert.trimEnd()}${root.cert}`, "tls.key": one.key };
        }),
        form("the authority first", (root) => {
            const one = leaf(root);
            return { "tls.crt": `${root.cert}${one.cert}`, "tls.key": one.key };
        }),
        form("a second block that is cut short", (root) => {
            const one = leaf(root);
            return { "tls.crt": `${one.cert}${root.cert.slice(0, 200)}`, "tls.key": one.key };
        }),
        form("text around the blocks", (root) => {
            const one = leaf(root);
            return {
                "tls.crt": `subject: a\n${one.cert}issuer: b\n${root.cert}the end\n`,
                "tls.key": `Key attributes: none\n${one.key}bye\n`,
            };
        }),
        form("a byte order mark", (root) => {
            const one = leaf(root);
            return { "tls.crt": `\ufeff${one.cert}`, "tls.key": `\ufeff${one.key}` };
        }),
        form("a byte order mark before the certificate alone", (root) => {
            const one = leaf(root);
            return { "tls.crt": `\ufeff${one.cert}`, "tls.key": one.key };
        }),
        form("line ends of DOS", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert.replaceAll("\n", "\r\n"), "tls.key": one.key.replaceAll("\n", "\r\n") };
        }),
        form("no line end at the end", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert.trimEnd(), "tls.key": one.key.trimEnd() };
        }),
        form("indented", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert.replaceAll(/^/gm, "  "), "tls.key": one.key.replaceAll(/^/gm, "  ") };
        }),
        form("spaces at the ends of lines", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert.replaceAll("\n", "  \n"), "tls.key": one.key.replaceAll("\n", "  \n") };
        }),
        form("everything in one line", (root) => {
            const one = leaf(root);
            const flat = (pem: string): string =>
                pem.replace(
                    /(-----BEGIN [A-Z ]+-----)([^-]+)(-----.*)/s,
                    (_, begin: string, body: string, end: string) => `${begin}\n${body.replaceAll("\n", "")}\n${end}`,
                );
            return { "tls.crt": flat(one.cert), "tls.key": flat(one.key) };
        }),
        form("a key of SEC1 behind its parameters", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert, "tls.key": `${PARAMETERS}${exported(one, "sec1")}` };
        }),
        form("a key of SEC1", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert, "tls.key": exported(one, "sec1") };
        }),
        form("a key of PKCS 1", (root) => {
            const one = leaf(root, "rsa");
            return { "tls.crt": one.cert, "tls.key": exported(one, "pkcs1") };
        }),
        form("an encrypted key", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert, "tls.key": exported(one, "pkcs8", "aes-256-cbc") };
        }),
        form("an encrypted key of the old form", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert, "tls.key": exported(one, "sec1", "aes-256-cbc") };
        }),
        form("two keys, the right one first", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert, "tls.key": `${one.key}${leaf(root).key}` };
        }),
        form("two keys, the right one second", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert, "tls.key": `${leaf(root).key}${one.key}` };
        }),
        form("certificate and key in one text", (root) => {
            const one = leaf(root);
            return { "tls.crt": `${one.cert}${one.key}`, "tls.key": `${one.cert}${one.key}` };
        }),
        form("the key before the certificate in one text", (root) => {
            const one = leaf(root);
            return { "tls.crt": `${one.key}${one.cert}`, "tls.key": `${one.key}${one.cert}` };
        }),
        form("DER instead of PEM", (root) => {
            const one = leaf(root);
            return { "tls.crt": Buffer.from(one.cert.replace(/-----[^-]+-----|\s/g, ""), "base64"), "tls.key": one.key };
        }),
        form("base64 of the PEM", (root) => {
            const one = leaf(root);
            return { "tls.crt": Buffer.from(one.cert).toString("base64"), "tls.key": Buffer.from(one.key).toString("base64") };
        }),
        form("swapped", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.key, "tls.key": one.cert };
        }),
        form("a TRUSTED CERTIFICATE block", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert.replaceAll(" CERTIFICATE", " TRUSTED CERTIFICATE"), "tls.key": one.key };
        }),
        form("an X509 CERTIFICATE block", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert.replaceAll(" CERTIFICATE", " X509 CERTIFICATE"), "tls.key": one.key };
        }),
        form("nothing in the certificate", (root) => ({ "tls.crt": "", "tls.key": leaf(root).key })),
        form("a staple", (root) => {
            const one = leaf(root);
            return { ...tls(one), "tls.ocsp-staple": labStaple(root, one) };
        }),
        form("an expired staple", (root) => {
            const one = leaf(root);
            return { ...tls(one), "tls.ocsp-staple": labStaple(root, one, { from: -5, until: -1 }) };
        }),
        form("a staple that says revoked", (root) => {
            const one = leaf(root);
            return { ...tls(one), "tls.ocsp-staple": labStaple(root, one, { status: "revoked" }) };
        }),
        form(
            "a staple of another certificate",
            (root) => ({ ...tls(leaf(root)), "tls.ocsp-staple": labStaple(root, leaf(root)) }),
            NO_STAPLE,
        ),
        form("a staple that is none", (root) => ({ ...tls(leaf(root)), "tls.ocsp-staple": "no staple" }), NO_STAPLE),
        form(
            "a staple that is an error",
            (root) => {
                const one = leaf(root);
                return { ...tls(one), "tls.ocsp-staple": labStaple(root, one, { answer: 6 }) };
            },
            NO_STAPLE,
        ),
        form("an encrypted key of RSA in the old form", (root) => {
            const one = leaf(root, "rsa");
            return { "tls.crt": one.cert, "tls.key": exported(one, "pkcs1", "des-ede3-cbc") };
        }),
        form("a key behind which its parameters stand", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert, "tls.key": `${exported(one, "sec1")}${PARAMETERS}` };
        }),
        form("a key with its curve spelled out", () => {
            const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256", paramEncoding: "explicit" });
            return tls(
                labCertificate({ cn: HOST, names: [dnsName(HOST)], keyPem: privateKey.export({ type: "pkcs8", format: "pem" }) as string }),
            );
        }),
        form("a key of PKCS 8 under the label of SEC1", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert, "tls.key": one.key.replaceAll(" PRIVATE KEY", " EC PRIVATE KEY") };
        }),
        form("a key of SEC1 under the label of PKCS 8", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert, "tls.key": exported(one, "sec1").replaceAll(" EC PRIVATE KEY", " PRIVATE KEY") };
        }),
        form("a key of PKCS 8 under the label of PKCS 1", (root) => {
            const one = leaf(root, "rsa");
            return { "tls.crt": one.cert, "tls.key": one.key.replaceAll(" PRIVATE KEY", " RSA PRIVATE KEY") };
        }),
        form("a key of EC under the label of RSA", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert, "tls.key": exported(one, "sec1").replaceAll(" EC PRIVATE KEY", " RSA PRIVATE KEY") };
        }),
        form("a key of RSA under the label of DSA", (root) => {
            const one = leaf(root, "rsa");
            return { "tls.crt": one.cert, "tls.key": exported(one, "pkcs1").replaceAll(" RSA PRIVATE KEY", " DSA PRIVATE KEY") };
        }),
        form("a key under a label of OpenSSL", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert, "tls.key": one.key.replaceAll(" PRIVATE KEY", " ANY PRIVATE KEY") };
        }),
        form("a key of OpenSSH", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert, "tls.key": one.key.replaceAll(" PRIVATE KEY", " OPENSSH PRIVATE KEY") };
        }),
        form("a public key", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert, "tls.key": createPublicKey(one.key).export({ type: "spki", format: "pem" }) };
        }),
        form("a key in DER", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert, "tls.key": createPrivateKey(one.key).export({ type: "pkcs8", format: "der" }) };
        }),
        form("a key with more behind its DER", (root) => {
            const one = leaf(root);
            return {
                "tls.crt": one.cert,
                "tls.key": pemOf(
                    "PRIVATE KEY",
                    Buffer.concat([createPrivateKey(one.key).export({ type: "pkcs8", format: "der" }), Buffer.of(0, 0)]),
                ),
            };
        }),
        form("a request for a certificate before it", (root) => {
            const one = leaf(root);
            return { "tls.crt": `${pemOf("CERTIFICATE REQUEST", Buffer.of(0x30, 0))}${one.cert}`, "tls.key": one.key };
        }),
        form("a request for a certificate that is cut short behind it", (root) => {
            const one = leaf(root);
            return { "tls.crt": `${one.cert}-----BEGIN CERTIFICATE REQUEST-----\nMIIB`, "tls.key": one.key };
        }),
        form("a label in small letters", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert.replaceAll("CERTIFICATE", "certificate"), "tls.key": one.key };
        }),
        form("line ends of old Macs", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert.replaceAll("\n", "\r"), "tls.key": one.key.replaceAll("\n", "\r") };
        }),
        form("tabs at the ends of lines", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert.replaceAll("\n", "\t\n"), "tls.key": one.key };
        }),
        form("spaces within the base64", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert.replace(/^MI(.{20})/m, "MI$1 "), "tls.key": one.key };
        }),
        form("blank lines within the base64", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert.replace(/^(MI.*)$/m, "$1\n"), "tls.key": one.key };
        }),
        form("a blank line behind the begin", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert.replace(/^MI/m, "\nMI"), "tls.key": one.key };
        }),
        form("headers within the block", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert.replace(/^MI/m, "Subject: a\n\nMI"), "tls.key": one.key };
        }),
        form("base64 of a URL", (root) => {
            const one = leaf(root);
            return {
                "tls.crt": one.cert.replace(/(?<=\n)[A-Za-z0-9+/=\n]+(?=\n-----END)/, (body) =>
                    body.replaceAll("+", "-").replaceAll("/", "_"),
                ),
                "tls.key": one.key,
            };
        }),
        form("base64 without its padding", (root) => {
            let one = leaf(root);
            for (let at = 0; at < 40 && !/[^=]=\n-----END/.test(one.cert); at++) one = leaf(root, "ec", { cn: HOST + "x".repeat(at) });
            return { "tls.crt": one.cert.replace(/=+\n-----END/, "\n-----END"), "tls.key": one.key };
        }),
        form("more dashes", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert.replace("-----BEGIN", "------BEGIN"), "tls.key": one.key };
        }),
        form("more behind the begin", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert.replace("CERTIFICATE-----", "CERTIFICATE----- # a"), "tls.key": one.key };
        }),
        form("another label at the end", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert.replace("END CERTIFICATE", "END X509 CERTIFICATE"), "tls.key": one.key };
        }),
        form("a NUL behind it", (root) => {
            const one = leaf(root);
            return { "tls.crt": `${one.cert}\0`, "tls.key": `${one.key}\0` };
        }),
        form("UTF-16", (root) => {
            const one = leaf(root);
            return { "tls.crt": Buffer.from(`\ufeff${one.cert}`, "utf16le"), "tls.key": one.key };
        }),
        form("a PKCS 7 block", (root) => {
            const one = leaf(root);
            return { "tls.crt": one.cert.replaceAll("CERTIFICATE", "PKCS7"), "tls.key": one.key };
        }),
        form("a TRUSTED CERTIFICATE with its trust", (root) => {
            const one = leaf(root);
            return {
                "tls.crt": pemOf(
                    "TRUSTED CERTIFICATE",
                    Buffer.concat([new X509Certificate(one.cert).raw, der(0x30, der(0x30, oid("1.3.6.1.5.5.7.3.2")))]),
                ),
                "tls.key": one.key,
            };
        }),
        form("a TRUSTED CERTIFICATE behind it", (root) => {
            const one = leaf(root);
            return { "tls.crt": `${one.cert}${root.cert.replaceAll(" CERTIFICATE", " TRUSTED CERTIFICATE")}`, "tls.key": one.key };
        }),
        ...Object.entries({ ...ODD_KEYS, ...ODD_USES, ...ODD_FIELDS, ...ODD_CHAINS }).map(([title, make]) =>
            odd(title, make, title === "an authority with an RSA key of 1024 bits" ? { "over TLS 1.2": WEAK, "over TLS 1.3": WEAK } : {}),
        ),
        form("an empty staple", (root) => ({ ...tls(leaf(root)), "tls.ocsp-staple": "" })),
    ],
};
