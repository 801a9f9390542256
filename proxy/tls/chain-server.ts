/**
 * The TLS server of one terminated filter chain. It never listens: connections whose ClientHello chose the chain are
 * handed to it, so that each chain has its own certificates, versions, ciphers and client authentication (SNICallback
 * could change the certificate alone). It is not changed once it is made: another certificate is another server, and
 * connections that this one has accepted live on.
 */
import { constants, createHash, X509Certificate } from "node:crypto";
import type net from "node:net";
import tls from "node:tls";
import { peerFault, readStaple } from "../../istio/certificates";
import { connectionFault } from "../net/connection-faults";
import type { TlsTermination } from "../tables";
import { alternativeNameAllowed, forwardedClientCert, isPinned } from "./client-certificate";
import { cipherString } from "./ciphers";
import { askForKeys, TICKET_KEY_BYTES, TICKET_LIFETIME_SECONDS, type TicketHolder } from "./tickets";

/** PEM texts. */
export interface ChainCertificates {
    /** At most one for each key type. */
    readonly pairs: readonly { readonly certificate: string; readonly privateKey: string; readonly staple: string }[];
    /** For client certificates; empty: none. */
    readonly ca: string;
    /** Lists of revoked certificates, one a text; with any, every authority of a chain needs one. */
    readonly crl: readonly string[];
    /** When the first of them is to be renewed. */
    readonly verifiableUntil: number;
}

/** What a handshake ends with. `raw` is the socket that was handed in. */
export interface ChainServerEvents {
    secure(raw: net.Socket, socket: tls.TLSSocket, forwardedClientCert: string): void;
    refused(raw: net.Socket, reason: string): void;
    /** Nobody can be served by this chain: only a server that is built on its first connection finds out so late. */
    unusable(chain: string, reason: string): void;
}

/** An OpenSSL context takes some 40 KiB. Beyond this number the ones used longest ago are built again when somebody comes. */
const MAX_BUILT = 2048;
/** Of many hosts most have no client for long: beyond this number a server that nobody has used yet is not kept. */
export const MAX_UNUSED = 128;
const built = new Set<ChainServer>();

export class ChainServer {
    readonly #key: string;
    readonly #chain: TlsTermination;
    readonly #certificates: () => ChainCertificates;
    readonly #alpn: readonly string[];
    readonly #events: ChainServerEvents;
    readonly #tickets: TicketHolder;
    #options: tls.TlsOptions | undefined;
    #server: tls.Server | undefined;
    #verifiableUntil = Number.POSITIVE_INFINITY;
    #staple: ShownStaple | undefined;
    /** It asks for the key of each ticket. */
    #isAsking = false;
    /** Why it can't be built. */
    #fault = "";

    /** `certificates` is called once, when the server is first built; it throws where they can't be served. */
    constructor(
        key: string,
        chain: TlsTermination,
        certificates: () => ChainCertificates,
        alpn: readonly string[],
        tickets: TicketHolder,
        events: ChainServerEvents,
    ) {
        this.#key = key;
        this.#chain = chain;
        this.#certificates = certificates;
        this.#alpn = alpn;
        this.#events = events;
        this.#tickets = tickets;
    }

    /** Builds it now, so that what can't work is found before it is used: throws when OpenSSL does not take it. */
    prove(): void {
        this.#build();
        if (built.size > MAX_UNUSED) this.forget();
    }

    /** Takes over a connection whose ClientHello stands in `raw`'s read buffer. */
    accept(raw: net.Socket): void {
        const server = this.#server ?? this.#tryBuild();
        if (!server) {
            raw.destroy();
            this.#events.refused(raw, this.#fault);
            return;
        }
        // A client that ends during the handshake is gone; half-open connections begin after it.
        raw.allowHalfOpen = false;
        server.emit("connection", raw);
        built.delete(this);
        built.add(this);
    }

