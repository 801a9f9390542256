/**
 * The TLS server of one terminated filter chain. It never listens: connections whose ClientHello chose the chain are
 * handed to it, so that each chain has its own certificates, versions, ciphers and client authentication (SNICallback
 * could change the certificate alone). It is not changed once it is made: another certificate is another server, and
 * connections that this one has accepted live on.
 */
import { constants, createHash, type X509Certificate } from "node:crypto";
import type net from "node:net";
import tls from "node:tls";
import type { TlsTermination } from "../tables";
import { alternativeNameAllowed, forwardedClientCert } from "./client-certificate";
import { cipherString } from "./ciphers";

/** PEM texts. */
export interface ChainCertificates {
    /** At most one for each key type. */
    readonly pairs: readonly { readonly certificate: string; readonly privateKey: string }[];
    /** For client certificates; empty: none. */
    readonly ca: string;
}

/** What a handshake ends with. `raw` is the socket that was handed in. */
export interface ChainServerEvents {
    secure(raw: net.Socket, socket: tls.TLSSocket, forwardedClientCert: string): void;
    refused(raw: net.Socket, reason: string): void;
}

/** Shared by all chains of a process. */
export interface TicketHolder {
    keys: Buffer;
}

/**
 * An OpenSSL context takes some 40 KiB. Every server is built once, so that what can't work is found before it is
 * used; beyond this number the ones used longest ago are built again when somebody comes.
 */
const MAX_BUILT = 2048;
/** Of many hosts most have no client for long: beyond this number a server that nobody has used yet is not kept. */
const MAX_UNUSED = 128;
const built = new Set<ChainServer>();

export class ChainServer {
    readonly #options: tls.TlsOptions;
    readonly #chain: TlsTermination;
    readonly #events: ChainServerEvents;
    readonly #tickets: TicketHolder;
    #server: tls.Server | undefined;

    /** Throws when OpenSSL does not take the certificates, keys or ciphers. */
    constructor(key: string, chain: TlsTermination, certificates: ChainCertificates, alpn: readonly string[], tickets: TicketHolder, events: ChainServerEvents) {
        const asks = chain.mode !== "SIMPLE";
        this.#chain = chain;
        this.#events = events;
        this.#tickets = tickets;
        this.#options = {
            cert: certificates.pairs.map((pair) => pair.certificate),
            key: certificates.pairs.map((pair) => pair.privateKey),
            ...(certificates.ca !== "" ? { ca: certificates.ca } : {}),
            minVersion: chain.minVersion,
            maxVersion: chain.maxVersion,
            ciphers: cipherString(chain),
            honorCipherOrder: true,
            secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION,
            ALPNProtocols: [...alpn],
            requestCert: asks,
            // Refuses in the handshake who has no certificate, and right after it whose certificate is not valid.
            rejectUnauthorized: chain.mode === "MUTUAL" && !chain.insecureSkipVerify,
            sessionIdContext: sessionContext(key, chain, certificates.ca),
        };
        this.#build();
        if (built.size > MAX_UNUSED) this.forget();
    }

    /** Takes over a connection whose ClientHello stands in `raw`'s read buffer. */
    accept(raw: net.Socket): void {
        // A client that ends during the handshake is gone; half-open connections begin after it.
        raw.allowHalfOpen = false;
        (this.#server ?? this.#build()).emit("connection", raw);
        built.delete(this);
        built.add(this);
    }

    /** Sessions made from now on use the holder's keys; those of older keys do a full handshake. */
    renewTickets(): void {
        this.#server?.setTicketKeys(this.#tickets.keys);
    }

    /** Is not needed any more, except by connections that it has accepted. */
    forget(): void {
        built.delete(this);
        this.#server = undefined;
    }

    #build(): tls.Server {
        const server = new tls.Server({ ...this.#options, ticketKeys: this.#tickets.keys });
        server.on("secureConnection", (socket) => this.#onSecure(socket));
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

    /** Also on a resumed session: its certificate is checked again against today's names. */
    #clientFault(socket: tls.TLSSocket, certificate: X509Certificate | undefined): string {
        const { mode, insecureSkipVerify, subjectAltNames } = this.#chain;
        if (!certificate) return mode === "MUTUAL" ? "no client certificate" : "";
        if (!insecureSkipVerify && !socket.authorized) return `client certificate: ${String(socket.authorizationError)}`;
        return alternativeNameAllowed(certificate, subjectAltNames) ? "" : "client certificate: no allowed subject alternative name";
    }
}

function ignore(): void {}

/** The socket below; Node keeps it there and says so nowhere else. */
function rawOf(socket: tls.TLSSocket): net.Socket {
    return (socket as unknown as { _parent: net.Socket })._parent;
}

/**
 * A session resumes only where it was made: on the same chain, with the same demands on the client. Otherwise a ticket
 * from one host, or from before a CA was changed, would stand in for a client certificate (CVE-2026-123872).
 */
function sessionContext(key: string, chain: TlsTermination, ca: string): string {
    const identity = JSON.stringify([key, chain.mode, chain.insecureSkipVerify, chain.subjectAltNames, ca]);
    return createHash("sha256").update(identity).digest("hex").slice(0, 32);
}
