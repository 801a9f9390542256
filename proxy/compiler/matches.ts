/** Match blocks: what of them is decided here, and what of them travels to the workers. */
import { selects } from "../../istio/semantics";
import type { HTTPMatchRequest, StringMatch } from "../../istio/types";
import type { RouteEntry, RouteMatchEntry, StringMatchEntry } from "../tables/entries";
import type { Settings } from "./context";
import { compareText } from "./model";

/** Where a match is evaluated: on one server of one Gateway, by this proxy. */
export interface MatchPlace {
    readonly settings: Settings;
    readonly gatewayId: string;
    /** The declared port. */
    readonly port: number;
}

/** A match whose Gateway names are resolved to `ns/name`. */
export type ResolvedMatch = HTTPMatchRequest;

/**
 * Whether a match can apply here at all. At a gateway the source is the gateway itself, so that labels and namespace
 * are compared with the pod's own; where gateways are named, only they count (Istio sourceMatchHTTP).
 */
export function appliesHere(match: ResolvedMatch, { settings, gatewayId, port }: MatchPlace): boolean {
    if (match.port !== undefined && match.port !== 0 && match.port !== port) return false;
    if (match.gateways !== undefined && match.gateways.length > 0) return match.gateways.includes(gatewayId);
    if (!selects(match.sourceLabels ?? {}, settings.labels)) return false;
    return !match.sourceNamespace || match.sourceNamespace === settings.namespace;
}

/** One list for all that have none: ten thousand routes share it. */
const NONE: readonly never[] = [];

/** What a worker compares of a request; undefined when nothing is left to compare. */
export function matchEntry(match: HTTPMatchRequest): RouteMatchEntry | undefined {
    const path = pathEntry(match.uri, match.ignoreUriCase ?? false);
    const headers = match.headers || match.withoutHeaders ? [...headerEntries(match.headers, false), ...headerEntries(match.withoutHeaders, true)] : NONE;
    const queryParams = match.queryParams ? queryEntries(match.queryParams) : NONE;
    const entry: RouteMatchEntry = {
        ...(path ? { path } : {}),
        ...optional("scheme", match.scheme), ...optional("method", match.method), ...optional("authority", match.authority),
        headers, queryParams,
    };
    return Object.keys(entry).length === 2 && headers.length === 0 && queryParams.length === 0 ? undefined : entry;
}

function queryEntries(queryParams: NonNullable<HTTPMatchRequest["queryParams"]>): RouteMatchEntry["queryParams"] {
    return Object.entries(queryParams).sort(([a], [b]) => compareText(a, b)).map(([name, one]) => ({ name, match: stringEntry(one) }));
}

function optional<K extends string>(name: K, match: StringMatch | undefined): { readonly [N in K]?: StringMatchEntry } {
    return match === undefined ? {} : { [name]: stringEntry(match) } as { readonly [N in K]?: StringMatchEntry };
}

function pathEntry(uri: StringMatch | undefined, ignoreCase: boolean): RouteMatchEntry["path"] {
    if (uri === undefined) return undefined;
    const one = stringEntry(uri);
    // A regex compares case whatever ignoreUriCase says: it has `(?i)` of its own.
    return one.kind === "present" ? undefined : { ...one, ignoreCase: ignoreCase && one.kind !== "regex" };
}

function headerEntries(headers: Readonly<Record<string, StringMatch>> | undefined, invert: boolean): RouteMatchEntry["headers"] {
    return Object.entries(headers ?? {}).map(([name, match]) => ({ name: name.toLowerCase(), match: headerMatch(match), invert }))
        .sort((a, b) => compareText(a.name, b.name));
}

/** `regex: "*"` is no regex but Istio's old word for presence. */
function headerMatch(match: StringMatch): StringMatchEntry {
    return match?.regex === "*" ? { kind: "present" } : stringEntry(match);
}

export function stringEntry(match: StringMatch | undefined): StringMatchEntry {
    if (match?.exact !== undefined) return { kind: "exact", value: match.exact };
    if (match?.prefix !== undefined) return { kind: "prefix", value: match.prefix };
    if (match?.regex !== undefined) return { kind: "regex", value: match.regex };
    return { kind: "present" };
}

/** Whether a route matches every request: what stands after it in one VirtualService is never reached. */
export function isCatchAll({ match }: RouteEntry): boolean {
    if (match === undefined) return true;
    const { path } = match;
    const isPure = match.scheme === undefined && match.method === undefined && match.authority === undefined
        && match.headers.length === 0 && match.queryParams.length === 0;
    return isPure && (path === undefined || (path.kind === "prefix" && path.value === "/") || (path.kind === "regex" && path.value === ".*"));
}
