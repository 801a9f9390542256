/** What is traced, as people may see it: a header for the collector may be the key that opens it. */
import type { TracingEntry } from "../tables";

export function tracingDump({ collector, ...rest }: TracingEntry): Record<string, unknown> {
    const headers = collector.headers.map(({ value, ...header }) => ({ ...header, ...(value === undefined ? {} : { value: "redacted" }) }));
    return { ...rest, collector: { ...collector, headers } };
}
