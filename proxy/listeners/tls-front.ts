/** Connections that begin with TLS: the ClientHello is read first, and its server name chooses the chain. */
import type net from "node:net";
import type tls from "node:tls";
import type { PresentedHeader } from "../net/proxy-header-reader";
import { accessNamed, chainFor, listenerRules } from "../snapshot";
import type { ListenerEntry } from "../tables";
import type { ConnectionObservers } from "../telemetry";
import type { ChainServerEvents } from "../tls";
import type { AcceptorServices } from "./acceptor-services";
import { clientKey } from "../net/client-key";
import { clientSide } from "./client-side";
import { HandshakeQueue } from "./handshake-queue";
import { peekClientHello, type PeekResult } from "./peek";
import { NOT_FOUND, type Chosen, type Serving } from "./serving";

/** What is left for peek and handshake once a drain has begun. */
const HURRIED_MS = 500;

export class TlsFront implements ChainServerEvents {
    readonly #services: AcceptorServices;
    readonly #observers: ConnectionObservers;
    readonly #serving: Serving;
    readonly #handshaking = new Map<net.Socket, Chosen>();
    readonly #queue: HandshakeQueue;

    constructor(services: AcceptorServices, observers: ConnectionObservers, serving: Serving) {
        this.#services = services;
        this.#observers = observers;
        this.#serving = serving;
        this.#queue = new HandshakeQueue(() => services.onHandshakesFull?.());
    }

    peek(listener: ListenerEntry, raw: net.Socket, header?: PresentedHeader): void {
        const { connections, deadlines } = this.#services;
        const start = Date.now();
        connections.add(raw, { drain: () => this.#hurry(raw), destroy: () => void raw.destroy() });
        // It runs already for who has presented a PROXY protocol's header.
        if (!deadlines.has(raw)) deadlines.add(raw, listenerRules(listener).handshakeMs);
        raw.once("close", () => {
            deadlines.remove(raw);
            this.#handshaking.delete(raw);
        });
        peekClientHello(raw, (result, bytes) => this.#onHello(listener, raw, start, result, bytes, header));
    }

    #onHello(
        listener: ListenerEntry,
        raw: net.Socket,
        start: number,
        result: PeekResult,
        bytes: Buffer,
        header: PresentedHeader | undefined,
    ): void {
        if (result.kind !== "hello") {
            if (result.kind !== "closed") this.#refused(listener, "", result.kind === "malformed" ? result.why : result.kind);
            // No server's filter chain is for what is no TLS, and that is logged as in Envoy.
            if (result.kind === "not-tls") this.#serving.refuse(raw, start, "", NOT_FOUND, header && { header });
            raw.destroy();
            return;
        }
        const { serverName } = result.hello;
        const snapshot = this.#services.snapshot();
        const chain = chainFor(snapshot, listener.key, serverName);
        if (!chain) {
            this.#serving.refuse(raw, start, serverName, NOT_FOUND, header && { header });
            return;
        }
        // Of TCP, whether TLS ends here or not: nobody needs a handshake to be turned away.
        const chosen: Chosen = {
            start,
            listener,
            chain,
            access: accessNamed(chain.entry.access, snapshot.access),
            serverName,
            ...(header ? { header } : {}),
        };
        const refusal = chain.entry.refusal ?? chosen.access?.refusal;
        if (refusal) {
            this.#serving.refuse(raw, start, serverName, refusal, chosen);
            return;
        }
        if (chain.entry.tls?.mode === "PASSTHROUGH") {
            this.#services.deadlines.remove(raw);
            this.#serving.serveTcp(chosen, raw, true, bytes);
        } else if (chain.tls?.server) {
            const { server } = chain.tls;
            this.#handshaking.set(raw, chosen);
            raw.unshift(bytes);
            this.#queue.add(clientKey(clientSide(raw, header).remoteAddress), raw, () => server.accept(raw));
        } else {
            this.#refused(listener, serverName, "no usable certificate");
            raw.destroy();
        }
    }

    /** A drain has begun: who is about to ask is still served, who has only connected is not waited for. */
    #hurry(raw: net.Socket): void {
        const { deadlines } = this.#services;
        setTimeout(() => {
            if (deadlines.has(raw)) raw.destroy();
        }, HURRIED_MS).unref();
    }

    unusable(chain: string, reason: string): void {
        this.#services.onUnusableChain?.(chain, reason);
    }

    secure(raw: net.Socket, socket: tls.TLSSocket, forwardedClientCert: string): void {
        const chosen = this.#handshaking.get(raw);
        if (!chosen) {
            socket.destroy();
            return;
        }
        this.#handshaking.delete(raw);
        this.#services.deadlines.remove(raw);
        this.#observers.handshakeDone(chosen.listener.key, chosen.serverName, socket.getProtocol() ?? "");
        if (chosen.chain.entry.target.kind === "tcp")
            this.#serving.serveTcp(chosen, socket, false, undefined, { raw, mtls: forwardedClientCert !== "" });
        else this.#serving.serveHttp(chosen, socket, raw, forwardedClientCert);
    }

    refused(raw: net.Socket, reason: string): void {
        const chosen = this.#handshaking.get(raw);
        if (chosen) this.#refused(chosen.listener, chosen.serverName, reason);
        raw.destroy();
    }

    #refused(listener: ListenerEntry, serverName: string, reason: string): void {
        this.#observers.handshakeRefused(listener.key, serverName, reason);
    }
}
