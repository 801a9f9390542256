/** A connection to an endpoint of a cluster for bytes that no codec reads: TCP routes and SNI passthrough. */
import type net from "node:net";
import { hashText } from "../net/hash-text";
import { timerMs } from "../net/timer";
import type { TunnelEntry } from "../tables";
import { proxyHeader, type ConnectionEnds } from "../net/proxy-header";
import type { Cluster } from "./cluster";
import type { OriginalDestination } from "../http/doors";
import { dial, LOOP } from "./dial";
import type { Endpoint } from "./endpoint";
import { askTunnel, tunnelAuthority } from "./tunnel-connect";
import { PostTunnel } from "./tunnel-post";

export interface TcpConnectOptions {
    /** Given to the socket at its making, as Node wants it. Not used where the cluster originates TLS. */
    readonly onread?: net.OnReadOpts;
    /** What clients are known by again, where the cluster asks. */
    readonly clientAddress?: string;
    /** Of the client's connection. */
    readonly ends?: ConnectionEnds;
    /** The name that a TLS without one of its own is for, and a cluster that is whatever name it is asked for. */
    readonly serverName?: string;
    /** The port that was asked for, for such a cluster. */
    readonly port?: number;
    /** What a cluster that leads to original destinations goes by. */
    readonly original?: OriginalDestination;
}

export type TcpConnectOutcome =
    | {
          readonly kind: "connected" /** Half-open allowed. */;
          readonly socket: net.Socket /** `10.0.0.1:3306`. */;
          readonly endpoint: string;
          /** What its workload is called. */
          readonly workload: string;
          /** It delivers by `data` events, not by `onread`. */
          readonly readsByEvents?: true;
          /** How long it may live, and without a byte. */
          readonly maxDurationMs?: number;
          readonly idleMs: number;
      }
    | {
          readonly kind: "failed";
          /** Envoy's response flag. */
          readonly flag: "NC" | "UH" | "UF" | "UO" | "DF";
          readonly endpoint: string;
          /** Absent: no endpoint was chosen. */
          readonly workload?: string;
          readonly detail: string;
          /** Nobody may be led there: the name is none of the cluster's, or it comes out inside. */
          readonly refusal?: "host_not_allowed" | "inner_address" | "loop";
      };

/** Nothing was sent when a connection fails, so that others can be tried. */
const MAX_ATTEMPTS = 3;

/** `done` is called once, never after the returned function was. */
export function connectTcp(
    clusters: ReadonlyMap<string, Cluster>,
    key: string,
    options: TcpConnectOptions,
    done: (outcome: TcpConnectOutcome) => void,
): () => void {
    const cluster = clusters.get(key);
    if (cluster === undefined) {
        done({ kind: "failed", flag: "NC", endpoint: "", detail: `no cluster ${key}` });
        return () => {};
    }
    const part = cluster.forName(options.serverName ?? "", options.port ?? 0);
    if (typeof part === "string") {
        const isFull = part === "overflow";
        done({
            kind: "failed",
            flag: isFull ? "UO" : "UH",
            endpoint: "",
            detail: isFull ? "too many names are in use" : `${options.serverName ?? ""} is none of its names`,
            ...(isFull ? {} : { refusal: "host_not_allowed" }),
        });
        return () => {};
    }
    let cancel: (() => void) | undefined;
    const wait = part.whenResolved(() => {
        cancel = attempt(part, options, [], done);
    });
    return () => {
        wait();
        cancel?.();
    };
}

