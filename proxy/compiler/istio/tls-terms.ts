/** A Gateway server's TLS settings in the proxy's words. */
import { suitesIn } from "../../../istio/cipher-suites";
import type { ServerTLSSettings, TlsProtocol } from "../../../istio/types";
import type { Placed } from "../../resources/model";
import type { CredentialRef } from "../routing/model/credentials";
import type { TlsTerms } from "../routing/model/servers";
import { authorityRef, pairRef } from "./credential-refs";

const VERSIONS = { TLSV1_0: "TLSv1", TLSV1_1: "TLSv1.1", TLSV1_2: "TLSv1.2", TLSV1_3: "TLSv1.3" } as const;

/** `field` is where they stand, `namespace` the proxy's. */
export function tlsTerms({ source }: Placed<"Gateway">, tls: ServerTLSSettings, field: string, namespace: string): TlsTerms {
    const mode = tls.mode === "MUTUAL" || tls.mode === "OPTIONAL_MUTUAL" ? tls.mode : "SIMPLE";
    const minVersion = versionOf(tls.minProtocolVersion);
    const maxVersion = versionOf(tls.maxProtocolVersion);
    return {
        mode,
        // A Gateway that was never good has none: no handshake is accepted.
        certificates: source.refused === undefined ? certificatesOf(tls, field, namespace) : [],
        ...(mode === "SIMPLE" ? {} : verificationOf(tls, field, namespace)),
        ...(minVersion ? { minVersion } : {}),
        ...(maxVersion ? { maxVersion } : {}),
        cipherSuites: (tls.cipherSuites ?? []).flatMap((one, index) =>
            suitesIn(one).map((name) => ({ name, field: `${field}.cipherSuites[${index}]` })),
        ),
        subjectAltNames: tls.subjectAltNames ?? [],
        insecureSkipVerify: tls.insecureSkipVerify ?? false,
    };
}

function certificatesOf(tls: ServerTLSSettings, field: string, namespace: string): readonly CredentialRef[] {
    if (tls.credentialNames?.length)
        return tls.credentialNames.map((name, index) => pairRef(name, namespace, `${field}.credentialNames[${index}]`));
    if (tls.credentialName) return [pairRef(tls.credentialName, namespace, `${field}.credentialName`)];
    if (tls.tlsCertificates?.length) {
        return tls.tlsCertificates.map(({ serverCertificate, privateKey }, index) =>
            files(`${field}.tlsCertificates[${index}].serverCertificate`, serverCertificate, privateKey),
        );
    }
    return [files(`${field}.serverCertificate`, tls.serverCertificate, tls.privateKey)];
}

function files(field: string, certificate = "", privateKey = ""): CredentialRef {
    return { kind: "files", certificate, privateKey, field };
}

/** How clients are verified. A hash is written in hex, with colons between its bytes or without. A pin of another form fits nobody. */
function verificationOf(tls: ServerTLSSettings, field: string, namespace: string): Partial<TlsTerms> {
    return {
        ca: authorityOf(tls, field, namespace),
        ...(tls.caCrl ? { crl: { kind: "file", path: tls.caCrl, field: `${field}.caCrl` } } : {}),
        ...(tls.verifyCertificateSpki?.length ? { verifyCertificateSpki: tls.verifyCertificateSpki } : {}),
        ...(tls.verifyCertificateHash?.length
            ? { verifyCertificateHash: tls.verifyCertificateHash.map((hash) => hash.replaceAll(":", "").toLowerCase()) }
            : {}),
    };
}

/** The CA that client certificates are verified with. */
function authorityOf(tls: ServerTLSSettings, field: string, namespace: string): CredentialRef {
    if (tls.caCertCredentialName) return pairRef(tls.caCertCredentialName, namespace, `${field}.caCertCredentialName`);
    const name = tls.credentialNames?.[0] ?? tls.credentialName;
    if (name) return authorityRef(name, namespace, `${field}.${tls.credentialName ? "credentialName" : "credentialNames[0]"}`);
    const path = tls.caCertificates ?? tls.tlsCertificates?.[0]?.caCertificates ?? "";
    return { kind: "file", path, field: `${field}.caCertificates` };
}

function versionOf(version: TlsProtocol | undefined): TlsTerms["minVersion"] {
    return version === undefined || version === "TLS_AUTO" ? undefined : VERSIONS[version];
}
