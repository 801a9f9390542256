/** Cross-origin requests (Istio's corsPolicy): preflights are answered here, the answers to others get their headers. */
import { matchesString, type Cors } from "../snapshot";
import { setHeader, headerValue } from "../http/header-list";
import type { HeaderList } from "../http/doors";

/** The request's origin where the policy allows it; otherwise empty. */
export function allowedOrigin(cors: Cors, headers: HeaderList): string {
    const origin = headerValue(headers, "origin");
    if (origin === undefined || origin === "") return "";
    for (const match of cors.allowOrigins) if (matchesString(match, origin)) return origin;
    return "";
}

export function isPreflight(method: string, headers: HeaderList): boolean {
    return (
        method === "OPTIONS" &&
        (headerValue(headers, "origin") ?? "") !== "" &&
        (headerValue(headers, "access-control-request-method") ?? "") !== ""
    );
}

/** A `*` is answered with what was asked for: beside credentials a browser takes a star for a name (Fetch standard). */
export function preflightHeaders(cors: Cors, request: HeaderList): HeaderList {
    const { allowMethods, allowHeaders, maxAge } = cors.entry;
    const headers: HeaderList = [];
    const add = (name: string, value: string): void => void (value !== "" && headers.push(name, value));
    add(
        "access-control-allow-methods",
        allowMethods === "*" ? (headerValue(request, "access-control-request-method") ?? "") : allowMethods,
    );
    add(
        "access-control-allow-headers",
        allowHeaders === "*" ? (headerValue(request, "access-control-request-headers") ?? "") : allowHeaders,
    );
    add("access-control-max-age", maxAge);
    return headers;
}

/** What every response to an allowed origin bears; it takes the place of what the backend said. */
export function addCorsHeaders(cors: Cors, origin: string, headers: HeaderList): void {
    setHeader(headers, "access-control-allow-origin", origin);
    if (cors.entry.allowCredentials) setHeader(headers, "access-control-allow-credentials", "true");
    if (cors.entry.exposeHeaders !== "") setHeader(headers, "access-control-expose-headers", cors.entry.exposeHeaders);
}
