/** What is said of who may pass, step by step, for people. */
import type { HeaderList } from "../../http/doors";
import { headerAt } from "../../http/header-list";
import type { Step } from "../explanation";
import type { AccessAnswer, PolicyAnswer, ProviderAnswer, TokenAnswer } from "./answer";
import { policyText, ruleText } from "./words";

export function accessSteps(access: AccessAnswer): Step[] {
    const { policies, tokens, providers } = access;
    const custom = policies.filter(({ action }) => action === "CUSTOM");
    return [
        ...addressSteps(access),
        ...custom.flatMap((one) => policySteps(one, "external")),
        ...providers.flatMap(providerSteps),
        ...tokens.map(tokenStep),
        ...policies.filter(({ action }) => action !== "CUSTOM").flatMap((one) => policySteps(one, "authorization")),
        ...decisionSteps(access),
    ];
}

/** Of a bearer of a token that nobody asks for. */
export function unverifiedSteps(headers: HeaderList, access: AccessAnswer | null): Step[] {
    const at = headerAt(headers, "authorization");
    if (at === -1 || !/^bearer /i.test(headers[at + 1]!) || (access !== null && access.tokens.length > 0)) return [];
    return [{ step: "authentication", text: "no RequestAuthentication looks for the token in header authorization: nobody verifies it" }];
}

function addressSteps({ sourceAddress, remoteAddress, policies }: AccessAnswer): Step[] {
    if (policies.length === 0) return [];
    const behind = remoteAddress === sourceAddress ? "" : `, for the client ${remoteAddress}`;
    return [{ step: "request", text: `the connection comes from ${sourceAddress}${behind}` }];
}

function tokenStep({ from, valid, text, answer, issuer, subject, origin }: TokenAnswer): Step {
    const of = valid ? ` of ${issuer ?? "an unnamed issuer"}${subject === null ? "" : ` for ${subject}`}` : "";
    const what = valid ? `a good token${of}: ${text}` : `a token that is refused ("${answer}"): ${text}`;
    return { step: "authentication", matched: valid, text: `${from}: ${what}`, ...(origin === null ? {} : { origin }) };
}

function policySteps(policy: PolicyAnswer, step: "external" | "authorization"): Step[] {
    const { matched, rules, origin } = policy;
    return [
        { step, text: policyText(policy), origin, ...(matched === null ? {} : { matched }) },
        ...rules.map((rule): Step => ({ step, matched: rule.matched, text: ruleText(rule) })),
    ];
}

function providerSteps({ name, url, headers, outcomes, origin }: ProviderAnswer): Step[] {
    const asked = url === "" ? `${name} decides` : `${name} is asked at ${url}, which is not done here`;
    const told = headers.length === 0 ? "" : `, and told ${headers.join(", ")}`;
    return [
        { step: "external", text: `${asked}${told}`, ...(origin === null ? {} : { origin }) },
        ...outcomes.map((text): Step => ({ step: "external", text })),
    ];
}

function decisionSteps({ decision, policy, policies, tokens }: AccessAnswer): Step[] {
    switch (decision) {
        case "denied":
            return policy === null && policies.some(({ action, matched }) => action === "ALLOW" && matched === false)
                ? [{ step: "authorization", text: "no ALLOW policy matches: the request is denied" }]
                : [];
        case "unauthenticated":
            return tokens.length === 0 ? [{ step: "authentication", text: "the request is refused" }] : [];
        case "allowed":
        case "asked":
            return [];
        default:
            return decision satisfies never;
    }
}
