/** JSON that somebody wrote into an annotation or a ConfigMap. */

/** Settings are far from it; what is nested by the thousand exhausts the stack of whoever walks it. */
const MOST_NESTED = 64;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

export function jsonOf(text: string): { readonly value: unknown } | { readonly fault: string } {
    // Editors begin files with it, and it is no part of the text (RFC 8259 §8.1).
    const json = text.startsWith("\ufeff") ? text.slice(1) : text;
    if (nesting(json) > MOST_NESTED) return { fault: `is nested deeper than ${MOST_NESTED}` };
    try {
        return { value: JSON.parse(json) as unknown };
    } catch {
        return { fault: "it is no JSON" };
    }
}

/** How many brackets stand open at once, at most. */
function nesting(json: string): number {
    let open = 0;
    let most = 0;
    let isQuoted = false;
    for (let at = 0; at < json.length; at++) {
        const code = json.charCodeAt(at);
        if (code === QUOTE) isQuoted = !isQuoted;
        else if (isQuoted) at += code === BACKSLASH ? 1 : 0;
        // `[` and `{`, `]` and `}` differ by one bit.
        else if ((code | 0x20) === 0x7b) most = Math.max(most, ++open);
        else if ((code | 0x20) === 0x7d) open--;
    }
    return most;
}
