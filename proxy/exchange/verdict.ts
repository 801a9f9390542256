/** What a pass makes of a request: it lets it go on, has it answered here, or lets it wait and is asked again. */
import type { HeaderList } from "../http/doors";

export const ON = undefined;

export type Verdict = typeof ON | Answer | Wait | Suspend;

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
}

export interface Wait {
    readonly kind: "wait";
    readonly milliseconds: number;
    readonly flag: string;
}

/** Somebody else decides. The request takes no more of its body meanwhile, and goes on from the next pass, or is answered. */
export interface Suspend {
    readonly kind: "suspend";
    /** `done` is called at most once, never from within this call. What it gives is called where the request is over first. */
    readonly begin: (done: (verdict: typeof ON | Answer) => void) => () => void;
}

export function answer(
    status: number,
    body: string | Buffer,
    flag: string,
    details: string,
    headers: HeaderList = [],
    bare = false,
): Answer {
    return { kind: "answer", status, body, flag, details, headers, bare };
}
