/**
 * Certificates as authorities without care, old tools and attackers make them: odd, and signed all the same. Each is
 * the leaf with what is shown behind it; `root` is what the other side trusts. One table, for servers, clients and backends.
 */
import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import {
    chained,
    criticalExtension,
    dnsName,
    labAuthority,
    labCertificate,
    type LabKey,
    type LabOptions,
    type LabPair,
} from "./certificate-lab";
import { der, extension, pemOf } from "./der-writer";

export type OddCertificate = (root: LabPair, name: string) => LabPair;

const leafOf = (signer: LabPair, name: string, more: LabOptions = {}): LabPair =>
    labCertificate({ cn: name, names: [dnsName(name)], signer, ...more });
const leaf =
    (more: LabOptions): OddCertificate =>
    (root, name) =>
        leafOf(root, name, more);
const ofKey = (key: LabKey, more: LabOptions = {}): OddCertificate => leaf({ key, ...more });
/** Below an authority of its own, which is shown. */
const below =
    (authority: LabOptions, more: LabOptions = {}): OddCertificate =>
    (root, name) => {
        const issuing = labAuthority("Issuing", { signer: root, ...authority });
        return chained(leafOf(issuing, name, more), issuing);
    };
/** The leaf, an authority above it and the root, in an order of the case's choice. */
const shown =
    (order: (leaf: LabPair, issuing: LabPair, root: LabPair) => readonly LabPair[]): OddCertificate =>
    (root, name) => {
        const issuing = labAuthority("Issuing", { signer: root });
        const own = leafOf(issuing, name);
        return {
            key: own.key,
            cert: order(own, issuing, root)
                .map(({ cert }) => cert)
                .join(""),
        };
    };

const DAY = 86_400_000;
const digits = (days: number): string => new Date(Date.now() + days * DAY).toISOString().replace(/[-:T]/g, "").slice(0, 14);
const utc = (days: number, end = "Z"): Buffer => der(0x17, `${digits(days).slice(2)}${end}`);
const general = (days: number, end = "Z"): Buffer => der(0x18, `${digits(days)}${end}`);
const within = (from: Buffer, until: Buffer): OddCertificate => leaf({ validity: [from, until] });

export const ODD_KEYS: Readonly<Record<string, OddCertificate>> = {
    "RSA of 512 bits": ofKey("rsa512"),
    "RSA of 2047 bits": ofKey("rsa2047"),
    "RSA of 4096 bits": ofKey("rsa4096"),
    "RSA with the exponent 3": ofKey("rsa-e3"),
    "RSA with the exponent 1": ofKey("rsa-e1"),
    "RSA for PSS alone": ofKey("rsa-pss"),
    "P-224": ofKey("p224"),
    secp256k1: ofKey("secp256k1"),
    brainpoolP256r1: ofKey("brainpool"),
    Ed448: ofKey("ed448"),
};

export const ODD_USES: Readonly<Record<string, OddCertificate>> = {
    "EC, keyEncipherment alone": leaf({ usage: 0x20 }),
    "EC, keyAgreement alone": leaf({ usage: 0x08 }),
    "EC, digitalSignature": leaf({ usage: 0x80 }),
    "RSA, keyEncipherment alone": ofKey("rsa", { usage: 0x20 }),
    "RSA, digitalSignature alone": ofKey("rsa", { usage: 0x80 }),
    "RSA, keyCertSign alone": ofKey("rsa", { usage: 0x04 }),
    "Ed25519, keyAgreement alone": ofKey("ed25519", { usage: 0x08 }),
    "CA:TRUE, no key usage": leaf({ ca: true }),
    "CA:TRUE, digitalSignature and keyCertSign": leaf({ ca: true, usage: 0x84 }),
    "CA:FALSE": leaf({ ca: false }),
    "CA:FALSE with a path length": leaf({ ca: false, pathLength: 0 }),
};

