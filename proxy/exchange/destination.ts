/** Which of a route's destinations a request goes to. */
import type { BoundDestination, ForwardAction } from "../snapshot";

/** By weight. */
export function destinationOf(action: ForwardAction, random: () => number): BoundDestination {
    const { destinations } = action;
    if (destinations.length === 1) return destinations[0]!;
    let at = random() * action.totalWeight;
    for (const destination of destinations) {
        at -= destination.weight;
        if (at < 0) return destination;
    }
    return destinations[destinations.length - 1]!;
}
