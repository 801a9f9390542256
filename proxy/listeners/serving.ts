/** What is done with a connection once its chain is known: HTTP goes to the codec, TCP to the splice, and what nobody wants ends. */
import type net from "node:net";
import type tls from "node:tls";
import type { ConnectionInfo, OriginalDestination } from "../http/doors";
import { addressText, plainAddress } from "../net/address";
import type { PresentedHeader } from "../net/proxy-header-reader";
import { serveTcp, type ConnectTcp, type TcpOutcome } from "../tcp";
import {
    chainFor,
    denialDetail,
    denialOf,
    judgedConnection,
    listenerRules,
    toldOf,
    verifiesClients,
    type BoundAccess,
    type FilterChain,
    type Snapshot,
} from "../snapshot";
import { NO_MARKS, refusalMark, type FilterChainEntry, type ListenerEntry, type PolicyMark, type RefusalEntry } from "../tables";
import type { ConnectionObservers, OpenedConnection } from "../telemetry";
import { Handshake } from "../tls";
import type { ConnectionLimiter } from "./connection-limiter";
import type { AcceptorServices } from "./acceptor-services";
import type { Captured } from "./captured-choice";
import { clientSide, type ClientSide } from "./client-side";
import type { ConnectionOwner } from "./connections";
import type { Seat, Tenancy } from "./tenancy";

/** A connection that is known to belong to a chain. */
export interface Chosen {
    readonly start: number;
    readonly listener: ListenerEntry;
    readonly chain: FilterChain;
    /** Of TCP and passthrough, as it was when the connection came; undefined: everybody is let in. */
    readonly access: BoundAccess | undefined;
    readonly serverName: string;
    /** Undefined: the connection is its peer's own. */
    readonly header?: PresentedHeader;
    /** Undefined: the client meant us. */
    readonly original?: OriginalDestination;
    /** What told that the connection is the chain's. */
    readonly captured?: Captured;
}

interface Secured {
    readonly raw: net.Socket;
    readonly mtls: boolean;
}

export const NOT_FOUND = { detail: "filter_chain_not_found" } as const;
/** Nothing defines whom it was meant for, and what nothing defines is not let through. As Istio names it. */
export const BLACK_HOLE = { detail: "BlackHoleCluster" } as const;
/** It was sent to the port of captured connections itself. */
export const NO_DESTINATION = { detail: "no_original_destination" } as const;

/** What is passed on has come here before, and is still here. As logs and figures have it. */
const LOOP = { detail: "egress_refused{loop}" } as const;

export class Serving {
    /** What TLS that is passed on began with, and how often it is here. */
    readonly #passing = new Map<string, number>();
    readonly #services: AcceptorServices;
    readonly #observers: ConnectionObservers;
    readonly #admission: ConnectionLimiter;

    constructor(services: AcceptorServices, observers: ConnectionObservers, admission: ConnectionLimiter) {
        this.#admission = admission;
        this.#services = services;
        this.#observers = observers;
    }

    /** `raw` is what the connection is known by; the same as `socket` without TLS. */
    serveHttp(chosen: Chosen, socket: net.Socket, raw: net.Socket, forwardedClientCert: string): void {
        const { entry } = chosen.chain;
        const { original, header } = chosen;
        const rules = listenerRules(chosen.listener);
        const info: ConnectionInfo & Seat = {
            id: connectionId(),
            ...clientSide(raw, header, original),
            edge: rules.edge,
            tolerance: rules.tolerance,
            targetPort: chosen.listener.targetPort,
            trustedProxies: chosen.listener.trustedProxies ?? 0,
            outbound: chosen.listener.outbound === true,
            port: chosen.listener.port,
            scheme: entry.tls ? "https" : "http",
            serverName: chosen.serverName,
            routeTable: entry.target.kind === "http" ? entry.target.routeTable : "",
            isProxy: isProxyTable(this.#services.snapshot(), entry),
            chain: entry.key,
            forwardedClientCert,
            tls: raw === socket ? undefined : new Handshake(socket as tls.TLSSocket, verifiesClients(entry)),
            original,
        };
        const { connections, serveHttp } = this.#services;
        if (raw === socket) connections.add(raw, cutting(raw));
        connections.hand(raw, serveHttp(socket, info));
        this.#settle(raw, chosen, { hasShown: forwardedClientCert !== "", seat: info });
    }

    /** What is served may have changed since the chain was chosen. */
    #settle(raw: net.Socket, { listener, serverName, chain, captured }: Chosen, more: Pick<Tenancy, "hasShown" | "seat">): void {
        const { connections, snapshot, drainMs } = this.#services;
        const { presented } = listenerRules(listener);
        const tenancy: Tenancy = {
            listener: listener.key,
            serverName,
            chain: chain.entry,
            ...(presented === undefined ? {} : { presented }),
            ...more,
            ...(captured ? { captured } : {}),
        };
        connections.settle(raw, tenancy);
        // It was chosen in this very moment.
        if (captured !== undefined) return;
        const now = snapshot();
        if (chainFor(now, listener.key, serverName)?.entry !== chain.entry) connections.review(now, drainMs(), [[raw, tenancy]]);
    }