function attempt(cluster: Cluster, options: TcpConnectOptions, tried: Endpoint[], done: (outcome: TcpConnectOutcome) => void): () => void {
    const endpoint = cluster.meant(options.original, tried, hashOf(cluster, options));
    if (endpoint === undefined) {
        const flag = cluster.names.size > 0 && cluster.resolutionFault !== "" && !cluster.isRefused ? "DF" : "UH";
        const refusal = cluster.isRefused ? ({ refusal: "inner_address" } as const) : {};
        done({ kind: "failed", flag, endpoint: "", detail: cluster.resolutionFault, ...refusal });
        return () => {};
    }
    if (!cluster.reserveConnection(false)) {
        done({ kind: "failed", flag: "UO", endpoint: endpoint.text, workload: endpoint.workload, detail: "too many connections" });
        return () => {};
    }
    endpoint.active++;
    let held = true;
    const release = (): void => {
        if (!held) return;
        held = false;
        endpoint.active--;
        cluster.releaseConnection();
    };
    const target = {
        address: endpoint.address,
        port: endpoint.port,
        timeoutMs: cluster.connectTimeoutMs,
        tls: cluster.tls,
        host: options.serverName ?? "",
        alpn: [],
        // The proxy's own answer comes first.
        onread: cluster.entry.tunnel === undefined ? options.onread : undefined,
        keepalive: cluster.entry.tcpKeepalive,
        preface: cluster.entry.proxyProtocol && proxyHeader(cluster.entry.proxyProtocol, options.ends),
    };
    let next: (() => void) | undefined;
    const fail = (detail: string): void => {
        release();
        endpoint.outcomes?.failed();
        const others = [...tried, endpoint];
        if (others.length >= MAX_ATTEMPTS || cluster.isOriginal || cluster.endpoints.list.every((one) => others.includes(one))) {
            done({
                kind: "failed",
                flag: "UF",
                endpoint: endpoint.text,
                workload: endpoint.workload,
                detail,
                ...(detail === LOOP ? { refusal: "loop" } : {}),
            });
            return;
        }
        next = attempt(cluster, options, others, done);
    };
    const succeed = (socket: net.Socket, isTunnel: boolean): void => {
        endpoint.outcomes?.connected(true);
        socket.once("close", release);
        const { maxConnectionDurationMs } = cluster.entry;
        done({
            kind: "connected",
            socket,
            endpoint: endpoint.text,
            workload: endpoint.workload,
            ...(isTunnel ? { readsByEvents: true } : {}),
            ...(maxConnectionDurationMs === undefined ? {} : { maxDurationMs: maxConnectionDurationMs }),
            idleMs: cluster.idleTimeoutMs,
        });
    };
    let cancel = dial(target, (outcome) => {
        if (outcome.kind === "failed") fail(outcome.detail);
        else if (cluster.entry.tunnel === undefined) succeed(outcome.socket, false);
        else if (cluster.entry.tunnel.method === "POST" && options.onread === undefined) {
            outcome.socket.destroy();
            fail("a tunnel by POST carries TCP routes alone");
        } else cancel = through(cluster, cluster.entry.tunnel, outcome.socket, fail, succeed);
    });
    return () => {
        if (next !== undefined) next();
        cancel();
        release();
        cancel = () => {};
    };
}

/** Of a connection there is nothing else to know. */
function hashOf({ entry }: Cluster, { clientAddress }: TcpConnectOptions): number | undefined {
    return clientAddress === undefined || entry.hash?.policy.kind !== "sourceIp" ? undefined : hashText(clientAddress);
}

/** What is asked for at the other end of a connection that is made. Returns what gives it up. */
function through(
    cluster: Cluster,
    tunnel: TunnelEntry,
    socket: net.Socket,
    fail: (detail: string) => void,
    succeed: (socket: net.Socket, isTunnel: boolean) => void,
): () => void {
    if (tunnel.method === "CONNECT")
        return askTunnel(socket, tunnel, cluster.connectTimeoutMs, (fault) => (fault === "" ? succeed(socket, true) : fail(fault)));
    const timer = setTimeout(() => {
        giveUp();
        fail(`no answer to POST within ${cluster.connectTimeoutMs} ms`);
    }, timerMs(cluster.connectTimeoutMs));
    let isOver = false;
    const made = new PostTunnel(socket, cluster.services.codecs.plain, tunnelAuthority(tunnel), (fault) => {
        if (isOver) return;
        isOver = true;
        clearTimeout(timer);
        // Whoever joins it uses no more of a socket than it has.
        if (fault === "") succeed(made as unknown as net.Socket, true);
        else fail(fault);
    });
    const giveUp = (): void => {
        isOver = true;
        clearTimeout(timer);
        made.destroy();
    };
    return giveUp;
}
