/**
 * What becomes of a WebSocket to the outside when its host is let through no longer: it is no request that ends by itself, so
 * that it has the time of a drain, as a tunnel to that host has. At a gateway for what comes in it lives on (as at Envoy).
 */
import { mayReach } from "../snapshot";
import { ExchangeState } from "./exchange-state";
import { chooseHost, requireHost } from "./features/virtual-host";
import { ON } from "./verdict";

/** Whether changes are to reach it. */
export function isWatched({ connection, proxy }: ExchangeState): boolean {
    return connection.outbound === true || proxy !== undefined;
}

/** Whether a request for its host would still be sent on to somebody, and who has it may still have what it leads to. */
export function mayStayUpgraded({ runtime, head, authority, connection, destination }: ExchangeState): boolean {
    const { snapshot } = runtime;
    // As it was asked for: the head is an endpoint's by now.
    const again = new ExchangeState(runtime, { ...head, authority, headers: [] }, true, connection);
    if (chooseHost(again) !== ON || requireHost(again) !== ON) return false;
    const leadsOn = again.virtualHost?.routes.some(({ action }) => action.kind === "forward") === true;
    return leadsOn && (destination === undefined || mayReach(snapshot, destination.cluster, connection.remoteAddress));
}
