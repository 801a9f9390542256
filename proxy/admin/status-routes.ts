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
        help: "200 while the primary's event loop turns, 503 once it has stood still for a minute",
        answer: ({ isLive }) => (isLive() ? { status: 200, body: "ok\n" } : { status: 503, body: "the event loop stands still\n" }),
    },
];
