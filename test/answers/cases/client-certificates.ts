/** Which client certificates a server that asks for them takes, and what a backend is told of them. */
import {
    addressName,
    chained,
    dnsName,
    labAuthority,
    labCertificate,
    labRevocations,
    mailName,
    uriName,
    type LabPair,
} from "../../support/certificate-lab";
import { attribute, der, oddCertificate } from "../../support/der-writer";
import { ODD_CHAINS, ODD_FIELDS, ODD_KEYS, ODD_USES, showable, type OddCertificate } from "../../support/odd-certificates";
import { authorities, client, serve, type Clients } from "../support/asking-servers";
import type { Answer, Case, Topic } from "../support/case";

const CLOSED = { status: 0, ended: "closed", headers: undefined } as unknown as Answer;
const SERVED = { status: 200, ended: undefined, headers: { "content-length": "0" } } as unknown as Answer;
const WEAK = { ours: CLOSED, why: "RSA keys below 2048 bits and signatures over SHA-1 can be forged" };
const SOUND = { ours: SERVED, why: "a sound signature, which a client of ours may make" };
const NO_DNS_NAME = { ours: CLOSED, why: "a URI is an identity, and an authority that gives DNS names did not give it" };
const STILL_ASKED = { ours: CLOSED, why: "names and pins that somebody asked for are not lost with the authority" };

const verification: Case = {
    title: "what is verified",
    differences: {
        "root: an RSA key of 1024 bits": WEAK,
        "rsa: SHA-1": WEAK,
        "root: Ed25519": SOUND,
        "root: P-521": SOUND,
        "self: signed by it": { ours: CLOSED, why: "a certificate that does not say that it is an authority is trusted as itself only" },
    },
    make: (setting) => {
        const { root, issuing, other } = authorities();
        const short = labAuthority("Short", { signer: root, pathLength: 0 });
        const below = labAuthority("Below", { signer: short });
        const constrained = labAuthority("Constrained", { signer: root, permitted: [dnsName("good.test")] });
        const plain = labCertificate({ cn: "No authority", signer: root, ca: false });
        const bare = labCertificate({ cn: "Says nothing", signer: root });
        const noSigning = labAuthority("Signs nothing", { signer: root, usage: 0x80 });
        const selfSigned = labCertificate({ cn: "self" });
        const oldRoot = labAuthority("Old", { until: -0.5 });
        const rsa = labAuthority("RSA", { key: "rsa" });
        const sha1 = labAuthority("SHA-1", { key: "rsa", sha1: true });
        return serve(setting, {
            root: {
                keys: { "ca.crt": root.cert },
                clients: {
                    "nothing shown": undefined,
                    "signed by it": client(root),
                    "signed below it, with what is between": chained(client(issuing), issuing),
                    "signed below it, alone": client(issuing),
                    "signed by another": client(other),
                    "for servers only": client(root, { purposes: ["server"] }),
                    "for clients": client(root, { purposes: ["client"] }),
                    "for mail only": client(root, { purposes: ["email"] }),
                    "for anything": client(root, { purposes: ["any"] }),
                    "key usage without signatures": client(root, { usage: 0x20 }),
                    expired: client(root, { until: -0.5 }),
                    "not valid yet": client(root, { from: 1 }),
                    "an authority itself": client(root, { ca: true, usage: 0x06 }),
                    "a longer path than is allowed": chained(client(below), below, short),
                    "a name that its authority may not give": chained(client(constrained, { names: [dnsName("bad.test")] }), constrained),
                    "a name that its authority may give": chained(client(constrained, { names: [dnsName("good.test")] }), constrained),
                    "signed by no authority": chained(client(plain), plain),
                    "signed by one that does not say whether it is one": chained(client(bare), bare),
                    "signed by an authority that may not sign": chained(client(noSigning), noSigning),
                    "an RSA key of 1024 bits": client(root, { key: "rsa1024" }),
                    "an RSA key of 512 bits": client(root, { key: "rsa512" }),
                    Ed25519: client(root, { key: "ed25519" }),
                    "P-384": client(root, { key: "p384" }),
                    "P-521": client(root, { key: "p521" }),
                    itself: selfSigned,
                },
            },
            rsa: { keys: { "ca.crt": rsa.cert }, clients: { "SHA-1": client(rsa, { sha1: true }), "SHA-256": client(rsa) } },
            sha1: { keys: { "ca.crt": sha1.cert }, clients: { "a root signed with SHA-1": client(sha1) } },
            issuing: {
                keys: { "ca.crt": issuing.cert },
                clients: {
                    "signed by it": client(issuing),
                    "signed by the root": client(root),
                    "with the root's too": chained(client(issuing), issuing, root),
                },
            },
            self: {
                keys: { "ca.crt": selfSigned.cert },
                clients: { itself: selfSigned, "signed by it": client(selfSigned), another: labCertificate({ cn: "self" }) },
            },
            old: { keys: { "ca.crt": oldRoot.cert }, clients: { "signed by a root that expired": client(oldRoot) } },
            both: {
                keys: { "ca.crt": `${other.cert}${root.cert}` },
                clients: { "signed by the first": client(other), "signed by the second": client(root) },
            },
            skip: {
                keys: { "ca.crt": root.cert },
                tls: { insecureSkipVerify: true },
                clients: { "signed by another": client(other), "nothing shown": undefined },
            },
            optional: {
                keys: { "ca.crt": root.cert },
                tls: { mode: "OPTIONAL_MUTUAL" },
                clients: {
                    "nothing shown": undefined,
                    "signed by it": client(root),
                    "signed by another": client(other),
                    expired: client(root, { until: -0.5 }),
                },
            },
        });
    },
};

