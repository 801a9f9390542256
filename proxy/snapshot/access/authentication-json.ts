/**
 * What JSON a token may have, beyond being JSON: no name twice in one object, no depth that a reader behind us would fail at, no
 * half of a character. Envoy's parser refuses these, and two readers of one token must never see two claims in it.
 */

const MAX_DEPTH = 100;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COLON = 0x3a;

/** Undefined: it is none, or no object. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
    let value: unknown;
    try {
        value = JSON.parse(text);
    } catch {
        return undefined;
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return isUnambiguous(text) && (!text.includes("\\u") || isWhole(value)) ? (value as Readonly<Record<string, unknown>>) : undefined;
}

/** Of a text that is JSON. */
function isUnambiguous(text: string): boolean {
    /** The names of each object that is open; undefined: a list. */
    const open: (Set<string> | undefined)[] = [];
    for (let at = 0; at < text.length; at++) {
        switch (text.charCodeAt(at)) {
            case OPEN_OBJECT:
                if (open.push(new Set()) > MAX_DEPTH) return false;
                break;
            case OPEN_LIST:
                if (open.push(undefined) > MAX_DEPTH) return false;
                break;
            case CLOSE_OBJECT:
            case CLOSE_LIST:
                open.pop();
                break;
            case QUOTE: {
                const end = endOfString(text, at);
                const names = open.at(-1);
                if (names !== undefined && isName(text, end)) {
                    const raw = text.slice(at, end + 1);
                    const name = raw.includes("\\") ? (JSON.parse(raw) as string) : raw.slice(1, -1);
                    if (names.has(name)) return false;
                    names.add(name);
                }
                at = end;
                break;
            }
            default:
        }
    }
    return true;
}

function endOfString(text: string, start: number): number {
    let at = start + 1;
    while (text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
    return at;
}

/** What stands before a colon. */
function isName(text: string, end: number): boolean {
    let at = end + 1;
    while (text.charCodeAt(at) <= 0x20) at++;
    return text.charCodeAt(at) === COLON;
}

/** JSON writes a half of a character, which UTF-8 has no bytes for, as an escape. */
function isWhole(value: unknown): boolean {
    return !/\\ud[89a-f][0-9a-f]{2}/.test(JSON.stringify(value).replaceAll("\\\\", ""));
}
