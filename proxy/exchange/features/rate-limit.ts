/**
 * How often clients may ask, and how many requests may be under way. All limits that are for a request must let it pass; then it
 * counts for all of them, else for none. Limits by what anybody may say stand before external checks, tokens and policies, so
 * that those are not worn out either; limits by claims behind them, of those who may pass. Words and form of the refusal are
 * those of Envoy's local_ratelimit and adaptive_concurrency filters.
 *
 * Hot path: where there are limits, a number for each key and a look-up; nothing is allocated but for who waits or is refused.
 */
import { GRPC_RESOURCE_EXHAUSTED, isGrpc } from "../../http/grpc";
import type { HeaderList, ResponseHead } from "../../http/doors";
import type { Bucket } from "../../limits";
import { matchesRoute, type BoundLimits, type BoundRate } from "../../snapshot";
import type { ExchangeState } from "../exchange-state";
import { limitKey } from "../limit-key";
import { allowRefused } from "./cors";
import { answer, ON, type Answer, type Next, type Suspend, type Verdict } from "../verdict";
import { chooseRouteOfDenied } from "./refusal";
import { isRoutedByClaims, routeNamed } from "./route";

const LIMITED = "local_rate_limited";
const NONE: readonly never[] = [];

/** Those of the request that is judged now, which nothing interrupts. */
const rates: BoundRate[] = [];
const buckets: Bucket[] = [];
let count = 0;

export function limitEarly(state: ExchangeState): Verdict {
    return state.snapshot.limits.size === 0 ? ON : judge(state, false);
}

/** Behind authorization: who has asked with which claims is known. */
export function limitByClaims(state: ExchangeState): Verdict {
    return state.snapshot.limits.size === 0 ? ON : judge(state, true);
}

function judge(state: ExchangeState, isLate: boolean): Next {
    const { gatewayLimits, limits } = state.snapshot;
    const own = state.virtualHost?.entry.limits ?? NONE;
    count = 0;
    for (let at = 0; at < gatewayLimits.length; at++) {
        const verdict = consider(state, gatewayLimits[at]!, isLate);
        if (verdict !== ON) return verdict;
    }
    for (let at = 0; at < own.length; at++) {
        const limit = limits.get(own[at]!);
        const verdict = limit === undefined ? unkept() : consider(state, limit, isLate);
        if (verdict !== ON) return verdict;
    }
    takeAll(state);
    return ON;
}

/** What is taken is kept in mind until all have been considered. */
function consider(state: ExchangeState, limit: BoundLimits, isLate: boolean): Next {
    if (limit.isRefused) return unkept();
    const { early, late, concurrency } = limit;
    for (let at = 0; at < early.length; at++) {
        const rate = early[at]!;
        if (!isTurnOf(state, rate, isLate)) continue;
        const verdict = considerRate(state, rate, isLate);
        if (verdict !== ON) return verdict;
    }
    if (isLate)
        for (let at = 0; at < late.length; at++) {
            const verdict = considerRate(state, late[at]!, isLate);
            if (verdict !== ON) return verdict;
        }
    else if (concurrency !== undefined) {
        const { limits } = state.runtime;
        const bucket = limits.buckets.of(concurrency.pool, 0);
        const now = limits.buckets.now();
        if (!limits.buckets.has(bucket, now)) {
            if (limits.buckets.mayAsk(bucket, now)) return new LimitWait(state, bucket, isLate);
            limits.concurrencyLimited(concurrency.label);
            chooseRouteOfDenied(state);
            return answer(503, "reached concurrency limit", "", "reached_concurrency_limit");
        }
        buckets[count++] = bucket;
    }
    return ON;
}

/** A route that claims decide is known once they are. */
function isTurnOf(state: ExchangeState, { entry: { routes } }: BoundRate, isLate: boolean): boolean {
    return (routes.length > 0 && isRoutedByClaims(state)) === isLate;
}