    /** The holder has other keys. */
    renewTickets(): void {
        if (!this.#isAsking) this.#server?.setTicketKeys(this.#tickets.keys.subarray(0, TICKET_KEY_BYTES));
    }

    /** Is not needed any more, except by connections that it has accepted. */
    forget(): void {
        built.delete(this);
        this.#server = undefined;
    }

    #tryBuild(): tls.Server | undefined {
        if (this.#fault !== "") return undefined;
        try {
            return this.#build();
        } catch (error) {
            this.#fault = buildFault(error);
            this.#events.unusable(this.#key, this.#fault);
            return undefined;
        }
    }

    #build(): tls.Server {
        if (this.#options === undefined) {
            const certificates = this.#certificates();
            this.#options = optionsOf(this.#key, this.#chain, certificates, this.#alpn);
            this.#verifiableUntil = certificates.verifiableUntil;
            this.#staple = stapleOf(certificates.pairs);
        }
        const server = new tls.Server({ ...this.#options, ticketKeys: this.#tickets.keys.subarray(0, TICKET_KEY_BYTES) });
        this.#isAsking = askForKeys(server, this.#tickets);
        if (this.#chain.mode !== "SIMPLE") allowPartialChain(server);
        server.on("secureConnection", (socket) => {
            try {
                this.#onSecure(socket);
            } catch (error) {
                socket.destroy();
                connectionFault(rawOf(socket), error);
            }
        });
        const staple = this.#staple;
        if (staple)
            server.on("OCSPRequest", (_certificate, _issuer, answer) =>
                answer(null, staple.nextUpdate > Date.now() ? staple.response : (null as unknown as Buffer)),
            );
        server.on("tlsClientError", (error: NodeJS.ErrnoException, socket) => {
            const raw = rawOf(socket);
            socket.destroy();
            this.#events.refused(raw, error.code ?? error.message);
        });
        this.#server = server;
        built.add(this);
        for (const oldest of built) {
            if (built.size <= MAX_BUILT) break;
            oldest.forget();
        }
        return server;
    }

    #onSecure(socket: tls.TLSSocket): void {
        forgetOffer(socket);
        socket.on("error", ignore);
        socket.allowHalfOpen = true;
        const raw = rawOf(socket);
        if (this.#chain.mode === "SIMPLE") {
            this.#events.secure(raw, socket, "");
            return;
        }
        const certificate = socket.getPeerX509Certificate();
        const fault = this.#clientFault(socket, certificate);
        if (fault !== "") {
            socket.destroy();
            this.#events.refused(raw, fault);
        } else {
            this.#events.secure(raw, socket, certificate ? forwardedClientCert(certificate) : "");
        }
    }

    /** Also on a resumed session: its certificate is checked again against today's names, pins and time. */
    #clientFault(socket: tls.TLSSocket, certificate: X509Certificate | undefined): string {
        const {
            mode,
            insecureSkipVerify,
            subjectAltNames,
            verifyCertificateSpki: spki = [],
            verifyCertificateHash: hashes = [],
        } = this.#chain;
        const isNamed = subjectAltNames.length + spki.length + hashes.length > 0;
        // Who asks for a certain certificate does not mean none, also where one is optional: so does Envoy.
        if (!certificate) return mode === "MUTUAL" || isNamed ? "no client certificate" : "";
        if (!insecureSkipVerify) {
            if (!socket.authorized) return `client certificate: ${String(socket.authorizationError)}`;
            const fault = peerFault(certificate);
            if (fault !== "") return `client certificate: ${fault}`;
            // A session keeps the verdict of the handshake that made it, not the times that it was true for.
            if (socket.isSessionReused() && Math.min(this.#verifiableUntil, certificate.validToDate.getTime()) <= Date.now())
                return "client certificate: CERT_HAS_EXPIRED";
        }
        if (!alternativeNameAllowed(certificate, subjectAltNames)) return "client certificate: no allowed subject alternative name";
        return isPinned(certificate, spki, hashes) ? "" : "client certificate: not one of the pinned";
    }
}

interface ShownStaple {
    readonly response: Buffer;
    readonly nextUpdate: number;
}

/**
 * The response that is shown to clients that ask, until it is out of date (Envoy's LENIENT_STAPLING). Not where there are
 * several certificates: Node does not tell which of them a client gets, and a wrong response is worse than none.
 */
function stapleOf(pairs: ChainCertificates["pairs"]): ShownStaple | undefined {
    const [pair, ...others] = pairs;
    if (pair === undefined || others.length > 0 || pair.staple === "") return undefined;
    const response = Buffer.from(pair.staple, "base64");
    const found = readStaple(response, new X509Certificate(pair.certificate));
    return typeof found === "string" ? undefined : { response, nextUpdate: found.nextUpdate };
}

function optionsOf(key: string, chain: TlsTermination, { pairs, ca, crl }: ChainCertificates, alpn: readonly string[]): tls.TlsOptions {
    return {
        cert: pairs.map((pair) => pair.certificate),
        key: pairs.map((pair) => pair.privateKey),
        ...(ca !== "" ? { ca } : {}),
        ...(crl.length > 0 ? { crl: [...crl] } : {}),
        minVersion: chain.minVersion,
        maxVersion: chain.maxVersion,
        ciphers: cipherString(chain),
        honorCipherOrder: true,
        secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION,
        ALPNProtocols: [...alpn],
        requestCert: chain.mode !== "SIMPLE",
        // Refuses in the handshake who has no certificate, and right after it whose certificate is not valid.
        rejectUnauthorized: chain.mode === "MUTUAL" && !chain.insecureSkipVerify,
        // Time runs out for whoever handed the connection in. With any other figure a timer is kept as long as the connection.
        handshakeTimeout: -1,
        sessionTimeout: TICKET_LIFETIME_SECONDS,
        sessionIdContext: sessionContext(key, chain, ca, crl),
    };
}

/** OpenSSL's own words; they never hold key material. */
export function buildFault(error: unknown): string {
    const { code, message } = error as NodeJS.ErrnoException;
    return code ?? message;
}

function ignore(): void {}

/**
 * As Envoy: whoever is named as an authority is one, with or without those above it. `tls.createSecureContext` has an
 * option for it that `tls.Server` does not hand on; on a Node without what stands behind it, whole chains are asked for.
 */
function allowPartialChain(server: tls.Server): void {
    const { _sharedCreds: shared } = server as unknown as {
        _sharedCreds?: { readonly context?: { setAllowPartialTrustChain?: () => void } };
    };
    shared?.context?.setAllowPartialTrustChain?.();
}

/**
 * What was offered by ALPN is copied for each connection, and not looked at any more once that is agreed on: a few bytes of a pool of
 * memory, all of which lives as long as they do.
 */
function forgetOffer(socket: tls.TLSSocket): void {
    const { _tlsOptions: options } = socket as unknown as { readonly _tlsOptions?: { ALPNProtocols?: unknown } };
    if (options?.ALPNProtocols !== undefined) options.ALPNProtocols = undefined;
}

/** The socket below; Node keeps it there and says so nowhere else. */
function rawOf(socket: tls.TLSSocket): net.Socket {
    return (socket as unknown as { _parent: net.Socket })._parent;
}

/**
 * A session resumes only where it was made: on the same chain, with the same demands on the client. Otherwise a ticket
 * from one host, or from before a CA or a list of revoked certificates was changed, would stand in for a client certificate (CVE-2026-123872).
 */
function sessionContext(key: string, chain: TlsTermination, ca: string, crl: readonly string[]): string {
    const { mode, insecureSkipVerify, subjectAltNames, verifyCertificateSpki = [], verifyCertificateHash = [] } = chain;
    const identity = JSON.stringify([
        key,
        mode,
        insecureSkipVerify,
        subjectAltNames,
        verifyCertificateSpki,
        verifyCertificateHash,
        ca,
        crl,
    ]);
    return createHash("sha256").update(identity).digest("hex").slice(0, 32);
}
