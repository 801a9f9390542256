/** Settings of whole hosts in Istio's words, for its proxy. */
import { maintenanceOf, pageParts, securityHeadersOf, writtenHeaders, type Maintenance } from "../../istio/semantics";
import { mentionsUnknown } from "../arguments";
import { STATUS_CODES } from "node:http";
import { quotedPattern, type HTTPMatchRequest, type HTTPRoute } from "../../istio";
import type { EdgeArgs } from "./settings";

/** Headers that every route sets; what a route says of one itself stays. `isSecure`: served over TLS alone. */
export function withSecurityHeaders(routes: readonly HTTPRoute[], { securityHeaders }: EdgeArgs, isSecure: boolean): HTTPRoute[] {
    if (securityHeaders === undefined || securityHeaders === false) return [...routes];
    const read = securityHeadersOf(securityHeaders);
    if ("fault" in read) return [...routes];
    const written = writtenHeaders(read.value, isSecure);
    return routes.map((route) => {
        const { response } = route.headers ?? {};
        const own = [...Object.keys(response?.set ?? {}), ...Object.keys(response?.add ?? {}), ...(response?.remove ?? [])];
        const taken = new Set(own.map((name) => name.toLowerCase()));
        const set = { ...Object.fromEntries(written.filter(([name]) => !taken.has(name))), ...response?.set };
        return { ...route, headers: { ...route.headers, response: { ...response, set } } };
    });
}

const TYPES = { html: "text/html; charset=utf-8", json: "application/json", text: "text/plain; charset=utf-8" } as const;

const PLAIN = "down for maintenance, please try again later";

/** Routes that stand before all others while a host is being looked after; those who pass do not match them. */
export function maintenanceRules({ maintenance: given }: EdgeArgs): HTTPRoute[] {
    if (given === undefined || given === false) return [];
    const read = maintenanceOf(given);
    // What comes later is seen then.
    if ("fault" in read || read.value === false) return [];
    const { status, retryAfter, page, bypass } = read.value;
    const [form, text] = (Object.entries(page) as [keyof typeof TYPES, string][])[0] ?? (["text", `${PLAIN}\n`] as const);
    const withoutHeaders = passing(bypass);
    const set = { "retry-after": retryAfter, "cache-control": "no-store" };
    return [
        // The type of a page would take the place of the one that a client of gRPC is to read.
        {
            name: "maintenance-grpc",
            match: [{ headers: { "content-type": { prefix: "application/grpc" } }, withoutHeaders }],
            directResponse: { status: 503, body: { string: PLAIN } },
            headers: { response: { set } },
        },
        {
            name: "maintenance",
            match: [{ withoutHeaders }],
            directResponse: { status, body: { string: mentionsUnknown(text) ? text : filled(text, status) } },
            headers: { response: { set: { ...set, "content-type": TYPES[form] } } },
        },
    ];
}

function filled(text: string, status: number): string {
    return pageParts(text)
        .map((part, index) => (index % 2 === 0 ? part : part === "status" ? String(status) : (STATUS_CODES[status] ?? "")))
        .join("");
}

/** By header, each of them says who passes. */
function passing({ header, cookie, paths }: Maintenance["bypass"]): NonNullable<HTTPMatchRequest["withoutHeaders"]> {
    const patterns = paths.map((path) => (path.endsWith("*") ? `${quotedPattern(path.slice(0, -1))}.*` : `${quotedPattern(path)}(\\?.*)?`));
    return {
        ":path": { regex: patterns.join("|") },
        ...(header && { [header.name]: { exact: header.value } }),
        ...(cookie && { cookie: { regex: `(.*;\\s*)?${quotedPattern(cookie.name)}=${quotedPattern(cookie.value)}(;.*)?` } }),
    };
}
