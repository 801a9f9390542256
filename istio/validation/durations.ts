/** What is wrong with a duration in a field. */
import { durationText, parseDuration } from "../durations";

/** `span` and `fineSpan`: at least 1ms, and a `span` in whole milliseconds, as Istio's timeouts; `idle`: whole ones from 1ms on. */
export function durationFault(
    text: string,
    format: "span" | "fineSpan" | "duration" | "idle",
): { wanted: string; fix: string } | undefined {
    const ms = parseDuration(text);
    if (ms === undefined) {
        const seconds = /^\d+(\.\d+)?$/.test(text) ? `Write a unit: \`${text}s\`.` : "";
        return { wanted: "wanted a duration such as `5s`, `1m30s` or `100ms`", fix: seconds };
    }
    const isSpan = format === "span" || format === "fineSpan";
    if (isSpan && ms < 1) {
        return { wanted: "wanted at least `1ms`", fix: ms === 0 ? "Leave the field out: a time of 0 is not a way to say `no limit`." : "" };
    }
    if (ms < 0) {
        return { wanted: "wanted a duration that is not negative", fix: "" };
    }
    const isWhole = format === "span" || (format === "idle" && ms >= 1);
    return isWhole && !Number.isInteger(ms)
        ? { wanted: "wanted whole milliseconds", fix: `Write \`${durationText(Math.round(ms))}\`.` }
        : undefined;
}
