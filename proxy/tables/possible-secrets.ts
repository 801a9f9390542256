/**
 * Which values of a rule may be shown to people. A header that a rule asks for may be a password that two services share,
 * whatever it is called; only what headers of these names say is none.
 */
import type { AttributeEntry } from "./access";

const PUBLIC_NAMES: ReadonlySet<string> = new Set([
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "access-control-request-headers",
    "access-control-request-method",
    "content-encoding",
    "content-length",
    "content-type",
    "dnt",
    "expect",
    "from",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-unmodified-since",
    "max-forwards",
    "origin",
    "range",
    "te",
    "upgrade",
    "user-agent",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-real-ip",
    "x-request-id",
    "x-requested-with",
]);

export function mayBeSecret(attribute: AttributeEntry): boolean {
    if (attribute.kind !== "header") return false;
    const { name } = attribute;
    return !PUBLIC_NAMES.has(name) && !name.startsWith("sec-fetch-") && !name.startsWith("sec-ch-") && !name.startsWith(":");
}
