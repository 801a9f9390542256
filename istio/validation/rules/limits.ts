/** The annotations of limits: whom they are for, and how they read. What restricts and can't be read makes its object a bad one. */
import { MAX_CONCURRENT_ANNOTATION, RATE_LIMIT_ANNOTATION, readMaxConcurrent, readRateLimits } from "../../semantics/rate-limits";
import type { Report } from "../report";
import { hostsRule, isPlaced } from "./annotation-place";

const READERS = {
    [RATE_LIMIT_ANNOTATION]: {
        faultOf: (text: string) => {
            const read = readRateLimits(text);
            return "fault" in read ? read.fault : undefined;
        },
        fix: 'Write JSON as in `[{"requests":100,"per":"1m","key":{"address":true}}]`.',
    },
    [MAX_CONCURRENT_ANNOTATION]: {
        faultOf: (text: string) => {
            const read = readMaxConcurrent(text);
            return typeof read === "number" ? undefined : read.fault;
        },
        fix: "Write a whole number as in `100`.",
    },
};

export function limitRules(kind: string, annotations: Readonly<Record<string, string>>, spec: unknown, report: Report): void {
    for (const [name, { faultOf, fix }] of Object.entries(READERS)) {
        const text = annotations[name];
        if (text === undefined) continue;
        const field = `metadata.annotations["${name}"]`;
        if (!isPlaced(kind, field, true, report)) continue;
        const fault = faultOf(text);
        if (fault !== undefined) report("GH0104", field, `is no limit that can be kept: ${fault}`, fix);
        else hostsRule(kind, field, spec, report);
    }
}
