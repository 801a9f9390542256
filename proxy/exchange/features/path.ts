/** Requests are judged by the one form of their path (http/path.ts); one that has none is refused. */
import { normalisePath } from "../../http/path";
import type { ExchangeState } from "../exchange-state";
import { answer, ON, type Verdict } from "../verdict";

export function choosePath(state: ExchangeState): Verdict {
    // It asks for a host and a port, and for no path.
    if (state.method === "CONNECT") return ON;
    const path = normalisePath(state.path);
    if (path === undefined) return answer(400, "", "", "path_normalization_failed");
    state.path = path;
    const query = path.indexOf("?");
    state.pathname = query === -1 ? path : path.slice(0, query);
    return ON;
}
