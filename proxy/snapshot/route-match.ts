/**
 * The conditions of one route, compiled, and their test. Cheapest first: path, method, then headers and query.
 * Hot path: no allocation.
 */
import type { HeaderList } from "../http/doors";
import type { RouteMatchEntry, StringMatchEntry } from "../tables";
import type { RE2JS } from "re2js";
import { wireText } from "../../istio/wire-text";
import { matchText, upperEscapes } from "./path-text";
import { compilePattern, simplePattern } from "./patterns";
import { bindStringMatch, matchesString, PRESENT, type StringMatch } from "./string-match";

export const PATH_EXACT = 0;
export const PATH_PREFIX = 1;
export const PATH_REGEX = 2;
/** A prefix that ends at a path segment's end. */
export const PATH_SEGMENT = 3;

export interface PathMatch {
    readonly kind: typeof PATH_EXACT | typeof PATH_PREFIX | typeof PATH_REGEX | typeof PATH_SEGMENT;
    /** Lower-case where the case is ignored. */
    readonly value: string;
    readonly ignoreCase: boolean;
    /** The value has escapes, whose case says nothing: they are compared in capitals. */
    readonly escapes: boolean;
    readonly regex: RE2JS | undefined;
    /** What a prefix rewrite replaces: so many characters; -1: the whole path. */
    readonly replaced: number;
}
interface NamedMatch {
    readonly name: string;
    readonly match: StringMatch;
    readonly invert: boolean;
}

export interface RouteMatch {
    readonly path: PathMatch | undefined;
    readonly scheme: StringMatch | undefined;
    readonly method: StringMatch | undefined;
    readonly authority: StringMatch | undefined;
    readonly headers: readonly NamedMatch[];
    readonly queryParams: readonly NamedMatch[];
}

/** What of a request decides its route. */
export interface RoutedRequest {
    readonly method: string;
    readonly scheme: string;
    readonly authority: string;
    /** With query. */
    readonly path: string;
    readonly pathname: string;
    readonly headers: HeaderList;
    /** What the client asks to change to; empty: nothing. */
    readonly upgrade: string;
}

/** Throws on a pattern that does not compile. */
export function bindRouteMatch(entry: RouteMatchEntry | undefined): RouteMatch | undefined {
    if (entry === undefined) return undefined;
    return {
        path: entry.path && bindPathMatch(entry.path),
        scheme: entry.scheme && bindStringMatch(entry.scheme),
        method: entry.method && bindStringMatch(entry.method),
        authority: entry.authority && bindStringMatch(entry.authority),
        headers: entry.headers.map(bindNamed),
        queryParams: entry.queryParams.map(bindNamed),
    };
}

/** What of the conditions can be bound: at least the requests that all of them hold for. */
export function bindUnderstood(entry: RouteMatchEntry | undefined): RouteMatch | undefined {
    if (entry === undefined) return undefined;
    const each = <E, B>(list: readonly E[] | undefined, bind: (item: E) => B): B[] =>
        (Array.isArray(list) ? (list as readonly E[]) : []).flatMap((item) => understood(item, bind) ?? []);
    return {
        path: understood(entry.path, bindPathMatch),
        scheme: understood(entry.scheme, bindStringMatch),
        method: understood(entry.method, bindStringMatch),
        authority: understood(entry.authority, bindStringMatch),
        headers: each(entry.headers, bindNamed),
        queryParams: each(entry.queryParams, bindNamed),
    };
}

function understood<E, B>(entry: E | undefined, bind: (entry: E) => B): B | undefined {
    try {
        return entry === undefined ? undefined : bind(entry);
    } catch {
        return undefined;
    }
}

/** A header's name, or a query parameter's, which is compared as it is sent. */
function bindNamed(item: { readonly name: string; readonly match: StringMatchEntry; readonly invert?: boolean }): NamedMatch {
    return { name: wireText(item.name), match: bindStringMatch(item.match), invert: item.invert ?? false };
}

type PathEntry = NonNullable<RouteMatchEntry["path"]>;

