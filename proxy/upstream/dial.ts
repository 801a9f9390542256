/**
 * Opens one connection to an endpoint, with TLS where the cluster has it, within the connect timeout. `done` is called
 * once; a socket that lost the race is destroyed.
 */
import net from "node:net";
import tls from "node:tls";
import { agreedProtocol } from "../codec";
import { withoutBrackets } from "../net/address";
import { connectionFault } from "../net/connection-faults";
import { isOwnDoor } from "../net/own-doors";
import { timerMs } from "../net/timer";
import { tlsError } from "../net/tls-error";
import type { TcpKeepaliveEntry } from "../tables";
import type { ConnectionFailure } from "./connection";
import type { UpstreamTls } from "./upstream-tls";

/** Of silence, before the system asks whether the peer is still there. */
const KEEPALIVE_IDLE_MS = 60_000;

export interface DialTarget {
    readonly address: string;
    readonly port: number;
    readonly timeoutMs: number;
    readonly tls: UpstreamTls | undefined;
    /** The request's host, for a TLS that names none of its own; empty: the address. */
    readonly host: string;
    readonly alpn: readonly string[];
    readonly onread?: net.OnReadOpts | undefined;
    readonly keepalive: TcpKeepaliveEntry | undefined;
    /** Sent before anything else, TLS too. */
    readonly preface?: Buffer | undefined;
}

/** As logs call it. */
export const LOOP = "loop: the endpoint is this proxy itself";

export type DialOutcome =
    /** `agreed`: what the handshake agreed on, of the ids that were offered; empty: nothing. */
    | { readonly kind: "connected"; readonly socket: net.Socket; readonly agreed: string }
    | { readonly kind: "failed"; readonly failure: ConnectionFailure; readonly detail: string };

/** Returns what gives up the attempt; `done` is not called after it. */
export function dial(target: DialTarget, done: (outcome: DialOutcome) => void): () => void {
    if (target.tls?.fault) {
        done({ kind: "failed", failure: "tls-failure", detail: target.tls.fault });
        return () => {};
    }
    if (isOwnDoor(target.address, target.port)) {
        done({ kind: "failed", failure: "connect-failure", detail: LOOP });
        return () => {};
    }
    let socket: net.Socket;
    try {
        socket = open(target);
    } catch (error) {
        // A port or a name that no socket takes.
        done({ kind: "failed", failure: "connect-failure", detail: detailOf(error as Error) });
        return () => {};
    }
    let over = false;
    let handshaking = false;
    const settle = (outcome: DialOutcome | undefined): void => {
        if (over) return;
        over = true;
        clearTimeout(timer);
        socket.off("error", onError).off("close", onClose).off("connect", onTcp).off(ready, onReady);
        // Every socket has an error handler at all times: until its new owner has one, this.
        socket.on("error", ignore);
        if (outcome?.kind !== "connected") socket.destroy();
        if (outcome === undefined) return;
        try {
            done(outcome);
        } catch (error) {
            connectionFault(socket, error);
        }
    };
    const fail = (failure: ConnectionFailure, detail: string): void => settle({ kind: "failed", failure, detail });
    const onError = (error: NodeJS.ErrnoException): void => {
        if (handshaking) fail("tls-failure", tlsError(error) ?? detailOf(error));
        else fail("connect-failure", detailOf(error));
    };
    const onClose = (): void => fail(handshaking ? "tls-failure" : "connect-failure", "closed");
    const onTcp = (): void => {
        handshaking = target.tls !== undefined;
    };
    const onReady = (): void => {
        if (target.keepalive !== undefined) probe(socket, target.keepalive);
        settle({ kind: "connected", socket, agreed: agreedProtocol(socket) });
    };
    const ready = target.tls === undefined ? "connect" : "secureConnect";
    const timer = setTimeout(
        () => fail("connect-timeout", `no ${handshaking ? "handshake" : "connection"} within ${target.timeoutMs} ms`),
        timerMs(target.timeoutMs),
    );
    socket.on("error", onError).on("close", onClose).on("connect", onTcp).on(ready, onReady);
    return () => settle(undefined);
}

function ignore(): void {}

/** Node's types do not know the last two yet; a Node that does not know them either leaves them to the system. */
function probe(socket: net.Socket, { idleMs, intervalMs, probes }: TcpKeepaliveEntry): void {
    const { setKeepAlive } = socket as { setKeepAlive(enable: boolean, idleMs: number, intervalMs?: number, probes?: number): unknown };
    setKeepAlive.call(socket, true, idleMs, intervalMs, probes);
}

function open(target: DialTarget): net.Socket {
    const base = {
        host: target.address,
        port: target.port,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: target.keepalive?.idleMs ?? KEEPALIVE_IDLE_MS,
        allowHalfOpen: true,
    };
    if (target.tls === undefined) {
        const socket = net.connect(target.onread === undefined ? base : { ...base, onread: target.onread });
        return begun(socket, target.preface);
    }
    const below = target.preface && begun(net.connect(base), target.preface);
    const secure = target.tls;
    const name = withoutBrackets(secure.sni || target.host || target.address);
    const socket: tls.TLSSocket = tls.connect({
        ...(below === undefined ? base : { socket: below }),
        secureContext: secure.context,
        ALPNProtocols: [...target.alpn],
        rejectUnauthorized: secure.verify,
        // RFC 6066 §3: no addresses in SNI.
        ...(net.isIP(name) === 0 ? { servername: name } : {}),
        checkServerIdentity: () => {
            const certificate = socket.getPeerX509Certificate();
            return certificate === undefined ? new Error("the server showed no certificate") : secure.check(name, certificate);
        },
    });
    // Node asks for this before it asks us, and ends the process where a key is on a curve that NIST has no name for.
    socket.getPeerCertificate = () => NOT_READ;
    below?.on("error", (error) => socket.destroy(error));
    return socket;
}

/** As soon as it is connected, before anybody else writes to it. */
function begun(socket: net.Socket, preface: Buffer | undefined): net.Socket {
    return preface === undefined ? socket : socket.once("connect", () => socket.write(preface));
}

const NOT_READ = {} as tls.DetailedPeerCertificate;

function detailOf(error: NodeJS.ErrnoException): string {
    return error.code !== undefined && /^E[A-Z]+$/.test(error.code) ? error.code : error.message;
}
