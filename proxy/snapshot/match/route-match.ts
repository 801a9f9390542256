/**
 * The conditions of one route, compiled, and their test: a loop over conditions of one shape, cheapest first.
 * Hot path: no allocation.
 */
import type { RouteMatchEntry } from "../../tables";
import { CONDITIONS, isMet, type BoundCondition, type Condition, type ConditionItem, type ConditionKey } from "./conditions";
import type { RoutedRequest } from "./routed-request";

export interface RouteMatch {
    readonly conditions: readonly BoundCondition[];
}

export function matchesRoute(match: RouteMatch | undefined, request: RoutedRequest): boolean {
    if (match === undefined) return true;
    const { conditions } = match;
    for (let at = 0; at < conditions.length; at++) if (!isMet(conditions[at]!, request)) return false;
    return true;
}

type Row = Condition<ConditionKey>;
const ROWS: readonly (readonly [ConditionKey, Row])[] = Object.entries(CONDITIONS) as [ConditionKey, Row][];

/** One condition of an entry, and its row of the table. */
export interface StatedCondition {
    readonly row: Row;
    readonly item: ConditionItem<ConditionKey>;
}

/** In the order in which they are compared. */
export function statedConditions(entry: RouteMatchEntry): StatedCondition[] {
    const stated: StatedCondition[] = [];
    for (const [key, row] of ROWS) for (const item of itemsOf(entry, key, row)) stated.push({ row, item });
    return stated;
}

/** Throws where there is no list that the table says is one. */
function itemsOf(entry: RouteMatchEntry, key: ConditionKey, { isList }: Row): readonly ConditionItem<ConditionKey>[] {
    const given = entry[key];
    if (isList) return [...(given as readonly ConditionItem<ConditionKey>[])];
    return given === undefined ? NONE : [given as ConditionItem<ConditionKey>];
}

const NONE: readonly never[] = [];

/** Throws on a pattern that does not compile. */
export function bindRouteMatch(entry: RouteMatchEntry | undefined): RouteMatch | undefined {
    return entry && { conditions: statedConditions(entry).map(({ row, item }) => row.bind(item)) };
}

/** What of the conditions can be bound: at least the requests that all of them hold for. */
export function bindUnderstood(entry: RouteMatchEntry | undefined): RouteMatch | undefined {
    return (
        entry && {
            conditions: ROWS.flatMap(([key, row]) =>
                (understood(() => itemsOf(entry, key, row)) ?? NONE).flatMap((item) => understood(() => row.bind(item)) ?? []),
            ),
        }
    );
}

function understood<T>(read: () => T): T | undefined {
    try {
        return read();
    } catch {
        return undefined;
    }
}

/** The headers that it looks at. */
export function matchedHeaders(match: RouteMatch | undefined): string[] {
    return match === undefined ? [] : match.conditions.filter(({ about }) => about === "headers").map(({ name }) => name);
}
