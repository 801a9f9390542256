/** TLS towards endpoints: one secure context a cluster, and whose certificate is taken for the right one. */
import type { X509Certificate } from "node:crypto";
import { alternativeNames, peerFault, revocationLists } from "../../istio/certificates";
import net from "node:net";
import tls from "node:tls";
import type { SecretEntry, UpstreamTlsEntry } from "../tables";

export interface UpstreamTls {
    /** Changes whenever a connection made before may not be used any more. */
    readonly identity: string;
    readonly context: tls.SecureContext | undefined;
    readonly sni: string;
    /** The name of the server depends on the request's host: connections are kept apart by it. */
    readonly perHost: boolean;
    readonly verify: boolean;
    check(name: string, certificate: X509Certificate): Error | undefined;
    /** Why no connection can be made; empty: it can. */
    readonly fault: string;
}

type Secrets = ReadonlyMap<string, SecretEntry>;

/** Every SecretEntry that connections to a cluster depend on. */
export function secretsOfUpstream({ secret, caSecret, crlSecret }: UpstreamTlsEntry): string[] {
    return [secret, caSecret, crlSecret].filter((key) => key !== undefined);
}

/** Never throws: what is wrong with keys and certificates becomes `fault`, which every connection then fails with. */
export function bindUpstreamTls(entry: UpstreamTlsEntry, secrets: Secrets): UpstreamTls {
    const { context, fault } = contextOf(entry, secrets);
    const fingerprints = [entry.secret, entry.caSecret, entry.crlSecret].map((key) =>
        key === undefined ? "" : (secrets.get(key)?.fingerprint ?? "missing"),
    );
    return {
        identity: JSON.stringify([
            entry.mode,
            entry.sni,
            entry.subjectAltNames,
            entry.insecureSkipVerify,
            entry.secret,
            entry.caSecret,
            entry.crlSecret,
            ...fingerprints,
        ]),
        context,
        fault,
        sni: entry.sni,
        perHost: entry.sni === "",
        verify: !entry.insecureSkipVerify,
        check: (name, certificate) => {
            try {
                const fault = entry.insecureSkipVerify ? "" : peerFault(certificate);
                if (fault !== "") return new Error(`certificate: ${fault}`);
                return entry.subjectAltNames.length > 0
                    ? checkNames(entry.subjectAltNames, certificate)
                    : tls.checkServerIdentity(name, namesOf(certificate));
            } catch (error) {
                // A name that can't be read is none that was asked for.
                return error instanceof Error ? error : new Error(String(error));
            }
        },
    };
}

function contextOf(entry: UpstreamTlsEntry, secrets: Secrets): { readonly context: tls.SecureContext | undefined; readonly fault: string } {
    const missing = secretsOfUpstream(entry).find((key) => !secrets.has(key));
    if (missing !== undefined) return { context: undefined, fault: `secret ${missing} is not there` };
    const own = entry.secret === undefined ? undefined : secrets.get(entry.secret);
    const ca = (entry.caSecret === undefined ? own?.ca : secrets.get(entry.caSecret)?.ca) || undefined;
    const crl = listsOf(entry, secrets);
    if (typeof crl === "string") return { context: undefined, fault: crl };
    try {
        const identity = own !== undefined && own.privateKey !== "" ? { cert: own.certificate, key: own.privateKey } : {};
        if (entry.mode === "MUTUAL" && identity.cert === undefined)
            return { context: undefined, fault: "no client certificate for mode MUTUAL" };
        if (identity.cert === undefined && ca === undefined && crl.length === 0) return { context: systemContext(), fault: "" };
        return {
            context: tls.createSecureContext({
                ...identity,
                ca: ca ?? systemAuthorities(),
                ...(crl.length > 0 ? { crl } : {}),
                ...LIKE_ENVOY,
            }),
            fault: "",
        };
    } catch (error) {
        return { context: undefined, fault: `its certificates cannot be used: ${error instanceof Error ? error.message : String(error)}` };
    }
}

/** Whoever is named as an authority is one, with or without those above it. */
const LIKE_ENVOY = { minVersion: "TLSv1.2", allowPartialTrustChain: true } as const;

/** Lists of revoked certificates, one a text, or why nobody can be verified with them. */
function listsOf(entry: UpstreamTlsEntry, secrets: Secrets): string[] | string {
    if (entry.insecureSkipVerify) return [];
    const texts = [entry.caSecret ?? entry.secret, entry.crlSecret].map((key) => (key === undefined ? "" : (secrets.get(key)?.crl ?? "")));
    const lists = texts.filter((text) => text !== "").map((text) => revocationLists(text));
    if (lists.includes(undefined)) return "the list of revoked certificates can't be read";
    return lists.flatMap((all) => (all ?? []).map(({ pem }) => pem));
}

let authorities: string[] | undefined;
let shared: tls.SecureContext | undefined;

/** Without a CA of its own a cluster trusts what the machine trusts (Istio: the OS store), beside Node's own list. */
function systemAuthorities(): string[] {
    authorities ??= [...new Set([...tls.getCACertificates("default"), ...tls.getCACertificates("system")])];
    return authorities;
}

/** Reading some hundred certificates costs milliseconds: once a process, not once a cluster. */
function systemContext(): tls.SecureContext {
    shared ??= tls.createSecureContext({ ca: systemAuthorities(), ...LIKE_ENVOY });
    return shared;
}

/** What Node compares a name with: the names, else the common names, of which each stands on a line of its own. */
function namesOf({ subject, subjectAltName }: X509Certificate): tls.PeerCertificate {
    const CN = (subject ?? "")
        .split("\n")
        .filter((line) => line.startsWith("CN="))
        .map((line) => line.slice("CN=".length));
    return {
        subject: CN.length > 0 ? { CN } : {},
        ...(subjectAltName === undefined ? {} : { subjectaltname: subjectAltName }),
    } as unknown as tls.PeerCertificate;
}

/** subjectAltNames: the certificate has one of these names, as DNS name (its wildcards hold), URI or IP address. */
function checkNames(names: readonly string[], parsed: X509Certificate): Error | undefined {
    const shown = alternativeNames(parsed);
    const found = names.some((name) => {
        if (shown.some(({ type, value }) => type === "URI" && value === name)) return true;
        if (name.includes("://")) return false;
        // Istio's names are literal: a pattern is there or not, a name may be covered by a pattern of the certificate. An
        // address may stand as a DNS name, as many write it.
        if (shown.some(({ type, value }) => type === "DNS" && value.toLowerCase() === name.toLowerCase())) return true;
        if (name.startsWith("*")) return false;
        return net.isIP(name) === 0 ? parsed.checkHost(name, { subject: "never" }) !== undefined : parsed.checkIP(name) !== undefined;
    });
    return found ? undefined : new Error(`certificate has none of the subject alternative names ${names.join(", ")}`);
}
