/**
 * Names whose values are secrets, which no table may hold where somebody could guess at them by the size of what is sent
 * (RFC 7541 §7.1.3). Of names that everybody knows we say which; of others whoever sent one never-indexed is believed, and
 * each of our encoders keeps to it (§6.2.3).
 */
import { kindOfName } from "../../http1/field-names";

const SECRET: ReadonlySet<string> = new Set(["authorization", "cookie", "proxy-authorization", "set-cookie"]);

/** With more than these, every unknown name is a secret: there is no way to crowd one out. So is a name longer than this. */
const MAX_MARKED = 1024;
const MAX_NAME_BYTES = 128;

const marked = new Set<string>();

/** Counts the changes, for whoever remembers an answer. */
export const secrets = { version: 0 };

/** A field of this name came never-indexed. */
export function markSecret(name: string): void {
    if (name.startsWith(":") || kindOfName(name) !== undefined) return;
    if (name.length > MAX_NAME_BYTES || marked.size > MAX_MARKED || marked.has(name)) return;
    marked.add(name);
    secrets.version++;
}

export function isSecret(name: string): boolean {
    if (SECRET.has(name) || marked.has(name)) return true;
    return (marked.size > MAX_MARKED || name.length > MAX_NAME_BYTES) && kindOfName(name) === undefined;
}
