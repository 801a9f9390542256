/** Byte classes of HTTP/1.1 as lookup tables: one load a byte instead of a chain of comparisons. */

export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const DOUBLE_QUOTE = 0x22;
export const HASH = 0x23;
export const PERCENT = 0x25;
export const ASTERISK = 0x2a;
export const SLASH = 0x2f;
export const ZERO = 0x30;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;
export const EQUALS = 0x3d;
export const QUESTION = 0x3f;
export const BACKSLASH = 0x5c;

const ALPHA = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGIT = "0123456789";

function table(value: (code: number) => number): Uint8Array {
    return Uint8Array.from({ length: 256 }, (_, code) => value(code));
}

function members(characters: string): Uint8Array {
    return table((code) => (characters.includes(String.fromCharCode(code)) ? 1 : 0));
}

const isToken = members(`!#$%&'*+-.^_\`|~${ALPHA}${DIGIT}`);

/** tchar (RFC 9110 §5.6.2) to its lower case; 0 for all else. */
export const TOKEN = table((code) => (isToken[code] === 1 ? String.fromCharCode(code).toLowerCase().charCodeAt(0) : 0));

/** field-value bytes (RFC 9110 §5.5): VCHAR, obs-text, SP and HTAB. */
export const FIELD_VALUE = table((code) => (code === TAB || (code >= SPACE && code !== 0x7f) ? 1 : 0));

/** What a request target holds: visible ASCII without `#`, which begins a fragment and is none of it (RFC 9112 §3.2). */
export const TARGET = table((code) => (code > SPACE && code < 0x7f && code !== HASH ? 1 : 0));

/** reg-name without pct-encoded (RFC 3986 §3.2.2): unreserved and sub-delims. */
export const REG_NAME = members(`${ALPHA}${DIGIT}-._~!$&'()*+,;=`);

/** Hexadecimal digit to its value; 255 for all else. */
export const HEX = table((code) => {
    const value = "0123456789abcdef".indexOf(String.fromCharCode(code).toLowerCase());
    return value < 0 ? 255 : value;
});

/** Bytes of a chunk extension's quoted string (RFC 9110 §5.6.4), without the quote and the backslash. */
export const QUOTED = table((code) => (FIELD_VALUE[code] === 1 && code !== DOUBLE_QUOTE && code !== BACKSLASH ? 1 : 0));
