/**
 * RequestAuthentication: the token that a request bears is verified before anything is decided over it. Who bears none goes on:
 * whether one is needed is for AuthorizationPolicies to say. Answers, and their words, are those of Envoy's JWT filter.
 *
 * Of the rules one good token is enough, though others may be bad; of one rule all tokens must be good.
 */
import { hasControl, wireText } from "../../../istio/wire-text";
import type { HeaderList } from "../../http/doors";
import { headerAt, removeHeader } from "../../http/header-list";
import {
    AUDIENCE_FAULT,
    claimAt,
    claimsOf,
    ISSUER_FAULT,
    verifyToken,
    type BoundAuthentication,
    type BoundJwtRule,
    type SignedToken,
} from "../../snapshot";
import type { ExchangeState } from "../exchange-state";
import { withoutParameter } from "../../http/query-parameter";
import { tokensIn, type FoundToken } from "../token-places";
import { answer, ON, type Answer, type Verdict } from "../verdict";
import { chooseRouteOfDenied } from "./refusal";

const MISSING = "Jwt is missing";
/** Envoy's bound of a realm. */
const REALM_PATH = 256;

export function authenticate(state: ExchangeState): Verdict {
    const authentication = state.access?.authentication;
    if (authentication === undefined) return ON;
    const { rules } = authentication;
    clearOutputs(state, authentication);
    if (isPreflight(state)) return ON;
    let fault = MISSING;
    for (let at = 0; at < rules.length; at++) {
        const found = tokensIn(state.path, state.headers, rules[at]!);
        if (found === undefined) continue;
        const one = takeTokens(state, rules[at]!, found);
        if (one === "") return ON;
        if (typeof one !== "string") return one;
        if (fault === MISSING || fault === ISSUER_FAULT) fault = one;
    }
    return fault === MISSING ? ON : unauthorized(state, rules, fault);
}

function clearOutputs({ head, headers, runtime, connection }: ExchangeState, { outputs, spellings }: BoundAuthentication): void {
    for (let at = 0; at < outputs.length; at++) removeHeader(headers, outputs[at]!);
    if (!head.underscored || outputs.length === 0) return;
    for (let at = headers.length - 2; at >= 0; at -= 2) {
        const name = headers[at]!;
        if (!name.includes("_") || !spellings.has(name.replaceAll("_", "-"))) continue;
        headers.splice(at, 2);
        runtime.onHeaderDropped?.(name, connection);
    }
}

/** A browser asks beforehand, without credentials. */
function isPreflight({ method, headers }: ExchangeState): boolean {
    return method === "OPTIONS" && isSaid(headers, "origin") && isSaid(headers, "access-control-request-method");
}

function isSaid(headers: HeaderList, name: string): boolean {
    const at = headerAt(headers, name);
    return at !== -1 && headers[at + 1] !== "";
}

/**
 * From the last place to the first, as Envoy: what is said of the first token counts. Empty: all are good. What a good one says
 * is said even if another of them is bad, and a later rule lets the request in.
 */
function takeTokens(state: ExchangeState, rule: BoundJwtRule, found: readonly FoundToken[]): string | Answer {
    for (let at = found.length - 1; at >= 0; at--) {
        const token = verifyToken(found[at]!.text, rule, Math.floor(state.start / 1000));
        if (typeof token === "string") return token;
        const unsaid = sayClaims(state, rule, token);
        if (unsaid !== undefined) return unsaid;
        if (!rule.forwards) takeAway(state, found[at]!);
        state.payload = claimsOf(token, rule);
        // A gateway's rules may go by claims: the route is chosen anew (istiod's `clearRouteCache`).
        state.isRouteKept = false;
    }
    return "";
}

function sayClaims({ headers }: ExchangeState, { payloadHeader, claimHeaders }: BoundJwtRule, token: SignedToken): Answer | undefined {
    if (payloadHeader !== "") headers.push(payloadHeader, token.payload);
    for (let at = 0; at < claimHeaders.length; at++) {
        const { header, claim } = claimHeaders[at]!;
        const text = headerText(claimAt(token.claims, claim));
        // Nobody may think of such a client that it has no such claim.
        if (hasControl(text)) return answer(503, `invalid header value for: ${header}`, "", "jwt_claim_is_no_header_value");
        if (text !== "") headers.push(header, text);
    }
    return undefined;
}

/** Empty: nothing is said. */
function headerText(value: unknown): string {
    switch (typeof value) {
        case "string":
            return wireText(value).trim();
        case "number":
            return numberText(value);
        case "boolean":
            return String(value);
        default:
            return typeof value === "object" && value !== null ? Buffer.from(JSON.stringify(value)).toString("base64") : "";
    }
}

/** Whole numbers from 0 to 2^64 are that, others have six digits behind the point (C++'s `std::to_string`). */
function numberText(value: number): string {
    if (Number.isInteger(value) && value >= 0 && value < 2 ** 64) return BigInt(value).toString();
    return Math.abs(value) >= 1e21 ? `${BigInt(value)}.000000` : value.toFixed(6);
}

/** A backend shall not see what was for the gateway. Cookies stay, as in Envoy. */
function takeAway(state: ExchangeState, { place, name }: FoundToken): void {
    switch (place) {
        case "header":
            removeHeader(state.headers, name);
            break;
        case "parameter":
            state.path = withoutParameter(state.path, name);
            break;
        case "cookie":
            break;
        default:
            place satisfies never;
    }
}

function unauthorized(state: ExchangeState, rules: readonly BoundJwtRule[], fault: string): Answer {
    const realm = `${state.scheme}://${state.authority}${state.path.slice(0, REALM_PATH)}`;
    chooseRouteOfDenied(state);
    // A token that is not taken here may be good elsewhere: no log shall have it.
    for (const { params } of rules) for (const name of params) state.path = withoutParameter(state.path, name);
    const details = `jwt_authn_access_denied{${fault.replaceAll(" ", "_")}}`;
    return answer(fault === AUDIENCE_FAULT ? 403 : 401, fault, "", details, [
        "www-authenticate",
        `Bearer realm="${realm}", error="invalid_token"`,
    ]);
}
