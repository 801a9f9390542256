/**
 * Where a request may bear a token for a rule: headers, then parameters, then cookies, each in the order in which Envoy looks.
 * Hot path, of requests that bear none: nothing is made.
 */
import type { HeaderList } from "../http/doors";
import { headerValue } from "../http/header-list";
import type { BoundJwtRule } from "../snapshot";
import { parameterIn } from "../http/query-parameter";

export interface FoundToken {
    readonly text: string;
    readonly place: "header" | "parameter" | "cookie";
    /** Of the header, the parameter or the cookie. */
    readonly name: string;
}

/** Undefined: none. */
export function tokensIn(path: string, headers: HeaderList, { headers: names, params, cookies }: BoundJwtRule): FoundToken[] | undefined {
    let found: FoundToken[] | undefined;
    for (let at = 0; at < names.length; at++) {
        const { name, prefix } = names[at]!;
        if (name === AUTHORIZATION) {
            const value = headerValue(headers, AUTHORIZATION);
            const text = value === undefined ? undefined : tokenIn(value, prefix);
            if (text !== undefined) (found ??= []).push({ text, place: "header", name });
            continue;
        }
        for (let of = 0; of < headers.length; of += 2) {
            const text = headers[of] === name ? tokenIn(headers[of + 1]!, prefix) : undefined;
            if (text !== undefined) (found ??= []).push({ text, place: "header", name });
        }
    }
    for (let at = 0; at < params.length; at++) {
        const text = parameterIn(path, params[at]!);
        if (text !== undefined) (found ??= []).push({ text, place: "parameter", name: params[at]! });
    }
    for (let at = 0; at < cookies.length; at++) {
        const text = cookieIn(headers, cookies[at]!);
        if (text !== undefined) (found ??= []).push({ text, place: "cookie", name: cookies[at]! });
    }
    return found;
}

/** Envoy has one only: what repeats is one value, with commas between. Any other header's lines are apart. */
const AUTHORIZATION = "authorization";

/** What follows the prefix, wherever that stands, from the first letter on that a token may have. Undefined: another thing. */
function tokenIn(value: string, prefix: string): string | undefined {
    if (prefix === "") return value;
    const at = value.indexOf(prefix);
    if (at === -1) return undefined;
    let start = at + prefix.length;
    while (start < value.length && !isTokenLetter(value.charCodeAt(start))) start++;
    return start === value.length ? value : value.slice(start);
}

function isTokenLetter(code: number): boolean {
    const lower = code | 0x20;
    return (
        (lower >= 0x61 && lower <= 0x7a && code >= 0x41) ||
        (code >= 0x30 && code <= 0x39) ||
        code === 0x2d ||
        code === 0x5f ||
        code === 0x2e
    );
}

const EQUALS = 0x3d;
const SPACE = 0x20;
const QUOTE = 0x22;

/** Of several the first; without the quotes around it. */
export function cookieIn(headers: HeaderList, name: string): string | undefined {
    for (let at = 0; at < headers.length; at += 2) {
        if (headers[at] !== "cookie") continue;
        const line = headers[at + 1]!;
        for (let from = 0; from < line.length; ) {
            let end = line.indexOf(";", from);
            if (end === -1) end = line.length;
            while (line.charCodeAt(from) === SPACE) from++;
            if (line.startsWith(name, from) && line.charCodeAt(from + name.length) === EQUALS) {
                return unquoted(line.slice(from + name.length + 1, end));
            }
            from = end + 1;
        }
    }
    return undefined;
}

function unquoted(value: string): string {
    const last = value.length - 1;
    return last > 0 && value.charCodeAt(0) === QUOTE && value.charCodeAt(last) === QUOTE ? value.slice(1, last) : value;
}
