/**
 * How a delegate's rule is narrowed by the rule that delegates to it: its matches must lie within the root's, its own
 * settings win, what it leaves open the root fills (Istio pilot/pkg/model/virtualservice.go, mergeHTTPRoute).
 */
import type { HTTPMatchRequest, HTTPRoute, StringMatch } from "../../../istio/types";

/** What a delegate takes over where it says nothing itself. */
const INHERITED = [
    "rewrite",
    "directResponse",
    "timeout",
    "retries",
    "fault",
    "mirror",
    "mirrors",
    "mirrorPercent",
    "mirrorPercentage",
    "corsPolicy",
    "headers",
] as const;

export interface MergedRoute {
    readonly route: HTTPRoute;
    /**
     * A match of the delegate lies within none of the root's, though requests may be in both: Istio drops the rule. It is
     * about the requests of `route.match` at most, which must not be left to a later rule.
     */
    readonly isUnclear: boolean;
}

/** Undefined: the rule can never apply. */
export function mergeRoutes(root: HTTPRoute, delegate: HTTPRoute): MergedRoute | undefined {
    const merged = mergeMatches(root.match ?? [], delegate.match ?? []);
    if (merged === undefined) return undefined;
    const inherited = Object.fromEntries(INHERITED.filter((field) => root[field] !== undefined).map((field) => [field, root[field]]));
    const own = Object.fromEntries(Object.entries(delegate).filter(([, value]) => value !== undefined));
    const name = joinNames(root.name, delegate.name);
    return { route: { ...inherited, ...own, match: merged.match, ...(name === "" ? {} : { name }) }, isUnclear: merged.isUnclear };
}

interface MergedMatches {
    readonly match: HTTPMatchRequest[];
    readonly isUnclear: boolean;
}

function mergeMatches(roots: readonly HTTPMatchRequest[], delegates: readonly HTTPMatchRequest[]): MergedMatches | undefined {
    if (roots.length === 0) return { match: [...delegates], isUnclear: false };
    if (delegates.length === 0) return { match: [...roots], isUnclear: false };
    const merged = delegates.map((delegate) =>
        roots.filter((root) => !isConflict(root, delegate)).map((root) => mergeMatch(root, delegate)),
    );
    if (merged.every((one) => one.length > 0)) return { match: merged.flat(), isUnclear: false };
    // Where both say something of one field, the root's word is the one that the request has met.
    const unclear = delegates.map((delegate) =>
        roots.filter((root) => isConflict(root, delegate) && !isDisjoint(root, delegate)).map((root) => mergeMatch(delegate, root)),
    );
    const match = [...merged.flat(), ...unclear.flat()];
    return match.length === 0 ? undefined : { match, isUnclear: true };
}

/** How what a root and a delegate ask under one field is compared and put together: one text, texts by name, or by itself below. */
const COMPARED = {
    uri: "text",
    scheme: "text",
    method: "text",
    authority: "text",
    headers: "texts",
    withoutHeaders: "texts",
    queryParams: "texts",
    ignoreUriCase: "own",
    port: "own",
    gateways: "own",
    sourceLabels: "own",
    sourceNamespace: "own",
    name: "own",
    statPrefix: "own",
} as const satisfies Readonly<Record<keyof HTTPMatchRequest, "text" | "texts" | "own">>;

type Compared = typeof COMPARED;
type FieldOf<How> = { [F in keyof Compared]: Compared[F] extends How ? F : never }[keyof Compared];

function fieldsOf<How extends "text" | "texts">(how: How): FieldOf<How>[] {
    return Object.entries(COMPARED).flatMap(([field, one]) => (one === how ? (field as FieldOf<How>) : []));
}

const TEXT = fieldsOf("text");
const TEXTS = fieldsOf("texts");

function mergeMatch(root: HTTPMatchRequest, delegate: HTTPMatchRequest): HTTPMatchRequest {
    const name = joinNames(root.name, delegate.name);
    return {
        ...root,
        ...Object.fromEntries(Object.entries(delegate).filter(([, value]) => value !== undefined)),
        ...Object.assign({}, ...TEXTS.map((field) => mergedMap(field, root, delegate))),
        ...mergedMap("sourceLabels", root, delegate),
        ...(delegate.gateways && delegate.gateways.length > 0 ? {} : root.gateways ? { gateways: root.gateways } : {}),
        ...(name === "" ? {} : { name }),
    };
}