const names: Case = {
    title: "names that are asked for",
    differences: {
        "some: a wildcard of a part of a label": { ours: CLOSED, why: "RFC 9525 §6.3: a wildcard is a whole label" },
        "some: the URI as a DNS name": NO_DNS_NAME,
        "skip: another name": STILL_ASKED,
    },
    make: (setting) => {
        const { root } = authorities();
        const shown: Clients = {
            none: client(root, { names: [] }),
            "a common name alone": labCertificate({ cn: "a.names.test", signer: root }),
            "the DNS name": client(root, { names: [dnsName("a.names.test")] }),
            "the DNS name in capitals": client(root, { names: [dnsName("A.NAMES.TEST")] }),
            "a wildcard over it": client(root, { names: [dnsName("*.names.test")] }),
            "a wildcard of a part of a label": client(root, { names: [dnsName("a*.names.test")] }),
            "the DNS name and a NUL": client(root, { names: [dnsName("a.names.test\0.evil.test")] }),
            "the URI": client(root, { names: [uriName("spiffe://x/a")] }),
            "the URI in capitals": client(root, { names: [uriName("SPIFFE://X/A")] }),
            "the URI with more behind it": client(root, { names: [uriName("spiffe://x/ab")] }),
            "the URI as a DNS name": client(root, { names: [dnsName("spiffe://x/a")] }),
            "the address": client(root, { names: [addressName(10, 1, 2, 3)] }),
            "the address as a DNS name": client(root, { names: [dnsName("10.1.2.3")] }),
            "the mail address": client(root, { names: [mailName("me@names.test")] }),
            "the mail address in capitals": client(root, { names: [mailName("ME@names.test")] }),
            "two, the second asked for": client(root, { names: [dnsName("b.test"), uriName("spiffe://x/a")] }),
        };
        const subjectAltNames = ["a.names.test", "spiffe://x/a", "10.1.2.3", "me@names.test"];
        return serve(setting, {
            some: { keys: { "ca.crt": root.cert }, tls: { subjectAltNames }, clients: shown },
            wild: {
                keys: { "ca.crt": root.cert },
                tls: { subjectAltNames: ["*.names.test"] },
                clients: {
                    "a name under the pattern": client(root, { names: [dnsName("a.names.test")] }),
                    "the pattern itself": client(root, { names: [dnsName("*.names.test")] }),
                },
            },
            capitals: {
                keys: { "ca.crt": root.cert },
                tls: { subjectAltNames: ["A.Names.Test"] },
                clients: { "in small letters": client(root, { names: [dnsName("a.names.test")] }) },
            },
            optional: {
                keys: { "ca.crt": root.cert },
                tls: { mode: "OPTIONAL_MUTUAL", subjectAltNames },
                clients: { "nothing shown": undefined },
            },
            skip: {
                keys: { "ca.crt": root.cert },
                tls: { subjectAltNames, insecureSkipVerify: true },
                clients: { "another name": client(root, { names: [dnsName("b.test")] }) },
            },
        });
    },
};

