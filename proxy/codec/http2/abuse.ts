/**
 * What a peer may do too much of: budgets of each connection for what the rules of the protocol allow and what costs us more
 * than it costs the peer (RFC 9113 §10.5). A budget is a bucket of tokens that fills with time and with what honest peers do
 * besides: an answer that was read, a frame that was sent to them. Plain numbers and no timer: a bucket is filled when it is
 * asked. The clock is the sweeper's, which a second more or less does not matter to.
 */
import { ENHANCE_YOUR_CALM } from "./constants";
import type { Http2Fault } from "./faults";

/** What of a connection's life fills a bucket besides time: a number that only grows. */
export type Credit = "framesSent" | "framesReceived" | "bytesReceived" | "streamsOpened" | "streamsCompleted";

export interface Budget {
    readonly fault: Http2Fault;
    /** Tokens of a new connection, and never more. */
    readonly burst: number;
    readonly perSecond: number;
    readonly credit?: readonly (readonly [credit: Credit, tokens: number])[];
    /** Spends another one's tokens. */
    readonly of?: BudgetName;
}

function tooMany(detail: string): Http2Fault {
    return Object.freeze({ code: ENHANCE_YOUR_CALM, scope: "connection", section: "10.5", detail });
}

export type BudgetName =
    | "resets"
    | "provokedResets"
    | "refusedStreams"
    | "settings"
    | "pings"
    | "priorities"
    | "windowUpdates"
    | "emptyFrames"
    | "tinyWindows"
    | "uselessFrames"
    | "padding"
    | "largeLists";

/** The reasons of the numbers stand beside their kinds in `abuse-kinds.ts`. */
export const BUDGETS: Readonly<Record<BudgetName, Budget>> = Object.freeze({
    resets: { fault: tooMany("too many requests reset"), burst: 200, perSecond: 50, credit: [["streamsCompleted", 0.5]] },
    provokedResets: { fault: tooMany("too many resets provoked"), burst: 200, perSecond: 50, of: "resets" },
    refusedStreams: { fault: tooMany("too many streams beyond the limit"), burst: 1000, perSecond: 10 },
    settings: { fault: tooMany("too many SETTINGS"), burst: 100, perSecond: 2 },
    pings: { fault: tooMany("too many PINGs"), burst: 500, perSecond: 10, credit: [["framesSent", 1]] },
    priorities: { fault: tooMany("too many priorities"), burst: 500, perSecond: 10, credit: [["streamsOpened", 20]] },
    windowUpdates: {
        fault: tooMany("too many WINDOW_UPDATEs"),
        burst: 1000,
        perSecond: 20,
        credit: [
            ["framesSent", 10],
            ["streamsOpened", 4],
        ],
    },
    emptyFrames: { fault: tooMany("too many empty frames"), burst: 100, perSecond: 10, credit: [["framesReceived", 1]] },
    tinyWindows: { fault: tooMany("too small windows"), burst: 500, perSecond: 10, credit: [["framesSent", 1]] },
    uselessFrames: { fault: tooMany("too many frames that mean nothing"), burst: 200, perSecond: 10, credit: [["streamsOpened", 4]] },
    padding: { fault: tooMany("too much padding"), burst: 1_048_576, perSecond: 65_536, credit: [["bytesReceived", 16]] },
    // A 431 is no request that ended well: it fills nothing.
    largeLists: { fault: tooMany("too many header lists beyond the limit"), burst: 200, perSecond: 10 },
});

/**
 * A reset of a stream that has lived longer took up room for it that the limit of open streams bounds. Milliseconds, more than one
 * turn of the sweeper's clock.
 */
export const PREMATURE_MS = 1500;

/** One budget's state. */
class Bucket {
    tokens: number;
    filled: number;
    readonly credited: number[];

    constructor({ burst, credit = [] }: Budget, now: number) {
        this.tokens = burst;
        this.filled = now;
        this.credited = credit.map(() => 0);
    }
}

/**
 * Of one connection. Its session counts what it does anyhow, and asks before it does what a frame that could be one of a flood
 * wants. Buckets are made when they are first asked: most connections have two or three.
 */
export class AbuseBudgets implements Readonly<Record<Credit, number>> {
    /** DATA and HEADERS. */
    framesSent = 0;
    /** DATA with something in it. */
    framesReceived = 0;
    /** Of bodies, without padding. */
    bytesReceived = 0;
    /** By either side. */
    streamsOpened = 0;
    /** Those that were not reset. */
    streamsCompleted = 0;
    #buckets: Partial<Record<BudgetName, Bucket>> | undefined;
    readonly #began: number;

    constructor(now: number) {
        this.#began = now;
    }

    /** The fault of a peer that has none left. */
    spend(name: BudgetName, now: number, tokens = 1): Http2Fault | undefined {
        const { fault, of = name } = BUDGETS[name];
        const budget = BUDGETS[of];
        const buckets = (this.#buckets ??= {});
        const bucket = (buckets[of] ??= new Bucket(budget, this.#began));
        if (bucket.tokens < tokens) this.#fill(bucket, budget, now);
        bucket.tokens -= tokens;
        return bucket.tokens < 0 ? fault : undefined;
    }

    /** A stream of the peer's ended by a reset of the peer's, `aged` milliseconds after it was opened. */
    reset(aged: number, now: number): Http2Fault | undefined {
        return aged > PREMATURE_MS ? undefined : this.spend("resets", now);
    }

    /**
     * Only once there are too few left: what had come until then, and more than fits, is lost, but never what fits. Credit that
     * is counted later is never more than its number was.
     */
    #fill(bucket: Bucket, { burst, perSecond, credit = [] }: Budget, now: number): void {
        let more = ((now - bucket.filled) / 1000) * perSecond;
        credit.forEach(([name, tokens], at) => {
            more += (this[name] - bucket.credited[at]!) * tokens;
            bucket.credited[at] = this[name];
        });
        bucket.filled = now;
        bucket.tokens = Math.min(burst, bucket.tokens + more);
    }
}
