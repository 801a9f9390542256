/** RequestAuthentications as their rules mean it (istiod's convertToEnvoyJwtConfig): every default in its place. */
import { createHash } from "node:crypto";
import { parseDuration } from "../../../istio/durations";
import { readKeySet } from "../../../istio/semantics";
import type { JwtRule, RequestAuthentication } from "../../../istio/types";
import type { AuthenticationRules, JwtRuleTerms, KeySetRule } from "../routing/model/access";

/** How long an issuer may take to answer, where a rule does not say it. */
const TIMEOUT_MS = 5_000;
const DISCOVERY = "/.well-known/openid-configuration";
const BEARER = [{ name: "authorization", prefix: "Bearer " }] as const;
const ACCESS_TOKEN = ["access_token"] as const;
/** Of which the text is a list anyway. */
const LISTS = ["permission", "scope"] as const;

export interface ReadAuthentication extends Pick<AuthenticationRules, "rules" | "keySets"> {
    /** Why nobody can say which tokens are good; empty: that is known. */
    readonly fault: string;
}

export function readAuthentication({ jwtRules = [] }: RequestAuthentication): ReadAuthentication {
    const keySets = jwtRules.map((rule, at) => keySetOf(rule, `spec.jwtRules[${at}]`));
    const bad = keySets.find(({ why }) => why !== "");
    return {
        rules: jwtRules.map((rule, at) => ruleOf(rule, `spec.jwtRules[${at}]`, keySets[at]!.key)),
        keySets,
        fault: bad ? `${bad.field}: ${bad.why}` : "",
    };
}

function ruleOf(rule: JwtRule, field: string, keySet: string): JwtRuleTerms {
    const { fromHeaders = [], fromParams = [], fromCookies = [] } = rule;
    const isDefault = fromHeaders.length === 0 && fromParams.length === 0 && fromCookies.length === 0;
    return {
        field,
        issuer: rule.issuer ?? "",
        audiences: rule.audiences ?? [],
        keySet,
        fromHeaders: isDefault ? BEARER : fromHeaders.map(({ name, prefix = "" }) => ({ name: name.toLowerCase(), prefix })),
        fromParams: isDefault ? ACCESS_TOKEN : fromParams,
        fromCookies,
        forwardOriginalToken: rule.forwardOriginalToken ?? false,
        outputPayloadToHeader: (rule.outputPayloadToHeader ?? "").toLowerCase(),
        outputClaimToHeaders: (rule.outputClaimToHeaders ?? [])
            .filter(({ header, claim }) => header && claim)
            .map(({ header, claim }) => ({ header: header.toLowerCase(), claim: claim.split(".") })),
        spaceDelimitedClaims: [...new Set([...LISTS, ...(rule.spaceDelimitedClaims ?? [])])],
    };
}

/** The text in the object wins over an address, and an address over asking the issuer for one. */
function keySetOf(rule: JwtRule, field: string): KeySetRule & { readonly why: string } {
    if (rule.jwks) {
        const { jwks, why } = readKeySet(rule.jwks);
        const digest = createHash("sha256")
            .update(jwks === "" ? rule.jwks : jwks)
            .digest("hex");
        return { key: `inline ${digest.slice(0, 32)}`, field: `${field}.jwks`, jwks, source: undefined, why };
    }
    const timeoutMs = parseDuration(rule.timeout ?? "") ?? TIMEOUT_MS;
    const uri = rule.jwksUri || rule.jwks_uri;
    if (uri) {
        const source = { key: uri, kind: "keys", address: uri, timeoutMs } as const;
        return { key: uri, field: `${field}.${rule.jwksUri ? "jwksUri" : "jwks_uri"}`, jwks: "", source, why: "" };
    }
    const issuer = rule.issuer ?? "";
    const address = `${issuer.endsWith("/") ? issuer.slice(0, -1) : issuer}${DISCOVERY}`;
    return { key: address, field: `${field}.issuer`, jwks: "", source: { key: address, kind: "discovery", address, timeoutMs }, why: "" };
}
