/**
 * One question of our own to a cluster, whole in memory as its answer is, within a time and a bound. It is sent again once
 * where the connection was closed under it, as a question may be. Whoever asked hears of it exactly once.
 */
import type { HeaderList, RequestHead, RequestWriter, ResetReason, ResponseHead, ResponseReceiver } from "../http/doors";
import { gather } from "../net/gather";
import type { Cluster } from "./cluster";
import type {
    ConnectionFailure,
    ConnectionWaiter,
    ConnectionWish,
    EndpointOutcomes,
    UpstreamConnection,
    UpstreamHost,
    WaitingRequest,
} from "./connection";
import { mayBeUnread } from "./unread";

interface CallQuestion {
    readonly cluster: Cluster;
    readonly method: string;
    readonly authority: string;
    readonly path: string;
    readonly headers: Readonly<HeaderList>;
    readonly body: Buffer;
    /** It is to be spoken in HTTP/2, and says no length. */
    readonly http2: boolean;
    readonly timeoutMs: number;
    /** Of an answer; what is longer is `too-long`. */
    readonly maxBytes: number;
    /** Of an answer whose body nobody wants, the head is all. */
    readonly wantsBody: (head: ResponseHead) => boolean;
}

export type CallOutcome =
    | {
          readonly kind: "answer";
          readonly status: number;
          readonly headers: HeaderList;
          readonly body: Buffer;
          readonly trailers: HeaderList;
      }
    | { readonly kind: "too-long" }
    /** There is none. */
    | { readonly kind: "none"; readonly why: string };

const NO_BYTES = Buffer.alloc(0);

export class WholeCall implements ConnectionWaiter, ConnectionWish, ResponseReceiver {
    // ConnectionWish
    readonly host: string;
    readonly avoid: readonly UpstreamHost[] | undefined = undefined;
    readonly http2: boolean;
    fresh = false;
    readonly #question: CallQuestion;
    readonly #timer: NodeJS.Timeout;
    #done: ((outcome: CallOutcome) => void) | undefined;
    #writer: RequestWriter | undefined = undefined;
    #waiting: WaitingRequest | undefined = undefined;
    #reused = false;
    #outcomes: EndpointOutcomes | undefined = undefined;
    #head: ResponseHead | undefined = undefined;
    readonly #parts: Buffer[] = [];
    #bytes = 0;

    constructor(question: CallQuestion, done: (outcome: CallOutcome) => void) {
        this.host = question.authority;
        this.http2 = question.http2;
        this.#question = question;
        this.#done = done;
        this.#timer = setTimeout(outOfTime, question.timeoutMs, this);
    }

    start(): void {
        const waiting = this.#question.cluster.acquire(this, this);
        if (waiting !== undefined) this.#waiting = waiting;
    }

    /** Nobody wants to know any more. */
    giveUp(): void {
        this.#done = undefined;
        this.#finish(undefined)?.reset("local");
    }

    timedOut(): void {
        if (this.#done === undefined) return;
        if (this.#head === undefined) this.#outcomes?.timedOut();
        this.#finish(none(`no answer within ${this.#question.timeoutMs} ms`))?.reset("local");
    }

    // --- the question ----------------------------------------------------------------------------------------------

    onConnection(connection: UpstreamConnection): void {
        this.#waiting = undefined;
        if (this.#done === undefined) {
            connection.release();
            return;
        }
        this.#reused = connection.reused;
        this.#outcomes = connection.endpoint.outcomes;
        const writer = connection.open(this.#makeHead(), false, this);
        this.#writer = writer;
        // A copy: what is written on may be used up by who writes it, and it may have to be sent again.
        writer.data(Buffer.from(this.#question.body));
        writer.end(undefined);
    }

    #makeHead(): RequestHead {
        const { cluster, method, authority, path, headers, body, http2 } = this.#question;
        return {
            method,
            scheme: cluster.tls === undefined ? "http" : "https",
            authority,
            path,
            headers: [...headers],
            contentLength: http2 ? -1 : body.length,
            upgrade: "",
            expectContinue: false,
            underscored: false,
            protocol: http2 ? "HTTP/2" : "HTTP/1.1",
        };
    }

    onNoConnection(failure: ConnectionFailure, _endpoint: UpstreamHost | undefined, detail: string): void {
        this.#waiting = undefined;
        if (this.#done !== undefined) this.#finish(none(detail === "" ? failure : `${failure}: ${detail}`));
    }

    onRequestWritable(): void {}

    // --- the answer ------------------------------------------------------------------------------------------------

    onInformational(): void {
        // Somebody reads the question: the connection was not a stale one.
        this.#reused = false;
    }

    onResponseHead(head: ResponseHead, end: boolean): void {
        if (this.#done === undefined) return;
        this.#head = head;
        this.#outcomes?.answered(head);
        if (end) this.#finish(this.#answer([]));
        else if (!this.#question.wantsBody(head)) this.#finish(this.#answer([]))?.reset("local");
    }

    onResponseData(chunk: Buffer): void {
        if (this.#done === undefined) return;
        this.#bytes += chunk.length;
        if (this.#bytes > this.#question.maxBytes) this.#finish({ kind: "too-long" })?.reset("local");
        else gather(this.#parts, Buffer.from(chunk));
    }

    onResponseEnd(trailers: HeaderList | undefined): void {
        if (this.#done === undefined) return;
        this.#writer = undefined;
        this.#finish(this.#answer(trailers ?? []));
    }

    onResponseReset(reason: ResetReason, sent: boolean, detail: string): void {
        this.#writer = undefined;
        if (this.#done === undefined) return;
        if (!this.fresh && this.#head === undefined && (reason === "refused" || mayBeUnread(this.#reused, reason, sent))) {
            this.fresh = true;
            this.start();
            return;
        }
        this.#outcomes?.failed();
        this.#finish(none(detail === "" ? reason : `${reason}: ${detail}`));
    }

    #answer(trailers: HeaderList): CallOutcome {
        const { status, headers } = this.#head!;
        return { kind: "answer", status, headers, body: this.#bytes === 0 ? NO_BYTES : Buffer.concat(this.#parts), trailers };
    }

    /** Gives back what is still open. */
    #finish(outcome: CallOutcome | undefined): RequestWriter | undefined {
        const done = this.#done;
        const writer = this.#writer;
        this.#done = undefined;
        this.#writer = undefined;
        clearTimeout(this.#timer);
        if (this.#waiting !== undefined) this.#question.cluster.cancel(this.#waiting);
        this.#waiting = undefined;
        if (outcome !== undefined) done?.(outcome);
        return writer;
    }
}

function none(why: string): CallOutcome {
    return { kind: "none", why };
}

function outOfTime(call: WholeCall): void {
    call.timedOut();
}
