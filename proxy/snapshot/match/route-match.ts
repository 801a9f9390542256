/**
 * The conditions of one route, compiled, and their test: a chain of conditions of one shape, cheapest first. A list would cost
 * every route two reads more.
 * Hot path: no allocation.
 */
import type { RouteMatchEntry } from "../../tables";
import { CONDITIONS, isMet, type BoundCondition, type Condition, type ConditionItem, type ConditionKey } from "./conditions";
import type { RoutedRequest } from "./routed-request";

/** The first condition, which leads to the others. */
export type RouteMatch = BoundCondition;

/** Undefined: every request. */
export function matchesRoute(match: RouteMatch | undefined, request: RoutedRequest): boolean {
    for (let condition = match; condition !== undefined; condition = condition.next) if (!isMet(condition, request)) return false;
    return true;
}

type Row = Condition<ConditionKey>;
const ROWS: readonly (readonly [ConditionKey, Row])[] = Object.entries(CONDITIONS) as [ConditionKey, Row][];

/** One condition of an entry, and its row of the table. */
export interface StatedCondition {
    readonly row: Row;
    readonly item: ConditionItem<ConditionKey>;
}

/** In the order in which they are compared; of no entry none. */
export function statedConditions(entry: RouteMatchEntry | undefined): StatedCondition[] {
    const stated: StatedCondition[] = [];
    if (entry === undefined) return stated;
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
    return chained(statedConditions(entry).map(({ row, item }) => row.bind(item)));
}

/** What of the conditions can be bound: at least the requests that all of them hold for. */
export function bindUnderstood(entry: RouteMatchEntry | undefined): RouteMatch | undefined {
    const items =
        entry && ROWS.flatMap(([key, row]) => (understood(() => itemsOf(entry, key, row)) ?? NONE).map((item) => ({ row, item })));
    return items && chained(items.flatMap(({ row, item }) => understood(() => row.bind(item)) ?? []));
}

function chained(conditions: readonly BoundCondition[]): RouteMatch | undefined {
    return conditions.reduceRight<RouteMatch | undefined>((next, condition) => ({ ...condition, next }), undefined);
}

function understood<T>(read: () => T): T | undefined {
    try {
        return read();
    } catch {
        return undefined;
    }
}

export function conditionsIn(match: RouteMatch | undefined): BoundCondition[] {
    const conditions: BoundCondition[] = [];
    for (let condition = match; condition !== undefined; condition = condition.next) conditions.push(condition);
    return conditions;
}

/** The headers that it looks at. */
export function matchedHeaders(match: RouteMatch | undefined): string[] {
    return conditionsIn(match).flatMap(({ about, name }) => (about === "headers" ? name : []));
}
