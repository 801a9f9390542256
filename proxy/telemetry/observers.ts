/**
 * Who watches requests and connections, from their start to their end: figures and logs do, and each hears only what it
 * wants to. Those who tell are given a list once and make one caller of it, so that an event costs a call for each who
 * wants it and makes nothing. An observer must not throw and must not keep the process waiting.
 */
import type { ConnectionRecord, OpenedConnection } from "./connection-record";
import type { RequestRecord, StartedRequest } from "./request-record";

/** Of requests that a codec handed in or refused. Both methods are called once for each, with the same `request`. */
export interface RequestObserver {
    requestStarted(request: StartedRequest): void;
    requestFinished(record: RequestRecord, request: StartedRequest): void;
}

export type ProxyHeaderOutcome = "v1" | "v2" | "untrusted" | "malformed" | "missing";

export interface ConnectionObserver {
    /** By a listener, whatever becomes of it. */
    connectionAccepted(): void;
    /** At the beginning of a connection, where one may stand or has to: of which version it was, or why the connection is closed. */
    proxyHeader(listener: string, outcome: ProxyHeaderOutcome): void;
    /** TLS ends here, and the client is through. */
    handshakeDone(listener: string, serverName: string, version: string): void;
    handshakeRefused(listener: string, serverName: string, reason: string): void;
    /** Its bytes are passed on as they are. Both methods are called once for each such connection, with the same `opened`. */
    tcpOpened(opened: OpenedConnection): void;
    tcpClosed(record: ConnectionRecord, opened: OpenedConnection): void;
    /** No chain is for it, or a policy lets nobody have it: it was never opened. */
    connectionRefused(record: ConnectionRecord): void;
}

/** One that hears some of it. */
export type Observer = Partial<RequestObserver & ConnectionObserver>;

type Told<Interface, Event extends keyof Interface> = Pick<Interface, Event>[];

/** Hears of what finishes while somebody wants to know it: who does not hear costs nothing. Never from within an event. */
export interface Joinable<Heard> {
    join(observer: Heard): void;
    leave(observer: Heard): void;
}

function tellers<Interface extends object, Event extends keyof Interface>(
    observers: readonly Partial<Interface>[],
    event: Event,
): Told<Interface, Event> {
    return observers.filter((one): one is Partial<Interface> & Pick<Interface, Event> => one[event] !== undefined);
}

function remove<Heard>(list: Heard[], one: Heard): void {
    const at = list.indexOf(one);
    if (at >= 0) list.splice(at, 1);
}

type FinishedRequests = Pick<RequestObserver, "requestFinished">;
type FinishedConnections = Pick<ConnectionObserver, "tcpClosed" | "connectionRefused">;

/** Hot path. */
export class RequestObservers implements RequestObserver, Joinable<FinishedRequests> {
    readonly #started: Told<RequestObserver, "requestStarted">;
    readonly #finished: Told<RequestObserver, "requestFinished">;

    constructor(observers: readonly Partial<RequestObserver>[]) {
        this.#started = tellers<RequestObserver, "requestStarted">(observers, "requestStarted");
        this.#finished = tellers<RequestObserver, "requestFinished">(observers, "requestFinished");
    }

    join(observer: FinishedRequests): void {
        this.#finished.push(observer);
    }

    leave(observer: FinishedRequests): void {
        remove(this.#finished, observer);
    }

    requestStarted(request: StartedRequest): void {
        for (const one of this.#started) one.requestStarted(request);
    }

    requestFinished(record: RequestRecord, request: StartedRequest): void {
        for (const one of this.#finished) one.requestFinished(record, request);
    }
}

export class ConnectionObservers implements ConnectionObserver, Joinable<FinishedConnections> {
    readonly #accepted: Told<ConnectionObserver, "connectionAccepted">;
    readonly #proxyHeader: Told<ConnectionObserver, "proxyHeader">;
    readonly #handshakeDone: Told<ConnectionObserver, "handshakeDone">;
    readonly #handshakeRefused: Told<ConnectionObserver, "handshakeRefused">;
    readonly #opened: Told<ConnectionObserver, "tcpOpened">;
    readonly #closed: Told<ConnectionObserver, "tcpClosed">;
    readonly #refused: Told<ConnectionObserver, "connectionRefused">;

    constructor(observers: readonly Partial<ConnectionObserver>[]) {
        const of = <Event extends keyof ConnectionObserver>(event: Event): Told<ConnectionObserver, Event> =>
            tellers<ConnectionObserver, Event>(observers, event);
        this.#accepted = of("connectionAccepted");
        this.#proxyHeader = of("proxyHeader");
        this.#handshakeDone = of("handshakeDone");
        this.#handshakeRefused = of("handshakeRefused");
        this.#opened = of("tcpOpened");
        this.#closed = of("tcpClosed");
        this.#refused = of("connectionRefused");
    }

    join(observer: FinishedConnections): void {
        this.#closed.push(observer);
        this.#refused.push(observer);
    }

    leave(observer: FinishedConnections): void {
        remove<Pick<ConnectionObserver, "tcpClosed">>(this.#closed, observer);
        remove<Pick<ConnectionObserver, "connectionRefused">>(this.#refused, observer);
    }

    connectionAccepted(): void {
        for (const one of this.#accepted) one.connectionAccepted();
    }

    proxyHeader(listener: string, outcome: ProxyHeaderOutcome): void {
        for (const one of this.#proxyHeader) one.proxyHeader(listener, outcome);
    }

    handshakeDone(listener: string, serverName: string, version: string): void {
        for (const one of this.#handshakeDone) one.handshakeDone(listener, serverName, version);
    }

    handshakeRefused(listener: string, serverName: string, reason: string): void {
        for (const one of this.#handshakeRefused) one.handshakeRefused(listener, serverName, reason);
    }

    tcpOpened(opened: OpenedConnection): void {
        for (const one of this.#opened) one.tcpOpened(opened);
    }

    tcpClosed(record: ConnectionRecord, opened: OpenedConnection): void {
        for (const one of this.#closed) one.tcpClosed(record, opened);
    }

    connectionRefused(record: ConnectionRecord): void {
        for (const one of this.#refused) one.connectionRefused(record);
    }
}
