/**
 * What CONNECT leads to: a connection whose bytes are passed on as they are. Where the client's own socket can be had, the two are
 * joined and nothing of ours stands between them; else the bytes go through the doors, as they do for a stream of HTTP/2.
 */
import type { HeaderList, ResetReason, ResponseHead, ResponseReceiver, SocketReading } from "../http/doors";
import { addressText, withoutBrackets } from "../net/address";
import { gather } from "../net/gather";
import type { ConnectionEnds } from "../net/proxy-header";
import { mayReach, type BoundDestination, type Snapshot } from "../snapshot";
import type { TunnelRouteEntry } from "../tables";
import { timerMs } from "../net/timer";
import { Splice, spliceFlag } from "../tcp";
import { ClientHelloReader, type HelloResult } from "../tls";
import { connectTcp, TunnelSocket, type Cluster, type TcpConnectOutcome, type UpstreamHost } from "../upstream";
import type net from "node:net";
import { egressDetails, refuseEgress } from "./features/egress";
import type { ForwardingState } from "./forwarding-host";
import { resetBody, resetDetails } from "./resets";
import type { OpenTunnel } from "./runtime";
import type { Answer } from "./verdict";

type Connected = Extract<TcpConnectOutcome, { kind: "connected" }>;
type Failed = Extract<TcpConnectOutcome, { kind: "failed" }>;

/** What a tunnel may have its exchange do. */
export interface TunnelHost {
    pauseRequest(): void;
    resumeRequest(): void;
    sendHead(head: ResponseHead, end: boolean): void;
    /** False: stop until the client has taken what there is. */
    sendData(chunk: Buffer): boolean;
    /** Nothing more comes of the endpoint; the client may still send. */
    endResponse(): void;
    answer(answer: Answer): void;
    reply(status: number, body: string, flag: string, details: string): void;
    cut(reason: ResetReason, flag: string, details: string): void;
    /** The client's own socket. */
    takeSocket(reading: SocketReading): net.Socket | undefined;
    /** Both flows have ended; so many bytes went past the exchange. */
    finishTunnel(flag: string, bytesReceived: number, bytesSent: number): void;
}

export interface TunnelTarget {
    readonly clusters: ReadonlyMap<string, Cluster>;
    readonly cluster: Cluster;
    readonly route: TunnelRouteEntry;
    readonly host: string;
    readonly port: number;
    /** Milliseconds since the epoch. */
    readonly start: number;
    /** Of the proxy that was asked for it. */
    readonly routeTable: string;
    /** The address of who asked. */
    readonly client: string;
    /** Of the client's connection. */
    readonly ends: ConnectionEnds;
}

export class Tunnel implements ForwardingState, ResponseReceiver, OpenTunnel {
    readonly cluster: Cluster;
    endpoint: UpstreamHost | undefined = undefined;
    localAddress = "";
    readonly host = "";
    protocol = "";
    failure = "";
    attempts = 1;
    upstreamTime = -1;

    readonly #exchange: TunnelHost;
    readonly #target: TunnelTarget;
    #cancel: (() => void) | undefined = undefined;
    #socket: TunnelSocket | undefined = undefined;
    /** What of the client came before there was a connection. */
    #held: Buffer[] | undefined = undefined;
    /** Undefined: what the client sends is passed on, or will be as it is. */
    #hello: ClientHelloReader | undefined;
    #requestEnded = false;
    #responseEnded = false;
    #over = false;
    /** The client's socket and the endpoint's, joined. */
    #joined: Splice | undefined = undefined;
    #isAged = false;
    /** How long nothing may pass, of both sides. */
    #idleMs = 0;
    #ageTimer: NodeJS.Timeout | undefined = undefined;
    #idleTimer: NodeJS.Timeout | undefined = undefined;
    #lastActive = 0;

    constructor(exchange: TunnelHost, target: TunnelTarget) {
        this.#exchange = exchange;
        this.#target = target;
        this.cluster = target.cluster;
        this.#hello = target.route.tlsOnly ? new ClientHelloReader() : undefined;
    }

    /** `early`: what the client has sent already. */
    begin(early: Buffer[] | undefined): void {
        this.#held = early;
        const { clusters, route, host, port, client, ends } = this.#target;
        this.#exchange.pauseRequest();
        const asked = { serverName: withoutBrackets(host), port, clientAddress: client, ends };
        this.#cancel = connectTcp(clusters, route.cluster, asked, (outcome) => this.#onOutcome(outcome));
    }

