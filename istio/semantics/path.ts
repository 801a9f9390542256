/**
 * The one form of a path that is both routed by and forwarded, so that no rule can be walked around by spelling
 * (Istio's pathNormalization BASE, RFC 3986 §6.2.2): unreserved characters are decoded, characters that no path may have
 * encoded, dot segments removed, and what would lead above the root stays at the root. `%2f` stays as it is, slashes are
 * not merged, the query is untouched.
 */

const SLASH = 0x2f;
const DOT = 0x2e;
const PERCENT = 0x25;
const BACKSLASH = 0x5c;
const QUESTION = 0x3f;
const HASH = 0x23;
const SEMICOLON = 0x3b;
/** Printable, but in no path (RFC 3986 §3.3): clients send them all the same, and servers read them as if encoded. */
const ENCODED = new Map(Array.from('"<>^`{|}', (character) => [character.charCodeAt(0), percentEncoded(character)]));
/** Below 0x80: what makes a path one to look at closer. */
const TELLING = Uint8Array.from({ length: 0x80 }, (_, code) => Number(code === PERCENT || code === BACKSLASH || ENCODED.has(code)));

/** Path and query in normal form; undefined: no server may be asked for it. Most paths come back as they are. */
export function normalisePath(path: string): string | undefined {
    if (path.charCodeAt(0) !== SLASH) return path === "*" ? path : undefined;
    let end = path.length;
    let plain = true;
    for (let at = 0; at < path.length; at++) {
        const code = path.charCodeAt(at);
        if (code <= 0x20 || code >= 0x7f || code === HASH) return undefined;
        if (end !== path.length) continue;
        if (code === QUESTION) end = at;
        // A dot that begins a segment may be a dot segment.
        else if (TELLING[code] === 1 || (code === DOT && isSlash(path.charCodeAt(at - 1)))) plain = false;
    }
    if (plain) return path;
    const decoded = recode(path, end);
    if (decoded === undefined) return undefined;
    return removeDotSegments(decoded) + path.slice(end);
}

/** Slashes and backslashes that are written as `%2F` and `%5C` become those, in the path alone. The same text where there are none. */
export function unescapeSlashes(path: string): string {
    let unescaped = "";
    let from = 0;
    for (let at = 0; at < path.length; at++) {
        const code = path.charCodeAt(at);
        if (code === QUESTION) break;
        if (code !== PERCENT) continue;
        const value = hex(path.charCodeAt(at + 1)) * 16 + hex(path.charCodeAt(at + 2));
        if (value !== SLASH && value !== BACKSLASH) continue;
        unescaped += `${path.slice(from, at)}${String.fromCharCode(value)}`;
        from = at + 3;
        at += 2;
    }
    return from === 0 ? path : unescaped + path.slice(from);
}

/** Several slashes in a row become one, in the path alone. The same text where there are none. */
export function mergeSlashes(path: string): string {
    let merged = "";
    let from = 0;
    for (let at = 1; at < path.length; at++) {
        const code = path.charCodeAt(at);
        if (code === QUESTION) break;
        if (code !== SLASH || path.charCodeAt(at - 1) !== SLASH) continue;
        merged += path.slice(from, at);
        from = at + 1;
    }
    return from === 0 ? path : merged + path.slice(from);
}

/** One character that stands for a byte (RFC 3986 §2.1). */
export function percentEncoded(byte: string): string {
    return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

function isSlash(code: number): boolean {
    return code === SLASH || code === BACKSLASH;
}

/**
 * What a rewrite made of a path in normal form, with its query. Undefined: it is no path, or it leads up by dot segments
 * that did not come in as such (`/static../x` under `/files/`), which is where nobody meant a rule to lead.
 */
export function rewrittenPath(path: string): string | undefined {
    const normal = normalisePath(path);
    if (normal === undefined || normal === path) return normal;
    const query = path.indexOf("?");
    const recoded = recode(path, query === -1 ? path.length : query);
    return recoded !== undefined && removeDotSegments(recoded) === recoded ? normal : undefined;
}

/** A backslash becomes a slash: some servers read it as one. Undefined: `%00` or an escape that is none. */
export function recode(path: string, end: number): string | undefined {
    let decoded = "";
    let from = 0;
    for (let at = 0; at < end; at++) {
        const code = path.charCodeAt(at);
        if (code === BACKSLASH) {
            decoded += `${path.slice(from, at)}/`;
            from = at + 1;
        } else if (code === PERCENT) {
            const value = at + 2 < end ? hex(path.charCodeAt(at + 1)) * 16 + hex(path.charCodeAt(at + 2)) : NaN;
            if (!(value > 0)) return undefined;
            if (isUnreserved(value)) {
                decoded += path.slice(from, at) + String.fromCharCode(value);
                from = at + 3;
            }
            at += 2;
        } else if (TELLING[code] === 1) {
            decoded += path.slice(from, at) + ENCODED.get(code)!;
            from = at + 1;
        }
    }
    return decoded + path.slice(from, end);
}

/** NaN: the character is no hexadecimal digit. */
export function hex(code: number): number {
    if (code >= 0x30 && code <= 0x39) return code - 0x30;
    const lower = code | 0x20;
    return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : NaN;
}

function isUnreserved(code: number): boolean {
    const lower = code | 0x20;
    return (
        (lower >= 0x61 && lower <= 0x7a && code >= 0x41) ||
        (code >= 0x30 && code <= 0x39) ||
        code === 0x2d ||
        code === DOT ||
        code === 0x5f ||
        code === 0x7e
    );
}

/** RFC 3986 §5.2.4; with parameters (`..;x`) too, which some servers drop before they look at the segment. */
export function removeDotSegments(path: string): string {
    const segments: string[] = [];
    const parts = path.split("/");
    for (let at = 1; at < parts.length; at++) {
        const part = parts[at]!;
        const dots = dotsOf(part);
        if (dots === 2) segments.pop();
        if (dots === 0) segments.push(part);
        else if (at === parts.length - 1) segments.push("");
    }
    return `/${segments.join("/")}`;
}

/** 1 for `.`, 2 for `..`, 0 for every other segment. */
export function dotsOf(segment: string): 0 | 1 | 2 {
    if (segment.charCodeAt(0) !== DOT) return 0;
    const dots = segment.charCodeAt(1) === DOT ? 2 : 1;
    return segment.length === dots || segment.charCodeAt(dots) === SEMICOLON ? dots : 0;
}
