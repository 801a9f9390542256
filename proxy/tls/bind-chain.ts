/** From a chain's entry and the secrets it names to its TLS server, or to the reason why there is none. */
import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { revocationLists, timesOfLists } from "../../istio/certificates";
import { HTTP_ALPN } from "../http/protocols";
import type { FilterChainEntry, SecretEntry, TlsTermination } from "../tables";
import { buildFault, ChainServer, type ChainCertificates, type ChainServerEvents } from "./chain-server";
import type { TicketHolder } from "./tickets";

export interface BoundTls {
    /** Undefined: handshakes are refused. */
    readonly server: ChainServer | undefined;
    /** The same, as far as it was asked for yet. */
    readonly made: ChainServer | undefined;
    /** Tells that nothing the server depends on has changed. */
    readonly identity: string;
    /** What is asked of clients. */
    readonly demands: string;
    /** Empty: all is well. With a server: it is the one from before. */
    readonly problem: string;
    /** The key of the SecretEntry that is not there, where that is the problem. */
    readonly missing?: string;
}

export interface ChainContext {
    readonly tickets: TicketHolder;
    readonly events: ChainServerEvents;
    /** What there is a codec for; by default what there is one for in this package. */
    readonly httpAlpn?: readonly string[];
}

/**
 * `previous` is what served the chain before: it is kept where nothing changed, and where the new certificates can't
 * be used. Not so when other things are asked of clients than before: then nobody is served rather than too many.
 * `isDeferred`: where nothing was served before, the first connection is what proves the certificates.
 */
export function bindTls(
    entry: FilterChainEntry,
    chain: TlsTermination,
    secrets: ReadonlyMap<string, SecretEntry>,
    context: ChainContext,
    previous: BoundTls | undefined,
    isDeferred = false,
): BoundTls {
    // Of the tables as they are now, whenever it is asked.
    const used = secretsOf(chain).flatMap((key) => secrets.get(key) ?? []);
    if (isDeferred && !previous) return new DeferredTls(entry, chain, used, context);
    const identity = identityOf(entry, chain, used);
    if (previous && previous.identity === identity) return previous;
    const demands = demandsOf(chain, secrets);
    const failed = ({ problem, missing }: Lack): BoundTls => {
        const server = previous && previous.demands === demands ? previous.server : undefined;
        return { server, made: server, identity, demands, problem, ...(missing === undefined ? {} : { missing }) };
    };
    const server = serverOf(entry, chain, used, context);
    try {
        server.prove();
        return { server, made: server, identity, demands, problem: "" };
    } catch (error) {
        return failed(error instanceof NoCertificates ? error.lack : { problem: `not accepted by OpenSSL: ${buildFault(error)}` });
    }
}

/** A chain among thousands of which nobody has come yet: of most nobody will, and only what it is made of is kept. */
class DeferredTls implements BoundTls {
    readonly problem = "";
    made: ChainServer | undefined;
    readonly #entry: FilterChainEntry;
    readonly #chain: TlsTermination;
    readonly #used: readonly SecretEntry[];
    readonly #context: ChainContext;

    constructor(entry: FilterChainEntry, chain: TlsTermination, used: readonly SecretEntry[], context: ChainContext) {
        this.#entry = entry;
        this.#chain = chain;
        this.#used = used;
        this.#context = context;
    }

