/** What is traced, as people may see it: a header for the collector may be the key that opens it. */
import { soundsSecret } from "../../istio/secret-names";
import type { TraceTagEntry, TracingEntry } from "../tables";
import { REDACTED } from "./redacted";

export function tracingDump({ collector, tags, ...rest }: TracingEntry, isShared: boolean): Record<string, unknown> {
    const headers = collector.headers.map(({ value, ...header }) => ({ ...header, ...(value === undefined ? {} : { value: REDACTED }) }));
    // A query may have one too.
    const path = collector.path.replace(/\?.*$/, `?${REDACTED}`);
    return { ...rest, tags: tags.map((tag) => tagDump(tag, isShared)), collector: { ...collector, path, headers } };
}

function tagDump(tag: TraceTagEntry, isShared: boolean): TraceTagEntry {
    switch (tag.kind) {
        case "literal":
            return isShared || soundsSecret(tag.name) ? { ...tag, value: REDACTED } : tag;
        case "environment":
            return isShared || soundsSecret(`${tag.name} ${tag.variable}`) ? { ...tag, otherwise: REDACTED } : tag;
        case "header":
            return isShared || soundsSecret(`${tag.name} ${tag.header}`) ? { ...tag, otherwise: REDACTED } : tag;
        case "format":
            return isShared || soundsSecret(tag.name) ? { ...tag, format: REDACTED } : tag;
        default:
            return tag satisfies never;
    }
}
