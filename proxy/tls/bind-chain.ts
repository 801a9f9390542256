/** From a chain's entry and the secrets it names to its TLS server, or to the reason why there is none. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import type { FilterChainEntry, SecretEntry, TlsTermination } from "../tables";
import { buildFault, ChainServer, type ChainCertificates, type ChainServerEvents, type TicketHolder } from "./chain-server";

/** The protocols there is a codec for, in order of preference. */
export const HTTP_PROTOCOLS: readonly string[] = ["http/1.1"];

export interface BoundTls {
    /** Undefined: handshakes are refused. */
    readonly server: ChainServer | undefined;
    /** Tells that nothing the server depends on has changed. */
    readonly identity: string;
    /** What is asked of clients. */
    readonly demands: string;
    /** Empty: all is well. With a server: it is the one from before. */
    readonly problem: string;
}

export interface ChainContext {
    readonly tickets: TicketHolder;
    readonly events: ChainServerEvents;
}

/**
 * `previous` is what served the chain before: it is kept where nothing changed, and where the new certificates can't
 * be used. Not so when other things are asked of clients than before: then nobody is served rather than too many.
 * `isDeferred`: where nothing was served before, the first connection is what proves the certificates.
 */
export function bindTls(
    entry: FilterChainEntry, chain: TlsTermination, secrets: ReadonlyMap<string, SecretEntry>,
    context: ChainContext, previous: BoundTls | undefined, isDeferred = false,
): BoundTls {
    const used = [...chain.secrets, ...(chain.caSecret === undefined ? [] : [chain.caSecret])];
    const identity = JSON.stringify([chain, entry.target.kind, used.map((key) => secrets.get(key)?.fingerprint ?? null)]);
    if (previous && previous.identity === identity) return previous;
    const demands = JSON.stringify([chain.mode, chain.caSecret ?? "", chain.subjectAltNames, chain.insecureSkipVerify]);
    const failed = (problem: string): BoundTls => {
        const server = previous && previous.demands === demands ? previous.server : undefined;
        return { server, identity, demands, problem };
    };
    const alpn = entry.target.kind === "http" ? HTTP_PROTOCOLS.filter((name) => chain.alpn.includes(name)) : chain.alpn;
    // Of the tables as they are now, whenever it is asked.
    const named = new Map(used.flatMap((key) => { const secret = secrets.get(key); return secret ? [[key, secret]] : []; }));
    const server = new ChainServer(entry.key, chain, () => certificatesOf(chain, named), alpn, context.tickets, context.events);
    if (isDeferred && !previous) return { server, identity, demands, problem: "" };
    try {
        server.prove();
        return { server, identity, demands, problem: "" };
    } catch (error) {
        return failed(error instanceof NoCertificates ? error.message : `not accepted by OpenSSL: ${buildFault(error)}`);
    }
}

class NoCertificates extends Error {}

function certificatesOf(chain: TlsTermination, secrets: ReadonlyMap<string, SecretEntry>): ChainCertificates {
    const certificates = collect(chain, secrets);
    if (typeof certificates === "string") throw new NoCertificates(certificates);
    return certificates;
}

/** The PEM texts, checked to belong together; or what is wrong with them. */
function collect(chain: TlsTermination, secrets: ReadonlyMap<string, SecretEntry>): ChainCertificates | string {
    const pairs: { certificate: string; privateKey: string }[] = [];
    for (const key of chain.secrets) {
        const secret = secrets.get(key);
        if (!secret) return `${key} is not there`;
        const fault = pairFault(secret);
        if (fault !== "") return `${key}: ${fault}`;
        pairs.push({ certificate: secret.certificate, privateKey: secret.privateKey });
    }
    if (pairs.length === 0) return "no certificate is named";
    const ca = chain.caSecret === undefined ? "" : (secrets.get(chain.caSecret)?.ca ?? "");
    if (chain.mode !== "SIMPLE" && !chain.insecureSkipVerify) {
        if (ca === "") return `${chain.caSecret ?? "the CA of client certificates"} is not there or has no CA`;
        try {
            new X509Certificate(ca);
        } catch (error) {
            return `${chain.caSecret ?? ""}: CA: ${buildFault(error)}`;
        }
    }
    return { pairs, ca };
}

function pairFault(secret: SecretEntry): string {
    if (secret.certificate === "" || secret.privateKey === "") return "has no certificate or no key";
    try {
        const certificate = new X509Certificate(secret.certificate);
        return certificate.checkPrivateKey(createPrivateKey(secret.privateKey)) ? "" : "the private key does not belong to the certificate";
    } catch (error) {
        return buildFault(error);
    }
}
