/** TLS towards endpoints: one secure context a cluster, and whose certificate is taken for the right one. */
import { X509Certificate } from "node:crypto";
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
    check(name: string, certificate: tls.PeerCertificate): Error | undefined;
    /** Why no connection can be made; empty: it can. */
    readonly fault: string;
}

type Secrets = ReadonlyMap<string, SecretEntry>;

/** Never throws: what is wrong with keys and certificates becomes `fault`, which every connection then fails with. */
export function bindUpstreamTls(entry: UpstreamTlsEntry, secrets: Secrets): UpstreamTls {
    const { context, fault } = contextOf(entry, secrets);
    const fingerprints = [entry.secret, entry.caSecret].map((key) => (key === undefined ? "" : (secrets.get(key)?.fingerprint ?? "missing")));
    return {
        identity: JSON.stringify([entry.mode, entry.sni, entry.subjectAltNames, entry.insecureSkipVerify, entry.secret, entry.caSecret, ...fingerprints]),
        context,
        fault,
        sni: entry.sni,
        perHost: entry.sni === "",
        verify: !entry.insecureSkipVerify,
        check: (name, certificate) =>
            entry.subjectAltNames.length > 0 ? checkNames(entry.subjectAltNames, certificate) : tls.checkServerIdentity(name, certificate),
    };
}

function contextOf(entry: UpstreamTlsEntry, secrets: Secrets): { readonly context: tls.SecureContext | undefined; readonly fault: string } {
    const missing = [entry.secret, entry.caSecret].find((key) => key !== undefined && !secrets.has(key));
    if (missing !== undefined) return { context: undefined, fault: `secret ${missing} is not there` };
    const own = entry.secret === undefined ? undefined : secrets.get(entry.secret);
    const ca = (entry.caSecret === undefined ? own?.ca : secrets.get(entry.caSecret)?.ca) || undefined;
    try {
        const identity = own !== undefined && own.privateKey !== "" ? { cert: own.certificate, key: own.privateKey } : {};
        if (entry.mode === "MUTUAL" && identity.cert === undefined) return { context: undefined, fault: "no client certificate for mode MUTUAL" };
        if (identity.cert === undefined && ca === undefined) return { context: systemContext(), fault: "" };
        return { context: tls.createSecureContext({ ...identity, ca: ca ?? systemAuthorities(), minVersion: "TLSv1.2" }), fault: "" };
    } catch (error) {
        return { context: undefined, fault: `its certificates cannot be used: ${error instanceof Error ? error.message : String(error)}` };
    }
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
    shared ??= tls.createSecureContext({ ca: systemAuthorities(), minVersion: "TLSv1.2" });
    return shared;
}

/** subjectAltNames: the certificate has one of these names, as DNS name (its wildcards hold), URI or IP address. */
function checkNames(names: readonly string[], certificate: tls.PeerCertificate): Error | undefined {
    const parsed = new X509Certificate(certificate.raw);
    const uris = (certificate.subjectaltname ?? "").split(", ").filter((part) => part.startsWith("URI:")).map((part) => part.slice(4));
    const found = names.some((name) => {
        if (name.includes("://")) return uris.includes(name);
        return net.isIP(name) === 0 ? parsed.checkHost(name, { subject: "never" }) !== undefined : parsed.checkIP(name) !== undefined;
    });
    return found ? undefined : new Error(`certificate has none of the subject alternative names ${names.join(", ")}`);
}
