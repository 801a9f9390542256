/** Why a route's conditions do not hold: each of them by itself, put to the same test that the data path runs. */
import type { RoutedRequest } from "../snapshot";
import { soundsSecret } from "../../istio/secret-names";
import { isMet } from "../snapshot/match/conditions";
import { statedConditions, type StatedCondition } from "../snapshot/match/route-match";
import { mayBeSecret, type RouteMatchEntry } from "../tables";

export interface JudgedConditions {
    readonly matched: boolean;
    /** All conditions of a route that holds; of one that does not, those that fail. */
    readonly text: string;
}

/** Values of what is called like a password are never told. `isConcealed`: none that may be one. */
export function judge(match: RouteMatchEntry | undefined, request: RoutedRequest, isConcealed = false): JudgedConditions {
    const conditions = statedConditions(match);
    const failing = conditions.filter((one) => !holds(one, request));
    if (failing.length > 0) return { matched: false, text: `wanted: ${textOf(failing, isConcealed)}` };
    return { matched: true, text: conditions.length === 0 ? "it has no condition" : textOf(conditions, isConcealed) };
}

/** A condition that can't be bound is taken to hold: the data path refuses what it may be about. */
export function holds({ row, item }: StatedCondition, request: RoutedRequest): boolean {
    try {
        return isMet(row.bind(item), request);
    } catch {
        return true;
    }
}

function textOf(conditions: readonly StatedCondition[], isConcealed: boolean): string {
    return conditions.map(({ row, item }) => row.text(concealed(item, isConcealed))).join("; ");
}

function concealed(item: StatedCondition["item"], isConcealed: boolean): StatedCondition["item"] {
    if (!("name" in item) || item.match.kind === "present") return item;
    const isHidden = soundsSecret(item.name) || (isConcealed && mayBeSecret({ kind: "header", name: item.name }));
    return isHidden ? { ...item, match: { ...item.match, value: "redacted" } } : item;
}
