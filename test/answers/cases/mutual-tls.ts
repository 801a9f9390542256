/** Servers that ask for certificates: where their authorities, lists and pins come from, and in which forms. */
import { createHash, X509Certificate } from "node:crypto";
import { chained, criticalExtension, dnsName, labCertificate, labRevocations, type LabPair } from "../../support/certificate-lab";
import { der, extension } from "../../support/der-writer";
import { authorities, client, serve } from "../support/asking-servers";
import { ask, GATEWAY_SELECTOR, istioObject, nameOf, secret, to, type Answer, type Ask, type Case, type Topic } from "../support/case";

const CLOSED = { status: 0, ended: "closed", headers: undefined } as unknown as Answer;
const SERVED = { status: 200, ended: undefined, headers: { "content-length": "0" } } as unknown as Answer;
const NAMED = { "of the root": { ours: SERVED, why: "the Secret that is named has the authority; Envoy's listener stays closed" } };

const OPEN = { ours: CLOSED, why: "nobody is let in where the authority that is named is not there" };

const OPTIONAL = { mode: "OPTIONAL_MUTUAL" };

const lists: Case = {
    title: "lists of every shape",
    differences: {
        "taken-off: not on it": {
            ours: CLOSED,
            why: "an entry of a list of changes spoils a whole list: OpenSSL would let in who is on it",
        },
    },
    make: (setting) => {
        const { root, issuing, other } = authorities();
        const good = client(root);
        const bad = client(root);
        const both = { "not on it": good, "on it": bad, "nothing shown": undefined };
        const below = chained(client(issuing), issuing);
        const withList = (list: string, tls: object = {}) => ({ keys: { "ca.crt": root.cert, "ca.crl": list }, tls, clients: both });
        const critical = criticalExtension("1.2.3.4", der(0x05));
        return serve(setting, {
            "issuing-only": {
                keys: { "ca.crt": root.cert, "ca.crl": labRevocations(issuing, []) },
                clients: { below: below, "of the root": good },
            },
            "issuing-only-optional": {
                keys: { "ca.crt": root.cert, "ca.crl": labRevocations(issuing, []) },
                tls: OPTIONAL,
                clients: { below: below, "of the root": good, "nothing shown": undefined },
            },
            "issuing-ca-root-list": { keys: { "ca.crt": issuing.cert, "ca.crl": labRevocations(root, []) }, clients: { below: below } },
            "issuing-ca-both": {
                keys: { "ca.crt": `${issuing.cert}${root.cert}`, "ca.crl": labRevocations(issuing, []) },
                clients: { below: below, "of the root": good },
            },
            "optional-expired": withList(labRevocations(root, [bad], { from: -3, until: -1 }), OPTIONAL),
            "optional-another": withList(labRevocations(other, []), OPTIONAL),
            "optional-forged": withList(labRevocations(root, [bad], { signedBy: other }), OPTIONAL),
            "no-end": withList(labRevocations(root, [bad], { until: "none" })),
            "version-1": withList(labRevocations(root, [bad], { version: 0 })),
            "unknown-extension": withList(labRevocations(root, [bad], { extensions: [extension("1.2.3.4", der(0x05))] })),
            "critical-extension": withList(labRevocations(root, [bad], { extensions: [critical] })),
            "critical-entry": withList(labRevocations(root, [bad], { entryExtensions: [critical] })),
            "changes-only": withList(
                labRevocations(root, [bad], { extensions: [criticalExtension("2.5.29.27", der(0x02, Buffer.of(1)))] }),
            ),
            "clients-only": withList(
                labRevocations(root, [bad], { extensions: [criticalExtension("2.5.29.28", der(0x30, der(0x81, Buffer.of(0xff))))] }),
            ),
            "authorities-only": withList(
                labRevocations(root, [bad], { extensions: [criticalExtension("2.5.29.28", der(0x30, der(0x82, Buffer.of(0xff))))] }),
            ),
            "taken-off": withList(labRevocations(root, [bad], { entryExtensions: [extension("2.5.29.21", der(0x0a, Buffer.of(8)))] })),
            "on-hold": withList(labRevocations(root, [bad], { entryExtensions: [extension("2.5.29.21", der(0x0a, Buffer.of(6)))] })),
            "newer-and-older": withList(`${labRevocations(root, [bad], { from: -1 })}${labRevocations(root, [], { from: -5 })}`),
            "older-and-newer": withList(`${labRevocations(root, [], { from: -5 })}${labRevocations(root, [bad], { from: -1 })}`),
            "expired-and-newer": withList(
                `${labRevocations(root, [], { from: -5, until: -2 })}${labRevocations(root, [bad], { from: -1 })}`,
            ),
            twice: withList(labRevocations(root, [bad]).repeat(2)),
            "with-certificates": withList(`${root.cert}${labRevocations(root, [bad])}`),
        });
    },
};

