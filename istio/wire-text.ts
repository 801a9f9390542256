/**
 * Text of a configuration as it stands on the wire. Heads are read and written one byte a character (latin1), and what a
 * configuration says in any other character is its UTF-8 bytes there, as it is in Istio's Envoy: every match value,
 * header value, path and name goes through here once, before it is compared with a request or put into a head.
 */

const ASCII = /^[\x00-\x7f]*$/;

/** The UTF-8 bytes of a text, a character each. */
export function wireText(text: string): string {
    return ASCII.test(text) ? text : Buffer.from(text, "utf8").toString("latin1");
}

/** The text that bytes on the wire mean, for people to read; bytes that are no UTF-8 stay what they are. */
export function readableText(wire: string): string {
    if (ASCII.test(wire)) return wire;
    try {
        return UTF8.decode(Buffer.from(wire, "latin1"));
    } catch {
        return wire;
    }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** RFC 9110 §5.6.2: a method, or the name of a header or a cookie. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

export function isToken(text: string): boolean {
    return TOKEN.test(text);
}

/** Controls but the tab: in a head they end or hide something, and Envoy refuses the configuration or the request. */
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

export function hasControl(text: string): boolean {
    return CONTROL.test(text);
}
