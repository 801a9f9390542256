/**
 * Durations as Istio writes them: Go's `1h2m3.5s`, `100ms`. Milliseconds come out; what is finer than a millisecond
 * stays as a fraction, so that a caller can tell 1.5ms from 1ms.
 */

const UNIT_NS: ReadonlyMap<string, bigint> = new Map([
    ["ns", 1n],
    ["us", 1_000n],
    ["µs", 1_000n],
    ["μs", 1_000n],
    ["ms", 1_000_000n],
    ["s", 1_000_000_000n],
    ["m", 60_000_000_000n],
    ["h", 3_600_000_000_000n],
]);
const WHOLE = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const PART = /(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g;
/** A Go duration is an int64 of nanoseconds: about 292 years. */
const MAX_NS = 2n ** 63n;
const NS_PER_MS = 1_000_000n;
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
    // Whole nanoseconds: fractions added in binary would make 300.00000000000006 of 0.1s0.2s.
    let total = 0n;
    for (const [, whole = "", fraction = "", unit = ""] of text.matchAll(PART)) {
        const ns = UNIT_NS.get(unit) ?? 0n;
        total += BigInt(whole || "0") * ns + (BigInt(fraction || "0") * ns) / 10n ** BigInt(fraction.length);
    }
    if (total >= MAX_NS) {
        return undefined;
    }
    const ms = Number(total / NS_PER_MS) + Number(total % NS_PER_MS) / 1e6;
    return text.startsWith("-") ? -ms : ms;
}

/** The shortest text that parses back to the same: `90000` is `1m30s`, `1500` is `1.5s`. */
export function durationText(ms: number): string {
    if (ms === 0) {
        return "0s";
    }
    if (Math.abs(ms) < 1000) {
        return `${ms}ms`;
    }
    const whole = Math.abs(ms);
    const hours = Math.floor(whole / 3_600_000);
    const minutes = Math.floor((whole % 3_600_000) / 60_000);
    const seconds = (whole % 60_000) / 1000;
    return `${ms < 0 ? "-" : ""}${hours > 0 ? `${hours}h` : ""}${minutes > 0 ? `${minutes}m` : ""}${seconds > 0 ? `${seconds}s` : ""}`;
}
