/** What an encoder knows of a name before it has seen a value: where the static table has it, and whether to index its values. */
import { isSecret } from "./secrets";
import { STATIC_TABLE } from "./static-table";

/** Values go into the table as long as that pays. */
export const ADAPTIVE = 0;
/** Values are another each time: the name alone is worth an entry. */
export const NAME_ONLY = 1;
/** Secret (RFC 7541 §7.1.3): in no table, here and at whoever passes it on (§6.2.3). */
export const NEVER = 2;

const CHANGING: ReadonlySet<string> = new Set([
    "age",
    "content-length",
    "content-range",
    "etag",
    "if-modified-since",
    "if-none-match",
    "last-modified",
    "location",
    "range",
    "referer",
    "sec-websocket-accept",
    "sec-websocket-key",
    "traceparent",
    "x-b3-parentspanid",
    "x-b3-spanid",
    "x-b3-traceid",
    "x-envoy-expected-rq-timeout-ms",
    "x-envoy-upstream-service-time",
    "x-request-id",
]);

export function policyOf(name: string): number {
    return isSecret(name) ? NEVER : CHANGING.has(name) ? NAME_ONLY : ADAPTIVE;
}

const first = new Map<string, number>();
for (let index = STATIC_TABLE.length - 1; index > 0; index--) first.set(STATIC_TABLE[index]!.name, index);

/** The first entry of this name; 0: there is none. */
export function staticIndexOf(name: string): number {
    return first.get(name) ?? 0;
}

/** The entry of this name, from the first one of it on, that has this value too; 0: there is none. */
export function staticValueOf(from: number, name: string, value: string): number {
    for (let index = from; index < STATIC_TABLE.length && STATIC_TABLE[index]!.name === name; index++) {
        if (STATIC_TABLE[index]!.value === value) return index;
    }
    return 0;
}
