/** Limits as a worker keeps them: conditions compiled, each with the pool that its buckets are of. */
import { hashText } from "../../net/hash-text";
import type { LimitsEntry, Origin, RateLimitEntry } from "../../tables";
import { bindRouteMatch, type RouteMatch } from "../match/route-match";

export interface BoundLimits {
    readonly entry: LimitsEntry;
    readonly origin: Origin;
    /** It can't be kept: requests are refused. */
    readonly isRefused: boolean;
    /** Before anybody is asked who the client is: passwords and tokens are not tried more often either. */
    readonly early: readonly BoundRate[];
    /** What claims of a verified token say. */
    readonly late: readonly BoundRate[];
    readonly concurrency: BoundConcurrency | undefined;
}

/** What all buckets of a limit have in common. */
export interface LimitPool {
    readonly id: number;
    readonly burst: number;
    /** Tokens a millisecond. */
    readonly rate: number;
}

export interface BoundRate {
    readonly entry: RateLimitEntry;
    readonly pool: LimitPool;
    /** As figures call it: `VirtualService shop/web login`. */
    readonly label: string;
    /** One of them holds; undefined: for every request. */
    readonly matches: readonly (RouteMatch | undefined)[] | undefined;
    /** RateLimit-Policy's item of it (draft-ietf-httpapi-ratelimit-headers-10). */
    readonly policy: string;
    readonly origin: Origin;
}

export interface BoundConcurrency {
    readonly pool: LimitPool;
    readonly label: string;
}

export function bindLimit(entry: LimitsEntry): BoundLimits {
    const { key, rates, maxConcurrent, refused, origin } = entry;
    const bound = rates.map((one) => bindRate(key, one, origin));
    return {
        entry,
        origin,
        isRefused: refused !== undefined,
        early: bound.filter((one) => !needsClaims(one.entry)),
        late: bound.filter((one) => needsClaims(one.entry)),
        concurrency:
            maxConcurrent === undefined
                ? undefined
                : { pool: { id: idOf(`${key} concurrent ${maxConcurrent}`), burst: maxConcurrent, rate: 0 }, label: key },
    };
}

export function refusedLimit(entry: LimitsEntry): BoundLimits {
    return { entry, origin: entry.origin, isRefused: true, early: [], late: [], concurrency: undefined };
}

function bindRate(owner: string, entry: RateLimitEntry, origin: Origin): BoundRate {
    const { name, requests, perMs, burst, key, matches, routes } = entry;
    return {
        entry,
        // Whatever else changes of the object, who has used up a limit that is the same has used it up.
        pool: { id: idOf(JSON.stringify([owner, name, requests, perMs, burst, key, matches, routes])), burst, rate: requests / perMs },
        label: `${owner} ${name}`,
        matches: matches.length === 0 ? undefined : matches.map((one) => bindRouteMatch(one)),
        policy: `"${name}";q=${requests};w=${Math.max(1, Math.ceil(perMs / 1000))}`,
        origin,
    };
}

function needsClaims({ key, matches }: RateLimitEntry): boolean {
    return key?.claim !== undefined || matches.some((match) => (match?.claims.length ?? 0) > 0);
}

/** The same in all workers: 53 bits. */
function idOf(text: string): number {
    return (hashText(text) & 0x1fffff) * 0x1_0000_0000 + hashText(`${text}#`);
}
