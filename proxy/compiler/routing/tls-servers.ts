/** How a server terminates TLS. */
import { getCiphers } from "node:tls";
import { HTTP_ALPN } from "../../http/protocols";
import type { TlsTermination } from "../../tables/entries";
import type { CompilerContext } from "../context/context";
import type { CredentialUser } from "../context/credential";
import { listText } from "../context/report";
import type { UsedCredentials } from "./used-credentials";
import type { CredentialRef } from "./model/credentials";
import type { PlannedServer, TlsTerms } from "./model/servers";

const CIPHERS: ReadonlySet<string> = new Set(getCiphers().map((name) => name.toUpperCase()));

export function terminationOf(
    context: CompilerContext,
    credentials: UsedCredentials,
    server: PlannedServer,
    tls: TlsTerms,
): TlsTermination {
    const { mode, certificates, ca, crl, verifyCertificateSpki, verifyCertificateHash, subjectAltNames, insecureSkipVerify } = tls;
    const user = userOf(server);
    return {
        mode,
        // Without a certificate no handshake is accepted.
        secrets: certificates.map((one) => credentials.pair(one, user(one))),
        ...(ca ? { caSecret: credentials.ca(ca, user(ca)) } : {}),
        ...(crl ? { crlSecret: credentials.crl(crl, user(crl)) } : {}),
        ...(verifyCertificateSpki ? { verifyCertificateSpki } : {}),
        ...(verifyCertificateHash ? { verifyCertificateHash } : {}),
        minVersion: tls.minVersion ?? "TLSv1.2",
        maxVersion: tls.maxVersion ?? "TLSv1.3",
        cipherSuites: ciphersOf(context, server, tls),
        alpn: server.kind === "https" ? HTTP_ALPN : [],
        subjectAltNames,
        insecureSkipVerify,
    };
}

function userOf({ subject, hosts }: PlannedServer): (ref: CredentialRef) => CredentialUser {
    const names = [...new Set(hosts.map(({ host }) => host))];
    const purpose = `${names.length === 1 ? "host" : "hosts"} ${listText(names)}`;
    return ({ field }) => ({ subject, field, purpose, hosts: names });
}

function ciphersOf({ report }: CompilerContext, { subject }: PlannedServer, { cipherSuites }: TlsTerms): string[] {
    const kept = new Set<string>();
    for (const { name, field } of cipherSuites) {
        const fault = kept.has(name)
            ? "is there twice"
            : name.startsWith("TLS_")
              ? "is one of TLS 1.3, which has no choice of ciphers"
              : // They are known in capitals only, as to Envoy.
                !CIPHERS.has(name)
                ? "is not known"
                : undefined;
        if (fault === undefined) kept.add(name);
        else report.add("GH0417", subject, field, `${name} ${fault}; it is left out.`);
    }
    return [...kept];
}
