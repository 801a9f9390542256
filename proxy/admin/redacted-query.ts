/** What a request asked for, without what it brought along: values in a query are tokens, addresses and names as often as not. */
import { REDACTED } from "./redacted";

/** `record`: one of the access log's, in JSON. Names stay; of a parameter without a value nobody knows which of both it is. */
export function withoutQueryValues(record: string): string {
    if (!record.includes("?")) return record;
    const fields = JSON.parse(record) as Record<string, unknown>;
    const { path } = fields;
    const at = typeof path === "string" ? path.indexOf("?") : -1;
    if (typeof path !== "string" || at < 0) return record;
    const parts = path.slice(at + 1).split(/([&;])/);
    const redacted = parts.map((part, place) => (place % 2 === 1 || part === "" ? part : redactedPart(part)));
    return JSON.stringify({ ...fields, path: `${path.slice(0, at)}?${redacted.join("")}` });
}

function redactedPart(part: string): string {
    const at = part.indexOf("=");
    return at < 0 ? REDACTED : `${part.slice(0, at)}=${REDACTED}`;
}
