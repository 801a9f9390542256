/**
 * What says who may pass, as the objects of Istio's that say it. On a gateway's pods a policy is for every host, so that of a
 * VirtualHost each keeps out and none lets in: what is allowed there is said by its complement.
 */
import type { AuthorizationCondition, AuthorizationPolicy, AuthorizationRule, JwtRule, RequestAuthentication } from "../../istio";
import { mentionsUnknown, UNKNOWN, type Made } from "../arguments";
import { complement } from "./complement";
import { demandsToken, ipLists, jwtList, type AccessOrder, type AccessPart, type JwtData } from "./place";
import { readsHttp, within } from "./scope";

/** `groups`, and `[realm_access][roles]` as it is. */
export function claimKey(claim: string): string {
    return `request.auth.claims${claim.startsWith("[") ? claim : `[${claim}]`}`;
}

/**
 * What a token of the issuer has to say. The issuer by its claim and not by `requestPrincipals`, which asks for a subject as
 * well; the audiences here and not in the RequestAuthentication, which is for every host of the gateway.
 */
function tokenConditions({ issuer, audiences, claims = {} }: JwtData): AuthorizationCondition[] {
    return [
        { key: claimKey("iss"), values: [issuer] },
        ...(audiences === undefined ? [] : [{ key: "request.auth.audiences", values: audiences }]),
        ...Object.entries(claims).map(([claim, values]) => ({ key: claimKey(claim), values })),
    ];
}

/** Nobody passes: for rules that cannot be turned round, which the check refuses before. */
const NOBODY: readonly AuthorizationRule[] = [{}];

function outsideOf(allow: readonly AuthorizationRule[]): readonly AuthorizationRule[] {
    const made = complement(allow);
    return "rules" in made ? made.rules : NOBODY;
}

/** Who is kept out for a token, or for none. */
function tokenRules(jwt: readonly JwtData[]): readonly AuthorizationRule[] {
    if (demandsToken(jwt)) return outsideOf(jwt.map((one) => ({ when: tokenConditions(one) })));
    return jwt.flatMap((one) => {
        const [issuer, ...others] = tokenConditions(one);
        return others.map(({ key, values }) => ({ when: [...(issuer ? [issuer] : []), { key, notValues: values ?? [] }] }));
    });
}

function addressRules(ips: unknown): AuthorizationRule[] {
    const { allow, deny, from } = ipLists(ips);
    const [field, notField] = from === "peer" ? (["ipBlocks", "notIpBlocks"] as const) : (["remoteIpBlocks", "notRemoteIpBlocks"] as const);
    return [
        ...(allow === undefined ? [] : [{ from: [{ source: { [notField]: allow } }] }]),
        ...(deny === undefined ? [] : [{ from: [{ source: { [field]: deny } }] }]),
    ];
}

/** The provider of the names and passwords. */
export function basicAuthProvider(name: string): string {
    return `${name}-basic-auth`;
}

interface Rules {
    readonly action: NonNullable<AuthorizationPolicy["action"]>;
    readonly provider?: string;
    readonly rules: readonly AuthorizationRule[];
}

/** Each rule where it is for. On a whole gateway a rule of connections is for every port of it. */
function placed({ whole, scope }: AccessOrder["place"], rules: readonly AuthorizationRule[]): AuthorizationRule[] {
    return rules.map((rule) => (whole && !readsHttp(rule) ? rule : within(scope, rule)));
}

function rulesOf(part: AccessPart, { access, place }: AccessOrder): Rules {
    const { scope, whole, name } = place;
    switch (part) {
        case "allow":
            return whole
                ? { action: "ALLOW", rules: access.allow ?? [] }
                : { action: "DENY", rules: outsideOf(access.allow ?? []).map((rule) => within(scope, rule)) };
        case "deny":
            return { action: "DENY", rules: placed(place, access.deny ?? []) };
        case "ips":
            return { action: "DENY", rules: placed(place, addressRules(access.ips)) };
        case "jwt":
            return { action: "DENY", rules: tokenRules(jwtList(access.jwt)).map((rule) => within(scope, rule)) };
        case "external": {
            const { provider, rules = [{}] } = access.external ?? { provider: "" };
            return {
                action: "CUSTOM",
                provider: typeof provider === "string" ? provider : provider.name,
                rules: rules.map((rule) => within(scope, rule)),
            };
        }
        case "basic-auth":
            return { action: "CUSTOM", provider: basicAuthProvider(name), rules: [within(scope, {})] };
        default:
            return part satisfies never;
    }
}

export function policyName({ name }: AccessOrder["place"], part: AccessPart): string {
    return `${name}-${part}`;
}

/** One policy: a denial names it, and with it what a request lacked. */
export function buildPolicy(part: AccessPart, order: AccessOrder): Made<AuthorizationPolicy> {
    const { place } = order;
    const { action, provider, rules } = rulesOf(part, order);
    return {
        metadata: place.metadata(policyName(place, part)),
        spec: {
            selector: { matchLabels: place.selector },
            action,
            ...(provider === undefined ? {} : { provider: { name: provider } }),
            rules,
        },
    };
}

/** As far as it is known: any value may decide on the rules, of which those that say the same are one. */
export function outlinePolicy(part: AccessPart, order: AccessOrder): object {
    const { metadata, spec } = buildPolicy(part, order);
    return mentionsUnknown([order.access, order.place.scope]) ? { metadata, spec: { ...spec, rules: UNKNOWN } } : { metadata, spec };
}

/** What Istio's RequestAuthentication has of it. */
export function jwtRule({ audiences: _audiences, claims: _claims, required: _required, ...rule }: JwtData): JwtRule {
    return rule;
}

export function buildTokens({ access, place }: AccessOrder): Made<RequestAuthentication> {
    return {
        metadata: place.metadata(policyName(place, "jwt")),
        spec: { selector: { matchLabels: place.selector }, jwtRules: jwtList(access.jwt).map(jwtRule) },
    };
}
