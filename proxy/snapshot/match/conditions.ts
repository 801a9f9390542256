/**
 * The conditions that a route may have, a row each: what is compared, how, how it is said to people, and what request would
 * meet it. What serves, `explain` and a local run's sample requests all read this table, so that a condition is known to all
 * of them or to none; the compiler names a key of RouteMatchEntry that has no row, or that the test below leaves out.
 *
 * `match` is the hot path: no allocation, and one shape whatever is compared.
 */
import { wireText } from "../../../istio/wire-text";
import type { RouteMatchEntry, StringMatchEntry } from "../../tables";
import { claimAt, claimValues } from "../access/authentication-claims";
import { changeHeader, changeQuery, type ExampleRequest } from "./example-request";
import { patternExample } from "./pattern-example";
import { bindPathMatch, matchesPath, type PathMatch } from "./path-match";
import { matchText } from "./path-text";
import { apartFromHeaders, queryValue, type RoutedRequest } from "./routed-request";
import { bindStringMatch, matchesString, PRESENT, type BoundStringMatch } from "./string-match";

export type ConditionKey = keyof RouteMatchEntry;

type Given<K extends ConditionKey> = NonNullable<RouteMatchEntry[K]>;
type ItemOf<G> = G extends readonly (infer I)[] ? I : G;
type IsList<G> = G extends readonly unknown[] ? true : false;

/** What an entry says under a key; of a list one item of it. */
export type ConditionItem<K extends ConditionKey> = ItemOf<Given<K>>;

/** One condition as it is compared. Of one shape whatever it is about. */
export interface BoundCondition {
    readonly about: ConditionKey;
    /** Of a header or a query parameter. */
    readonly name: string;
    readonly value: BoundStringMatch | undefined;
    readonly path: PathMatch | undefined;
    readonly claim: readonly string[];
    readonly invert: boolean;
    /** Of the same route; undefined: there is no further one. */
    readonly next: BoundCondition | undefined;
}

export interface Condition<K extends ConditionKey> {
    /** Whether the key has a list, of which each item is a condition. */
    readonly isList: IsList<Given<K>>;
    /** Throws on a pattern that does not compile. */
    bind(item: ConditionItem<K>): BoundCondition;
    match(bound: BoundCondition, request: RoutedRequest): boolean;
    /** `path begins with "/x"`. */
    text(item: ConditionItem<K>): string;
    /** Makes a request meet it that does not, as far as one can be made up. */
    example(item: ConditionItem<K>, request: ExampleRequest): void;
}

/** In the order in which they are compared: cheapest first. */
export const CONDITIONS = {
    path: {
        isList: false,
        bind: (item) => bound("path", { path: bindPathMatch(item) }),
        match: ({ path }, { pathname }) => matchesPath(path!, pathname),
        text: ({ kind, value, ignoreCase }) => `path ${PATH_WORDS[kind]} ${JSON.stringify(value)}${ignoreCase ? ", in any case" : ""}`,
        example: ({ kind, value }, request) => {
            const path = kind === "regex" ? patternExample(value) : value;
            if (path === "" || path?.startsWith("/")) request.pathname = path === "" ? "/" : matchText(path);
        },
    },
    method: {
        isList: false,
        bind: (item) => bound("method", { value: bindStringMatch(item) }),
        match: ({ value }, { method }) => matchesString(value!, method),
        text: (item) => `method ${stringText(item)}`,
        example: (item, request) => {
            request.method = stringExample(item) ?? request.method;
        },
    },
    scheme: {
        isList: false,
        bind: (item) => bound("scheme", { value: bindStringMatch(item) }),
        match: ({ value }, { scheme }) => matchesString(value!, scheme),
        text: (item) => `scheme ${stringText(item)}`,
        // The port decides it.
        example: () => {},
    },
    authority: {
        isList: false,
        bind: (item) => bound("authority", { value: bindStringMatch(item) }),
        match: ({ value }, { authority }) => matchesString(value!, authority),
        text: (item) => `authority ${stringText(item)}`,
        example: (item, request) => {
            request.authority = stringExample(item) ?? request.authority;
        },
    },
    headers: {
        isList: true,
        bind: ({ name, match, invert }) => bound("headers", { name: wireText(name), value: bindStringMatch(match), invert }),
        match: matchesHeader,
        text: ({ name, match, invert }) => `header ${name} ${invert ? "not: " : ""}${stringText(match)}`,
        example: ({ name, match, invert }, request) => changeHeader(request, name, invert ? undefined : stringExample(match)),
    },
    queryParams: {
        isList: true,
        bind: ({ name, match }) => bound("queryParams", { name: wireText(name), value: bindStringMatch(match) }),
        match: ({ name, value }, { path, pathname }) => {
            const found = queryValue(path, pathname.length, name);
            return found !== undefined && (value!.kind === PRESENT || matchesString(value!, found));
        },
        text: ({ name, match }) => `query parameter ${name} ${stringText(match)}`,
        example: ({ name, match }, request) => changeQuery(request, wireText(name), stringExample(match)),
    },
    claims: {
        isList: true,
        bind: ({ path, match, invert }) => bound("claims", { claim: path, value: bindStringMatch(match), invert }),
        match: matchesClaim,
        text: ({ path, match, invert }) => `claim ${path.join(" > ")} ${invert ? "not: " : ""}${stringText(match)}`,
        // Who could make up a token that is good would need no policy.
        example: () => {},
    },
} satisfies { [K in keyof Required<RouteMatchEntry>]: Condition<K> };

