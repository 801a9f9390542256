/** Paths and hosts that a rule rewrites on their way to a destination. How a path is rewritten: snapshot/features/rewrite.ts. */
import { rewritePath, type BoundDestination } from "../../snapshot";
import type { ExchangeState } from "../exchange-state";
import { answer, ON, type Verdict } from "../verdict";

/** A request is refused where what the rewrite makes of its path is none that could have come in. */
export function rewriteTarget(state: ExchangeState): Verdict {
    const { action } = state.route!;
    if (action.kind !== "forward" || action.rewrite === undefined) return ON;
    const path = rewritePath(action.rewrite, state.pathname);
    if (typeof path !== "string") return answer(path, "", "", "path_rewrite_refused");
    state.target = path + state.path.slice(state.pathname.length);
    return ON;
}

export function rewriteHead(state: ExchangeState, { hostRewrite }: BoundDestination): void {
    const { head } = state;
    if (state.target !== "") {
        head.path = state.target;
        state.headers.push("x-envoy-original-path", state.path);
    }
    if (hostRewrite !== "") head.authority = hostRewrite;
}
