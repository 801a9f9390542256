/**
 * What happens to a connection between its acceptance and the one who serves it: plaintext goes to the codec or the
 * splice at once; on a TLS listener the ClientHello is read first, and its server name chooses the chain.
 */
import type net from "node:net";
import type tls from "node:tls";
import type { ConnectionInfo } from "../http/doors";
import { addressText, plainAddress } from "../net/address";
import { serveTcp, type ConnectTcp, type TcpOutcome } from "../tcp";
import {
    accessNamed,
    chainFor,
    denialDetail,
    denialOf,
    judgedConnection,
    toldOf,
    verifiesClients,
    type BoundAccess,
    type FilterChain,
    type Snapshot,
} from "../snapshot";
import { NO_MARKS, refusalMark, type ListenerEntry, type PolicyMark, type RefusalEntry } from "../tables";
import { ConnectionObservers, type ConnectionObserver, type OpenedConnection } from "../telemetry";
import { Handshake, type ChainServerEvents } from "../tls";
import type { ConnectionOwner, Connections } from "./connections";
import type { Deadlines } from "./deadlines";
import { peekClientHello, type PeekResult } from "./peek";
import type { Seat, Tenancy } from "./tenancy";

/** Serves HTTP on a connection. */
export type ServeHttp = (socket: net.Socket, info: ConnectionInfo) => ConnectionOwner;

export interface AcceptorServices {
    /** What is served by now; asked again for every choice. */
    readonly snapshot: () => Pick<Snapshot, "entries" | "chains" | "chainHosts" | "access">;
    readonly connections: Connections;
    /** For peek and handshake together. */
    readonly deadlines: Deadlines;
    /** How long those that the chains have changed under may take to go. */
    readonly drainMs: () => number;
    readonly serveHttp: ServeHttp;
    readonly connectTcp: ConnectTcp;
    readonly observers: readonly Partial<ConnectionObserver>[];
    /** A chain whose first connection showed that it can serve nobody. */
    readonly onUnusableChain?: (chain: string, reason: string) => void;
}

/** What is left for peek and handshake once a drain has begun. */
const HURRIED_MS = 500;

/** A connection that is known to belong to a chain. */
interface Chosen {
    readonly start: number;
    readonly listener: ListenerEntry;
    readonly chain: FilterChain;
    /** Of TCP and passthrough, as it was when the connection came; undefined: everybody is let in. */
    readonly access: BoundAccess | undefined;
    readonly serverName: string;
}

interface Secured {
    readonly raw: net.Socket;
    readonly mtls: boolean;
}

export class Acceptor implements ChainServerEvents {
    readonly #services: AcceptorServices;
    readonly #observers: ConnectionObservers;
    readonly #handshaking = new Map<net.Socket, Chosen>();

    constructor(services: AcceptorServices) {
        this.#services = services;
        this.#observers = new ConnectionObservers(services.observers);
    }

    /** Takes a connection of the listener with this key. */
    accept(key: string, raw: net.Socket): void {
        raw.on("error", ignore);
        this.#observers.connectionAccepted();
        const snapshot = this.#services.snapshot();
        const listener = snapshot.entries.listeners.get(key);
        if (!listener) {
            raw.destroy();
            return;
        }
        if (listener.kind === "tls") {
            this.#peek(listener, raw);
            return;
        }
        const chain = chainFor(snapshot, key, "");
        if (!chain) {
            this.#refuse(raw, Date.now(), "", NOT_FOUND);
            return;
        }
        const chosen: Chosen = {
            start: Date.now(),
            listener,
            chain,
            access: accessNamed(chain.entry.access, snapshot.access),
            serverName: "",
        };
        const refusal = chain.entry.refusal ?? chosen.access?.refusal;
        if (refusal) {
            this.#refuse(raw, chosen.start, "", refusal);
            return;
        }
        if (chain.entry.target.kind === "tcp") this.#serveTcp(chosen, raw, true, undefined);
        else this.#serveHttp(chosen, raw, raw, "");
    }

    // --- TLS -------------------------------------------------------------------------------------------------------

