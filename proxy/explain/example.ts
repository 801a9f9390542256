/** Makes up a request that a route's conditions take: of each the table says what would meet it. */
import type { RoutedRequest } from "../snapshot";
import type { ExampleRequest } from "../snapshot/match/example-request";
import { statedConditions } from "../snapshot/match/route-match";
import type { RouteMatchEntry } from "../tables";
import { holds } from "./conditions";

export type { ExampleRequest };

/**
 * `start`, changed as little as it takes. What no request could be made up for is not met; whether the route takes the
 * outcome, and no earlier one does, `explain` knows.
 */
export function exampleFor(match: RouteMatchEntry | undefined, start: ExampleRequest): ExampleRequest {
    const request: ExampleRequest = { ...start, headers: new Map(start.headers) };
    for (const condition of statedConditions(match)) {
        if (!holds(condition, routed(request))) condition.row.example(condition.item, request);
    }
    return request;
}

/** Path and query. */
export function targetOf({ pathname, query }: ExampleRequest): string {
    return query === "" ? pathname : `${pathname}?${query}`;
}

function routed(request: ExampleRequest): RoutedRequest {
    const { method, scheme, authority, pathname, headers } = request;
    return { method, scheme, authority, pathname, path: targetOf(request), headers: [...headers].flat(), upgrade: "", payload: undefined };
}
