/** Work on header lists, in place. Names are lower-case. */
import type { HeaderOps, ValueTemplate } from "../snapshot";
import type { HeaderList } from "../http/doors";

export const NO_OPS: readonly HeaderOps[] = [];

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

/** Gives a template its value; empty: the header is left as it is. */
export interface TemplateValues {
    valueOf(template: ValueTemplate): string;
}

/** A length that an operation removes is not said: the body goes out without (Envoy). */
export function applyToHead(levels: readonly HeaderOps[], head: { readonly headers: HeaderList; contentLength: number }, values: TemplateValues): void {
    const said = headerAt(head.headers, "content-length") !== -1;
    applyHeaderOps(levels, head.headers, values);
    if (said && head.contentLength > 0 && headerAt(head.headers, "content-length") === -1) head.contentLength = -1;
}

/**
 * Each level: values are made first, from what was there before it; then remove, set, add (Envoy's HeaderParser). A
 * value that comes out empty makes no header.
 */
export function applyHeaderOps(levels: readonly HeaderOps[], headers: HeaderList, values: TemplateValues): void {
    for (const ops of levels) {
        const set = ops.set.map(({ value }) => values.valueOf(value));
        const add = ops.add.map(({ value }) => values.valueOf(value));
        for (const name of ops.remove) removeHeader(headers, name);
        for (let at = 0; at < set.length; at++) if (set[at] !== "") setHeader(headers, ops.set[at]!.name, set[at]!);
        for (let at = 0; at < add.length; at++) if (add[at] !== "") headers.push(ops.add[at]!.name, add[at]!);
    }
}
