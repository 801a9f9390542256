/**
 * How a value of the user's appears in a message: short, on one line, and never a secret. A key pasted into the wrong
 * field must not travel into a log because we complain about it.
 */
const MAX_SHOWN = 80;
/** The end too: of a text that was taken apart at a `/`, the last part has no beginning. In base64 it stands in one of three places. */
const PEM = /-----\s*(?:BEGIN|END)|LS0tLS1CRUdJTi|LS0tLS1FTkQ|0tLS0tRU5E|tLS0tLUVOR/;
/** What a key, a token or a certificate looks like once its armour is gone. */
const DENSE = /[A-Za-z0-9+/=_-]{60,}/;
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** Whether a text is PEM, or PEM in base64: names may be long and dense, but never that. */
export function looksPem(text: string): boolean {
    return PEM.test(text);
}

/** Whether a text may be key material: PEM, PEM in base64, or one long run of base64. */
export function looksSecret(text: string): boolean {
    return looksPem(text) || (text.length >= 60 && !text.includes(".") && DENSE.test(text));
}

/** PEM from its first line to its last, or to where the text ends; its line breaks may be written as `\\n`. And PEM in base64. */
const WHOLE_PEM =
    /-----\s*BEGIN(?:[\s\S]*?-----\s*END[^-]*-----|[\s\S]*$)|[A-Za-z0-9+/=]*\s*-----\s*END[^-]*-----|LS0tLS1CRUdJTi[A-Za-z0-9+/=]*/g;

/** A message that was made of values, without the keys and certificates among them. */
export function withoutKeys(message: string): string {
    return looksPem(message) ? message.replaceAll(WHOLE_PEM, "a text that may be a key or certificate and is not shown") : message;
}

/** A text in backquotes, clipped; what may be a secret is only described. */
export function shownText(text: string): string {
    if (looksSecret(text)) {
        return `a text of ${text.length} characters that may be a key or certificate and is not shown`;
    }
    const clipped = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
    return `\`${clipped.replace(CONTROL, (character) =>
        JSON.stringify(character)
            .slice(1, -1)
            .replace(/^([\u007f-\u009f\u2028\u2029])$/, "?"),
    )}\``;
}

export function shown(value: unknown): string {
    if (value === null) {
        return "null";
    }
    switch (typeof value) {
        case "string":
            return shownText(value);
        case "number":
        case "boolean":
        case "bigint":
            return `\`${String(value)}\``;
        case "object":
            return Array.isArray(value) ? "a list" : "a mapping";
        default:
            return `a ${typeof value}`;
    }
}
