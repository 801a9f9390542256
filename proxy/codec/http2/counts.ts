/**
 * What HTTP/2's connections of this process count, each side for itself: plain numbers that figures are read from. Names are
 * those of Envoy's `http2.` statistics where it has the same.
 */
import { ABUSE, abuseOf, type AbuseName } from "./abuse-kinds";
import type { Http2Fault } from "./faults";

const KINDS = Object.keys(ABUSE) as AbuseName[];

export class Http2Counts {
    streamsActive = 0;
    rxReset = 0;
    txReset = 0;
    /** Those that end a connection for a fault. */
    goawaySent = 0;
    readonly abuse = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<AbuseName, number>;

    /** A fault that ended a connection, or a stream. */
    fault(fault: Http2Fault): void {
        const kind = abuseOf(fault);
        if (kind !== undefined) this.abuse[kind]++;
    }
}

/** Connections of clients, and of backends. */
export const SERVER_COUNTS = new Http2Counts();
export const CLIENT_COUNTS = new Http2Counts();

export interface CodecFigure {
    readonly kind: "counter" | "gauge";
    readonly name: string;
    readonly help: string;
    readonly labels: readonly string[];
    readonly series: readonly (readonly [values: readonly string[], read: () => number])[];
}

const SIDES = [
    ["downstream", SERVER_COUNTS],
    ["upstream", CLIENT_COUNTS],
] as const;

function bySide(kind: CodecFigure["kind"], name: string, help: string, read: (counts: Http2Counts) => number): CodecFigure {
    return { kind, name, help, labels: ["side"], series: SIDES.map(([side, counts]) => [[side], () => read(counts)] as const) };
}

export const HTTP2_FIGURES: readonly CodecFigure[] = [
    bySide("gauge", "http2_streams_active", "requests that are open on HTTP/2, `downstream` and `upstream`", (one) => one.streamsActive),
    bySide("counter", "http2_rx_reset", "streams that the peer reset", (one) => one.rxReset),
    bySide("counter", "http2_tx_reset", "streams that were reset here", (one) => one.txReset),
    bySide("counter", "http2_goaway_sent", "connections that were ended for a fault of the peer's", (one) => one.goawaySent),
    {
        kind: "counter",
        name: "http2_abuse",
        help: "connections and streams that were ended for what the peer did too much of, by its name in the table of abuse",
        labels: ["kind", "side"],
        series: SIDES.flatMap(([side, counts]) => KINDS.map((kind) => [[kind, side], () => counts.abuse[kind]] as const)),
    },
];