    get server(): ChainServer {
        return (this.made ??= serverOf(this.#entry, this.#chain, this.#used, this.#context));
    }

    get identity(): string {
        return identityOf(this.#entry, this.#chain, this.#used);
    }

    get demands(): string {
        return demandsOf(this.#chain, byKey(this.#used));
    }
}

function serverOf(entry: FilterChainEntry, chain: TlsTermination, used: readonly SecretEntry[], context: ChainContext): ChainServer {
    const alpn = entry.target.kind === "http" ? (context.httpAlpn ?? HTTP_ALPN).filter((name) => chain.alpn.includes(name)) : chain.alpn;
    return new ChainServer(entry.key, chain, () => certificatesOf(chain, byKey(used)), alpn, context.tickets, context.events);
}

/** With the secrets that are there. */
function identityOf({ target }: FilterChainEntry, chain: TlsTermination, used: readonly SecretEntry[]): string {
    return JSON.stringify([chain, target.kind, used.map(({ key, fingerprint }) => [key, fingerprint])]);
}

function byKey(used: readonly SecretEntry[]): ReadonlyMap<string, SecretEntry> {
    return new Map(used.map((secret) => [secret.key, secret]));
}

/** Every SecretEntry that a chain depends on. */
export function secretsOf(chain: TlsTermination): string[] {
    return [...chain.secrets, ...[chain.caSecret, chain.crlSecret].filter((key) => key !== undefined)];
}

/** Authorities and lists by what stands in them: one that was taken back is not to be let in by what was served before. */
function demandsOf(chain: TlsTermination, secrets: ReadonlyMap<string, SecretEntry>): string {
    const { mode, caSecret, crlSecret, subjectAltNames, insecureSkipVerify, verifyCertificateSpki, verifyCertificateHash } = chain;
    const texts = [caSecret, crlSecret]
        .map((key) => (key === undefined ? undefined : secrets.get(key)))
        .map((entry) => [entry?.ca ?? "", entry?.crl ?? ""]);
    const hash = createHash("sha256").update(JSON.stringify(texts)).digest("hex");
    return JSON.stringify([
        mode,
        caSecret ?? "",
        crlSecret ?? "",
        hash,
        subjectAltNames,
        insecureSkipVerify,
        verifyCertificateSpki ?? [],
        verifyCertificateHash ?? [],
    ]);
}

/** Why a chain has no certificates. */
interface Lack {
    readonly problem: string;
    /** The key of the SecretEntry that is not there. */
    readonly missing?: string;
}

class NoCertificates extends Error {
    readonly lack: Lack;

    constructor(lack: Lack) {
        super(lack.problem);
        this.lack = lack;
    }
}

function certificatesOf(chain: TlsTermination, secrets: ReadonlyMap<string, SecretEntry>): ChainCertificates {
    const certificates = collect(chain, secrets);
    if ("problem" in certificates) throw new NoCertificates(certificates);
    return certificates;
}

/** The PEM texts, checked to belong together; or what is wrong with them. */
function collect(chain: TlsTermination, secrets: ReadonlyMap<string, SecretEntry>): ChainCertificates | Lack {
    const pairs: { certificate: string; privateKey: string; staple: string }[] = [];
    for (const key of chain.secrets) {
        const secret = secrets.get(key);
        if (!secret) return { problem: `${key} is not there, or holds nothing that can be served`, missing: key };
        const fault = pairFault(secret);
        if (fault !== "") return { problem: `${key}: ${fault}` };
        pairs.push({ certificate: secret.certificate, privateKey: secret.privateKey, staple: secret.staple ?? "" });
    }
    if (pairs.length === 0) return { problem: "no certificate is named" };
    const ca = chain.caSecret === undefined ? "" : (secrets.get(chain.caSecret)?.ca ?? "");
    if (chain.mode !== "SIMPLE" && !chain.insecureSkipVerify) {
        if (ca === "") {
            const isThere = chain.caSecret === undefined || secrets.has(chain.caSecret);
            return {
                problem: `${chain.caSecret ?? "the CA of client certificates"} is not there or has no CA`,
                ...(isThere ? {} : { missing: chain.caSecret }),
            };
        }
        try {
            new X509Certificate(ca);
        } catch (error) {
            return { problem: `${chain.caSecret ?? ""}: CA: ${buildFault(error)}` };
        }
    }
    const crl = listsOf(chain, secrets);
    return typeof crl === "string" ? { problem: crl } : { pairs, ca, ...crl };
}

/** The lists of revoked certificates, one a text. One that can't be read, or is not there, lets nobody in. */
function listsOf(
    chain: TlsTermination,
    secrets: ReadonlyMap<string, SecretEntry>,
): Pick<ChainCertificates, "crl" | "verifiableUntil"> | string {
    const none = { crl: [], verifiableUntil: Number.POSITIVE_INFINITY };
    if (chain.mode === "SIMPLE" || chain.insecureSkipVerify) return none;
    if (chain.crlSecret !== undefined && !secrets.get(chain.crlSecret)?.crl)
        return `${chain.crlSecret}, the list of revoked certificates, is not there`;
    const texts = [chain.caSecret, chain.crlSecret].flatMap((key) =>
        key === undefined ? [] : [{ key, text: secrets.get(key)?.crl ?? "" }],
    );
    const found = texts.filter(({ text }) => text !== "").map(({ key, text }) => ({ key, lists: revocationLists(text) }));
    const unreadable = found.find(({ lists }) => lists === undefined);
    if (unreadable) return `${unreadable.key}: the list of revoked certificates can't be read`;
    const lists = found.flatMap(({ lists: all }) => all ?? []);
    return { crl: lists.map(({ pem }) => pem), verifiableUntil: timesOfLists(lists).until };
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
