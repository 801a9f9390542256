/** Why a route's conditions do not hold: each of them by itself, put to the same test that the data path runs. */
import { bindUnderstood, matchesRoute, type RoutedRequest } from "../snapshot/route-match";
import type { RouteMatchEntry, StringMatchEntry } from "../tables";

interface Condition {
    readonly text: string;
    readonly alone: RouteMatchEntry;
}

const NONE = { headers: [], queryParams: [] } as const;

function stringText(match: StringMatchEntry): string {
    return match.kind === "present"
        ? "is there"
        : `${match.kind === "exact" ? "is" : match.kind === "prefix" ? "begins with" : "matches"} ${JSON.stringify(match.value)}`;
}

function conditionsOf(match: RouteMatchEntry): Condition[] {
    const { path, method, scheme, authority } = match;
    const pathText = path && { exact: "is", prefix: "begins with", segment: "is or lies below", regex: "matches" }[path.kind];
    return [
        ...(path
            ? [
                  {
                      text: `path ${pathText} ${JSON.stringify(path.value)}${path.ignoreCase ? ", in any case" : ""}`,
                      alone: { ...NONE, path },
                  },
              ]
            : []),
        ...(method ? [{ text: `method ${stringText(method)}`, alone: { ...NONE, method } }] : []),
        ...(scheme ? [{ text: `scheme ${stringText(scheme)}`, alone: { ...NONE, scheme } }] : []),
        ...(authority ? [{ text: `authority ${stringText(authority)}`, alone: { ...NONE, authority } }] : []),
        ...match.headers.map((one) => ({
            text: `header ${one.name} ${one.invert ? "not: " : ""}${stringText(one.match)}`,
            alone: { ...NONE, headers: [one] },
        })),
        ...match.queryParams.map((one) => ({
            text: `query parameter ${one.name} ${stringText(one.match)}`,
            alone: { ...NONE, queryParams: [one] },
        })),
    ];
}

export interface Judged {
    readonly matched: boolean;
    /** All conditions of a route that holds; of one that does not, those that fail. */
    readonly text: string;
}

/** A condition that can't be bound is taken to hold: the data path refuses what it may be about. */
export function judge(match: RouteMatchEntry | undefined, request: RoutedRequest): Judged {
    if (match === undefined) return { matched: true, text: "it has no condition" };
    const conditions = conditionsOf(match);
    const failing = conditions.filter(({ alone }) => !matchesRoute(bindUnderstood(alone), request));
    if (failing.length > 0) return { matched: false, text: `wanted: ${failing.map(({ text }) => text).join("; ")}` };
    return { matched: true, text: conditions.length === 0 ? "it has no condition" : conditions.map(({ text }) => text).join("; ") };
}