/** Pins that Envoy does not take close its listener: each in a case of its own. */
function pin(title: string, tls: (spki: Buffer, hash: Buffer) => object, differences: Case["differences"] = {}): Case {
    return {
        differences,
        title: `a pin ${title}`,
        make: (setting) => {
            const { root } = authorities();
            const one = client(root);
            const { publicKey, raw } = new X509Certificate(one.cert);
            const sha256 = (bytes: Buffer): Buffer => createHash("sha256").update(bytes).digest();
            return serve(setting, {
                a: {
                    keys: { "ca.crt": root.cert },
                    tls: tls(sha256(publicKey.export({ type: "spki", format: "der" })), sha256(raw)),
                    clients: { "the one": one, another: client(root), "nothing shown": undefined },
                },
            });
        },
    };
}

const colons = (hex: string): string => hex.replace(/(..)(?=.)/g, "$1:");

const origins: Case = {
    title: "where the authority comes from",
    make: (setting) => {
        const { root, other } = authorities();
        const both = { "of the root": client(root), "of the other": client(other), "nothing shown": undefined };
        return serve(setting, {
            "separate-before-own": { keys: { "ca.crt": other.cert }, separate: { "ca.crt": root.cert }, clients: both },
            "separate-generic-before-own": { keys: { "ca.crt": other.cert }, separate: { cacert: root.cert }, clients: both },
            "both-keys": { keys: { "ca.crt": other.cert, cacert: root.cert }, clients: both },
            "both-keys-separate": { separate: { "ca.crt": other.cert, cacert: root.cert }, clients: both },
            "two-in-one": { keys: { "ca.crt": `${root.cert}${other.cert}` }, clients: both },
        });
    },
};

/** Of which Envoy waits for ever, or does not take the listener. */
function origin(
    title: string,
    server: (root: LabPair, pair: Readonly<Record<string, string>>) => Parameters<typeof serve>[1][string],
    differences?: Case["differences"],
): Case {
    return {
        title,
        ...(differences ? { differences } : {}),
        make: (setting) => {
            const { root } = authorities();
            return serve(setting, {
                [nameOf(title)]: server(root, { "tls.crt": setting.certificate.cert, "tls.key": setting.certificate.key }),
            });
        },
    };
}

const shown = (root: LabPair) => ({ "of the root": client(root), "nothing shown": undefined });

