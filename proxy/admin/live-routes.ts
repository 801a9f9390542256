/** What happens and what has happened: records as they come, and the last changes of the configuration. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ChangesReport } from "./changes";
import { EVENT_STREAM, EventStream } from "./event-stream";
import { withoutQueryValues } from "./redacted-query";
import { JSON_TYPE, TEXT, type AdminRoute } from "./route";

export interface TailReader {
    /** JSON, in one line. */
    record(json: string): void;
    /** So many came faster than they are passed on. */
    lost(records: number): void;
}

export interface TailView {
    /** Why nobody can watch by this filter now. */
    refusal(filter: string): { readonly status: number; readonly reason: string } | undefined;
    /** Until what it returns is called. */
    watch(filter: string, reader: TailReader): () => void;
}

export interface LiveView {
    readonly tail: TailView;
    readonly changes: ChangesReport;
}

export const LIVE_ROUTES: readonly AdminRoute<LiveView>[] = [
    {
        method: "GET",
        path: "/tail",
        contentType: EVENT_STREAM,
        help: "each request and connection as it ends, as server-sent events in the access log's JSON form, whether it is logged or not: ?filter=CEL; values in queries are redacted but with values=shown; an event `lost` says how many lines a slow reader missed",
        serve: watched,
    },
    {
        method: "GET",
        path: "/changes",
        contentType: JSON_TYPE,
        help: "the last changes of the configuration, and what was rejected or came right again, with object and reason; the newest first",
        answer: ({ changes }) => ({ status: 200, body: changes }),
    },
];

async function watched({ tail }: LiveView, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = new URLSearchParams((request.url ?? "").replace(/^[^?]*/, ""));
    const filter = asked.get("filter") ?? "";
    const isShown = asked.get("values") === "shown";
    const refusal = tail.refusal(filter);
    if (refusal) {
        const text = `${refusal.reason}\n`;
        response.writeHead(refusal.status, {
            "content-type": TEXT,
            "content-length": Buffer.byteLength(text),
            "cache-control": "no-store",
        });
        response.end(request.method === "HEAD" ? undefined : text);
        return;
    }
    response.writeHead(200, { "content-type": EVENT_STREAM, "cache-control": "no-store" });
    if (request.method === "HEAD") return void response.end();
    const end = tail.watch(filter, {
        record: (json) => stream.send(isShown ? json : withoutQueryValues(json)),
        lost: (records) => stream.lost(records),
    });
    const stream = new EventStream(response, end);
}
