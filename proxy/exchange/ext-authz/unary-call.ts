/**
 * One unary gRPC call of our own, by the pool of a cluster: a message there, one back, within a time and a bound. It is sent
 * again once where the connection was closed under it, as a question may be. Whoever asked hears of it exactly once.
 */
import type { HeaderList, RequestHead, RequestWriter, ResetReason, ResponseHead, ResponseReceiver } from "../../http/doors";
import { headerValue } from "../../http/header-list";
import type { Cluster, ConnectionWaiter, ConnectionWish, UpstreamConnection, UpstreamHost, WaitingRequest } from "../../upstream";
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

/** `message`: undefined: there is none, for `why`; `isCut`: there is one, which is longer than is read. */
export type CallDone = (message: Buffer | undefined, why: string, isCut: boolean) => void;

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
            headers: ["te", "trailers", "grpc-timeout", writeDeadline(timeoutMs), "content-type", "application/grpc"],
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
        if (this.#done !== undefined) this.#finish(undefined, "")?.reset("local");
    }

    timedOut(): void {
        if (this.#done !== undefined) this.#fail("no answer in time");
    }

    onConnection(connection: UpstreamConnection): void {
        this.#waiting = undefined;
        if (this.#done === undefined) {
            connection.release();
            return;
        }
        this.#reused = connection.reused;
        const writer = connection.open({ ...this.#head, headers: [...this.#head.headers] }, false, this);
        this.#writer = writer;
        const frame = Buffer.allocUnsafe(FRAME_HEAD + this.#message.length);
        frame[0] = 0;
        frame.writeUInt32BE(this.#message.length, 1);
        this.#message.copy(frame, FRAME_HEAD);
        writer.data(frame);
        writer.end(undefined);
    }

    onNoConnection(failure: string, _endpoint: UpstreamHost | undefined, detail: string): void {
        this.#waiting = undefined;
        if (this.#done !== undefined) this.#finish(undefined, detail === "" ? failure : `${failure}: ${detail}`);
    }

    onRequestWritable(): void {}

    onInformational(): void {
        this.#reused = false;
    }

    onResponseHead({ status, headers }: ResponseHead, end: boolean): void {
        if (this.#done === undefined) return;
        this.#answered = true;
        if (status !== 200) this.#fail(`status ${status}`);
        else if (end || headerValue(headers, "grpc-status") !== undefined) this.#fail(statusText(headers));
    }

    onResponseData(chunk: Buffer): void {
        if (this.#done === undefined) return;
        this.#bytes += chunk.length;
        if (this.#bytes > FRAME_HEAD + MAX_BYTES) this.#finish(undefined, "more than is read of an answer", true)?.reset("local");
        else this.#parts.push(Buffer.from(chunk));
    }

    onResponseEnd(trailers: HeaderList | undefined): void {
        if (this.#done === undefined) return;
        this.#writer = undefined;
        const status = headerValue(trailers ?? [], "grpc-status");
        if (status !== "0") return void this.#finish(undefined, statusText(trailers ?? []));
        const all = Buffer.concat(this.#parts);
        // One message, and not compressed: no coding was offered.
        const isMessage = all.length >= FRAME_HEAD && all[0] === 0 && all.readUInt32BE(1) === all.length - FRAME_HEAD;
        this.#finish(isMessage ? all.subarray(FRAME_HEAD) : undefined, isMessage ? "" : "no message of gRPC");
    }

    onResponseReset(reason: ResetReason, sent: boolean, detail: string): void {
        this.#writer = undefined;
        if (this.#done === undefined) return;
        if (!this.fresh && !this.#answered && (reason === "refused" || mayBeUnread(this.#reused, reason, sent))) {
            this.fresh = true;
            this.start();
        } else this.#finish(undefined, detail === "" ? reason : `${reason}: ${detail}`);
    }

    #fail(why: string): void {
        this.#finish(undefined, why)?.reset("local");
    }

    /** Gives back what is still open. */
    #finish(message: Buffer | undefined, why: string, isCut = false): RequestWriter | undefined {
        const done = this.#done;
        const writer = this.#writer;
        this.#done = undefined;
        this.#writer = undefined;
        clearTimeout(this.#timer);
        if (this.#waiting !== undefined) this.#cluster.cancel(this.#waiting);
        this.#waiting = undefined;
        if (why !== "" || message !== undefined) done?.(message, why, isCut);
        return writer;
    }
}

function statusText(headers: HeaderList): string {
    const status = headerValue(headers, "grpc-status");
    return status === undefined ? "no status of gRPC" : `status ${status} of gRPC`;
}

function outOfTime(call: UnaryCall): void {
    call.timedOut();
}
