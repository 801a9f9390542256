/** The levels of the process log, which can be changed while the proxy runs. */
import type { AdminView } from "./admin-view";
import { JSON_TYPE, type AdminRoute } from "./route";

export const LOG_ROUTES: readonly AdminRoute<AdminView>[] = [
    {
        method: "GET",
        path: "/logging",
        contentType: JSON_TYPE,
        help: "the parts of the process log, each with the level from which on it is written",
        answer: ({ logging }) => ({ status: 200, body: logging.levels }),
    },
    {
        method: "POST",
        path: "/logging",
        contentType: JSON_TYPE,
        help: "changes levels, of the workers too: ?level=upstream:debug,config:info, ?level=debug of all, or ?reset=true",
        answer: ({ logging }, query) => {
            const level = query.get("level");
            if (level === null && query.get("reset") !== "true")
                return { status: 400, body: "wanted level=PART:LEVEL,... or reset=true\n" };
            const fault = level === null ? "" : logging.change(level);
            if (fault !== "") return { status: 400, body: `${fault}\n` };
            if (level === null) logging.reset();
            return { status: 200, body: logging.levels };
        },
    },
];