    #onOutcome(outcome: TcpConnectOutcome): void {
        this.#cancel = undefined;
        if (this.#over) {
            if (outcome.kind === "connected") outcome.socket.destroy();
            return;
        }
        if (outcome.kind === "failed") return this.#onFailure(outcome);
        const { socket, endpoint, workload } = outcome;
        this.endpoint = { text: endpoint, workload, http10: false, outcomes: undefined };
        this.localAddress = addressText(socket.localAddress, socket.localPort);
        this.upstreamTime = Date.now() - this.#target.start;
        this.#watch(outcome);
        const exchange = this.#exchange;
        this.#socket = new TunnelSocket(socket, this);
        exchange.sendHead({ status: 200, headers: [], contentLength: -1 }, false);
        if (this.#over) return;
        exchange.resumeRequest();
        const held = this.#held ?? [];
        this.#held = undefined;
        for (const chunk of held) this.requestData(chunk);
        if (this.#requestEnded) this.requestEnd();
        else if (this.#hello === undefined) this.#join();
    }

    #onFailure({ flag, endpoint, workload = "", detail, refusal }: Failed): void {
        if (endpoint !== "") this.endpoint = { text: endpoint, workload, http10: false, outcomes: undefined };
        this.failure = detail;
        if (refusal !== undefined) return this.#exchange.answer(refuseEgress(refusal, detail));
        switch (flag) {
            case "DF":
                return this.#exchange.reply(503, `no address: ${detail}\n`, flag, "dns_resolution_failure");
            case "NC":
                return this.#exchange.reply(503, "", flag, "cluster_not_found");
            case "UH":
                return this.#exchange.reply(503, "no healthy upstream", flag, "no_healthy_upstream");
            case "UF":
                return this.#replyReset("connect-failure", flag);
            case "UO":
                return this.#replyReset("overflow", flag);
            default:
                return flag satisfies never;
        }
    }

    #replyReset(reason: ResetReason, flag: string): void {
        this.#exchange.reply(503, resetBody(reason, false), flag, resetDetails(reason, false));
    }