function bindPathMatch(entry: PathEntry): PathMatch {
    // ignoreUriCase does not hold for a regex (Istio HTTPMatchRequest).
    if (entry.kind === "regex") return bindPathPattern(wireText(entry.value));
    const text = matchText(entry.value);
    const escapes = !entry.ignoreCase && text.includes("%");
    const value = entry.ignoreCase ? text.toLowerCase() : escapes ? upperEscapes(text) : text;
    const plain = (kind: PathMatch["kind"], own: string, replaced: number): PathMatch => ({
        kind,
        value: own,
        ignoreCase: entry.ignoreCase,
        escapes,
        regex: undefined,
        replaced,
    });
    switch (entry.kind) {
        case "exact":
            return plain(PATH_EXACT, value, -1);
        case "prefix":
            return plain(PATH_PREFIX, value, value.length);
        case "segment": {
            const segment = value.endsWith("/") ? value.slice(0, -1) : value;
            return segment === "" ? plain(PATH_PREFIX, "/", 1) : plain(PATH_SEGMENT, segment, segment.length);
        }
        default:
            return entry.kind satisfies never;
    }
}

function bindPathPattern(pattern: string): PathMatch {
    const simple = simplePattern(pattern);
    if (simple === undefined)
        return { kind: PATH_REGEX, value: pattern, ignoreCase: false, escapes: false, regex: compilePattern(pattern), replaced: -1 };
    return {
        kind: simple.kind === "exact" ? PATH_EXACT : PATH_PREFIX,
        value: simple.value,
        ignoreCase: false,
        escapes: false,
        regex: undefined,
        replaced: -1,
    };
}

export function matchesRoute(match: RouteMatch | undefined, request: RoutedRequest): boolean {
    if (match === undefined) return true;
    if (match.path !== undefined && !matchesPath(match.path, request.pathname)) return false;
    if (match.method !== undefined && !matchesString(match.method, request.method)) return false;
    if (match.scheme !== undefined && !matchesString(match.scheme, request.scheme)) return false;
    if (match.authority !== undefined && !matchesString(match.authority, request.authority)) return false;
    for (let at = 0; at < match.headers.length; at++) if (!matchesHeader(match.headers[at]!, request)) return false;
    for (let at = 0; at < match.queryParams.length; at++) if (!matchesQuery(match.queryParams[at]!, request)) return false;
    return true;
}

function matchesPath(match: PathMatch, pathname: string): boolean {
    const path = match.ignoreCase ? pathname.toLowerCase() : match.escapes ? upperEscapes(pathname) : pathname;
    switch (match.kind) {
        case PATH_EXACT:
            return path === match.value;
        case PATH_PREFIX:
            return path.startsWith(match.value);
        case PATH_REGEX:
            return match.regex!.testExact(path);
        case PATH_SEGMENT:
            return path.startsWith(match.value) && (path.length === match.value.length || path.charCodeAt(match.value.length) === 0x2f);
        default:
            return match.kind satisfies never;
    }
}

/** Of a header that repeats each value is looked at by itself (Envoy); turned around, none of them may match. */
function matchesHeader({ name, match, invert }: NamedMatch, request: RoutedRequest): boolean {
    const value = apartFromHeaders(request, name);
    if (value !== undefined) return matchesString(match, value) !== invert;
    const { headers } = request;
    for (let at = 0; at < headers.length; at += 2) {
        if (headers[at] === name && matchesString(match, headers[at + 1]!)) return !invert;
    }
    return invert;
}

/** What a condition may name as a header, and is kept elsewhere. */
function apartFromHeaders(request: RoutedRequest, name: string): string | undefined {
    switch (name) {
        case ":method":
            return request.method;
        case "host":
        case ":authority":
            return request.authority;
        case ":scheme":
            return request.scheme;
        case ":path":
            return request.path;
        case "upgrade":
            return request.upgrade === "" ? undefined : request.upgrade;
        default:
            return undefined;
    }
}

function matchesQuery(parameter: NamedMatch, request: RoutedRequest): boolean {
    const value = queryValue(request.path, request.pathname.length, parameter.name);
    if (value === undefined) return parameter.invert;
    return (parameter.match.kind === PRESENT || matchesString(parameter.match, value)) !== parameter.invert;
}

/** The first value of a query parameter, as it was sent: neither the name nor the value is decoded (Envoy). */
export function queryValue(path: string, pathnameLength: number, name: string): string | undefined {
    let at = pathnameLength + 1;
    while (at <= path.length) {
        let end = path.indexOf("&", at);
        if (end === -1) end = path.length;
        if (path.startsWith(name, at)) {
            const after = at + name.length;
            if (after === end) return "";
            if (after < end && path.charCodeAt(after) === 0x3d) return path.slice(after + 1, end);
        }
        at = end + 1;
    }
    return undefined;
}