function considerRate(state: ExchangeState, rate: BoundRate, isLate: boolean): Next {
    if (!isFor(state, rate)) return ON;
    const { limits } = state.runtime;
    const bucket = limits.buckets.of(rate.pool, limitKey(state, rate.entry.key, limits.seed));
    const now = limits.buckets.now();
    if (limits.buckets.has(bucket, now)) {
        rates[count] = rate;
        buckets[count++] = bucket;
        return ON;
    }
    if (limits.buckets.mayAsk(bucket, now)) return new LimitWait(state, bucket, isLate);
    limits.rateLimited(rate.label, rate.entry.shadow);
    return rate.entry.shadow ? ON : refused(state, rate, limits.buckets.emptyFor(bucket, now));
}

/** Whether the limit is for such a request. */
export function isFor(state: ExchangeState, { matches, entry: { routes } }: BoundRate): boolean {
    if (matches !== undefined) {
        let at = 0;
        while (at < matches.length && !matchesRoute(matches[at], state)) at++;
        if (at === matches.length) return false;
    }
    return routes.length === 0 || routeNamed(state, routes);
}

function takeAll(state: ExchangeState): void {
    const { limits } = state.runtime;
    for (let at = 0; at < count; at++) {
        const bucket = buckets[at]!;
        limits.buckets.take(bucket, limits.buckets.now());
        if (bucket.limit.rate === 0) (state.permits ??= []).push(bucket);
        else if (rates[at]!.entry.tells === "always") tell(state, rates[at]!, limits.buckets.left(bucket));
    }
}

/** RateLimit and RateLimit-Policy have an item for each limit (draft-ietf-httpapi-ratelimit-headers-10). */
function tell(state: ExchangeState, { entry, policy, pool }: BoundRate, left: number): void {
    const seconds = Math.ceil((pool.burst - left) / pool.rate / 1000);
    const item = `"${entry.name}";r=${left};t=${seconds}`;
    state.rateLimit = state.rateLimit === "" ? item : `${state.rateLimit}, ${item}`;
    state.rateLimitPolicy = state.rateLimitPolicy === "" ? policy : `${state.rateLimitPolicy}, ${policy}`;
}

function refused(state: ExchangeState, { entry, policy }: BoundRate, emptyMs: number): Answer {
    chooseRouteOfDenied(state);
    // A page that asks too often is to see when it may ask again; its preflights count as all else does.
    if (state.method !== "OPTIONS") allowRefused(state, state.route?.cors);
    state.rateLimit = "";
    const seconds = Math.max(1, Math.ceil(emptyMs / 1000));
    const headers: HeaderList = ["retry-after", String(seconds)];
    if (entry.tells !== "never") headers.push("ratelimit-policy", policy, "ratelimit", `"${entry.name}";r=0;t=${seconds}`);
    // Who is told UNAVAILABLE, as Envoy has it by default, asks again at once.
    if (isGrpc(state.headers)) headers.push("grpc-status", GRPC_RESOURCE_EXHAUSTED);
    return answer(entry.status, LIMITED, "RL", LIMITED, headers);
}

/** Nobody is let in because a limit can't be read. */
function unkept(): Answer {
    return answer(500, "", "", "limit_not_served", [], true);
}

export function addRateLimit({ rateLimit, rateLimitPolicy }: ExchangeState, { headers }: ResponseHead): void {
    if (rateLimit !== "") headers.push("ratelimit-policy", rateLimitPolicy, "ratelimit", rateLimit);
}

/** However a request ends, it is under way no more. */
export function endPermits(state: ExchangeState): void {
    const { permits, runtime } = state;
    if (permits === undefined) return;
    state.permits = undefined;
    for (let at = 0; at < permits.length; at++) runtime.limits.buckets.giveBack(permits[at]!);
}

/** What this worker has of a limit is used up; others may have some. */
class LimitWait implements Suspend {
    readonly kind = "suspend";
    readonly body = undefined;
    readonly #state: ExchangeState;
    readonly #bucket: Bucket;
    readonly #isLate: boolean;

    constructor(state: ExchangeState, bucket: Bucket, isLate: boolean) {
        this.#state = state;
        this.#bucket = bucket;
        this.#isLate = isLate;
    }

    allowed(): Next {
        return ON;
    }

    tooLarge(): Answer {
        return unkept();
    }

    begin(done: (verdict: Next) => void): () => void {
        return this.#state.runtime.limits.buckets.ask(this.#bucket, () => {
            if (!this.#state.finished) done(judge(this.#state, this.#isLate));
        });
    }
}
