/**
 * Connections that may begin with a PROXY protocol's header. Whose a connection is, is believed of trusted senders alone; a header
 * of anybody else closes it, and none where one is required does: nobody passes as somebody else, and nothing of a header is
 * taken for a request, or reaches a backend that would believe it.
 */
import type net from "node:net";
import { guarded } from "../net/connection-faults";
import { plainAddress } from "../net/address";
import { readProxyHeader, type PresentedHeader } from "../net/proxy-header-reader";
import { listenerRules } from "../snapshot";
import type { ListenerEntry } from "../tables";
import type { ConnectionObservers } from "../telemetry";
import type { AcceptorServices } from "./acceptor-services";
import type { Serving } from "./serving";

/** What is behind the header and has come with it; empty: nothing has. */
export type Begin = (listener: ListenerEntry, raw: net.Socket, header: PresentedHeader | undefined, rest: Buffer) => void;

/** Where servers speak first, who is not believed anyway is not waited for longer: it may have nothing to say. */
const SILENCE_MS = 300;

const NOTHING = Buffer.alloc(0);

export class ProxyFront {
    readonly #services: AcceptorServices;
    readonly #observers: ConnectionObservers;
    readonly #serving: Serving;
    readonly #begin: Begin;

    constructor(services: AcceptorServices, observers: ConnectionObservers, serving: Serving, begin: Begin) {
        this.#services = services;
        this.#observers = observers;
        this.#serving = serving;
        this.#begin = begin;
    }

    accept(listener: ListenerEntry, raw: net.Socket): void {
        const start = Date.now();
        const isRequired = listener.options?.proxyProtocol === "required";
        const { mayPresent, handshakeMs } = listenerRules(listener);
        const isTrusted = mayPresent(plainAddress(raw.remoteAddress));
        if (isRequired && !isTrusted) {
            this.#refuse(listener, raw, start, "untrusted");
            return;
        }
        const { connections, deadlines } = this.#services;
        let bytes: Buffer = NOTHING;
        const onData = guarded(raw, (chunk: Buffer): void => {
            bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
            const read = readProxyHeader(bytes);
            if (read.kind === "more") return;
            if (read.kind === "malformed") finish(() => this.#refuse(listener, raw, start, "malformed"));
            else if (read.kind === "header" && !isTrusted) finish(() => this.#refuse(listener, raw, start, "untrusted"));
            else if (read.kind === "header") {
                this.#observers.proxyHeader(listener.key, read.header.version === 1 ? "v1" : "v2");
                const rest = bytes.subarray(read.length);
                finish(() => this.#begin(listener, raw, read.header, rest));
            } else if (isRequired) finish(() => this.#refuse(listener, raw, start, "missing"));
            else finish(() => this.#begin(listener, raw, undefined, bytes));
        });
        const onEnd = guarded(raw, (): void => finish(() => this.#ended(listener, raw, start, bytes, isRequired)));
        const onClose = (): void => finish(() => {});
        const silence =
            listener.kind === "tcp" && !isTrusted
                ? setTimeout(() => {
                      if (bytes.length === 0) finish(() => this.#begin(listener, raw, undefined, NOTHING));
                  }, SILENCE_MS)
                : undefined;
        const finish = (then: () => void): void => {
            clearTimeout(silence);
            raw.off("data", onData).off("end", onEnd).off("close", onClose);
            raw.pause();
            then();
            // A handshake that follows has what is left of the time.
            if (listener.kind !== "tls" || raw.destroyed) deadlines.remove(raw);
        };
        connections.add(raw, { drain: () => void raw.destroy(), destroy: () => void raw.destroy() });
        deadlines.add(raw, handshakeMs);
        raw.on("data", onData).on("end", onEnd).on("close", onClose);
    }

    /** A probe that connects and goes is no attack; what breaks off within a header is no client. */
    #ended(listener: ListenerEntry, raw: net.Socket, start: number, bytes: Buffer, isRequired: boolean): void {
        if (bytes.length === 0) raw.destroy();
        else this.#refuse(listener, raw, start, isRequired ? "missing" : "malformed");
    }

    #refuse(listener: ListenerEntry, raw: net.Socket, start: number, why: "untrusted" | "malformed" | "missing"): void {
        this.#observers.proxyHeader(listener.key, why);
        this.#serving.refuse(raw, start, "", { detail: `proxy_protocol_${why}` });
    }
}
