/** What happens to a connection between its acceptance and the one who serves it: plaintext goes to the codec or the splice at once. */
import type net from "node:net";
import type tls from "node:tls";
import { accessNamed, chainFor, listenerRules } from "../snapshot";
import type { PresentedHeader } from "../net/proxy-header-reader";
import type { ListenerEntry } from "../tables";
import { ConnectionObservers } from "../telemetry";
import type { ChainServerEvents } from "../tls";
import type { AcceptorServices } from "./acceptor-services";
import { ConnectionLimiter } from "./connection-limiter";
import { CapturedFront } from "./captured-front";
import { clientSide } from "./client-side";
import { ProxyFront } from "./proxy-front";
import { NOT_FOUND, Serving, type Chosen } from "./serving";
import { TlsFront } from "./tls-front";

export class Acceptor implements ChainServerEvents {
    readonly #services: AcceptorServices;
    readonly observers: ConnectionObservers;
    readonly #serving: Serving;
    readonly #admission: ConnectionLimiter;
    readonly #front: TlsFront;
    readonly #captured: CapturedFront;
    readonly #proxied: ProxyFront;

    constructor(services: AcceptorServices) {
        this.#services = services;
        this.observers = new ConnectionObservers(services.observers);
        this.#admission = services.admission ?? new ConnectionLimiter();
        this.#serving = new Serving(services, this.observers, this.#admission);
        this.#front = new TlsFront(services, this.observers, this.#serving);
        this.#captured = new CapturedFront(services, this.#serving);
        this.#proxied = new ProxyFront(services, this.observers, this.#serving, (listener, socket, header, rest) =>
            this.#begin(listener, socket, header, rest),
        );
    }

    /** Takes a connection of the listener with this key. */
    accept(key: string, raw: net.Socket): void {
        raw.on("error", ignore);
        this.observers.connectionAccepted();
        if (this.#services.turnsAway?.() === true) {
            raw.destroy();
            return;
        }
        const snapshot = this.#services.snapshot();
        const listener = snapshot.entries.listeners.get(key);
        if (!listener) {
            raw.destroy();
            return;
        }
        if (listener.capture === "transparent" || listener.capture === "local") {
            this.#captured.accept(listener, raw);
            return;
        }
        const { refusal = listener.refusal, presented } = listenerRules(listener);
        if (refusal) this.#serving.refuse(raw, Date.now(), "", refusal);
        // Also of sources that are trusted with none: what they send is looked for.
        else if (presented !== undefined) this.#proxied.accept(listener, raw);
        else this.#begin(listener, raw, undefined, NOTHING);
    }

    /** Whose the connection is, is known. `rest`: what has been read of it beyond that. */
    #begin(listener: ListenerEntry, raw: net.Socket, header: PresentedHeader | undefined, rest: Buffer): void {
        const overflow = listener.options?.limits && this.#admission.admit(listener, raw, clientSide(raw, header).remoteAddress);
        if (overflow !== undefined) {
            this.#serving.refuse(raw, Date.now(), "", { detail: overflow }, header && { header });
            return;
        }
        const snapshot = this.#services.snapshot();
        const { key } = listener;
        if (listener.kind === "tls") {
            if (rest.length > 0) raw.unshift(rest);
            this.#front.peek(listener, raw, header);
            // Whoever read until here has stopped it.
            if (raw.isPaused()) raw.resume();
            return;
        }
        const chain = chainFor(snapshot, key, "");
        if (!chain) {
            this.#serving.refuse(raw, Date.now(), "", NOT_FOUND, header && { header });
            return;
        }
        const chosen: Chosen = {
            start: Date.now(),
            listener,
            chain,
            access: accessNamed(chain.entry.access, snapshot.access),
            serverName: "",
            ...(header ? { header } : {}),
        };
        const refusal = chain.entry.refusal ?? chosen.access?.refusal;
        if (refusal) {
            this.#serving.refuse(raw, chosen.start, "", refusal, chosen);
            return;
        }
        if (chain.entry.target.kind === "tcp") this.#serving.serveTcp(chosen, raw, true, rest.length > 0 ? rest : undefined);
        else {
            if (rest.length > 0) raw.unshift(rest);
            this.#serving.serveHttp(chosen, raw, raw, "");
        }
    }

    unusable(chain: string, reason: string): void {
        this.#front.unusable(chain, reason);
    }

    secure(raw: net.Socket, socket: tls.TLSSocket, forwardedClientCert: string): void {
        this.#front.secure(raw, socket, forwardedClientCert);
    }

    refused(raw: net.Socket, reason: string): void {
        this.#front.refused(raw, reason);
    }
}

const NOTHING = Buffer.alloc(0);

function ignore(): void {}
