/** What is counted: for people as JSON, for Prometheus in its own formats. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { createGzip, gzip } from "node:zlib";
import { CONTENT_TYPES, exposition, expositionLines, samplesOf, type Counts, type LedgerFamily } from "../telemetry";
import { acceptsGzip, wantedFormat } from "./accepted-formats";
import { JSON_TYPE, type AdminRoute, type ServingRoute } from "./route";

/** What is asked of those who count. */
export interface MetricsView {
    /** What all workers counted, and each of them by its number. */
    stats(): Promise<{ readonly total: Counts; readonly workers: ReadonlyMap<number, Counts> }>;
    /** Everything that is counted, as of now. */
    scrape(): Promise<readonly LedgerFamily[]>;
}

/** Who has not read all of it by then reads no more: Prometheus gives up after ten seconds itself. */
const READ_WITHIN_MS = 30_000;
/** Texts of numbers are alike: the fastest way makes a tenth of them. */
const GZIP_LEVEL = 1;
/** What is longer is sent as it is: to compress 80 MB takes the CPU of 30,000 requests, four times as much as all else of it. */
const MOST_LINES_ZIPPED = 20_000;

/** These are told in Prometheus' formats alone. */
const ISTIO = "istio_";

async function scraped(view: MetricsView, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const families = await view.scrape();
    const format = wantedFormat(request.headers.accept);
    const isZipped = acceptsGzip(request.headers["accept-encoding"]) && expositionLines(families) <= MOST_LINES_ZIPPED;
    const pieces = exposition(families, format);
    const first = pieces.next().value ?? "";
    const second = pieces.next();
    const head = {
        "content-type": CONTENT_TYPES[format],
        "cache-control": "no-store",
        vary: "accept, accept-encoding",
        ...(isZipped ? { "content-encoding": "gzip" } : {}),
    };
    const deadline = setTimeout(() => response.destroy(), READ_WITHIN_MS);
    response.once("close", () => clearTimeout(deadline));
    if (second.done) {
        const body = isZipped ? await zipped(first) : Buffer.from(first);
        response.writeHead(200, { ...head, "content-length": body.length }).end(request.method === "HEAD" ? undefined : body);
    } else if (request.method === "HEAD") response.writeHead(200, head).end();
    else {
        response.writeHead(200, head);
        const text = Readable.from(joined([first, second.value], pieces), { objectMode: false });
        // A reader that goes away has what it wanted, or nobody who could be told.
        await pipeline([text, ...(isZipped ? [createGzip({ level: GZIP_LEVEL })] : []), response]).catch(() => undefined);
    }
}

function* joined(begun: readonly string[], rest: Iterable<string>): Generator<string> {
    yield* begun;
    yield* rest;
}

const zip = promisify(gzip);

async function zipped(text: string): Promise<Buffer> {
    return zip(text, { level: GZIP_LEVEL });
}

const SCRAPED = {
    method: "GET",
    contentType: CONTENT_TYPES.text,
    serve: scraped,
} as const;

/** Served on the port for metrics too. */
export const SCRAPE_ROUTES: readonly ServingRoute<MetricsView>[] = [
    {
        ...SCRAPED,
        path: "/stats/prometheus",
        help: "all metrics, in Prometheus' text format or as OpenMetrics, as `accept` says",
    },
    { ...SCRAPED, path: "/metrics", help: "the same" },
];

export const METRICS_ROUTES: readonly AdminRoute<MetricsView>[] = [
    {
        method: "GET",
        path: "/stats",
        contentType: JSON_TYPE,
        help: "figures of all workers together, and of each; `?prefix=` leaves out those whose names begin otherwise",
        answer: async (view, query) => {
            const prefix = query.get("prefix") ?? "";
            const named = (counts: Counts): Record<string, number> =>
                Object.fromEntries(samplesOf(counts.filter(({ name }) => name.startsWith(prefix) && !name.startsWith(ISTIO))));
            const { total, workers } = await view.stats();
            const each = [...workers].map(([number, counts]) => [number, named(counts)] as const);
            return { status: 200, body: { total: named(total), workers: Object.fromEntries(each) } };
        },
    },
    ...SCRAPE_ROUTES,
];
