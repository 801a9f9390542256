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
        const start = cookieAt(line, name, 0);
        if (start !== -1) return unquoted(line.slice(start, endOf(line, start)));
    }
    return undefined;
}

/** Empty where there is none, and where several differ. */
export function onlyCookieIn(headers: HeaderList, name: string): string {
    let found: string | undefined;
    for (let at = 0; at < headers.length; at += 2) {
        if (headers[at] !== "cookie") continue;
        const line = headers[at + 1]!;
        for (let from = 0; from < line.length; ) {
            const start = cookieAt(line, name, from);
            if (start === -1) break;
            const end = endOf(line, start);
            const value = unquoted(line.slice(start, end));
            if (found !== undefined && found !== value) return "";
            found = value;
            from = end + 1;
        }
    }
    return found ?? "";
}

/** Where its value begins; -1: there is none from there on. */
function cookieAt(line: string, name: string, from: number): number {
    for (let at = from; at < line.length; at = endOf(line, at) + 1) {
        while (line.charCodeAt(at) === SPACE) at++;
        if (line.startsWith(name, at) && line.charCodeAt(at + name.length) === EQUALS) return at + name.length + 1;
    }
    return -1;
}

function endOf(line: string, from: number): number {
    const end = line.indexOf(";", from);
    return end === -1 ? line.length : end;
}

/** All of that name; a line of cookies that has no other goes with it. */
export function removeCookie(headers: HeaderList, name: string): void {
    for (let at = headers.length - 2; at >= 0; at -= 2) {
        if (headers[at] !== "cookie" || !headers[at + 1]!.includes(`${name}=`)) continue;
        const others = headers[at + 1]!.split(";").filter((one) => !one.trimStart().startsWith(`${name}=`));
        if (others.every((one) => one.trim() === "")) headers.splice(at, 2);
        else headers[at + 1] = others.join(";").trimStart();
    }
}

function unquoted(value: string): string {
    const last = value.length - 1;
    return last > 0 && value.charCodeAt(0) === QUOTE && value.charCodeAt(last) === QUOTE ? value.slice(1, last) : value;
}