    #peek(listener: ListenerEntry, raw: net.Socket): void {
        const { connections, deadlines } = this.#services;
        const start = Date.now();
        connections.add(raw, { drain: () => this.#hurry(raw), destroy: () => void raw.destroy() });
        deadlines.add(raw);
        raw.once("close", () => {
            deadlines.remove(raw);
            this.#handshaking.delete(raw);
        });
        peekClientHello(raw, (result, bytes) => this.#onHello(listener, raw, start, result, bytes));
    }

    #onHello(listener: ListenerEntry, raw: net.Socket, start: number, result: PeekResult, bytes: Buffer): void {
        if (result.kind !== "hello") {
            if (result.kind !== "closed") this.#refused(listener, "", result.kind === "malformed" ? result.why : result.kind);
            raw.destroy();
            return;
        }
        const { serverName } = result.hello;
        const snapshot = this.#services.snapshot();
        const chain = chainFor(snapshot, listener.key, serverName);
        if (!chain) {
            this.#refuse(raw, start, serverName, NOT_FOUND);
            return;
        }
        // Of TCP, whether TLS ends here or not: nobody needs a handshake to be turned away.
        const chosen: Chosen = { start, listener, chain, access: accessNamed(chain.entry.access, snapshot.access), serverName };
        const refusal = chain.entry.refusal ?? chosen.access?.refusal;
        if (refusal) {
            this.#refuse(raw, start, serverName, refusal);
            return;
        }
        if (chain.entry.tls?.mode === "PASSTHROUGH") {
            this.#services.deadlines.remove(raw);
            this.#serveTcp(chosen, raw, true, bytes);
        } else if (chain.tls?.server) {
            this.#handshaking.set(raw, chosen);
            raw.unshift(bytes);
            chain.tls.server.accept(raw);
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
        this.#observers.handshakeDone(chosen.listener.key, chosen.serverName);
        if (chosen.chain.entry.target.kind === "tcp")
            this.#serveTcp(chosen, socket, false, undefined, { raw, mtls: forwardedClientCert !== "" });
        else this.#serveHttp(chosen, socket, raw, forwardedClientCert);
    }

    refused(raw: net.Socket, reason: string): void {
        const chosen = this.#handshaking.get(raw);
        if (chosen) this.#refused(chosen.listener, chosen.serverName, reason);
        raw.destroy();
    }

    #refused(listener: ListenerEntry, serverName: string, reason: string): void {
        this.#observers.handshakeRefused(listener.key, serverName, reason);
    }

    // --- serving ---------------------------------------------------------------------------------------------------

    /** `raw` is what the connection is known by; the same as `socket` without TLS. */
    #serveHttp(chosen: Chosen, socket: net.Socket, raw: net.Socket, forwardedClientCert: string): void {
        const { entry } = chosen.chain;
        const info: ConnectionInfo & Seat = {
            remoteAddress: plainAddress(raw.remoteAddress),
            remotePort: raw.remotePort ?? 0,
            localAddress: plainAddress(raw.localAddress),
            localPort: raw.localPort ?? 0,
            targetPort: chosen.listener.targetPort,
            trustedProxies: chosen.listener.trustedProxies ?? 0,
            port: chosen.listener.port,
            scheme: entry.tls ? "https" : "http",
            serverName: chosen.serverName,
            routeTable: entry.target.kind === "http" ? entry.target.routeTable : "",
            chain: entry.key,
            forwardedClientCert,
            tls: raw === socket ? undefined : new Handshake(socket as tls.TLSSocket, verifiesClients(entry)),
        };
        const { connections, serveHttp } = this.#services;
        if (raw === socket) connections.add(raw, cutting(raw));
        connections.hand(raw, serveHttp(socket, info));
        this.#settle(raw, chosen, { hasShown: forwardedClientCert !== "", seat: info });
    }

