/**
 * One unary gRPC call of our own, by the pool of a cluster: a message there, one back, within a time and a bound. It is sent
 * again once where the connection was closed under it, as a question may be. Whoever asked hears of it exactly once.
 */
import type { HeaderList, RequestHead, RequestWriter, ResetReason, ResponseHead, ResponseReceiver } from "../../http/doors";
import { GRPC_TYPE } from "../../http/grpc";
import { headerValue } from "../../http/header-list";
import { gather } from "../../net/gather";
import type {
    Cluster,
    ConnectionWaiter,
    ConnectionWish,
    EndpointOutcomes,
    UpstreamConnection,
    UpstreamHost,
    WaitingRequest,
} from "../../upstream";
import { writeDeadline } from "../features/deadline";
import { mayBeUnread } from "../features/retries";

/** Of an answer. */
const MAX_BYTES = 1024 * 1024;
const FRAME_HEAD = 5;

export interface UnaryTarget {
    readonly cluster: Cluster;
    readonly authority: string;
    /** `/envoy.service.auth.v3.Authorization/Check`. */
    readonly path: string;
    readonly timeoutMs: number;
}

/** `too-long`: there is one, which is longer than is read; undefined: there is none. */
export type CallDone = (message: Buffer | "too-long" | undefined) => void;

export class UnaryCall implements ConnectionWaiter, ConnectionWish, ResponseReceiver {
    // ConnectionWish
    readonly host: string;
    readonly avoid: readonly UpstreamHost[] | undefined = undefined;
    readonly http2 = true;
    fresh = false;
    readonly #cluster: Cluster;
    readonly #head: RequestHead;
    readonly #message: Buffer;
    readonly #timer: NodeJS.Timeout;
    #done: CallDone | undefined;
    #writer: RequestWriter | undefined = undefined;
    #waiting: WaitingRequest | undefined = undefined;
    #reused = false;
    #outcomes: EndpointOutcomes | undefined = undefined;
    #answered = false;
    #parts: Buffer[] = [];
    #bytes = 0;

    constructor({ cluster, authority, path, timeoutMs }: UnaryTarget, message: Buffer, done: CallDone) {
        this.host = authority;
        this.#cluster = cluster;
        this.#message = message;
        this.#done = done;
        this.#head = {
            method: "POST",
            scheme: cluster.tls === undefined ? "http" : "https",
            authority,
            path,
            headers: ["te", "trailers", "grpc-timeout", writeDeadline(timeoutMs), "content-type", GRPC_TYPE],
            contentLength: -1,
            upgrade: "",
            expectContinue: false,
            underscored: false,
            protocol: "HTTP/2",
        };
        this.#timer = setTimeout(outOfTime, timeoutMs, this);
    }

    start(): void {
        const waiting = this.#cluster.acquire(this, this);
        if (waiting !== undefined) this.#waiting = waiting;
    }

    /** Nobody wants to know any more. */
    giveUp(): void {
        this.#done = undefined;
        this.#finish(undefined)?.reset("local");
    }

    timedOut(): void {
        if (this.#done === undefined) return;
        if (!this.#answered) this.#outcomes?.timedOut();
        this.#fail();
    }

    onConnection(connection: UpstreamConnection): void {
        this.#waiting = undefined;
        if (this.#done === undefined) {
            connection.release();
            return;
        }
        this.#reused = connection.reused;
        this.#outcomes = connection.endpoint.outcomes;
        const writer = connection.open({ ...this.#head, headers: [...this.#head.headers] }, false, this);
        this.#writer = writer;
        const frame = Buffer.allocUnsafe(FRAME_HEAD + this.#message.length);
        frame[0] = 0;
        frame.writeUInt32BE(this.#message.length, 1);
        this.#message.copy(frame, FRAME_HEAD);
        writer.data(frame);
        writer.end(undefined);
    }

    onNoConnection(): void {
        this.#waiting = undefined;
        if (this.#done !== undefined) this.#finish(undefined);
    }

    onRequestWritable(): void {}

    onInformational(): void {
        this.#reused = false;
    }

    onResponseHead(head: ResponseHead, end: boolean): void {
        if (this.#done === undefined) return;
        const { status, headers } = head;
        this.#answered = true;
        this.#outcomes?.answered(head);
        if (status !== 200 || end || headerValue(headers, "grpc-status") !== undefined) this.#fail();
    }

    onResponseData(chunk: Buffer): void {
        if (this.#done === undefined) return;
        this.#bytes += chunk.length;
        if (this.#bytes > FRAME_HEAD + MAX_BYTES) this.#finish("too-long")?.reset("local");
        else gather(this.#parts, Buffer.from(chunk));
    }

    onResponseEnd(trailers: HeaderList | undefined): void {
        if (this.#done === undefined) return;
        this.#writer = undefined;
        if (headerValue(trailers ?? [], "grpc-status") !== "0") return void this.#finish(undefined);
        const all = Buffer.concat(this.#parts);
        // One message, and not compressed: no coding was offered.
        const isMessage = all.length >= FRAME_HEAD && all[0] === 0 && all.readUInt32BE(1) === all.length - FRAME_HEAD;
        this.#finish(isMessage ? all.subarray(FRAME_HEAD) : undefined);
    }

    onResponseReset(reason: ResetReason, sent: boolean): void {
        this.#writer = undefined;
        if (this.#done === undefined) return;
        if (!this.fresh && !this.#answered && (reason === "refused" || mayBeUnread(this.#reused, reason, sent))) {
            this.fresh = true;
            this.start();
            return;
        }
        this.#outcomes?.failed();
        this.#finish(undefined);
    }

    #fail(): void {
        this.#finish(undefined)?.reset("local");
    }

    /** Gives back what is still open. */
    #finish(message: Buffer | "too-long" | undefined): RequestWriter | undefined {
        const done = this.#done;
        const writer = this.#writer;
        this.#done = undefined;
        this.#writer = undefined;
        clearTimeout(this.#timer);
        if (this.#waiting !== undefined) this.#cluster.cancel(this.#waiting);
        this.#waiting = undefined;
        done?.(message);
        return writer;
    }
}

function outOfTime(call: UnaryCall): void {
    call.timedOut();
}