const meshModes: Case = {
    title: "modes of the mesh",
    differences: {
        "SIMPLE beside it": {
            ours: {
                status: 200,
                ended: undefined,
                headers: { "content-type": "text/plain", "x-backend": "one.backends.test" },
                backend: [
                    {
                        at: "one.backends.test",
                        request: "GET / HTTP/1.1",
                        headers: { host: "b.shop.test", "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "https" },
                    },
                ],
            } as unknown as Answer,
            why: "a server that can't be served takes no other with it; the recorded gateway had no mesh certificate, and its port stayed closed",
        },
    },
    make: ({ ports, certificate: { cert, key }, backends, authority }) => {
        const own = labCertificate({ cn: "client", signer: authority, names: [dnsName("client.test")] });
        const server = (name: string, host: string, port: number, tls: object) =>
            istioObject("Gateway", name, {
                selector: GATEWAY_SELECTOR,
                servers: [{ port: { number: port, name: `tls-${name}`, protocol: "HTTPS" }, hosts: [host], tls }],
            });
        const over = (port: "https" | "tls" | "other", servername: string, more: object = {}): Ask =>
            ask(servername || "a.shop.test", "GET /", [], { port, tls: { servername, ...more }, anyReason: true });
        return {
            objects: [
                secret("mesh-modes", { "tls.crt": cert, "tls.key": key }),
                server("mesh-a", "a.shop.test", ports.https, { mode: "ISTIO_MUTUAL" }),
                server("mesh-b", "b.shop.test", ports.https, { mode: "SIMPLE", credentialName: "mesh-modes" }),
                istioObject("Gateway", "mesh-c", {
                    selector: GATEWAY_SELECTOR,
                    servers: [
                        {
                            port: { number: ports.tls, name: "tls-c", protocol: "TLS" },
                            hosts: ["*.test"],
                            tls: { mode: "AUTO_PASSTHROUGH" },
                        },
                    ],
                }),
                istioObject("VirtualService", "mesh", {
                    hosts: ["a.shop.test", "b.shop.test"],
                    gateways: ["mesh-a", "mesh-b"],
                    http: [to(backends[0])],
                }),
            ],
            asks: {
                "ISTIO_MUTUAL, nothing shown": over("https", "a.shop.test"),
                "ISTIO_MUTUAL, a stranger's": over("https", "a.shop.test", { cert: own.cert, key: own.key }),
                "SIMPLE beside it": over("https", "b.shop.test"),
                "a name that nobody serves": over("https", "c.shop.test"),
                "AUTO_PASSTHROUGH, a host's name": over("tls", "one.backends.test"),
                "AUTO_PASSTHROUGH, no name": over("tls", ""),
            },
        };
    },
};

export const mutualTls: Topic = {
    name: "mutual-tls",
    http2: ["clients"],
    cases: [
        lists,
        origins,
        meshModes,
        pin("of a certificate with colons", (_, hash) => ({ verifyCertificateHash: [colons(hash.toString("hex"))] })),
        pin("of a certificate in capitals", (_, hash) => ({ verifyCertificateHash: [hash.toString("hex").toUpperCase()] })),
        pin("of a certificate with some colons", (_, hash) => ({ verifyCertificateHash: [hash.toString("hex").replace(/^(..)/, "$1:")] }), {
            "the one": { ours: SERVED, why: "it names the one certificate; Envoy opens no port" },
        }),
        pin("of a certificate with colons elsewhere", (_, hash) => ({
            verifyCertificateHash: [
                hash
                    .toString("hex")
                    .replace(/^(.)/, "$1:")
                    .replace(/(..)(?=..)/g, "$1:")
                    .slice(0, 95),
            ],
        })),
        pin("of a certificate with blanks for colons", (_, hash) => ({
            verifyCertificateHash: [colons(hash.toString("hex")).replaceAll(":", " ")],
        })),
        pin("of a certificate in base64", (_, hash) => ({ verifyCertificateHash: [hash.toString("base64")] })),
        pin("of a certificate that says its kind", (_, hash) => ({ verifyCertificateHash: [`sha256:${hash.toString("hex")}`] })),
        pin("of a certificate with a blank", (_, hash) => ({ verifyCertificateHash: [` ${hash.toString("hex")}`] })),
        pin("of a certificate that is short", (_, hash) => ({ verifyCertificateHash: [hash.toString("hex").slice(0, 40)] })),
        pin("of a certificate that is no hex", (_, hash) => ({ verifyCertificateHash: [hash.toString("hex").replace(/^../, "zz")] })),
        pin("of a certificate that is empty", () => ({ verifyCertificateHash: [""] })),
        pin(
            "of a certificate beside one that is short",
            (_, hash) => ({ verifyCertificateHash: [hash.toString("hex"), hash.toString("hex").slice(0, 40)] }),
            { "the one": { ours: SERVED, why: "one that fits nobody takes no other with it; Envoy opens no port" } },
        ),
        pin("of a key in hex", (spki) => ({ verifyCertificateSpki: [spki.toString("hex")] })),
        pin("of a key in base64 of a URL", (spki) => ({ verifyCertificateSpki: [spki.toString("base64url")] })),
        pin("of a key without its padding", (spki) => ({ verifyCertificateSpki: [spki.toString("base64").replace("=", "")] })),
        pin("of a key that says its kind", (spki) => ({ verifyCertificateSpki: [`sha256/${spki.toString("base64")}`] })),
        pin("of a key that is empty", () => ({ verifyCertificateSpki: [""] })),
        pin("of a key with a line end", (spki) => ({ verifyCertificateSpki: [`${spki.toString("base64")}\n`] })),
        pin("of a key that is the certificate's", (_, hash) => ({ verifyCertificateSpki: [hash.toString("base64")] })),
        pin("by no hash at all", () => ({ verifyCertificateSpki: [], verifyCertificateHash: [] })),
        origin("no authority", (root) => ({ clients: shown(root) })),
        origin("no authority, optional", (root) => ({ tls: OPTIONAL, clients: shown(root) })),
        origin(
            "an authority by its name",
            (root) => ({ secrets: { "m-ca-1": { "ca.crt": root.cert } }, tls: { caCertCredentialName: "m-ca-1" }, clients: shown(root) }),
            NAMED,
        ),
        origin(
            "an authority by its name, generic",
            (root) => ({ secrets: { "m-ca-2": { cacert: root.cert } }, tls: { caCertCredentialName: "m-ca-2" }, clients: shown(root) }),
            NAMED,
        ),
        origin("an authority by a name with its end", (root) => ({
            secrets: { "m-ca-3-cacert": { "ca.crt": root.cert } },
            tls: { caCertCredentialName: "m-ca-3-cacert" },
            clients: shown(root),
        })),
        origin("an authority by a name without its end", (root) => ({
            secrets: { "m-ca-4-cacert": { "ca.crt": root.cert } },
            tls: { caCertCredentialName: "m-ca-4" },
            clients: shown(root),
        })),
        origin("an authority that is not there", (root) => ({
            keys: { "ca.crt": root.cert },
            tls: { caCertCredentialName: "m-nobody" },
            clients: shown(root),
        })),
        origin(
            "an authority without its key",
            (root, pair) => ({
                keys: { "ca.crt": root.cert },
                secrets: { "m-empty": pair },
                tls: { caCertCredentialName: "m-empty" },
                clients: shown(root),
            }),
            { "of the root": OPEN, "nothing shown": OPEN },
        ),
        origin("a separate one without its key", (root, pair) => ({ keys: { "ca.crt": root.cert }, separate: pair, clients: shown(root) })),
        origin("a separate one that is broken", (root) => ({
            keys: { "ca.crt": root.cert },
            separate: { "ca.crt": root.cert.slice(0, 200) },
            clients: shown(root),
        })),
        origin("an authority in another namespace", (root) => ({
            keys: { "ca.crt": root.cert },
            secrets: { "m-elsewhere": { "ca.crt": root.cert } },
            tls: { caCertCredentialName: "kubernetes://other/m-elsewhere" },
            clients: shown(root),
        })),
        origin(
            "an authority with its kind",
            (root) => ({
                secrets: { "m-kind": { "ca.crt": root.cert } },
                tls: { caCertCredentialName: "kubernetes://m-kind" },
                clients: shown(root),
            }),
            NAMED,
        ),
        origin("several certificates", (root, pair) => ({
            secrets: { "m-two-1": { ...pair, "ca.crt": root.cert } },
            tls: { credentialName: undefined, credentialNames: ["m-two-1"] },
            clients: shown(root),
        })),
        origin("several certificates, the authority at the second", (root, pair) => ({
            secrets: { "m-four-1": pair, "m-four-2": { ...pair, "ca.crt": root.cert } },
            tls: { credentialName: undefined, credentialNames: ["m-four-1", "m-four-2"] },
            clients: shown(root),
        })),
        origin("several certificates, the authority at the first", (root, pair) => ({
            secrets: { "m-five-1": { ...pair, "ca.crt": root.cert }, "m-five-2": pair },
            tls: { credentialName: undefined, credentialNames: ["m-five-1", "m-five-2"] },
            clients: shown(root),
        })),
        origin("several certificates, the authority beside the first", (root, pair) => ({
            secrets: { "m-six-1": pair, "m-six-1-cacert": { "ca.crt": root.cert } },
            tls: { credentialName: undefined, credentialNames: ["m-six-1"] },
            clients: shown(root),
        })),
        origin(
            "several certificates, the authority by its name",
            (root, pair) => ({
                secrets: { "m-seven-1": pair, "m-seven-ca": { "ca.crt": root.cert } },
                tls: { credentialName: undefined, credentialNames: ["m-seven-1"], caCertCredentialName: "m-seven-ca" },
                clients: shown(root),
            }),
            NAMED,
        ),
    ],
};
