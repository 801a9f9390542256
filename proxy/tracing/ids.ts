/** Ids that nobody guesses, from a store of random bytes: to ask the system for each would be a call a span. */
import { randomFillSync } from "node:crypto";

const STORE = Buffer.alloc(8_192);
let at = STORE.length;

/** 16 hex digits, not all of them zero. */
export function newSpanId(): string {
    return hex(8);
}

/** 32 of them. */
export function newTraceId(): string {
    return hex(16);
}

function hex(bytes: number): string {
    if (at + bytes > STORE.length) {
        randomFillSync(STORE);
        at = 0;
    }
    const from = at;
    at += bytes;
    // All zero is no id; to be it is as likely as to be any one other.
    STORE[from] = STORE[from]! | 1;
    return STORE.toString("hex", from, at);
}
