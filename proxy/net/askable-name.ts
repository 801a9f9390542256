/** Which names a resolver may be asked for where a client has chosen them: no other spelling of an address than its one form. */
import { isIP } from "node:net";
import { withoutBrackets } from "./address";

/** Letters, digits, hyphens and underscores in labels (RFC 1123 §2.1, and what is there besides), below the bounds of DNS. */
const LABELS = /^(?=.{1,253}$)[a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9_])?(\.[a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9_])?)*$/;
/** What systems read as a number, and a name that ends in it as an IPv4 address: decimal, octal and hexadecimal. */
const NUMBER = /(^|\.)(\d+|0x[0-9a-f]*)$/;

/** `name`: lower-case, without trailing dot. An IPv6 address may stand in brackets. */
export function isAskable(name: string): boolean {
    if (name.includes(":")) return isIP(withoutBrackets(name)) === 6 && !name.includes("%");
    if (NUMBER.test(name)) return isIP(name) === 4;
    return LABELS.test(name);
}
