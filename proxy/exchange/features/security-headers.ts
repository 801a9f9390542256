/**
 * Headers by which a site tells browsers what not to do with it, on whatever a client is answered: responses of backends,
 * redirects, error pages, refusals. What a backend says itself stays, unless it is to be replaced; what a route says of the same
 * headers comes behind, and so is an exception. How they are bound: snapshot/features/security-headers.ts.
 */
import { isGrpc } from "../../http/grpc";
import type { HeaderList, ResponseHead } from "../../http/doors";
import { firstValue, headerAt, headerValue, removeHeader, setHeader } from "../../http/header-list";
import type { BoundSecurityHeaders } from "../../snapshot";
import { edgeOf } from "../edge-of";
import type { ExchangeState } from "../exchange-state";

const CSP = "content-security-policy";
const XFO = "x-frame-options";
const HSTS = "strict-transport-security";

export function addSecurityHeaders(state: ExchangeState, { status, headers }: ResponseHead): void {
    if (state.snapshot.edge === undefined) return;
    const added = edgeOf(state)?.securityHeaders;
    // No browser reads what is no page: calls, and connections that become something else.
    if (added === undefined || status < 200 || state.method === "CONNECT" || isGrpc(state.headers)) return;
    // RFC 6797 §7.2: never over plain HTTP.
    if (added.hsts !== "" && state.scheme === "https") say(headers, HSTS, added.hsts, added.override);
    for (let at = 0; at < added.headers.length; at += 2) say(headers, added.headers[at]!, added.headers[at + 1]!, added.override);
    if (added.override) replaceFraming(headers, added);
    else addFraming(headers, added);
}

function say(headers: HeaderList, name: string, value: string, override: boolean): void {
    if (override) setHeader(headers, name, value);
    else if (headerAt(headers, name) === -1) headers.push(name, value);
}

/** Of the two that say who may frame a page browsers take the policy: beside the older one of a backend ours would loosen it. */
function addFraming(headers: HeaderList, { frameOptions, policy, unframedPolicy }: BoundSecurityHeaders): void {
    const said = headerValue(headers, CSP);
    const framed = firstValue(headers, XFO) !== undefined;
    if (said === undefined) {
        const own = framed ? unframedPolicy : policy;
        if (own !== "") headers.push(CSP, own);
    }
    if (frameOptions !== "" && !framed && !(said ?? "").toLowerCase().includes("frame-ancestors")) headers.push(XFO, frameOptions);
}

function replaceFraming(headers: HeaderList, { frameOptions, policy, unframedPolicy }: BoundSecurityHeaders): void {
    if (policy !== "") setHeader(headers, CSP, policy);
    if (frameOptions !== "") setHeader(headers, XFO, frameOptions);
    // Sources that the older header has no word for: what a backend says there would contradict them in old browsers.
    else if (policy !== unframedPolicy) removeHeader(headers, XFO);
}

export function tellSecurityHeaders(state: ExchangeState): readonly string[] {
    const added = edgeOf(state)?.securityHeaders;
    if (added === undefined || added.names.length === 0 || isGrpc(state.headers)) return [];
    const names = added.names.filter((name) => name !== HSTS || state.scheme === "https");
    const { kind, namespace, name } = added.origin;
    return [`${names.join(", ")} by ${kind} ${namespace}/${name}${added.override ? ", in the place of what a backend says" : ""}`];
}