/** Whether the request meets it. */
export function isMet(condition: BoundCondition, request: RoutedRequest): boolean {
    switch (condition.about) {
        case "path":
            return CONDITIONS.path.match(condition, request);
        case "method":
            return CONDITIONS.method.match(condition, request);
        case "scheme":
            return CONDITIONS.scheme.match(condition, request);
        case "authority":
            return CONDITIONS.authority.match(condition, request);
        case "headers":
            return CONDITIONS.headers.match(condition, request);
        case "queryParams":
            return CONDITIONS.queryParams.match(condition, request);
        case "claims":
            return CONDITIONS.claims.match(condition, request);
        default:
            return condition.about satisfies never;
    }
}

function bound(about: ConditionKey, { name = "", value, path, claim = NO_CLAIM, invert = false }: Partial<BoundCondition>): BoundCondition {
    return { about, name, value, path, claim, invert, next: undefined };
}

const NO_CLAIM: readonly string[] = [];

/** A text, or one of a list; turned around, none of them. A request without a token has no claim. */
function matchesClaim({ claim, value, invert }: BoundCondition, { payload }: RoutedRequest): boolean {
    if (payload === undefined) return invert;
    if (value!.kind === PRESENT) return (claimAt(payload, claim) ?? null) !== null ? !invert : invert;
    return claimValues(payload, claim).some((one) => matchesString(value!, wireText(one))) ? !invert : invert;
}

/** Of a header that repeats each value is looked at by itself (Envoy); turned around, none of them may match. */
function matchesHeader({ name, value, invert }: BoundCondition, request: RoutedRequest): boolean {
    const apart = apartFromHeaders(request, name);
    if (apart !== undefined) return matchesString(value!, apart) !== invert;
    const { headers } = request;
    for (let at = 0; at < headers.length; at += 2) {
        if (headers[at] === name && matchesString(value!, headers[at + 1]!)) return !invert;
    }
    return invert;
}

const PATH_WORDS = { exact: "is", prefix: "begins with", segment: "is or lies below", regex: "matches" } as const;
const STRING_WORDS = { exact: "is", prefix: "begins with", regex: "matches" } as const;

function stringText(match: StringMatchEntry): string {
    return match.kind === "present" ? "is there" : `${STRING_WORDS[match.kind]} ${JSON.stringify(match.value)}`;
}

/** What it takes, as it is sent; undefined: nothing could be made up. */
function stringExample(match: StringMatchEntry): string | undefined {
    switch (match.kind) {
        case "exact":
            return wireText(match.value);
        case "prefix":
            return match.value === "" ? ANYTHING : wireText(match.value);
        case "regex": {
            const text = patternExample(match.value);
            return text === undefined ? undefined : wireText(text);
        }
        case "present":
            return ANYTHING;
        default:
            return match satisfies never;
    }
}

const ANYTHING = "1";
