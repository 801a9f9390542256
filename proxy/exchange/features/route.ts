/** Which rule of its virtual host a request is served by: the first whose conditions hold. */
import type { Route, VirtualHost } from "../../snapshot";
import type { ExchangeState } from "../exchange-state";
import { answer, ON, type Verdict } from "../verdict";

export function chooseRoute(state: ExchangeState): Verdict {
    state.route = routeOf(state, state.virtualHost!);
    return state.route === undefined ? answer(404, "", "NR", "route_not_found") : ON;
}

/** What is changed of the request from here on chooses no other one. */
export function keepRoute(state: ExchangeState): void {
    if (state.virtualHost === undefined || state.isRouteKept) return;
    state.keptRoute = routeOf(state, state.virtualHost);
    state.isRouteKept = true;
}

/** Whether one of the names is that of the rule that it is served by, or of the rule and its match. */
export function routeNamed(state: ExchangeState, names: readonly string[]): boolean {
    const route = state.virtualHost && routeOf(state, state.virtualHost);
    if (route === undefined) return false;
    for (let at = 0; at < names.length; at++) {
        const name = names[at]!;
        if (route.name.startsWith(name) && (route.name.length === name.length || route.name[name.length] === ".")) return true;
    }
    return false;
}

const BY_CLAIMS = new WeakMap<VirtualHost, boolean>();

/** Whether claims may decide its route: it is known once the token is verified. */
export function isRoutedByClaims({ virtualHost }: ExchangeState): boolean {
    if (virtualHost === undefined) return false;
    const known = BY_CLAIMS.get(virtualHost);
    if (known !== undefined) return known;
    const isSo = virtualHost.entry.routes.some(({ match }) => (match?.claims.length ?? 0) > 0);
    BY_CLAIMS.set(virtualHost, isSo);
    return isSo;
}

export function routeOf(state: ExchangeState, { index }: VirtualHost): Route | undefined {
    if (state.isRouteKept) return state.keptRoute;
    // OPTIONS * asks for no path, and a route without a condition is one of every path (Envoy).
    if (state.pathname === "*") return undefined;
    return index.find(state);
}
