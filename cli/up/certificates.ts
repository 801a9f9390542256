/** The certificates of a run: which authorities a client must trust, and which names a certificate has. */
import { X509Certificate } from "node:crypto";
import type { KubeObject, SecretObject } from "../../istio";
import { secretContent, type MountedFile } from "./pod-inputs";

const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The certificates of a PEM text; what cannot be read is left out, others report it. */
export function certificatesIn(pem: string): X509Certificate[] {
    return (pem.match(PEM_BLOCK) ?? []).flatMap((block) => {
        try {
            return [new X509Certificate(block)];
        } catch {
            return [];
        }
    });
}

/** Every chain that a Secret of the objects holds, and every CA certificate. */
function pemsOf(objects: readonly KubeObject[]): { readonly chains: string[]; readonly authorities: string[] } {
    const contents = objects
        .filter((object): object is SecretObject => object.kind === "Secret" && object.apiVersion === "v1")
        .map(secretContent);
    const pick = (...keys: string[]): string[] =>
        contents
            .flatMap((content) => keys.map((key) => content.get(key)?.toString() ?? ""))
            .filter((pem) => pem.includes("-----BEGIN CERTIFICATE"));
    return { chains: pick("tls.crt", "cert"), authorities: pick("ca.crt", "cacert") };
}

function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
    return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

/**
 * The bundle a client needs for every server of the run: the authorities that sign one of the chains (`known` are those
 * the stack made), and where the signer of a chain is not known, the last certificate of the chain itself.
 */
export function trustBundle(objects: readonly KubeObject[], known: readonly string[], files: readonly MountedFile[]): string {
    const { chains, authorities } = pemsOf(objects);
    const candidates = [...known, ...authorities].flatMap(certificatesIn).filter(({ ca }) => ca);
    const mounted = files.map(({ content }) => content.toString("latin1")).filter((text) => text.includes("-----BEGIN CERTIFICATE"));
    const trusted = new Map<string, string>();
    for (const chain of [...chains, ...mounted].map(certificatesIn)) {
        const last = chain.at(-1);
        if (!last) continue;
        const signers = candidates.filter((candidate) => isIssuedBy(last, candidate));
        for (const one of signers.length > 0 ? signers : [last]) trusted.set(one.fingerprint256, one.toString());
    }
    return [...trusted.values()].join("");
}

/** The DNS names of the first certificate. */
export function dnsNames(pem: string | undefined): string[] {
    const [leaf] = certificatesIn(pem ?? "");
    return (leaf?.subjectAltName ?? "")
        .split(", ")
        .filter((name) => name.startsWith("DNS:"))
        .map((name) => name.slice(4).toLowerCase());
}