function mergedMap(
    field: FieldOf<"texts"> | "sourceLabels",
    root: HTTPMatchRequest,
    delegate: HTTPMatchRequest,
): Partial<HTTPMatchRequest> {
    const both = { ...root[field], ...delegate[field] };
    return Object.keys(both).length === 0 ? {} : { [field]: both };
}

function joinNames(root: string | undefined, delegate: string | undefined): string {
    return [root, delegate].filter((name) => name).join("-");
}

interface Pair {
    readonly field: FieldOf<"text" | "texts">;
    readonly one: StringMatch | undefined;
    readonly other: StringMatch | undefined;
}

/** What both may say of one text. */
function textPairs(root: HTTPMatchRequest, leaf: HTTPMatchRequest): Pair[] {
    return [
        ...TEXT.map((field) => ({ field, one: root[field], other: leaf[field] })),
        ...TEXTS.flatMap((field) => Object.entries(leaf[field] ?? {}).map(([name, other]) => ({ field, one: root[field]?.[name], other }))),
    ];
}

function isConflict(root: HTTPMatchRequest, leaf: HTTPMatchRequest): boolean {
    return (
        textPairs(root, leaf).some(({ one, other }) => isStringConflict(one, other)) ||
        (root.ignoreUriCase ?? false) !== (leaf.ignoreUriCase ?? false) ||
        Boolean(root.port && leaf.port && root.port !== leaf.port) ||
        Boolean(root.sourceNamespace && leaf.sourceNamespace !== undefined && root.sourceNamespace !== leaf.sourceNamespace) ||
        Object.entries(leaf.sourceLabels ?? {}).some(([name, value]) => (root.sourceLabels?.[name] ?? value) !== value) ||
        isGatewayConflict(root.gateways ?? [], leaf.gateways ?? [])
    );
}

/** Whether no request can meet both: beyond doubt, where a conflict may only be that nobody can tell. */
function isDisjoint(root: HTTPMatchRequest, leaf: HTTPMatchRequest): boolean {
    const anyCase = (root.ignoreUriCase ?? false) || (leaf.ignoreUriCase ?? false);
    return (
        textPairs(root, leaf).some(
            ({ field, one, other }) => field !== "withoutHeaders" && areApart(one, other, field === "uri" && anyCase),
        ) ||
        Boolean(root.port && leaf.port && root.port !== leaf.port) ||
        Boolean(root.sourceNamespace && leaf.sourceNamespace && root.sourceNamespace !== leaf.sourceNamespace) ||
        Object.entries(leaf.sourceLabels ?? {}).some(([name, value]) => (root.sourceLabels?.[name] ?? value) !== value) ||
        Boolean(root.gateways?.length && leaf.gateways?.length && !leaf.gateways.some((name) => root.gateways?.includes(name)))
    );
}

function areApart(one: StringMatch | undefined, other: StringMatch | undefined, anyCase: boolean): boolean {
    if (!one || !other || isPresence(one) || isPresence(other) || one.regex !== undefined || other.regex !== undefined) return false;
    const text = (match: StringMatch): string =>
        anyCase ? (match.exact ?? match.prefix ?? "").toLowerCase() : (match.exact ?? match.prefix ?? "");
    if (one.exact !== undefined && other.exact !== undefined) return text(one) !== text(other);
    if (one.exact !== undefined) return !text(one).startsWith(text(other));
    if (other.exact !== undefined) return !text(other).startsWith(text(one));
    return !text(one).startsWith(text(other)) && !text(other).startsWith(text(one));
}

function isGatewayConflict(root: readonly string[], leaf: readonly string[]): boolean {
    return root.length > 0 && leaf.some((name) => !root.includes(name));
}

/** A leaf is fine where it matches a part of what the root matches; of regexes nobody can tell. */
function isStringConflict(root: StringMatch | undefined, leaf: StringMatch | undefined): boolean {
    if (root === undefined || leaf === undefined || isPresence(root)) return false;
    if (isPresence(leaf)) return true;
    if (root.regex !== undefined || leaf.regex !== undefined) return true;
    if (root.exact !== undefined) return leaf.exact !== root.exact;
    const prefix = root.prefix ?? "";
    return !(leaf.exact ?? leaf.prefix ?? "").startsWith(prefix);
}

function isPresence(match: StringMatch): boolean {
    return match.exact === undefined && match.prefix === undefined && match.regex === undefined;
}
