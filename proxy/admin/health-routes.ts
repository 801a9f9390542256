/**
 * The end of a proxy, asked for by whoever may reach the admin server: nobody else, as each of them takes it away from its
 * clients. Each answers before it begins.
 */
import { TEXT, type AnsweringRoute } from "./route";

export interface EndingView {
    /** As on SIGTERM. */
    readonly beginDrain: () => void;
    /** At once: what is open is cut. */
    readonly quit: () => void;
}

export const HEALTH_ROUTES: readonly AnsweringRoute<EndingView>[] = [
    {
        method: "POST",
        path: "/drain",
        contentType: TEXT,
        help: "ends the proxy as SIGTERM does: not ready at once, no new connections after the delay, what is open has its time; asked again, at once",
        answer: ({ beginDrain }) => {
            setImmediate(beginDrain);
            return { status: 200, body: "draining\n" };
        },
    },
    ...["/quitquitquit", "/quitquitquitquit"].map(
        (path): AnsweringRoute<EndingView> => ({
            method: "POST",
            path,
            contentType: TEXT,
            help: "ends the proxy now: what is open is cut",
            answer: ({ quit }) => {
                setImmediate(quit);
                return { status: 200, body: "exiting\n" };
            },
        }),
    ),
];
