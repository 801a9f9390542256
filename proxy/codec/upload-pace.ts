/**
 * Whether a client sends of a body what it must, while it can: so many bytes a second, over a window of time in which nothing kept it
 * from sending. Looked at by the sweeper; plain fields of whoever receives.
 */
/** A second. Less than other servers want by default: Apache 500, Kestrel 240. */
export const UPLOAD_RATE_BYTES = 100;
export const UPLOAD_WINDOW_MS = 30_000;

export interface Paced {
    /** Bytes of its body that have come. */
    bodyBytes: number;
    /** When the window began, 0: it has not; and what had come then. */
    paceSince: number;
    paceMark: number;
}

/** `mayFlow`: nothing keeps the client from sending. `rate`: bytes a second; 0: none is wanted. */
export function isTooSlow(one: Paced, now: number, mayFlow: boolean, rate: number, windowMs: number): boolean {
    if (rate === 0 || !mayFlow) {
        one.paceSince = 0;
        return false;
    }
    if (one.paceSince !== 0 && now - one.paceSince < windowMs) return false;
    const isSlow = one.paceSince !== 0 && one.bodyBytes - one.paceMark < (rate * (now - one.paceSince)) / 1000;
    one.paceSince = now;
    one.paceMark = one.bodyBytes;
    return isSlow;
}