const revocation: Case = {
    title: "revocation lists",
    make: (setting) => {
        const { root, issuing, other } = authorities();
        const good = client(root);
        const bad = client(root);
        const both = { "not on it": good, "on it": bad, "nothing shown": undefined };
        const list = labRevocations(root, [bad]);
        const deep = client(issuing);
        return serve(setting, {
            plain: { keys: { "ca.crt": root.cert, "ca.crl": list }, clients: both },
            generic: { generic: true, keys: { cacert: root.cert, crl: list }, clients: both },
            "crl-beside-tls": { keys: { "ca.crt": root.cert, crl: list }, clients: both },
            "ca-crl-beside-cert": { generic: true, keys: { cacert: root.cert, "ca.crl": list }, clients: both },
            "generic-ca-beside-tls": { keys: { cacert: root.cert, crl: list }, clients: both },
            "tls-ca-beside-generic": { generic: true, keys: { "ca.crt": root.cert, "ca.crl": list }, clients: both },
            "separate-tls": { separate: { "ca.crt": root.cert, "ca.crl": list }, clients: both },
            "separate-generic": { separate: { cacert: root.cert, crl: list }, clients: both },
            "separate-mixed": { separate: { cacert: root.cert, "ca.crl": list }, clients: both },
            "separate-swapped": { separate: { "ca.crt": root.cert, crl: list }, clients: both },
            "separate-wins": { keys: { "ca.crt": root.cert, "ca.crl": list }, separate: { "ca.crt": root.cert }, clients: both },
            another: { keys: { "ca.crt": root.cert, "ca.crl": labRevocations(other, []) }, clients: both },
            two: {
                keys: { "ca.crt": `${root.cert}${other.cert}`, "ca.crl": `${labRevocations(other, [])}${list}` },
                clients: { ...both, "of the other authority": client(other) },
            },
            "one-of-two": {
                keys: { "ca.crt": `${root.cert}${other.cert}`, "ca.crl": list },
                clients: { ...both, "of the other authority": client(other) },
            },
            expired: { keys: { "ca.crt": root.cert, "ca.crl": labRevocations(root, [bad], { from: -3, until: -1 }) }, clients: both },
            early: { keys: { "ca.crt": root.cert, "ca.crl": labRevocations(root, [bad], { from: 1, until: 3 }) }, clients: both },
            forged: { keys: { "ca.crt": root.cert, "ca.crl": labRevocations(root, [bad], { signedBy: other }) }, clients: both },
            "root-only": {
                keys: { "ca.crt": root.cert, "ca.crl": labRevocations(root, []) },
                clients: { "below an authority without a list": chained(deep, issuing) },
            },
            "both-levels": {
                keys: { "ca.crt": root.cert, "ca.crl": `${labRevocations(root, [])}${labRevocations(issuing, [deep])}` },
                clients: { "on the list below": chained(deep, issuing), "not on it": chained(client(issuing), issuing) },
            },
            "issuing-revoked": {
                keys: { "ca.crt": root.cert, "ca.crl": `${labRevocations(root, [issuing])}${labRevocations(issuing, [])}` },
                clients: { "below a revoked authority": chained(deep, issuing) },
            },
            "issuing-ca": {
                keys: { "ca.crt": issuing.cert, "ca.crl": labRevocations(issuing, [deep]) },
                clients: { "on it": deep, "not on it": client(issuing) },
            },
            optional: { keys: { "ca.crt": root.cert, "ca.crl": list }, tls: { mode: "OPTIONAL_MUTUAL" }, clients: both },
            skip: { keys: { "ca.crt": root.cert, "ca.crl": list }, tls: { insecureSkipVerify: true }, clients: both },
            empty: { keys: { "ca.crt": root.cert, "ca.crl": "" }, clients: both },
        });
    },
};

function odd(title: string, table: Readonly<Record<string, OddCertificate>>, differences: Case["differences"] = {}): Case {
    return {
        title,
        // Asked for a name, and for none.
        differences: Object.fromEntries(
            Object.entries(differences).flatMap(([one, difference]) => [
                [`odd: ${one}`, difference],
                [`any: ${one}`, difference],
            ]),
        ),
        make: (setting) => {
            const { root } = authorities();
            const clients = Object.fromEntries(showable(table, root, "client.test"));
            return serve(setting, {
                odd: { keys: { "ca.crt": root.cert }, tls: { subjectAltNames: ["client.test"] }, clients },
                any: { keys: { "ca.crt": root.cert }, clients },
            });
        },
    };
}

/** A list that Envoy does not take closes its listener: each in a case of its own. */
function unreadable(title: string, text: (list: string) => string): Case {
    return {
        title,
        make: (setting) => {
            const { root } = authorities();
            const bad = client(root);
            return serve(setting, {
                a: {
                    keys: { "ca.crt": root.cert, "ca.crl": text(labRevocations(root, [bad])) },
                    clients: { "not on it": client(root), "on it": bad },
                },
            });
        },
    };
}