    /** Joins the two sockets, where that is possible; else everything goes on through the doors. */
    #join(): void {
        const own = this.#socket;
        if (own === undefined || this.#over || this.#requestEnded || this.#responseEnded) return;
        const splice = new Splice((result) => {
            this.#over = true;
            this.#exchange.finishTunnel(this.#isAged ? "DT" : spliceFlag(result), result.bytesReceived, result.bytesSent);
        });
        const client = this.#exchange.takeSocket(splice.clientReading);
        if (client === undefined) return;
        const upstream = own.takeSocket(splice.upstreamReading);
        if (upstream === undefined) {
            // It ended in this very moment, and nobody reads the client any more.
            own.reset("local");
            client.destroy();
            this.#over = true;
            this.#exchange.finishTunnel("UC", 0, 0);
            return;
        }
        this.#socket = undefined;
        this.#joined = splice;
        // Its age goes on from where it is: the timer that runs ends the splice too.
        clearTimeout(this.#idleTimer);
        splice.start(client, true, upstream, undefined, { idleMs: this.#idleMs });
    }

    #watch({ idleMs, maxDurationMs }: Connected): void {
        this.#idleMs = idleMs;
        this.#lastActive = performance.now();
        this.#idleTimer = setTimeout(this.#checkIdle, timerMs(idleMs)).unref();
        if (maxDurationMs !== undefined) this.#ageTimer = setTimeout(() => this.#age(), timerMs(maxDurationMs)).unref();
    }

    #age(): void {
        if (this.#over) return;
        this.#isAged = true;
        if (this.#joined !== undefined) this.#joined.destroy();
        else this.#expire("DT", "max_duration_timeout");
    }

    readonly #checkIdle = (): void => {
        if (this.#over || this.#joined !== undefined) return;
        const left = this.#lastActive + this.#idleMs - performance.now();
        if (left <= 0) return this.#expire("SI", "stream_idle_timeout");
        this.#idleTimer = setTimeout(this.#checkIdle, timerMs(Math.max(left, 1))).unref();
    };

    #expire(flag: string, details: string): void {
        this.failure = details;
        this.abandon("local");
        this.#exchange.cut("local", flag, details);
    }

    // --- what the client sends -------------------------------------------------------------------------------------

    requestData(chunk: Buffer): void {
        if (this.#over) return;
        this.#lastActive = performance.now();
        const socket = this.#socket;
        if (socket === undefined) gather((this.#held ??= []), chunk);
        else if (this.#hello !== undefined) this.#look(this.#hello, socket, this.#hello.push(chunk));
        else if (!socket.data(chunk)) this.#exchange.pauseRequest();
    }

    requestEnd(): void {
        if (this.#over) return;
        this.#requestEnded = true;
        const socket = this.#socket;
        if (socket === undefined) return;
        if (this.#hello !== undefined && this.#hello.bytes().length > 0) return this.#refuse("not_tls");
        socket.end();
        this.#finishIfOver();
    }

    /** Whether what has come begins a TLS connection to the host that was asked for. */
    #look(hello: ClientHelloReader, socket: TunnelSocket, result: HelloResult): void {
        switch (result.kind) {
            case "more":
                return;
            case "not-tls":
            case "malformed":
                return this.#refuse("not_tls");
            case "hello": {
                const { serverName } = result.hello;
                if (serverName !== "" && serverName !== this.#target.host) return this.#refuse("server_name_mismatch");
                this.#hello = undefined;
                if (!socket.data(hello.bytes())) this.#exchange.pauseRequest();
                return this.#join();
            }
            default:
                return result satisfies never;
        }
    }

    #refuse(reason: "not_tls" | "server_name_mismatch"): void {
        this.failure = reason;
        this.abandon("local");
        this.#exchange.cut("local", "", egressDetails(reason));
    }

    onRequestWritable(): void {
        if (!this.#over && !this.#requestEnded) this.#exchange.resumeRequest();
    }

    // --- what the endpoint sends -----------------------------------------------------------------------------------

    onInformational(): void {}
    onResponseHead(): void {}

    onResponseData(chunk: Buffer): void {
        this.#lastActive = performance.now();
        if (!this.#over && !this.#exchange.sendData(chunk)) this.#socket?.pauseResponse();
    }

    responseWritable(): void {
        this.#socket?.resumeResponse();
    }

    onResponseEnd(_trailers: HeaderList | undefined): void {
        if (this.#over) return;
        this.#responseEnded = true;
        this.#exchange.endResponse();
        this.#finishIfOver();
    }

    onResponseReset(_reason: ResetReason, _sent: boolean, detail: string): void {
        if (this.#over) return;
        this.#over = true;
        this.failure = detail;
        this.#exchange.cut("connection-closed", "UC", resetDetails("connection-closed", true));
    }

    #finishIfOver(): void {
        if (this.#over || !this.#requestEnded || !this.#responseEnded) return;
        this.#over = true;
        this.#exchange.finishTunnel("", 0, 0);
    }

    // --- ends ------------------------------------------------------------------------------------------------------

    abandon(reason: ResetReason): void {
        if (this.#over) return;
        this.#over = true;
        this.#cancel?.();
        this.#socket?.reset(reason);
        this.#joined?.destroy();
    }

    mayStay(snapshot: Snapshot): boolean {
        const { routeTable, host, port, route, client } = this.#target;
        const found = snapshot.routeTables.get(routeTable)?.hosts.find(`${host}:${port}`);
        return found?.entry.connect !== undefined && mayReach(snapshot, route.cluster, client);
    }

    end(): void {
        if (this.#joined !== undefined) this.#joined.destroy();
        else if (!this.#over) {
            this.abandon("local");
            this.#exchange.cut("local", "", egressDetails("host_not_allowed"));
        }
    }

    close(): void {
        clearTimeout(this.#ageTimer);
        clearTimeout(this.#idleTimer);
        // What ended by itself is closed by itself; nothing else is over before it is abandoned.
        if (!this.#over) this.abandon("local");
    }
}

/** For records: where it leads to, and nothing is done on the way. */
export function tunnelDestination(cluster: string): BoundDestination {
    return { cluster, weight: 1, request: NO_OPS, response: NO_OPS, hostRewrite: "" };
}

const NO_OPS: BoundDestination["request"] = [];
