/** Match blocks: what of them is decided here, and what of them travels to the workers. */
import { isClaimLike, selects } from "../../../istio/semantics";
import type { HTTPMatchRequest, StringMatch } from "../../../istio/types";
import type { RouteEntry, RouteMatchEntry, StringMatchEntry } from "../../tables/entries";
import type { Settings } from "../context/context";
import { compareText } from "../../resources/model";

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

/** A match block as it is understood. */
export interface ReadMatch {
    /** What a worker compares of a request; absent where nothing is left to compare. */
    readonly match?: RouteMatchEntry;
    /** Conditions that are not understood. Nobody can say that they are met, nor that they are not. */
    readonly unknown: readonly string[];
    /** A condition that no request meets; empty: none is known. */
    readonly never: string;
}

const FIELDS: Readonly<Record<keyof HTTPMatchRequest, true>> = {
    name: true,
    uri: true,
    scheme: true,
    method: true,
    authority: true,
    headers: true,
    withoutHeaders: true,
    queryParams: true,
    port: true,
    sourceLabels: true,
    sourceNamespace: true,
    gateways: true,
    ignoreUriCase: true,
    statPrefix: true,
};

/** `match` holds all conditions that are understood: at least the requests that all of them together are about. */
export function readMatch(block: HTTPMatchRequest): ReadMatch {
    const unknown = Object.entries(block)
        .filter(([field, value]) => value !== undefined && !Object.hasOwn(FIELDS, field))
        .map(([field]) => field);
    const read = (match: StringMatch | undefined, field: string): StringMatchEntry | undefined => {
        const entry = match === undefined ? undefined : stringEntry(match);
        if (match !== undefined && entry === undefined) unknown.push(field);
        return entry;
    };
    const named = (list: Readonly<Record<string, StringMatch>> | undefined, field: string): [name: string, match: StringMatchEntry][] =>
        Object.entries(list ?? {}).flatMap(([name, match]): [string, StringMatchEntry][] => {
            const entry = read(match ?? {}, `${field}.${name}`);
            return entry ? [[name, entry]] : [];
        });
    const path = pathEntry(read(block.uri, "uri"), block.ignoreUriCase ?? false);
    const plain = {
        scheme: read(block.scheme, "scheme"),
        method: read(block.method, "method"),
        authority: read(block.authority, "authority"),
    };
    const wanted = named(block.headers, "headers");
    const unwanted = named(block.withoutHeaders, "withoutHeaders");
    // No token is verified, so that no request has a claim. What is asked of its absence is left open: it may be there elsewhere.
    for (const [name] of unwanted) if (isClaimLike(name)) unknown.push(`withoutHeaders.${name}`);
    const headers = [...headerEntries(wanted, false), ...headerEntries(unwanted, true)];
    const queryParams = named(block.queryParams, "queryParams")
        .sort(([a], [b]) => compareText(a, b))
        .map(([name, match]) => ({ name, match }));
    const { scheme, method, authority } = plain;
    const entry: RouteMatchEntry = {
        ...(path ? { path } : {}),
        ...(scheme ? { scheme } : {}),
        ...(method ? { method } : {}),
        ...(authority ? { authority } : {}),
        headers: headers.length > 0 ? headers : NONE,
        queryParams: queryParams.length > 0 ? queryParams : NONE,
    };
    const isEmpty = Object.keys(entry).length === 2 && headers.length === 0 && queryParams.length === 0;
    return { ...(isEmpty ? {} : { match: entry }), unknown, never: wanted.find(([name]) => isClaimLike(name))?.[0] ?? "" };
}

function pathEntry(match: StringMatchEntry | undefined, ignoreCase: boolean): RouteMatchEntry["path"] {
    // A regex compares case whatever ignoreUriCase says: it has `(?i)` of its own.
    return match === undefined || match.kind === "present" ? undefined : { ...match, ignoreCase: ignoreCase && match.kind !== "regex" };
}

/** `regex: "*"` is no regex but Istio's old word for presence. */
function headerEntries(matches: readonly (readonly [string, StringMatchEntry])[], invert: boolean): RouteMatchEntry["headers"] {
    return matches
        .filter(([name]) => !isClaimLike(name))
        .map(([name, match]) => ({
            name: name.toLowerCase(),
            match: match.kind === "regex" && match.value === "*" ? { kind: "present" as const } : match,
            invert,
        }))
        .sort((a, b) => compareText(a.name, b.name));
}

/** Undefined: it is none of the kinds there are. Without a kind it asks for presence. */
export function stringEntry(match: StringMatch): StringMatchEntry | undefined {
    if (typeof match !== "object" || match === null) return undefined;
    const given = Object.entries(match).filter(([, value]) => value !== undefined);
    const [first, second] = given;
    if (first === undefined) return { kind: "present" };
    const [kind, value] = first;
    const isKnown = kind === "exact" || kind === "prefix" || kind === "regex";
    return second === undefined && isKnown && typeof value === "string" ? { kind, value } : undefined;
}

/** Whether a route matches every request: what stands after it in one VirtualService is never reached. */
export function isCatchAll({ match }: RouteEntry): boolean {
    if (match === undefined) return true;
    const { path } = match;
    const isPure =
        match.scheme === undefined &&
        match.method === undefined &&
        match.authority === undefined &&
        match.headers.length === 0 &&
        match.queryParams.length === 0;
    return (
        isPure && (path === undefined || (path.kind === "prefix" && path.value === "/") || (path.kind === "regex" && path.value === ".*"))
    );
}
