/**
 * Durations as Istio writes them: Go's `1h2m3.5s`, `100ms`. Milliseconds come out; what is finer than a millisecond
 * stays as a fraction, so that a caller can tell 1.5ms from 1ms.
 */

const UNIT_MS: Readonly<Record<string, number>> = {
    ns: 1e-6, us: 1e-3, "µs": 1e-3, "μs": 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000,
};
const WHOLE = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;
/** A Go duration is an int64 of nanoseconds: about 292 years. */
const MAX_MS = 2 ** 63 / 1e6;
/** Longer texts are no duration anybody wrote; the bound keeps reading them cheap. */
const MAX_LENGTH = 100;

/** Milliseconds; undefined for a text that is no duration. `0` needs no unit, as in Go. */
export function parseDuration(text: string): number | undefined {
    if (/^[+-]?0$/.test(text)) {
        return 0;
    }
    if (text.length > MAX_LENGTH || !WHOLE.test(text)) {
        return undefined;
    }
    let total = 0;
    for (const [, amount, unit] of text.matchAll(PART)) {
        total += Number(amount) * (UNIT_MS[unit ?? ""] ?? 0);
    }
    if (total >= MAX_MS) {
        return undefined;
    }
    // Fractions add up in binary; a nanosecond is as fine as it gets.
    const rounded = Math.round(total * 1e6) / 1e6;
    return text.startsWith("-") ? -rounded : rounded;
}

/** The shortest text that parses back to the same: `90000` is `1m30s`, `1500` is `1.5s`. */
export function durationText(ms: number): string {
    if (ms === 0) {
        return "0s";
    }
    if (Math.abs(ms) < 1000) {
        return `${ms}ms`;
    }
    const sign = ms < 0 ? "-" : "";
    const seconds = Math.abs(ms) / 1000;
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor((seconds % 3600) / 60);
    const rest = Math.round((seconds % 60) * 1e9) / 1e9;
    return `${sign}${hours > 0 ? `${hours}h` : ""}${minutes > 0 ? `${minutes}m` : ""}${rest > 0 ? `${rest}s` : ""}`;
}
