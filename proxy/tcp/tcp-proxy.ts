/** Serves one TCP connection: picks a cluster by weight, connects, splices, and says how it went. */
import { addressText, plainAddress } from "../net/address";
import type net from "node:net";
import { connectError } from "../net/connect-error";
import { guarded } from "../net/connection-faults";
import type { TcpRouteEntry } from "../tables";
import { adoptAccepted } from "./accepted";
import type { ConnectTcp, ConnectOutcome } from "./connect";
import { connectionFlag, cut, Splice } from "./splice";

/** How one connection went; the access log's view of it. */
export interface TcpOutcome {
    readonly cluster: string;
    readonly endpoint: string;
    /** What its workload is called, for figures; empty: not known. */
    readonly workload: string;
    readonly upstreamLocal: string;
    readonly bytesReceived: number;
    readonly bytesSent: number;
    /** Envoy's response flags; empty: none. */
    readonly flags: string;
    /** Why the endpoint could not be connected to. */
    readonly failure: string;
    /** Why the client may not be led there; empty: it may. */
    readonly refusal: string;
}

export interface TcpConnectionOwner {
    /** Ends the connection now. */
    destroy(): void;
    /** How it goes, while it is open. */
    progress(): TcpProgress;
}

export interface TcpProgress {
    readonly cluster: string;
    /** Empty: none was reached yet. */
    readonly upstreamHost: string;
    /** What its workload is called, for figures; empty: not known. */
    readonly upstreamWorkload: string;
    readonly bytesReceived: number;
    readonly bytesSent: number;
}

/** A cluster by weight; a zero sum gives the first. */
export function pickCluster(route: Pick<TcpRouteEntry, "clusters">, random: () => number = Math.random): string {
    if (route.clusters.length === 1) return route.clusters[0]!.cluster;
    let sum = 0;
    for (const choice of route.clusters) sum += choice.weight;
    let at = random() * sum;
    for (const choice of route.clusters) {
        at -= choice.weight;
        if (at < 0) return choice.cluster;
    }
    return route.clusters[0]?.cluster ?? "";
}

/**
 * `accepted`: the socket comes straight from a listener and nothing was read from it but `head`. `done` is called
 * once, when both sides are closed.
 */
export function serveTcp(
    client: net.Socket,
    options: {
        readonly accepted: boolean;
        readonly head?: Buffer;
        readonly idleMs?: number;
        /** Whose the connection is; absent: its peer's. */
        readonly clientAddress?: string;
    },
    route: TcpRouteEntry,
    connect: ConnectTcp,
    done: (outcome: TcpOutcome) => void,
): TcpConnectionOwner {
    const cluster = pickCluster(route);
    let endpoint = "";
    let workload = "";
    let upstreamLocal = "";
    let failure = "";
    const clientAddress = options.clientAddress ?? plainAddress(client.remoteAddress);
    let refusal = "";
    const splice = new Splice((result) => {
        done({
            cluster,
            endpoint,
            workload,
            upstreamLocal,
            bytesReceived: result.bytesReceived,
            bytesSent: result.bytesSent,
            flags: connectionFlag(result),
            failure,
            refusal,
        });
    }, options.idleMs);

    const isAdopted = options.accepted && adoptAccepted(client, splice.clientReading);
    client.on("error", () => {});
    if (!isAdopted) client.pause();

    let settled = false;
    /** Ends an attempt that got no splice. */
    const give = (flag: string) => {
        if (settled) return;
        settled = true;
        client.off("close", onClose);
        cut(client);
        // What was read to find its chain is nobody's yet (Envoy).
        done({ cluster, endpoint, workload, upstreamLocal, bytesReceived: 0, bytesSent: 0, flags: flag, failure, refusal });
    };
    const onClose = guarded(client, () => {
        cancel();
        give("DC");
    });
    const onConnect = (outcome: ConnectOutcome) => {
        endpoint = outcome.endpoint;
        workload = outcome.workload ?? "";
        if (outcome.kind === "failed") {
            failure = (outcome.flag === "UF" ? connectError(outcome.detail) : undefined) ?? outcome.detail;
            refusal = outcome.refusal ?? "";
            // As in Envoy: whatever may be tried has been.
            give(outcome.flag === "UF" && refusal === "" ? "UF,URX" : outcome.flag);
            return;
        }
        settled = true;
        client.off("close", onClose);
        upstreamLocal = addressText(outcome.socket.localAddress, outcome.socket.localPort);
        splice.start(client, isAdopted, outcome.socket, options.head, outcome);
    };
    client.once("close", onClose);
    const cancel = connect(cluster, { onread: splice.upstreamReading, clientAddress }, onConnect);
    return {
        destroy: () => {
            if (settled) splice.destroy();
            else onClose();
        },
        progress: () => ({
            cluster,
            upstreamHost: settled ? endpoint : "",
            upstreamWorkload: workload,
            bytesReceived: splice.bytesReceived,
            bytesSent: splice.bytesSent,
        }),
    };
}
