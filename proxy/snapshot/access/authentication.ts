/**
 * RequestAuthentications as requests are held against them: the rules of all that are for a server, in the order in which
 * istiod merges them (by issuer), and of each where tokens are looked for (in Envoy's order) and what is made of a good one.
 */
import { wireText } from "../../../istio/wire-text";
import type { JwtRuleEntry, KeySetEntry, RequestAuthenticationEntry } from "../../tables";
import { withLists } from "./authentication-claims";
import { bindKeySet, signatureFault, type BoundKeySet } from "./authentication-keys";
import { parseToken, type Claims, type SignedToken } from "./authentication-token";
import { bindPart } from "./part-fault";

export interface BoundJwtRule {
    readonly entry: JwtRuleEntry;
    /** Empty: any. */
    readonly issuer: string;
    /** Without scheme and closing slash; empty: any. */
    readonly audiences: ReadonlySet<string>;
    readonly keySet: BoundKeySet;
    readonly headers: readonly { readonly name: string; readonly prefix: string }[];
    readonly params: readonly string[];
    readonly cookies: readonly string[];
    readonly forwards: boolean;
    /** Empty: none. */
    readonly payloadHeader: string;
    readonly claimHeaders: readonly { readonly header: string; readonly claim: readonly string[] }[];
    readonly lists: readonly string[];
}

export interface BoundAuthentication {
    readonly rules: readonly BoundJwtRule[];
    /** Headers that rules write: no client says them in their place. */
    readonly outputs: readonly string[];
    /** The same with hyphens: some backends read `x_user` as `x-user`. */
    readonly spellings: ReadonlySet<string>;
}

/** Undefined: no token is asked for. */
export function bindAuthentication(
    entries: readonly RequestAuthenticationEntry[],
    keySets: ReadonlyMap<string, KeySetEntry>,
): BoundAuthentication | undefined {
    const rules = entries
        .flatMap((entry) => bindPart("authentications", entry, ({ rules: own }) => own.map((rule) => bindRule(rule, keySets))))
        .sort((a, b) => compareText(a.issuer, b.issuer));
    if (rules.length === 0) return undefined;
    const outputs = rules.flatMap(({ payloadHeader, claimHeaders }) => [
        ...(payloadHeader === "" ? [] : [payloadHeader]),
        ...claimHeaders.map(({ header }) => header),
    ]);
    return { rules, outputs: [...new Set(outputs)], spellings: new Set(outputs.map((name) => name.replaceAll("_", "-"))) };
}

/** A set that is not there has no keys. */
export function bindRule(entry: JwtRuleEntry, keySets: ReadonlyMap<string, KeySetEntry>): BoundJwtRule {
    const headers = entry.fromHeaders.map(({ name, prefix }) => ({ name: wireText(name), prefix: wireText(prefix) }));
    const params = unique(entry.fromParams);
    const cookies = unique(entry.fromCookies);
    return {
        entry,
        issuer: entry.issuer,
        audiences: new Set(entry.audiences.map(bareAudience)),
        keySet: bindKeySet(keySets.get(entry.keySet) ?? { key: entry.keySet, jwks: "", why: "it was not fetched" }),
        headers: [...new Map(headers.map((one) => [one.name + one.prefix, one]))]
            .sort(([one], [other]) => compareText(one, other))
            .map(([, one]) => one),
        params: params.map(wireText),
        cookies: cookies.map(wireText),
        forwards: entry.forwardOriginalToken,
        payloadHeader: entry.outputPayloadToHeader,
        claimHeaders: entry.outputClaimToHeaders,
        lists: entry.spaceDelimitedClaims,
    };
}

function unique(list: readonly string[]): readonly string[] {
    return [...new Set(list)].sort(compareText);
}

function compareText(one: string, other: string): number {
    return one < other ? -1 : one > other ? 1 : 0;
}

/** As audiences are compared: without `http://` or `https://`, and without one slash at the end. */
function bareAudience(audience: string): string {
    const scheme = audience.startsWith("https://") ? 8 : audience.startsWith("http://") ? 7 : 0;
    return audience.slice(scheme, audience.endsWith("/") ? -1 : undefined);
}

/** Envoy's. */
const LEEWAY_SECONDS = 60;

export const AUDIENCE_FAULT = "Audiences in Jwt are not allowed";
export const ISSUER_FAULT = "Jwt issuer is not configured";
export const EARLY_FAULT = "Jwt not yet valid";
export const EXPIRED = "Jwt is expired";

/** The token, or what is wrong with it in Envoy's words. `now`: seconds since 1970. Hot path, for a token that is known. */
export function verifyToken(text: string, rule: BoundJwtRule, now: number): SignedToken | string {
    const { keySet } = rule;
    const known = keySet.verified.find(text);
    const token = known ?? parseToken(text);
    if (typeof token === "string") return token;
    const fault = claimFault(token, rule, now);
    if (fault !== "") {
        if (known !== undefined && fault === EXPIRED) keySet.verified.remove(known);
        return fault;
    }
    if (known !== undefined) return known;
    const unsigned = signatureFault(keySet, token);
    if (unsigned !== "") return unsigned;
    keySet.verified.add(token);
    return token;
}

/** What is wrong whoever has signed it, in the order in which Envoy looks; empty: nothing. */
export function claimFault({ issuer, expires, notBefore, audiences }: SignedToken, rule: BoundJwtRule, now: number): string {
    if (rule.issuer !== "" && issuer !== rule.issuer) return ISSUER_FAULT;
    if (now + LEEWAY_SECONDS < notBefore) return EARLY_FAULT;
    if (expires !== 0 && now > expires + LEEWAY_SECONDS) return EXPIRED;
    if (rule.audiences.size === 0) return "";
    for (let at = 0; at < audiences.length; at++) if (rule.audiences.has(bareAudience(audiences[at]!))) return "";
    return AUDIENCE_FAULT;
}

/** As policies and routes compare them; made once for a token and a rule. */
export function claimsOf(token: SignedToken, rule: BoundJwtRule): Claims {
    let known = made.get(token);
    if (known?.rule !== rule) made.set(token, (known = { rule, claims: withLists(token.claims, rule.lists) }));
    return known.claims;
}

const made = new WeakMap<SignedToken, { readonly rule: BoundJwtRule; readonly claims: Claims }>();