export const ODD_FIELDS: Readonly<Record<string, OddCertificate>> = {
    "a negative serial": leaf({ serial: Buffer.of(0xfe, 1, 2) }),
    "a serial of zero": leaf({ serial: Buffer.of(0) }),
    "a serial of 30 bytes": leaf({ serial: Buffer.alloc(30, 0x11) }),
    "a serial with a needless zero": leaf({ serial: Buffer.of(0, 1, 2) }),
    "an unknown critical extension": leaf({ extensions: [criticalExtension("1.2.3.4", der(0x05))] }),
    "an unknown extension": leaf({ extensions: [extension("1.2.3.4", der(0x05))] }),
    "two extensions of one kind": leaf({ extensions: [extension("2.5.29.17", der(0x30, dnsName("other.test")))] }),
    "an extension that is no DER": leaf({ extensions: [extension("2.5.29.35", Buffer.from("nonsense"))] }),
    "no names": leaf({ names: [] }),
    "an empty list of names": leaf({ names: [], extensions: [extension("2.5.29.17", der(0x30))] }),
    "a name that is no DER": leaf({ names: [], extensions: [extension("2.5.29.17", Buffer.from("nonsense"))] }),
    "version 1": leaf({ version: 0, names: [] }),
    "version 1 with extensions": leaf({ version: 0 }),
    "version 2": leaf({ version: 1, names: [] }),
    "version 4": leaf({ version: 3 }),
    UTCTime: within(utc(-1), utc(20)),
    "UTCTime without seconds": within(der(0x17, `${digits(-1).slice(2, 12)}Z`), utc(20)),
    "UTCTime with an offset": within(utc(-1, "+0100"), utc(20)),
    "UTCTime without a zone": within(utc(-1, ""), utc(20)),
    "GeneralizedTime with a fraction": within(general(-1, ".5Z"), general(20)),
    "GeneralizedTime with an offset": within(general(-1), general(20, "+0100")),
    "a thirtieth of February": within(general(-1), der(0x18, "20990230000000Z")),
    "until the end of time": within(general(-1), der(0x18, "99991231235959Z")),
    "an end before its begin": within(general(-1), general(-2)),
    "more behind the certificate": (root, name) => {
        const own = leafOf(root, name);
        return { ...own, cert: pemOf("CERTIFICATE", Buffer.concat([new X509Certificate(own.cert).raw, Buffer.of(0, 0)])) };
    },
};

export const ODD_CHAINS: Readonly<Record<string, OddCertificate>> = {
    "with what is between": shown((own, issuing) => [own, issuing]),
    "with the root": shown((own, issuing, root) => [own, issuing, root]),
    "the root before what is between": shown((own, issuing, root) => [own, root, issuing]),
    "the leaf twice": shown((own, issuing) => [own, own, issuing]),
    "what is between twice": shown((own, issuing) => [own, issuing, issuing]),
    "an unrelated authority before it": shown((own, issuing) => [own, labAuthority("Unrelated"), issuing]),
    "an unrelated authority behind it": shown((own, issuing) => [own, issuing, labAuthority("Unrelated")]),
    "an unrelated leaf behind it": shown((own, issuing) => [own, issuing, labCertificate({ cn: "unrelated" })]),
    "an authority that expired": below({ until: -0.5 }),
    "an authority that is not valid yet": below({ from: 1 }),
    "an authority for clients only": below({ purposes: ["client"] }),
    "an authority for servers only": below({ purposes: ["server"] }),
    "an authority of version 1": below({ version: 0, ca: undefined as unknown as boolean, usage: undefined as unknown as number }),
    "an authority with an unknown critical extension": below({ extensions: [criticalExtension("1.2.3.4", der(0x05))] }),
    "an authority with an RSA key of 1024 bits": below({ key: "rsa1024" }),
    "an authority on P-224": below({ key: "p224" }),
    "an authority on secp256k1": below({ key: "secp256k1" }),
    "an authority of Ed25519": below({ key: "ed25519" }),
    "an authority with the exponent 3": below({ key: "rsa-e3" }),
    "an authority with the exponent 1": below({ key: "rsa-e1" }),
    "signed over SHA-1": below({ key: "rsa" }, { sha1: true }),
    "a path that is too long": (root, name) => {
        const first = labAuthority("First", { signer: root, pathLength: 0 });
        const second = labAuthority("Second", { signer: first });
        return chained(leafOf(second, name), second, first);
    },
    "another name is permitted": below({ permitted: [dnsName("permitted.test")] }),
    "the name is permitted": (root, name) => below({ permitted: [dnsName(name)] })(root, name),
    "the name is excluded": (root, name) => below({ excluded: [dnsName(name)] })(root, name),
    "another name is excluded": below({ excluded: [dnsName("excluded.test")] }),
    "only addresses are permitted": below({ permitted: [der(0x87, Buffer.of(10, 0, 0, 0, 255, 0, 0, 0))] }),
    "twelve authorities": (root, name) => {
        const chain: LabPair[] = [];
        for (let at = 0; at < 12; at++) chain.unshift(labAuthority(`Authority ${at}`, { signer: chain[0] ?? root }));
        return chained(leafOf(chain[0] ?? root, name), ...chain);
    },
};

/** Those of a table, by their titles, that a client or a server of ours can show. */
export function showable(
    table: Readonly<Record<string, OddCertificate>>,
    root: LabPair,
    name: string,
): (readonly [title: string, pair: LabPair])[] {
    return Object.entries(table)
        .map(([title, make]) => [title, make(root, name)] as const)
        .filter(([, pair]) => canBeShown(pair));
}

function canBeShown({ cert, key }: LabPair): boolean {
    try {
        createSecureContext({ cert, key, ciphers: "ALL:@SECLEVEL=0" });
        return true;
    } catch {
        return false;
    }
}
