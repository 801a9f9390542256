/**
 * How a delegate's rule is narrowed by the rule that delegates to it: its matches must lie within the root's, its own
 * settings win, what it leaves open the root fills (Istio pilot/pkg/model/virtualservice.go, mergeHTTPRoute).
 */
import type { HTTPMatchRequest, HTTPRoute, StringMatch } from "../../istio/types";

/** What a delegate takes over where it says nothing itself. */
const INHERITED = ["rewrite", "timeout", "retries", "fault", "mirror", "mirrors", "mirrorPercent", "mirrorPercentage", "corsPolicy", "headers"] as const;

/** Undefined: the rule can never apply. */
export function mergeRoutes(root: HTTPRoute, delegate: HTTPRoute): HTTPRoute | undefined {
    const match = mergeMatches(root.match ?? [], delegate.match ?? []);
    if (match === undefined) return undefined;
    const inherited = Object.fromEntries(INHERITED.filter((field) => root[field] !== undefined).map((field) => [field, root[field]]));
    const own = Object.fromEntries(Object.entries(delegate).filter(([, value]) => value !== undefined));
    const name = joinNames(root.name, delegate.name);
    return { ...inherited, ...own, match, ...(name === "" ? {} : { name }) };
}

function mergeMatches(roots: readonly HTTPMatchRequest[], delegates: readonly HTTPMatchRequest[]): HTTPMatchRequest[] | undefined {
    if (roots.length === 0) return [...delegates];
    if (delegates.length === 0) return [...roots];
    const merged = delegates.map((delegate) => roots.filter((root) => !isConflict(root, delegate)).map((root) => mergeMatch(root, delegate)));
    return merged.some((one) => one.length === 0) ? undefined : merged.flat();
}

function mergeMatch(root: HTTPMatchRequest, delegate: HTTPMatchRequest): HTTPMatchRequest {
    const name = joinNames(root.name, delegate.name);
    return {
        ...root,
        ...Object.fromEntries(Object.entries(delegate).filter(([, value]) => value !== undefined)),
        ...mergedMap("headers", root, delegate),
        ...mergedMap("withoutHeaders", root, delegate),
        ...mergedMap("queryParams", root, delegate),
        ...mergedMap("sourceLabels", root, delegate),
        ...(delegate.gateways && delegate.gateways.length > 0 ? {} : root.gateways ? { gateways: root.gateways } : {}),
        ...(name === "" ? {} : { name }),
    };
}

type MapField = "headers" | "withoutHeaders" | "queryParams" | "sourceLabels";

function mergedMap(field: MapField, root: HTTPMatchRequest, delegate: HTTPMatchRequest): Partial<HTTPMatchRequest> {
    const both = { ...root[field], ...delegate[field] };
    return Object.keys(both).length === 0 ? {} : { [field]: both };
}

function joinNames(root: string | undefined, delegate: string | undefined): string {
    return [root, delegate].filter((name) => name).join("-");
}

function isConflict(root: HTTPMatchRequest, leaf: HTTPMatchRequest): boolean {
    const pairs: (readonly [StringMatch | undefined, StringMatch | undefined])[] = [
        [root.uri, leaf.uri], [root.scheme, leaf.scheme], [root.method, leaf.method], [root.authority, leaf.authority],
        ...stringPairs(root.headers, leaf.headers), ...stringPairs(root.withoutHeaders, leaf.withoutHeaders),
        ...stringPairs(root.queryParams, leaf.queryParams),
    ];
    return pairs.some(([one, other]) => isStringConflict(one, other))
        || (root.ignoreUriCase ?? false) !== (leaf.ignoreUriCase ?? false)
        || Boolean(root.port && leaf.port && root.port !== leaf.port)
        || Boolean(root.sourceNamespace && leaf.sourceNamespace !== undefined && root.sourceNamespace !== leaf.sourceNamespace)
        || Object.entries(leaf.sourceLabels ?? {}).some(([name, value]) => (root.sourceLabels?.[name] ?? value) !== value)
        || isGatewayConflict(root.gateways ?? [], leaf.gateways ?? []);
}

function stringPairs(
    root: Readonly<Record<string, StringMatch>> | undefined, leaf: Readonly<Record<string, StringMatch>> | undefined,
): (readonly [StringMatch | undefined, StringMatch])[] {
    return Object.entries(leaf ?? {}).map(([name, match]) => [root?.[name], match] as const);
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