    /** What is served may have changed since the chain was chosen. */
    #settle(raw: net.Socket, { listener, serverName, chain }: Chosen, more: Pick<Tenancy, "hasShown" | "seat">): void {
        const { connections, snapshot, drainMs } = this.#services;
        const tenancy: Tenancy = { listener: listener.key, serverName, chain: chain.entry, ...more };
        connections.settle(raw, tenancy);
        const now = snapshot();
        if (chainFor(now, listener.key, serverName)?.entry !== chain.entry) connections.review(now, drainMs(), [[raw, tenancy]]);
    }

    /** `secured`: TLS ends here, and `raw` is what the connection was entered as. */
    #serveTcp(chosen: Chosen, socket: net.Socket, accepted: boolean, head: Buffer | undefined, secured?: Secured): void {
        const { connections, connectTcp } = this.#services;
        const { target } = chosen.chain.entry;
        if (target.kind !== "tcp") {
            socket.destroy();
            return;
        }
        const decision = chosen.access?.connections;
        const judged =
            decision &&
            judgedConnection({
                remoteAddress: plainAddress(socket.remoteAddress),
                localAddress: plainAddress(socket.localAddress),
                localPort: socket.localPort ?? 0,
                targetPort: chosen.listener.targetPort,
                serverName: chosen.serverName,
                tls: secured && new Handshake(socket as tls.TLSSocket, verifiesClients(chosen.chain.entry)),
            });
        const told = decision && judged ? toldOf(decision, judged) : NO_MARKS;
        const denial = decision && judged && denialOf(decision, judged);
        if (denial) {
            this.#refuse(socket, chosen.start, chosen.serverName, { detail: denialDetail(denial) }, [...told, denial], secured?.mtls);
            secured?.raw.destroy();
            return;
        }
        const opened: OpenedConnection = {
            start: chosen.start,
            downstreamLocalAddress: addressText(socket.localAddress, socket.localPort),
            downstreamRemoteAddress: addressText(socket.remoteAddress, socket.remotePort),
            serverName: chosen.serverName,
            mtls: secured?.mtls === true,
            policyMarks: told,
        };
        this.#observers.tcpOpened(opened);
        const done = (outcome: TcpOutcome): void =>
            this.#observers.tcpClosed(
                {
                    ...opened,
                    duration: Date.now() - chosen.start,
                    bytesReceived: outcome.bytesReceived,
                    bytesSent: outcome.bytesSent,
                    flags: outcome.flags,
                    details: "",
                    upstreamFailure: outcome.failure,
                    upstreamHost: outcome.endpoint,
                    cluster: outcome.cluster,
                    upstreamLocalAddress: outcome.upstreamLocal,
                },
                opened,
            );
        const connect: ConnectTcp =
            chosen.serverName === ""
                ? connectTcp
                : (cluster, options, then) => connectTcp(cluster, { ...options, serverName: chosen.serverName }, then);
        const owner = serveTcp(socket, { accepted, ...(head ? { head } : {}) }, target.route, connect, done);
        // Nobody can tell where in a byte stream a pause is: a drain leaves it to end by itself or at the deadline.
        const patient = { drain: ignore, destroy: () => owner.destroy() };
        if (secured) connections.hand(secured.raw, patient);
        else connections.add(owner.socket, patient);
        this.#settle(secured?.raw ?? owner.socket, chosen, { hasShown: secured?.mtls === true });
    }

    /** No chain wants the connection, or a policy lets nobody have it. */
    #refuse(
        raw: net.Socket,
        start: number,
        serverName: string,
        { detail, origin }: Pick<RefusalEntry, "detail"> & Partial<RefusalEntry>,
        policyMarks: readonly PolicyMark[] = origin ? [refusalMark(origin)] : NO_MARKS,
        mtls = false,
    ): void {
        this.#observers.connectionRefused({
            start,
            duration: Date.now() - start,
            bytesReceived: 0,
            bytesSent: 0,
            flags: detail === NOT_FOUND.detail ? "NR" : "",
            details: detail,
            upstreamFailure: "",
            upstreamHost: "",
            cluster: "",
            upstreamLocalAddress: "",
            downstreamLocalAddress: addressText(raw.localAddress, raw.localPort),
            downstreamRemoteAddress: addressText(raw.remoteAddress, raw.remotePort),
            serverName,
            mtls,
            policyMarks,
        });
        raw.destroy();
    }
}

const NOT_FOUND = { detail: "filter_chain_not_found" } as const;

function ignore(): void {}

/** The owner of a connection that nothing is served on yet: it can be cut at any time. */
function cutting(socket: net.Socket): ConnectionOwner {
    const destroy = (): void => void socket.destroy();
    return { drain: destroy, destroy };
}