    /** `secured`: TLS ends here, and `raw` is what the connection was entered as. */
    serveTcp(chosen: Chosen, socket: net.Socket, accepted: boolean, head: Buffer | undefined, secured?: Secured): void {
        const { connections, connectTcp } = this.#services;
        const { target } = chosen.chain.entry;
        if (target.kind !== "tcp") {
            socket.destroy();
            return;
        }
        const side = clientSide(secured?.raw ?? socket, chosen.header, chosen.original);
        const handshake = secured && new Handshake(socket as tls.TLSSocket, verifiesClients(chosen.chain.entry));
        const decision = chosen.access?.connections;
        const judged =
            decision &&
            judgedConnection({
                remoteAddress: side.remoteAddress,
                localAddress: chosen.header ? side.localAddress : plainAddress(socket.localAddress),
                localPort: chosen.header ? side.localPort : (socket.localPort ?? 0),
                direct: side.direct,
                targetPort: chosen.listener.targetPort,
                serverName: chosen.serverName,
                tls: handshake,
            });
        const told = decision && judged ? toldOf(decision, judged) : NO_MARKS;
        const denial = decision && judged && denialOf(decision, judged);
        if (denial) {
            const marks = [...told, denial];
            this.refuse(socket, chosen.start, chosen.serverName, { detail: denialDetail(denial) }, chosen, marks, secured?.mtls);
            secured?.raw.destroy();
            return;
        }
        const overflow = this.#admission.admitTo(target.route, chosen.listener, secured?.raw ?? socket, side.remoteAddress);
        if (overflow !== undefined) {
            this.refuse(socket, chosen.start, chosen.serverName, { detail: overflow }, chosen, told, secured?.mtls);
            secured?.raw.destroy();
            return;
        }
        const nonce = secured ? "" : nonceOf(head);
        const times = this.#passing.get(nonce) ?? 0;
        if (times >= MOST_TIMES) {
            this.refuse(socket, chosen.start, chosen.serverName, LOOP, chosen);
            return;
        }
        if (nonce !== "") this.#passing.set(nonce, times + 1);
        const opened: OpenedConnection = {
            id: connectionId(),
            start: chosen.start,
            ...sideTexts(side),
            serverName: chosen.serverName,
            mtls: secured?.mtls === true,
            tls: handshake,
            policyMarks: told,
        };
        this.#observers.tcpOpened(opened);
        const done = (outcome: TcpOutcome): void => {
            const left = (this.#passing.get(nonce) ?? 0) - 1;
            if (left > 0) this.#passing.set(nonce, left);
            else this.#passing.delete(nonce);
            this.#observers.tcpClosed(
                {
                    ...opened,
                    duration: Date.now() - chosen.start,
                    bytesReceived: outcome.bytesReceived,
                    bytesSent: outcome.bytesSent,
                    flags: outcome.flags,
                    details: outcome.refusal === "" ? "" : `egress_refused{${outcome.refusal}}`,
                    upstreamFailure: outcome.failure,
                    upstreamHost: outcome.endpoint,
                    upstreamWorkload: outcome.workload,
                    cluster: outcome.cluster,
                    upstreamLocalAddress: outcome.upstreamLocal,
                },
                opened,
            );
        };
        const { serverName, listener, original } = chosen;
        const asked = { ...(serverName === "" ? {} : { serverName }), port: listener.port, ...(original ? { original } : {}), ends: side };
        const connect: ConnectTcp = (cluster, options, then) => connectTcp(cluster, { ...options, ...asked }, then);
        const options = { accepted, clientAddress: side.remoteAddress, ...(head ? { head } : {}) };
        const owner = serveTcp(socket, options, target.route, connect, done);
        opened.progress = () => owner.progress();
        // Nobody can tell where in a byte stream a pause is: a drain leaves it to end by itself or at the deadline.
        const patient = { drain: ignore, destroy: () => owner.destroy() };
        const raw = secured?.raw ?? socket;
        if (secured || connections.has(raw)) connections.hand(raw, patient);
        else connections.add(raw, patient);
        this.#settle(raw, chosen, { hasShown: secured?.mtls === true });
    }

