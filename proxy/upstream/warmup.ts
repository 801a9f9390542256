/**
 * A new endpoint's share grows to the whole of its weight (Envoy's slow start): caches fill and code gets warm before it has to
 * carry as much as the others. So does that of one which answers its health checks again. While all are new nothing comes of it:
 * their shares grow together.
 */
import type { WarmupEntry } from "../tables";
import type { Endpoint } from "./endpoint";

/** Shares are worked out so many times while they grow, but neither more often than the first nor less often than the second. */
const STEPS = 100;
const LEAST_MS = 20;
const MOST_MS = 1000;

/** Sets the share of each; gives when to do so again. Infinity: all are warm. */
export function warm(members: readonly Endpoint[], warmup: WarmupEntry | undefined, now: number): number {
    let isWarming = false;
    for (const one of members) {
        if (one.health.failing) one.since = Infinity;
        else if (one.since === Infinity) one.since = now;
        const part = warmup === undefined || one.since === Infinity ? 1 : partOf(now - one.since, warmup);
        if (part < 1) isWarming = true;
        one.share = one.weight * part;
    }
    return isWarming && warmup ? now + Math.min(Math.max(warmup.windowMs / STEPS, LEAST_MS), MOST_MS) : Infinity;
}

function partOf(age: number, { windowMs, minPercent, aggression }: WarmupEntry): number {
    if (age >= windowMs) return 1;
    return Math.max(minPercent / 100, (Math.max(age, 1) / windowMs) ** (1 / aggression));
}
