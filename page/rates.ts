/** From sums that grow to rates and latencies: what happened between one look and the next. */
import type { RouteSums } from "../proxy/admin/page/rows";

/** Of a sparkline. */
export const MOST_POINTS = 60;

export interface Rate {
    /** A second; undefined: it was looked at once only. */
    readonly requests: number | undefined;
    readonly serverErrors: number | undefined;
    readonly points: readonly number[];
    /** Seconds; of what came since the last look, else of all. Undefined: nothing came. */
    readonly median: number | undefined;
    readonly slow: number | undefined;
}

interface Seen {
    readonly at: number;
    readonly sums: RouteSums;
    readonly points: readonly number[];
    readonly last: Rate;
}

export class Rates {
    readonly #seen = new Map<string, Seen>();

    /** `at`: milliseconds. */
    of(key: string, sums: RouteSums, at: number): Rate {
        const before = this.#seen.get(key);
        const seconds = before ? (at - before.at) / 1000 : 0;
        if (before && seconds < 0.5) return before.last;
        const requests = before ? Math.max(0, sums.requests - before.sums.requests) / seconds : undefined;
        const points = requests === undefined ? [] : [...(before?.points ?? []), requests].slice(-MOST_POINTS);
        const fresh = before ? sums.counts.map((count, at) => count - (before.sums.counts[at] ?? 0)) : sums.counts;
        const counts = fresh.some((count) => count > 0) ? fresh : sums.counts;
        const last: Rate = {
            requests,
            serverErrors: before ? Math.max(0, sums.serverErrors - before.sums.serverErrors) / seconds : undefined,
            points,
            median: quantile(0.5, sums.bounds, counts),
            slow: quantile(0.95, sums.bounds, counts),
        };
        this.#seen.set(key, { at, sums, points, last });
        return last;
    }
}

/** As Prometheus' histogram_quantile: within a bucket it goes up evenly; of the last one its lower bound is told. */
export function quantile(part: number, bounds: readonly number[], counts: readonly number[]): number | undefined {
    const all = counts.reduce((sum, count) => sum + count, 0);
    if (all <= 0) return undefined;
    let below = 0;
    for (const [at, count] of counts.entries()) {
        const upper = bounds[at];
        if (upper === undefined) return bounds.at(-1);
        if (count > 0 && below + count >= part * all) {
            const lower = at === 0 ? 0 : bounds[at - 1]!;
            return lower + ((upper - lower) * (part * all - below)) / count;
        }
        below += count;
    }
    return bounds.at(-1);
}

export function rateText(rate: number | undefined): string {
    if (rate === undefined) return "…";
    return rate === 0 ? "0" : rate < 10 ? rate.toFixed(1) : String(Math.round(rate));
}

export function secondsText(seconds: number | undefined): string {
    if (seconds === undefined) return "–";
    return seconds < 1 ? `${Math.max(1, Math.round(seconds * 1000))} ms` : `${seconds.toFixed(1)} s`;
}
