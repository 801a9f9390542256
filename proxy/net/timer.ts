/** Timers that are set to what an object or a client says: Node makes of more than a timer holds one that is over at once. */

/** 24 days, which nobody waits for. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export function timerMs(milliseconds: number): number {
    return Math.min(milliseconds, MAX_TIMER_MS);
}
