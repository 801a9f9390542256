/**
 * What a client or an upstream wrote, as a line may have it: nothing ends a field, a line, or the JSON around it, and no
 * byte does anything to a terminal. What is left is ASCII. Most values are plain, which one look of a pattern tells.
 */
import { readableText } from "../../../istio/wire-text";

const UNSAFE = /["\x00-\x1f\x7f-\uffff]/;
const UNSAFE_ALL = /["\x00-\x1f\x7f-\uffff]/g;
const UNSAFE_JSON = /["\\\x00-\x1f\x7f-\uffff]/;
const NOT_ASCII = /[\x7f-\uffff]/g;

/** No value is longer, while a line is written that must be short. */
let most = Number.POSITIVE_INFINITY;
const SHORT = [1024, 256, 64, 16];
/** Of a text that is kept to be compared with the next one. */
const MOST_KEPT = 256;

/** A line that fits, by cutting its longest values; the line as it is, where even that does not help. */
export function withShortValues(length: number, line: string, write: () => string): string {
    try {
        for (const one of SHORT) {
            most = one;
            const shorter = write();
            if (shorter.length <= length) return shorter;
        }
        return line;
    } finally {
        most = Number.POSITIVE_INFINITY;
    }
}

/**
 * What one place of a format has read last, and how it is written: of a route, a cluster, a client it is mostly the same from line to
 * line, and to compare texts costs less than to look at each of their characters.
 */
export class UsualText {
    #read = "";
    #safe = "";

    safe(value: string): string {
        if (value === this.#read && value.length <= most) return this.#safe;
        const safe = safeText(value);
        // Cut while a line must be short, and long: not to be kept.
        if (value.length <= MOST_KEPT && most === Number.POSITIVE_INFINITY) {
            this.#read = value;
            this.#safe = safe;
        }
        return safe;
    }
}

export function safeText(whole: string): string {
    const value = whole.length > most ? whole.slice(0, most) : whole;
    return UNSAFE.test(value) ? value.replace(UNSAFE_ALL, byteEscape) : value;
}

/** With its quotes. Bytes that are UTF-8 are the characters they mean, escaped. */
export function jsonText(whole: string): string {
    const value = whole.length > most ? whole.slice(0, most) : whole;
    if (!UNSAFE_JSON.test(value)) return `"${value}"`;
    return configText(readableText(value));
}

/** With its quotes, and of any length. Of a configuration: its characters are what they are. */
export function configText(text: string): string {
    return JSON.stringify(text).replace(NOT_ASCII, unicodeEscape);
}

function byteEscape(character: string): string {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
}

function unicodeEscape(character: string): string {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
