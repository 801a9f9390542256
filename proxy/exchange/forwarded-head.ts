/** Where a request goes, and the head that it goes with: path and host rewritten, operations applied. */
import type { Destination, ForwardAction } from "../snapshot";
import { hostOf } from "../tables";
import type { OpenExchange } from "./open-exchange";
import { applyToHead } from "./headers";

/** One of the destinations, by weight. */
export function destinationOf(action: ForwardAction, random: () => number): Destination {
    const { destinations } = action;
    if (destinations.length === 1) return destinations[0]!;
    let at = random() * action.totalWeight;
    for (const destination of destinations) {
        at -= destination.weight;
        if (at < 0) return destination;
    }
    return destinations[destinations.length - 1]!;
}

/** Makes the request's head the endpoint's, and gives the host that the endpoint is asked for. */
export function prepareHead(exchange: OpenExchange, action: ForwardAction, destination: Destination): string {
    const { head, headers } = exchange;
    headers.push("x-envoy-attempt-count", "1");
    head.path = exchange.path;
    if (action.rewrite !== undefined) {
        head.path = exchange.target;
        headers.push("x-envoy-original-path", exchange.path);
    }
    if (destination.request.length > 0) applyToHead(destination.request, head, exchange);
    if (destination.hostRewrite === "") return exchange.host;
    head.authority = destination.hostRewrite;
    return hostOf(destination.hostRewrite);
}
