/**
 * A copy of a request, sent to be looked at and not answered. It never slows the request down: what its endpoint does
 * not take in time is a copy that ends early. So many are under way to a cluster at once, and each for so long: an
 * endpoint that never answers costs a bounded number of connections.
 */
import {
    MAX_MIRRORS,
    type Cluster,
    type ConnectionWaiter,
    type ConnectionWish,
    type EndpointOutcomes,
    type UpstreamConnection,
    type UpstreamHost,
    type WaitingRequest,
} from "../../upstream";
import { mayReach, type ForwardAction } from "../../snapshot";
import type { RequestHead, RequestWriter, ResponseHead, ResponseReceiver } from "../../http/doors";
import type { ExchangeState } from "../exchange-state";
import { MAX_KEPT_BYTES } from "../replay-body";
import { gather } from "../../net/gather";
import { shared } from "../../net/lent-chunks";
import { timerMs } from "../../net/timer";

/** For a copy that is whole, where the route has no timeout. */
const TIMEOUT_MS = 15_000;

export class Mirror implements ConnectionWaiter, ResponseReceiver {
    readonly host: string;
    readonly avoid: readonly UpstreamHost[] | undefined = undefined;
    readonly fresh = false;
    readonly http2: boolean;
    readonly ends: ConnectionWish["ends"];
    readonly #cluster: Cluster;
    readonly #head: RequestHead;
    #writer: RequestWriter | undefined = undefined;
    #waiting: WaitingRequest | undefined = undefined;
    #held: Buffer[] = [];
    #heldBytes = 0;
    #ended: boolean;
    #over = false;
    #blocked = false;
    readonly #timeoutMs: number;
    #timer: NodeJS.Timeout | undefined = undefined;
    #outcomes: EndpointOutcomes | undefined = undefined;
    #answered = false;

    constructor(cluster: Cluster, head: RequestHead, host: string, ended: boolean, timeoutMs: number, ends: ConnectionWish["ends"]) {
        this.ends = ends;
        this.#cluster = cluster;
        this.#timeoutMs = timeoutMs > 0 ? timeoutMs : TIMEOUT_MS;
        cluster.mirrors++;
        this.host = host;
        this.http2 = head.protocol === "HTTP/2";
        // Its own lists: the request's may still change, with each further attempt.
        this.#head = { ...head, headers: [...head.headers], upgrade: "", expectContinue: false };
        this.#ended = ended;
        const waiting = cluster.acquire(this, this);
        if (waiting !== undefined) this.#waiting = waiting;
        if (ended) this.#startTimer();
    }

    data(chunk: Buffer): void {
        if (this.#over) return;
        this.#heldBytes += chunk.length;
        if (this.#heldBytes > MAX_KEPT_BYTES) {
            this.abandon();
            return;
        }
        gather(this.#held, shared(chunk));
        this.#flush();
    }

    end(): void {
        this.#ended = true;
        this.#startTimer();
        if (this.#writer !== undefined) this.#flush();
    }

    abandon(): void {
        if (this.#over) return;
        this.#finish();
        if (this.#waiting !== undefined) this.#cluster.cancel(this.#waiting);
        this.#writer?.reset("local");
    }

    expire(): void {
        if (!this.#answered) this.#outcomes?.timedOut();
        this.abandon();
    }

    /** From the end of the request, as a route's. */
    #startTimer(): void {
        if (!this.#over) this.#timer ??= setTimeout(expire, timerMs(this.#timeoutMs), this).unref();
    }

    #finish(): void {
        if (this.#over) return;
        this.#over = true;
        this.#held = [];
        this.#cluster.mirrors--;
        clearTimeout(this.#timer);
    }

    onConnection(connection: UpstreamConnection): void {
        this.#waiting = undefined;
        if (this.#over) {
            connection.release();
            return;
        }
        this.#outcomes = connection.endpoint.outcomes;
        const whole = this.#ended && this.#held.length === 0;
        this.#writer = connection.open(this.#head, whole, this);
        if (!whole) this.#flush();
    }

    onNoConnection(): void {
        this.#waiting = undefined;
        this.#finish();
    }

    onInformational(): void {}

    onResponseHead(head: ResponseHead, end: boolean): void {
        this.#answered = true;
        this.#outcomes?.answered(head);
        if (end) this.#finish();
    }

    onResponseData(): void {}

    onResponseEnd(): void {
        this.#finish();
    }

    onResponseReset(): void {
        if (!this.#over) this.#outcomes?.failed();
        this.#finish();
    }

    onRequestWritable(): void {
        this.#blocked = false;
        // Where nothing waits, all that there is was written, and the end too.
        if (this.#held.length > 0) this.#flush();
    }

    #flush(): void {
        while (this.#writer !== undefined && !this.#over && !this.#blocked && this.#held.length > 0) {
            const chunk = this.#held.shift()!;
            this.#heldBytes -= chunk.length;
            this.#blocked = !this.#writer.data(chunk);
        }
        if (this.#ended && this.#held.length === 0 && !this.#over) this.#writer?.end(undefined);
    }
}

function expire(mirror: Mirror): void {
    mirror.expire();
}

/** Those whose turn it is; undefined: none. `early`: what of the body is there already. */
export function startMirrors(
    state: ExchangeState,
    action: ForwardAction,
    host: string,
    early: readonly Buffer[] | undefined,
): Mirror[] | undefined {
    let mirrors: Mirror[] | undefined;
    for (const { cluster, percent } of action.mirrors) {
        const target = state.runtime.random() * 100 < percent ? state.snapshot.clusters.get(cluster) : undefined;
        if (target === undefined || target.mirrors >= MAX_MIRRORS) continue;
        // Who may not be led there sends no copy there either.
        if (!mayReach(state.snapshot, cluster, state.connection.remoteAddress)) continue;
        const mirror = new Mirror(target, state.head, host, state.requestEnded && early === undefined, action.timeoutMs, state.connection);
        if (early !== undefined) for (const chunk of early) mirror.data(chunk);
        if (state.requestEnded && early !== undefined) mirror.end();
        (mirrors ??= []).push(mirror);
    }
    return mirrors;
}
