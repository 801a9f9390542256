/**
 * Path templates of policies: `{*}` stands for one segment, which has a character, `{**}` for any rest, which may have none
 * (Envoy's uri_template). Both stand only for characters that a path may have as they are.
 * Behind `{**}` there is text only, and text without a slash before it ends the template: so all of it is compared from left
 * to right, without going back. Hot path: no allocation.
 */

export interface PathTemplate {
    /** One more than there are globs: what stands before, between and behind them. */
    readonly texts: readonly string[];
    /** Of each glob, whether it goes over slashes. */
    readonly deep: readonly boolean[];
}

const GLOB = /\{\*\*\}|\{\*\}|\*\*|\*/;
const SLASH = 0x2f;
/** What a glob stands for: 1; a slash for `{**}` only: 2. */
const IN_GLOB = new Uint8Array(0x80);
for (const character of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%!$&'()*+,;=:@")
    IN_GLOB[character.charCodeAt(0)] = 1;
IN_GLOB[SLASH] = 2;

/** Throws for what Envoy takes for no template. */
export function bindTemplate(pattern: string): PathTemplate {
    const texts = pattern.split(new RegExp(GLOB, "g"));
    const deep = [...pattern.matchAll(new RegExp(GLOB, "g"))].map(([glob]) => glob.includes("**"));
    const isSound =
        pattern.startsWith("/") &&
        texts.every((text) => onlyIn(text, 0, text.length, 2)) &&
        deep.indexOf(true) === (deep.includes(true) ? deep.length - 1 : -1) &&
        texts.slice(0, -1).every((text) => text.endsWith("/")) &&
        texts.slice(1, -1).every((text) => text.startsWith("/"));
    const tail = texts.at(-1) ?? "";
    const isEnd = deep.length === 0 || tail === "" || tail.startsWith("/") || !tail.includes("/");
    if (!isSound || !isEnd) throw new Error(`${pattern} is no path template`);
    return { texts, deep };
}

export function matchesTemplate({ texts, deep }: PathTemplate, path: string): boolean {
    const first = texts[0]!;
    if (!path.startsWith(first)) return false;
    const last = deep.length - 1;
    if (last === -1) return path.length === first.length;
    let at = first.length;
    for (let glob = 0; glob < last; glob++) {
        const from = at;
        while (at < path.length && isIn(path.charCodeAt(at), 1)) at++;
        const next = texts[glob + 1]!;
        if (at === from || !path.startsWith(next, at)) return false;
        at += next.length;
    }
    const tail = texts[last + 1]!;
    const end = path.length - tail.length;
    if (!path.endsWith(tail)) return false;
    return deep[last]! ? end >= at && onlyIn(path, at, end, 2) : end > at && onlyIn(path, at, end, 1);
}

function onlyIn(text: string, from: number, to: number, most: 1 | 2): boolean {
    for (let at = from; at < to; at++) if (!isIn(text.charCodeAt(at), most)) return false;
    return true;
}

function isIn(code: number, most: 1 | 2): boolean {
    const kind = code < 0x80 ? IN_GLOB[code]! : 0;
    return kind !== 0 && kind <= most;
}