const pins: Case = {
    title: "pinned keys and certificates",
    differences: { "skip: another": STILL_ASKED },
    make: async (setting) => {
        const { createHash, X509Certificate } = await import("node:crypto");
        const { root, other } = authorities();
        const one = client(root);
        const two = client(root);
        const spki = (pair: LabPair): string =>
            createHash("sha256")
                .update(new X509Certificate(pair.cert).publicKey.export({ type: "spki", format: "der" }))
                .digest("base64");
        const hash = (pair: LabPair): string => createHash("sha256").update(new X509Certificate(pair.cert).raw).digest("hex");
        const keys = { "ca.crt": root.cert };
        const clients = { "the one": one, another: two, "nothing shown": undefined };
        return serve(setting, {
            spki: { keys, tls: { verifyCertificateSpki: [spki(one)] }, clients },
            hash: { keys, tls: { verifyCertificateHash: [hash(one)] }, clients },
            colons: {
                keys,
                tls: {
                    verifyCertificateHash: [
                        hash(one)
                            .toUpperCase()
                            .replace(/(..)(?=.)/g, "$1:"),
                    ],
                },
                clients,
            },
            either: { keys, tls: { verifyCertificateSpki: [spki(one)], verifyCertificateHash: [hash(two)] }, clients },
            several: { keys, tls: { verifyCertificateSpki: [spki(other), spki(one)] }, clients },
            untrusted: { keys: { "ca.crt": other.cert }, tls: { verifyCertificateSpki: [spki(one)] }, clients },
            optional: { keys, tls: { mode: "OPTIONAL_MUTUAL", verifyCertificateHash: [hash(one)] }, clients },
            skip: { keys, tls: { insecureSkipVerify: true, verifyCertificateHash: [hash(one)] }, clients },
            names: { keys, tls: { subjectAltNames: ["other.test"], verifyCertificateHash: [hash(one)] }, clients },
        });
    },
};

const told: Case = {
    title: "what a backend is told",
    make: (setting) => {
        const { root } = authorities();
        const signed = (subject: Buffer, list?: readonly Buffer[]): LabPair => oddCertificate(subject, list, { signer: root });
        const cn = (text: string): Buffer => der(0x30, attribute("2.5.4.3", der(0x0c, Buffer.from(text))));
        return serve(setting, {
            a: {
                keys: { "ca.crt": root.cert },
                backend: setting.backends[0],
                clients: {
                    "the usual": client(root),
                    "nothing but a name": labCertificate({ cn: "client", signer: root }),
                    "an empty subject": signed(der(0x30), [uriName("spiffe://x/a")]),
                    "several parts": signed(
                        der(
                            0x30,
                            attribute("2.5.4.6", der(0x13, "DE")),
                            attribute("2.5.4.10", der(0x0c, 'Acme, Inc. "+<>;#')),
                            attribute("2.5.4.3", der(0x0c, Buffer.from("Zoë \u{1f98a}"))),
                        ),
                        [uriName("u:1"), uriName("u:2"), dnsName("a.test"), dnsName("*.b.test")],
                    ),
                    "line breaks in its name": signed(cn("a\r\nb")),
                    "an unknown attribute": signed(der(0x30, attribute("1.2.3.4", der(0x0c, "x")))),
                },
            },
        });
    },
};

export const clientCertificates: Topic = {
    name: "client-certificates",
    http2: ["clients"],
    cases: [
        verification,
        names,
        revocation,
        unreadable("a revocation list that is none", () => "no list"),
        unreadable("a revocation list that is cut short", (list) => list.slice(0, list.length / 2)),
        unreadable("a revocation list behind other text", (list) => `Certificate Revocation List\n${list}`),
        pins,
        told,
        odd("odd keys", ODD_KEYS, { "RSA for PSS alone": SOUND, brainpoolP256r1: SOUND, Ed448: SOUND }),
        odd("odd uses", ODD_USES, {
            "CA:FALSE with a path length": { ours: SERVED, why: "what is no authority has no path: it says nothing" },
        }),
        odd("odd fields", ODD_FIELDS),
        odd("odd chains", ODD_CHAINS, {
            "an authority with an RSA key of 1024 bits": WEAK,
            "signed over SHA-1": WEAK,
            "an authority on secp256k1": SOUND,
            "an authority with the exponent 1": {
                ours: SERVED,
                why: "Node shows a server nothing of a client's chain but the leaf, and an authority that is trusted has signed it",
            },
        }),
    ],
};