    /** No chain wants the connection, or a policy lets nobody have it. */
    refuse(
        raw: net.Socket,
        start: number,
        serverName: string,
        { detail, origin }: Pick<RefusalEntry, "detail"> & Partial<RefusalEntry>,
        { original, header }: Pick<Chosen, "original" | "header"> = {},
        policyMarks: readonly PolicyMark[] = origin ? [refusalMark(origin)] : NO_MARKS,
        mtls = false,
    ): void {
        this.#observers.connectionRefused({
            id: connectionId(),
            start,
            duration: Date.now() - start,
            bytesReceived: 0,
            bytesSent: 0,
            flags: detail === NOT_FOUND.detail ? "NR" : detail === BLACK_HOLE.detail ? "UH" : "",
            details: detail,
            upstreamFailure: "",
            upstreamHost: "",
            upstreamWorkload: "",
            cluster: "",
            upstreamLocalAddress: "",
            ...sideTexts(clientSide(raw, header, original)),
            serverName,
            mtls,
            policyMarks,
        });
        raw.destroy();
    }
}

/**
 * The random of a ClientHello (RFC 8446 §4.1.2), which no two connections have: one that is here already has been passed on to
 * somebody who passed it back. Empty: it is none.
 */
function nonceOf(head: Buffer | undefined): string {
    return head !== undefined && head.length >= NONCE_END && head[0] === HANDSHAKE ? head.toString("latin1", NONCE_AT, NONCE_END) : "";
}

const HANDSHAKE = 0x16;
/** Some who only look whether somebody is there always send the same. */
const MOST_TIMES = 3;
/** Behind the headers of record and message, and the version. */
const NONCE_AT = 5 + 4 + 2;
const NONCE_END = NONCE_AT + 32;

/** As logs write them. */
function sideTexts({
    direct,
    ...side
}: ClientSide): Pick<OpenedConnection, "downstreamLocalAddress" | "downstreamRemoteAddress" | "direct" | "tlvs"> {
    return {
        downstreamLocalAddress: addressText(side.localAddress, side.localPort),
        downstreamRemoteAddress: addressText(side.remoteAddress, side.remotePort),
        ...(direct ? { direct } : {}),
        ...(side.tlvs ? { tlvs: side.tlvs } : {}),
    };
}

function ignore(): void {}

/** Several workers are one proxy: each counts from a number of its own. */
let lastConnection = process.pid * 1_000_000_000;

function connectionId(): number {
    return ++lastConnection;
}

/** The owner of a connection that nothing is served on yet: it can be cut at any time. */
function cutting(socket: net.Socket): ConnectionOwner {
    const destroy = (): void => void socket.destroy();
    return { drain: destroy, destroy };
}

/** Whether clients ask a proxy there. */
function isProxyTable({ entries }: Pick<Snapshot, "entries">, { target }: FilterChainEntry): boolean {
    return target.kind === "http" && entries.routeTables.get(target.routeTable)?.proxy !== undefined;
}
