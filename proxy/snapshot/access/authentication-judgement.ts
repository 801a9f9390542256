/** What is wrong with a token, for people: of each rule by itself, with the values that do not agree. */
import type { JwtRuleEntry, KeySetEntry } from "../../tables";
import { AUDIENCE_FAULT, bindRule, claimFault, EARLY_FAULT, EXPIRED, ISSUER_FAULT, type BoundJwtRule } from "./authentication";
import { NO_SUCH_KEY, signatureFault } from "./authentication-keys";
import { parseToken, type SignedToken } from "./authentication-token";

export interface TokenJudgement {
    readonly rule: JwtRuleEntry;
    /** In the words of the answer that clients get; empty: the token is good for this rule. */
    readonly fault: string;
    /** The same in more words, of a good token too. Never the token, nor a claim that says who somebody is. */
    readonly words: string;
}

/** `now`: milliseconds since 1970. A set that is not among those given has no keys. */
export function judgeToken(
    text: string,
    rules: readonly JwtRuleEntry[],
    keySets: ReadonlyMap<string, KeySetEntry>,
    now: number,
): readonly TokenJudgement[] {
    const token = parseToken(text.trim());
    return rules.map((rule) => {
        if (typeof token === "string") return { rule, fault: token, words: `${token}.` };
        const bound = bindRule(rule, keySets);
        const fault = claimFault(token, bound, Math.floor(now / 1000)) || signatureFault(bound.keySet, token);
        return { rule, fault, words: fault === "" ? goodWords(token, now) : wordsOf(fault, token, bound, now) };
    });
}

function wordsOf(fault: string, token: SignedToken, rule: BoundJwtRule, now: number): string {
    const { entry, keys } = rule.keySet;
    switch (fault) {
        case ISSUER_FAULT:
            return `its issuer is ${shown(token.issuer)}, and the rule is for ${shown(rule.issuer)}.`;
        case EARLY_FAULT:
            return `it is valid from ${timeText(token.notBefore)} on, ${spanText(token.notBefore * 1000 - now)} from now; clocks may differ by 60 seconds.`;
        case EXPIRED:
            return `it expired at ${timeText(token.expires)}, ${spanText(now - token.expires * 1000)} ago; clocks may differ by 60 seconds.`;
        case AUDIENCE_FAULT:
            return `it is for ${listText(token.audiences)}, and the rule wants one of ${listText(rule.entry.audiences)}.`;
        default:
    }
    const signed = `it is signed by ${token.alg} with ${token.kid === "" ? "no key named" : `the key ${shown(token.kid)}`}`;
    if (keys.length === 0) return `${signed}, and there are no keys to verify it with: ${entry.why || "the set has none"}.`;
    const there = keys.map(({ kid, alg, type }) => `${kid === "" ? "one without a name" : shown(kid)} (${alg || type})`).slice(0, 10);
    const all = `${there.join(", ")}${keys.length > there.length ? `, and ${keys.length - there.length} more` : ""}`;
    return fault === NO_SUCH_KEY
        ? `${signed}, which is not among the issuer's keys: ${all}.`
        : `${signed}, and none of the issuer's keys that may be meant has signed it: ${all}.`;
}

function goodWords({ alg, kid, expires }: SignedToken, now: number): string {
    const end = expires === 0 ? "it never expires" : `it expires at ${timeText(expires)}`;
    const leeway = expires !== 0 && now > expires * 1000 ? ", which is over, and within the 60 seconds that clocks may differ by" : "";
    return `it is good: signed by ${alg}${kid === "" ? "" : ` with the key ${shown(kid)}`}; ${end}${leeway}.`;
}

function listText(list: readonly string[]): string {
    return list.length === 0 ? "nobody (`aud` is empty or absent)" : list.slice(0, 10).map(shown).join(", ");
}

/** Whoever wrote it: one line, and short. */
function shown(text: string): string {
    return text === "" ? "not said" : JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}

function timeText(seconds: number): string {
    const date = new Date(seconds * 1000);
    return Number.isNaN(date.getTime()) ? `second ${seconds}` : date.toISOString().replace(".000Z", "Z");
}

function spanText(ms: number): string {
    const seconds = Math.max(0, Math.round(ms / 1000));
    if (seconds < 120) return `${seconds} s`;
    return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
