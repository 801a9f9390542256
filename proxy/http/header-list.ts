/** Work on header lists, in place. Names are lower-case. */
import type { HeaderList } from "./doors";

export function removeHeader(headers: HeaderList, name: string): void {
    let kept = 0;
    for (let at = 0; at < headers.length; at += 2) {
        if (headers[at] === name) continue;
        if (kept !== at) {
            headers[kept] = headers[at]!;
            headers[kept + 1] = headers[at + 1]!;
        }
        kept += 2;
    }
    if (kept !== headers.length) headers.length = kept;
}

/** One field with this name and value, in the place of the first there was. */
export function setHeader(headers: HeaderList, name: string, value: string): void {
    const first = headerAt(headers, name);
    if (first === -1) {
        headers.push(name, value);
        return;
    }
    headers[first + 1] = value;
    let kept = first + 2;
    for (let at = kept; at < headers.length; at += 2) {
        if (headers[at] === name) continue;
        headers[kept] = headers[at]!;
        headers[kept + 1] = headers[at + 1]!;
        kept += 2;
    }
    if (kept !== headers.length) headers.length = kept;
}

/** Where a name first stands; -1: nowhere. */
export function headerAt(headers: HeaderList, name: string): number {
    for (let at = 0; at < headers.length; at += 2) if (headers[at] === name) return at;
    return -1;
}

/** Of a header that repeats the first value, as most of Envoy's readers take it. */
export function firstValue(headers: HeaderList, name: string): string | undefined {
    const at = headerAt(headers, name);
    return at === -1 ? undefined : headers[at + 1];
}

/** The value of a header; of one that repeats, the values joined by commas (RFC 9110 §5.2). */
export function headerValue(headers: HeaderList, name: string): string | undefined {
    let value: string | undefined;
    for (let at = 0; at < headers.length; at += 2) {
        if (headers[at] === name) value = value === undefined ? headers[at + 1]! : `${value},${headers[at + 1]!}`;
    }
    return value;
}
