/** What is done to a request's host beside its routes. */
import type { BoundEdge } from "../snapshot";
import { hostOf } from "../tables";
import type { ExchangeState } from "./exchange-state";

/** Undefined: nothing. Clients of a forward proxy ask for somebody else's hosts. */
export function edgeOf(state: ExchangeState): BoundEdge | undefined {
    const { edge, routeTables } = state.snapshot;
    if (edge === undefined || state.proxy !== undefined || state.connection.isProxy === true) return undefined;
    // What is wrong with a request may have been found before its host was.
    const host = state.virtualHost ?? routeTables.get(state.connection.routeTable)?.hosts.find(hostOf(state.authority));
    return edge.of(host?.entry);
}
