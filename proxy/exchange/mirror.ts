/**
 * A copy of a request, sent to be looked at and not answered. It never slows the request down: what its endpoint does
 * not take in time is a copy that ends early.
 */
import type { Cluster, ConnectionWaiter, Endpoint, UpstreamConnection, WaitingRequest } from "../upstream";
import type { ForwardAction } from "../snapshot";
import type { RequestHead, RequestWriter, ResponseReceiver } from "./doors";
import type { Exchange } from "./exchange";
import { MAX_KEPT_BYTES } from "./replay-body";

export class Mirror implements ConnectionWaiter, ResponseReceiver {
    readonly host: string;
    readonly avoid: readonly Endpoint[] | undefined = undefined;
    readonly fresh = false;
    private readonly cluster: Cluster;
    private readonly head: RequestHead;
    private writer: RequestWriter | undefined = undefined;
    private waiting: WaitingRequest | undefined = undefined;
    private held: Buffer[] = [];
    private heldBytes = 0;
    private ended: boolean;
    private over = false;
    private blocked = false;

    constructor(cluster: Cluster, head: RequestHead, host: string, ended: boolean) {
        this.cluster = cluster;
        this.host = host;
        // Its own lists: the request's may still change, with each further attempt.
        this.head = { ...head, headers: [...head.headers], upgrade: "" };
        this.ended = ended;
        const waiting = cluster.acquire(this, this);
        if (waiting !== undefined) this.waiting = waiting;
    }

    data(chunk: Buffer): void {
        if (this.over) return;
        this.heldBytes += chunk.length;
        if (this.heldBytes > MAX_KEPT_BYTES) {
            this.abandon();
            return;
        }
        this.held.push(Buffer.from(chunk));
        this.flush();
    }

    end(): void {
        this.ended = true;
        if (this.writer !== undefined) this.flush();
    }

    abandon(): void {
        if (this.over) return;
        this.over = true;
        this.held = [];
        if (this.waiting !== undefined) this.cluster.cancel(this.waiting);
        this.writer?.reset("local");
    }

    onConnection(connection: UpstreamConnection): void {
        this.waiting = undefined;
        if (this.over) {
            connection.release();
            return;
        }
        const whole = this.ended && this.held.length === 0;
        this.writer = connection.open(this.head, whole, this);
        if (!whole) this.flush();
    }

    onNoConnection(): void {
        this.waiting = undefined;
        this.over = true;
        this.held = [];
    }

    onInformational(): void {}

    onResponseHead(_head: unknown, end: boolean): void {
        this.over ||= end;
    }

    onResponseData(): void {}

    onResponseEnd(): void {
        this.over = true;
    }

    onResponseReset(): void {
        this.over = true;
        this.held = [];
    }

    onRequestWritable(): void {
        this.blocked = false;
        this.flush();
    }

    private flush(): void {
        while (this.writer !== undefined && !this.over && !this.blocked && this.held.length > 0) {
            const chunk = this.held.shift()!;
            this.heldBytes -= chunk.length;
            this.blocked = !this.writer.data(chunk);
        }
        if (this.ended && this.held.length === 0 && !this.over) this.writer?.end(undefined);
    }
}

/** Those whose turn it is; undefined: none. `early`: what of the body is there already. */
export function startMirrors(exchange: Exchange, action: ForwardAction, host: string, early: readonly Buffer[] | undefined): Mirror[] | undefined {
    let mirrors: Mirror[] | undefined;
    for (const { cluster, percent } of action.mirrors) {
        const target = exchange.runtime.random() * 100 < percent ? exchange.snapshot.clusters.get(cluster) : undefined;
        if (target === undefined) continue;
        const mirror = new Mirror(target, exchange.head, host, exchange.requestEnded && early === undefined);
        if (early !== undefined) for (const chunk of early) mirror.data(chunk);
        if (exchange.requestEnded && early !== undefined) mirror.end();
        (mirrors ??= []).push(mirror);
    }
    return mirrors;
}
