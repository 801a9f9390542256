/** How a server terminates TLS. */
import { getCiphers } from "node:tls";
import { suitesIn } from "../../../istio/cipher-suites";
import type { ServerTLSSettings, TlsProtocol } from "../../../istio/types";
import type { TlsTermination } from "../../tables/entries";
import type { Context } from "../context/context";
import type { Credentials } from "./credentials";
import type { CredentialUser } from "../context/said";
import { listText } from "../context/report";
import type { PlannedServer } from "../istio/servers";

/** What HTTPS servers offer: the protocols that a codec exists for. */
const HTTP_ALPN: readonly string[] = ["http/1.1"];
const CIPHERS: ReadonlySet<string> = new Set(getCiphers().map((name) => name.toUpperCase()));
const VERSIONS = { TLSV1_0: "TLSv1", TLSV1_1: "TLSv1.1", TLSV1_2: "TLSv1.2", TLSV1_3: "TLSv1.3" } as const;

export function terminationOf(context: Context, credentials: Credentials, planned: PlannedServer): TlsTermination {
    const tls: ServerTLSSettings = planned.server.tls ?? {};
    const user = userOf(planned);
    const mode = tls.mode === "MUTUAL" || tls.mode === "OPTIONAL_MUTUAL" ? tls.mode : "SIMPLE";
    const asks = mode !== "SIMPLE";
    const caSecret = asks ? caOf(credentials, tls, user) : undefined;
    const { verifyCertificateSpki, verifyCertificateHash } = asks ? pinsOf(tls) : {};
    return {
        mode,
        // Without a certificate no handshake is accepted.
        secrets: planned.gateway.source.refused === undefined ? pairsOf(credentials, tls, user) : [],
        ...(caSecret === undefined ? {} : { caSecret }),
        ...(asks && tls.caCrl ? { crlSecret: credentials.fileCrl(tls.caCrl, user("caCrl")) } : {}),
        ...(verifyCertificateSpki ? { verifyCertificateSpki } : {}),
        ...(verifyCertificateHash ? { verifyCertificateHash } : {}),
        minVersion: versionOf(tls.minProtocolVersion, "TLSv1.2"),
        maxVersion: versionOf(tls.maxProtocolVersion, "TLSv1.3"),
        cipherSuites: ciphersOf(context, tls.cipherSuites ?? [], planned),
        alpn: planned.kind === "https" ? HTTP_ALPN : [],
        subjectAltNames: tls.subjectAltNames ?? [],
        insecureSkipVerify: tls.insecureSkipVerify ?? false,
    };
}

type UserOf = (field: string) => CredentialUser;

function userOf({ gateway, field, hosts }: PlannedServer): UserOf {
    const names = [...new Set(hosts.map(({ host }) => host))];
    const purpose = `${names.length === 1 ? "host" : "hosts"} ${listText(names)}`;
    return (part) => ({ about: gateway, field: `${field}.tls.${part}`, purpose, hosts: names });
}

function pairsOf(credentials: Credentials, tls: ServerTLSSettings, user: UserOf): string[] {
    if (tls.credentialNames?.length)
        return tls.credentialNames.map((name, index) => credentials.pair(name, user(`credentialNames[${index}]`)));
    if (tls.credentialName) return [credentials.pair(tls.credentialName, user("credentialName"))];
    if (tls.tlsCertificates?.length) {
        return tls.tlsCertificates.map((files, index) =>
            credentials.filePair(
                files.serverCertificate ?? "",
                files.privateKey ?? "",
                user(`tlsCertificates[${index}].serverCertificate`),
            ),
        );
    }
    return [credentials.filePair(tls.serverCertificate ?? "", tls.privateKey ?? "", user("serverCertificate"))];
}

/** A hash is written in hex, with colons between its bytes or without. A pin of another form fits nobody. */
function pinsOf(tls: ServerTLSSettings): Pick<TlsTermination, "verifyCertificateSpki" | "verifyCertificateHash"> {
    return {
        ...(tls.verifyCertificateSpki?.length ? { verifyCertificateSpki: tls.verifyCertificateSpki } : {}),
        ...(tls.verifyCertificateHash?.length
            ? { verifyCertificateHash: tls.verifyCertificateHash.map((hash) => hash.replaceAll(":", "").toLowerCase()) }
            : {}),
    };
}

/** The CA that client certificates are verified with. */
function caOf(credentials: Credentials, tls: ServerTLSSettings, user: UserOf): string {
    if (tls.caCertCredentialName) return credentials.ca(tls.caCertCredentialName, user("caCertCredentialName"));
    const name = tls.credentialNames?.[0] ?? tls.credentialName;
    if (name) return credentials.caOf(name, user(tls.credentialName ? "credentialName" : "credentialNames[0]"));
    const path = tls.caCertificates ?? tls.tlsCertificates?.[0]?.caCertificates ?? "";
    return credentials.fileCa(path, user("caCertificates"));
}

function versionOf<D extends TlsTermination["minVersion"]>(version: TlsProtocol | undefined, otherwise: D): TlsTermination["minVersion"] {
    return version === undefined || version === "TLS_AUTO" ? otherwise : VERSIONS[version];
}

function ciphersOf({ report }: Context, suites: readonly string[], planned: PlannedServer): string[] {
    const kept = new Set<string>();
    for (const [name, index] of suites.flatMap((one, index) => suitesIn(one).map((name) => [name, index] as const))) {
        const fault = kept.has(name)
            ? "is there twice"
            : name.startsWith("TLS_")
              ? "is one of TLS 1.3, which has no choice of ciphers"
              : // They are known in capitals only, as to Envoy.
                !CIPHERS.has(name)
                ? "is not known"
                : undefined;
        if (fault === undefined) kept.add(name);
        else report.add("GH0417", planned.gateway, `${planned.field}.tls.cipherSuites[${index}]`, `${name} ${fault}; it is left out.`);
    }
    return [...kept];
}
