/** What routes and their destinations do to the headers of a message. */
import type { HeaderList } from "../http/doors";
import { headerAt, removeHeader, setHeader } from "../http/header-list";
import type { HeaderOps } from "../snapshot";
import type { ValueTemplate } from "../../istio/semantics/value-template";

export const NO_OPS: readonly HeaderOps[] = [];

/** Gives a template its value; empty: the header is left as it is. */
export interface TemplateValues {
    valueOf(template: ValueTemplate): string;
}

/** A length that an operation removes is not said: the body goes out without (Envoy). */
export function applyToHead(
    levels: readonly HeaderOps[],
    head: { readonly headers: HeaderList; contentLength: number },
    values: TemplateValues,
): void {
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
