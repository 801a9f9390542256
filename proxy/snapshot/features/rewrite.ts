/**
 * Path rewrites of routes and redirects, compiled. The query is never theirs to change. What comes out is as normal as
 * what went in: a path that a rewrite would lead up by dot segments is refused, and so is one whose rewriting by a
 * pattern would cost more than the bound.
 */
import type { RE2JS } from "re2js";
import { hasControl, wireText } from "../../../istio/wire-text";
import { dotsOf, normalisePath, removeDotSegments, rewrittenPath } from "../../../istio/semantics/path";
import type { RouteMatchEntry } from "../../tables";
import { matchText, targetText } from "../match/path-text";
import { compilePattern } from "../match/patterns";
import { parseSubstitution } from "../substitution";

export interface PathRewrite {
    readonly value: string;
    /** How much of the path's beginning is replaced; -1: all of it. Not used with a pattern. */
    readonly replaced: number;
    /** What of the value's last segment is there already: the first segment of what stays completes it. */
    readonly tail: string;
    /** What is replaced may end within an escape, so that the outcome is looked at as a whole. */
    readonly rough: boolean;
    readonly pattern: RE2JS | undefined;
    /** With a pattern: literal text and numbers of groups. */
    readonly substitution: readonly (string | number)[];
}

export type RewriteEntry =
    | { readonly kind: "prefix" | "full"; readonly value: string }
    | { readonly kind: "regex"; readonly match: string; readonly substitution: string };

/** Where the outcome goes: into a request line, or into a location, which has the configuration's own text (Istio). */
export type RewriteUse = "target" | "location";

/** Status of a request whose path would come out as none that could have come in. */
export const NOT_NORMAL = 400;
/** Status of a request whose path costs too much to rewrite. */
export const TOO_LONG = 414;

/** RFC 9110 §4.1 wants 8000 octets to be taken. */
export const MAX_PATTERN_PATH = 8192;
/** Characters that a pattern may look at, each search for the next match taken to look at all that are left. */
export const MAX_PATTERN_STEPS = 1 << 17;

/** Throws on a pattern that does not compile and on a value that cannot stand in a path. */
export function bindRewrite(entry: RewriteEntry, match: RouteMatchEntry["path"], use: RewriteUse = "target"): PathRewrite {
    const plain = (value: string, replaced: number, rough: boolean): PathRewrite => ({
        value,
        replaced,
        tail: tailOf(value),
        rough,
        pattern: undefined,
        substitution: [],
    });
    const text = use === "target" ? targetText : locationText;
    switch (entry.kind) {
        case "full":
            return plain(use === "target" ? normal(entry.value) : rooted(locationText(entry.value)), -1, false);
        case "prefix":
            return plain(
                withoutInnerDots(rooted(text(entry.value))),
                replacedBy(match),
                match?.kind === "prefix" && /%[0-9A-Fa-f]?$/.test(matchText(match.value)),
            );
        case "regex": {
            const pattern = compilePattern(wireText(entry.match));
            const substitution = parseSubstitution(entry.substitution, pattern.groupCount());
            return {
                value: "",
                replaced: 0,
                tail: "",
                rough: true,
                pattern,
                substitution: substitution.map((part) => (typeof part === "string" ? targetText(part) : part)),
            };
        }
        default:
            return entry satisfies never;
    }
}

function normal(value: string): string {
    const path = normalisePath(rooted(targetText(value)));
    if (path === undefined) throw new Error(`${JSON.stringify(value)} is no path`);
    return path;
}

function locationText(value: string): string {
    if (hasControl(value)) throw new Error(`path ${JSON.stringify(value)} has a control character or a line break`);
    return wireText(value);
}

/** Dot segments within what replaces a prefix are the configuration's own; its last segment is not whole yet. */
function withoutInnerDots(value: string): string {
    const query = value.indexOf("?");
    const path = query === -1 ? value : value.slice(0, query);
    const last = path.lastIndexOf("/") + 1;
    return removeDotSegments(path.slice(0, last)) + path.slice(last) + value.slice(path.length);
}

function replacedBy(match: RouteMatchEntry["path"]): number {
    if (match === undefined) return 1;
    const value = matchText(match.value);
    switch (match.kind) {
        case "prefix":
            return value.length;
        case "segment":
            return value.endsWith("/") ? Math.max(value.length - 1, 1) : value.length;
        case "exact":
        case "regex":
            return -1;
        default:
            return match.kind satisfies never;
    }
}

/** `pathname` in normal form, without query; what comes back begins with a slash, or is the status of a refusal. */
export function rewritePath(rewrite: PathRewrite, pathname: string): string | typeof NOT_NORMAL | typeof TOO_LONG {
    if (rewrite.pattern !== undefined) {
        if (pathname.length > MAX_PATTERN_PATH) return TOO_LONG;
        const outcome = substitute(rewrite.pattern, rewrite.substitution, pathname);
        return outcome === undefined ? TOO_LONG : (rewrittenPath(rooted(outcome)) ?? NOT_NORMAL);
    }
    const { value, replaced } = rewrite;
    if (replaced === -1) return value;
    const rest = pathname.slice(replaced);
    // The prefix `/` is every path's: what takes its place stays a segment of its own.
    const apart = replaced === 1 && rest !== "" && rewrite.tail !== "";
    if (rewrite.rough) return rewrittenPath(value + rest) ?? NOT_NORMAL;
    if (joinsToDots(rewrite.tail, apart ? "/" : rest)) return NOT_NORMAL;
    return apart ? `${value}/${rest}` : value + rest;
}

/** Both sides are normal: only the segment in which they meet can have become a dot segment. */
function joinsToDots(tail: string, rest: string): boolean {
    if ((tail === "" ? rest : tail).charCodeAt(0) !== 0x2e) return false;
    const end = rest.indexOf("/");
    return dotsOf(tail + (end === -1 ? rest : rest.slice(0, end))) !== 0;
}

/** Behind a query nothing is a segment. */
function tailOf(value: string): string {
    return value.includes("?") ? "?" : value.slice(value.lastIndexOf("/") + 1);
}

function rooted(path: string): string {
    return path.charCodeAt(0) === 0x2f ? path : `/${path}`;
}

/** RE2's GlobalReplace: every match from the left; an empty match right behind another one is none. Undefined: too much work. */
export function substitute(pattern: RE2JS, substitution: readonly (string | number)[], input: string): string | undefined {
    const matcher = pattern.matcher(input);
    let result = "";
    let done = 0;
    let lastEnd = -1;
    let steps = input.length;
    while (matcher.find()) {
        const start = matcher.start();
        const end = matcher.end();
        // A search that finds its match late, or finds none, has read all that was left.
        steps += input.length - end + 1;
        if (steps > MAX_PATTERN_STEPS) return undefined;
        if (start === end && start === lastEnd) continue;
        result += input.slice(done, start);
        for (const part of substitution) result += typeof part === "string" ? part : (matcher.group(part) ?? "");
        if (result.length > MAX_PATTERN_STEPS) return undefined;
        done = end;
        lastEnd = end;
    }
    return result + input.slice(done);
}
