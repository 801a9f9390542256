/**
 * What probes are answered. The answers' text is run in a thread of its own: each stands alone, and knows the numbers of
 * shared-status.ts by value.
 */
import { TEXT, type AnsweringRoute } from "./route";

export interface StatusView {
    /** NOT_IN_SYNC, READY or DRAINING. */
    readonly standing: () => number;
    /** The primary's event loop turns. */
    readonly isLive: () => boolean;
    /** Workers whose event loops do not. */
    readonly silent: () => number;
}

export const STATUS_ROUTES: readonly AnsweringRoute<StatusView>[] = [
    {
        method: "GET",
        path: "/healthz/ready",
        contentType: TEXT,
        help: "200 while it serves, 503 before that and while it drains",
        answer: ({ standing }) => {
            switch (standing()) {
                case 1:
                    return { status: 200, body: "ready\n" };
                case 2:
                    return { status: 503, body: "draining\n" };
                default:
                    return { status: 503, body: "not in sync\n" };
            }
        },
    },
    {
        method: "GET",
        path: "/livez",
        contentType: TEXT,
        help: "200 while the event loops turn, 503 once the primary's has stood still for a minute or a worker has not answered for 10 s",
        answer: ({ isLive, silent }) => {
            if (!isLive()) return { status: 503, body: "the event loop stands still\n" };
            return silent() === 0 ? { status: 200, body: "ok\n" } : { status: 503, body: "a worker does not answer\n" };
        },
    },
];
