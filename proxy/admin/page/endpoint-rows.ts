/** Endpoints as rows of the page's list. */
import type { EndpointAnswer, EndpointState } from "../inspection";
import { clusterName } from "./route-rows";
import type { EndpointRow, HealthWord } from "./rows";

type Health = Pick<EndpointState, "ejected" | "failing">;

export function isWell({ ejected, failing }: Health): boolean {
    return !ejected && !failing;
}

export function healthWord({ ejected, failing }: Health): HealthWord {
    return ejected ? "ejected" : failing ? "failing" : "healthy";
}

export function endpointRow(endpoint: EndpointAnswer): EndpointRow {
    const { cluster, address, active, connections, weight, priority, locality } = endpoint;
    return { ...clusterName(cluster), address, health: healthWord(endpoint), active, connections, weight, priority, locality };
}
