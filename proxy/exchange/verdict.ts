/** What a pass makes of a request: it lets it go on, has it answered here, or lets it wait and is asked again. */
import type { HeaderList } from "../http/doors";

export const ON = undefined;

export type Verdict = Next | Wait | Tunnelled;

/** What comes of a request once somebody else has decided. */
export type Next = typeof ON | Answer | Suspend;

/** An answer of the gateway's own. */
export interface Answer {
    readonly kind: "answer";
    readonly status: number;
    readonly body: string | Buffer;
    /** Envoy's short response flag; empty: none. */
    readonly flag: string;
    readonly details: string;
    readonly headers: HeaderList;
    /** What the route does to the headers of responses is not done to this one. */
    readonly bare: boolean;
    /** Its body is what a rule says, or who was asked: no error page takes its place unless it is for the backends' answers too. */
    readonly isWritten: boolean;
}

export interface Wait {
    readonly kind: "wait";
    readonly milliseconds: number;
    readonly flag: string;
}

/** What follows are bytes, which are passed on as they are. */
export interface Tunnelled {
    readonly kind: "tunnel";
}

/** Somebody else decides. The request takes no more of its body meanwhile, and goes on from the next pass, is answered, or waits again. */
export interface Suspend {
    readonly kind: "suspend";
    /** What of the request's body is there before `begin` is called; undefined: nothing need be. */
    readonly body: BodyWish | undefined;
    /** What comes of it where who is asked lets the request pass. */
    allowed(): Next;
    /** The body has more than is wanted, and no part of it will do. */
    tooLarge(): Answer;
    /** `done` is called at most once. What is given back is called where the request is over first. `body`: what is there of it. */
    begin(done: (verdict: Next) => void, body: readonly Buffer[]): () => void;
}

export interface BodyWish {
    readonly maxBytes: number;
    /** So many of a longer one are enough. */
    readonly allowPartial: boolean;
}

export function answer(
    status: number,
    body: string | Buffer,
    flag: string,
    details: string,
    headers: HeaderList = [],
    bare = false,
    isWritten = false,
): Answer {
    return { kind: "answer", status, body, flag, details, headers, bare, isWritten };
}
