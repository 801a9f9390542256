/** What is wrong with a duration in a field. */
import { durationText, parseDuration } from "../durations";

/** `span`: at least 1ms and in whole milliseconds, as Istio's timeouts. */
export function durationFault(text: string, span: boolean): { wanted: string; fix: string } | undefined {
    const ms = parseDuration(text);
    if (ms === undefined) {
        const seconds = /^\d+(\.\d+)?$/.test(text) ? `Write a unit: \`${text}s\`.` : "";
        return { wanted: "wanted a duration such as `5s`, `1m30s` or `100ms`", fix: seconds };
    }
    if (!span) {
        return ms < 0 ? { wanted: "wanted a duration that is not negative", fix: "" } : undefined;
    }
    if (ms < 1) {
        return { wanted: "wanted at least `1ms`", fix: ms === 0 ? "Leave the field out: a time of 0 is not a way to say `no limit`." : "" };
    }
    return Number.isInteger(ms) ? undefined : { wanted: "wanted whole milliseconds", fix: `Write \`${durationText(Math.round(ms))}\`.` };
}
