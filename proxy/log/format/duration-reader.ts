/** `%COMMON_DURATION(DS_RX_BEG:DS_TX_END:ms)%`: the time between two points of a request (Envoy's CommonDurationFormatter). */
import type { ConnectionRecord, RequestRecord } from "../../telemetry";
import { absent, type Reader } from "./reader";

/** Milliseconds since the beginning; undefined: the point was not reached, or is not known here. */
type Point = (record: RequestRecord) => number | undefined;

const reached = (milliseconds: number): number | undefined => (milliseconds < 0 ? undefined : milliseconds);

const POINTS: Readonly<Record<string, Point>> = {
    DS_RX_BEG: () => 0,
    DS_RX_END: (r) => reached(r.requestTime),
    US_RX_BEG: (r) => reached(r.upstreamTime),
    DS_TX_BEG: (r) => reached(r.upstreamTime),
    DS_TX_END: (r) => r.duration,
};
const PER_MILLISECOND: Readonly<Record<string, number>> = { ms: 1, us: 1_000, ns: 1_000_000 };

export function durationReader(argument: string): Reader {
    const [from = "", to = "", precision = "ms"] = argument.split(":");
    const factor = PER_MILLISECOND[precision] ?? 1;
    const [begin, end] = [POINTS[from], POINTS[to]];
    if (begin === undefined || end === undefined) return { request: absent, connection: absent };
    const isWhole = from === "DS_RX_BEG" && to === "DS_TX_END";
    return {
        request: (record) => {
            const [a, b] = [begin(record), end(record)];
            return a === undefined || b === undefined || b < a ? undefined : Math.round(b - a) * factor;
        },
        connection: isWhole ? (record: ConnectionRecord) => Math.round(record.duration) * factor : absent,
    };
}
