/** Cross-origin requests (Istio's corsPolicy): preflights are answered here, the answers to others get their headers. */
import { setHeader, headerValue } from "../../http/header-list";
import type { HeaderList, ResponseHead } from "../../http/doors";
import { matchesString } from "../../snapshot";
import type { Cors } from "../../snapshot/features/cors";
import type { ExchangeState } from "../exchange-state";
import { answer, ON, type Answer, type Verdict } from "../verdict";

const PREFLIGHT = "cors_response";

export function answerPreflight(state: ExchangeState): Verdict {
    const cors = state.route!.cors;
    if (cors === undefined) return ON;
    const origin = allowedOrigin(cors, state.headers);
    if (!isPreflight(state.method, state.headers)) {
        allow(state, cors, origin);
        return ON;
    }
    if (origin === "") return cors.entry.forwardUnmatchedPreflights ? ON : answer(200, "", "", PREFLIGHT, [], true);
    return preflightAnswer(state, cors, origin);
}

/**
 * Of a request that is refused before its rule has its say, where that is a matter of time: a page of an allowed origin is to read
 * why. What comes back is the answer to a preflight, without which the page would not even ask.
 */
export function allowRefused(state: ExchangeState, cors: Cors | undefined): Answer | undefined {
    if (cors === undefined) return undefined;
    const origin = allowedOrigin(cors, state.headers);
    if (origin === "") return undefined;
    if (isPreflight(state.method, state.headers)) return preflightAnswer(state, cors, origin);
    allow(state, cors, origin);
    return undefined;
}

function allow(state: ExchangeState, cors: Cors, origin: string): void {
    state.cors = cors;
    state.corsOrigin = origin;
}

function preflightAnswer(state: ExchangeState, cors: Cors, origin: string): Answer {
    const headers = preflightHeaders(cors, state.headers);
    addAllowed(cors, origin, headers);
    return answer(200, "", "", PREFLIGHT, headers, true);
}

/** What every response to an allowed origin bears. */
export function addCorsHeaders(state: ExchangeState, head: ResponseHead): void {
    if (state.corsOrigin !== "") addAllowed(state.cors!, state.corsOrigin, head.headers);
}

export function tellCors({ route, details }: ExchangeState): readonly string[] {
    if (route?.cors === undefined) return [];
    return [
        details === PREFLIGHT ? "a preflight, answered by the gateway" : "answers bear the policy's headers where the origin is allowed",
    ];
}

/** The request's origin where the policy allows it; otherwise empty. */
function allowedOrigin(cors: Cors, headers: HeaderList): string {
    const origin = headerValue(headers, "origin");
    if (origin === undefined || origin === "") return "";
    for (const match of cors.allowOrigins) if (matchesString(match, origin)) return origin;
    return "";
}

function isPreflight(method: string, headers: HeaderList): boolean {
    return (
        method === "OPTIONS" &&
        (headerValue(headers, "origin") ?? "") !== "" &&
        (headerValue(headers, "access-control-request-method") ?? "") !== ""
    );
}

/** A `*` is answered with what was asked for: beside credentials a browser takes a star for a name (Fetch standard). */
function preflightHeaders({ entry }: Cors, request: HeaderList): HeaderList {
    const headers: HeaderList = [];
    const methods = entry.allowMethods === "*" ? (headerValue(request, "access-control-request-method") ?? "") : entry.allowMethods;
    const names = entry.allowHeaders === "*" ? (headerValue(request, "access-control-request-headers") ?? "") : entry.allowHeaders;
    if (methods !== "") headers.push("access-control-allow-methods", methods);
    if (names !== "") headers.push("access-control-allow-headers", names);
    if (entry.maxAge !== "") headers.push("access-control-max-age", entry.maxAge);
    return headers;
}

/** It takes the place of what the backend said. */
function addAllowed(cors: Cors, origin: string, headers: HeaderList): void {
    setHeader(headers, "access-control-allow-origin", origin);
    if (cors.entry.allowCredentials) setHeader(headers, "access-control-allow-credentials", "true");
    if (cors.entry.exposeHeaders !== "") setHeader(headers, "access-control-expose-headers", cors.entry.exposeHeaders);
}
