/** A condition on a path, compiled. Hot path: no allocation. */
import type { RE2JS } from "re2js";
import { wireText } from "../../../istio/wire-text";
import type { RouteMatchEntry } from "../../tables";
import { matchText, upperEscapes } from "./path-text";
import { compilePattern, simplePattern } from "./patterns";

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
}

/** Throws on a pattern that does not compile. */
export function bindPathMatch(entry: NonNullable<RouteMatchEntry["path"]>): PathMatch {
    // ignoreUriCase does not hold for a regex (Istio HTTPMatchRequest).
    if (entry.kind === "regex") return bindPathPattern(wireText(entry.value));
    const text = matchText(entry.value);
    const escapes = !entry.ignoreCase && text.includes("%");
    const value = entry.ignoreCase ? text.toLowerCase() : escapes ? upperEscapes(text) : text;
    const plain = (kind: PathMatch["kind"], own: string): PathMatch => ({
        kind,
        value: own,
        ignoreCase: entry.ignoreCase,
        escapes,
        regex: undefined,
    });
    switch (entry.kind) {
        case "exact":
            return plain(PATH_EXACT, value);
        case "prefix":
            return plain(PATH_PREFIX, value);
        case "segment": {
            const segment = value.endsWith("/") ? value.slice(0, -1) : value;
            return segment === "" ? plain(PATH_PREFIX, "/") : plain(PATH_SEGMENT, segment);
        }
        default:
            return entry.kind satisfies never;
    }
}

function bindPathPattern(pattern: string): PathMatch {
    const simple = simplePattern(pattern);
    const kind = simple === undefined ? PATH_REGEX : simple.kind === "exact" ? PATH_EXACT : PATH_PREFIX;
    return {
        kind,
        value: simple?.value ?? pattern,
        ignoreCase: false,
        escapes: false,
        regex: simple === undefined ? compilePattern(pattern) : undefined,
    };
}

export function matchesPath(match: PathMatch, pathname: string): boolean {
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
