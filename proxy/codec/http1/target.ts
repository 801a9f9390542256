/** Whether path and query, as text, can be read in one way only: what `isPath` of a request line's bytes asks. */
import { BACKSLASH, HEX, PERCENT, QUESTION, TARGET } from "./bytes";

/**
 * Visible ASCII; each `%` of the path is followed by two hexadecimal digits and never means NUL, and there is no backslash,
 * which some servers read as a slash. A query is opaque beyond its byte class.
 */
export function isPath(text: string): boolean {
    let inQuery = false;
    for (let at = 0; at < text.length; at++) {
        const code = text.charCodeAt(at);
        if (code > 0x7e || TARGET[code] !== 1) return false;
        if (inQuery) continue;
        if (code === QUESTION) inQuery = true;
        else if (code === BACKSLASH) return false;
        else if (code === PERCENT && !isEscape(text, at)) return false;
    }
    return true;
}

function isEscape(text: string, at: number): boolean {
    if (at + 2 >= text.length) return false;
    const high = HEX[text.charCodeAt(at + 1)] ?? 255;
    const low = HEX[text.charCodeAt(at + 2)] ?? 255;
    return high !== 255 && low !== 255 && high + low !== 0;
}
