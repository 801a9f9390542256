/**
 * Conditions on a request's first line that are well formed, and that no request meets: what they are for is never done, and nobody is
 * told. Paths are compared without their query and in their normal form.
 */
import { dotsOf } from "./path";

export interface LineMatch {
    readonly exact?: string | undefined;
    readonly prefix?: string | undefined;
}

/** What is against it, for people: `got "login", which no path begins with`. Undefined: some request may meet it. */
export function unmetReason(field: "uri" | "scheme" | "method" | "authority", { exact, prefix }: LineMatch): string | undefined {
    if (exact === "") return `got "", and no request has an empty ${field === "uri" ? "path" : field}`;
    const path = exact ?? prefix;
    if (field !== "uri" || path === undefined || path === "" || path.startsWith("*")) return undefined;
    const shown = JSON.stringify(path);
    if (!path.startsWith("/")) return `got ${shown}, and every path begins with "/"`;
    if (/[?#]/.test(path)) return `got ${shown}, and paths are compared without what follows a "?" or "#"`;
    const segments = path.split("/").slice(1);
    // The last one of a prefix need not be whole.
    if (exact === undefined) segments.pop();
    return segments.some((segment) => dotsOf(segment) !== 0) ? `got ${shown}, and paths are compared without dot segments` : undefined;
}
