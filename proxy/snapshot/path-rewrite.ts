/** Path rewrites of routes and redirects, compiled. The query is never theirs to change. */
import type { RE2JS } from "re2js";
import type { RouteMatchEntry } from "../tables";
import { compilePattern } from "./patterns";

export interface PathRewrite {
    readonly value: string;
    /** How much of the path's beginning is replaced; -1: all of it. Not used with a pattern. */
    readonly replaced: number;
    readonly pattern: RE2JS | undefined;
    /** With a pattern: literal text and numbers of groups. */
    readonly substitution: readonly (string | number)[];
}

export type RewriteEntry =
    | { readonly kind: "prefix" | "full"; readonly value: string }
    | { readonly kind: "regex"; readonly match: string; readonly substitution: string };

/** Throws on a pattern that does not compile and on a value that cannot stand in a path. */
export function bindRewrite(entry: RewriteEntry, match: RouteMatchEntry["path"]): PathRewrite {
    switch (entry.kind) {
        case "full": return { value: checkedPath(entry.value), replaced: -1, pattern: undefined, substitution: [] };
        case "prefix": return { value: checkedPath(entry.value), replaced: replacedBy(match), pattern: undefined, substitution: [] };
        case "regex": {
            const pattern = compilePattern(entry.match);
            const substitution = parseSubstitution(entry.substitution, pattern.groupCount());
            for (const part of substitution) if (typeof part === "string") checkedPath(part);
            return { value: "", replaced: 0, pattern, substitution };
        }
        default: return entry satisfies never;
    }
}

function replacedBy(match: RouteMatchEntry["path"]): number {
    if (match === undefined) return 1;
    switch (match.kind) {
        case "prefix": return match.value.length;
        case "segment": return match.value.endsWith("/") ? Math.max(match.value.length - 1, 1) : match.value.length;
        case "exact":
        case "regex": return -1;
        default: return match.kind satisfies never;
    }
}

/** `pathname` without query; what comes back begins with a slash. */
export function rewritePath(rewrite: PathRewrite, pathname: string): string {
    if (rewrite.pattern !== undefined) return rooted(substitute(rewrite.pattern, rewrite.substitution, pathname));
    if (rewrite.replaced === -1) return rooted(rewrite.value);
    const rest = pathname.slice(rewrite.replaced);
    // The prefix `/` is every path's: what takes its place stays a segment of its own.
    const joint = rewrite.replaced === 1 && rest !== "" && !rewrite.value.endsWith("/") ? "/" : "";
    return rooted(rewrite.value + joint + rest);
}

function rooted(path: string): string {
    return path.charCodeAt(0) === 0x2f ? path : `/${path}`;
}

function checkedPath(value: string): string {
    if (!/^[\x21-\x7e]*$/.test(value)) throw new Error(`path ${JSON.stringify(value)} has a character that no path may have`);
    return value;
}

/** RE2's rewrite syntax: `\0` to `\9` for groups, `\\` for a backslash. */
function parseSubstitution(source: string, groups: number): (string | number)[] {
    const parts: (string | number)[] = [];
    let text = "";
    for (let at = 0; at < source.length; at++) {
        const character = source.charAt(at);
        if (character !== "\\") {
            text += character;
            continue;
        }
        const next = source.charAt(++at);
        if (next === "\\") {
            text += next;
        } else if (next >= "0" && next <= "9" && next !== "") {
            if (Number(next) > groups) throw new Error(`rewrite ${JSON.stringify(source)} names group ${next}, and the pattern has ${groups}`);
            if (text !== "") parts.push(text);
            text = "";
            parts.push(Number(next));
        } else {
            throw new Error(`rewrite ${JSON.stringify(source)} has a backslash that is not before a digit or a backslash`);
        }
    }
    if (text !== "") parts.push(text);
    return parts;
}

/** RE2's GlobalReplace: every match from the left; an empty match right behind another one is none. */
function substitute(pattern: RE2JS, substitution: readonly (string | number)[], input: string): string {
    const matcher = pattern.matcher(input);
    let result = "";
    let done = 0;
    let lastEnd = -1;
    while (matcher.find()) {
        const start = matcher.start();
        const end = matcher.end();
        if (start === end && start === lastEnd) continue;
        result += input.slice(done, start);
        for (const part of substitution) result += typeof part === "string" ? part : (matcher.group(part) ?? "");
        done = end;
        lastEnd = end;
    }
    return result + input.slice(done);
}
