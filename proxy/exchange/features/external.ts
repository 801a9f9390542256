/**
 * CUSTOM policies: somebody else says whether a request may pass. Each provider is asked about what its policies' rules hold
 * for, one after the other (Istio, with several providers allowed); the first that says no has said it.
 */
import type { ResponseHead } from "../../http/doors";
import { firstRule, type BoundExternal, type BoundQuestion, type BoundRule } from "../../snapshot";
import type { ExchangeState } from "../exchange-state";
import { ON, type Next, type Verdict } from "../verdict";
import { askPasswords } from "./basic-auth";
import { ExternalCheck } from "./external-check";
import { changeResponseHeader, GrpcCheck } from "./external-grpc";
import { denied, tell } from "./refusal";

export function askProvider(state: ExchangeState): Verdict {
    if (state.access === undefined) return ON;
    const { external } = state.access;
    return external === undefined ? ON : askFrom(state, external, 0);
}

/** The providers from this one on. */
function askFrom(state: ExchangeState, external: BoundExternal, from: number): Next {
    for (let at = from; at < external.questions.length; at++) {
        const question = external.questions[at]!;
        const rule = firstRule(question.rules, state);
        if (rule === undefined) continue;
        const verdict = ask(state, question, rule, () => askFrom(state, external, at + 1));
        if (verdict !== ON) return verdict;
    }
    return ON;
}

/** `next`: what comes of it where this provider lets the request pass. */
function ask(state: ExchangeState, { provider }: BoundQuestion, rule: BoundRule, next: () => Next): Next {
    switch (provider.kind) {
        case "http":
            return new ExternalCheck(state, provider, rule, next);
        case "grpc":
            return new GrpcCheck(state, provider, rule, next);
        case "basic-auth":
            return askPasswords(state, provider, rule, next);
        case "unserved":
            // As istiod has it: what such a policy is about is denied.
            tell(state, { effect: "denied", policy: rule.policy, rule: rule.name });
            return denied(
                state,
                `rbac_access_denied_matched_policy[istio-ext-authz-${provider.key}-${rule.name}-deny-due-to-bad-CUSTOM-action]`,
            );
        default:
            return provider satisfies never;
    }
}

/** Whoever answers: a backend, or a later pass. */
export function addProviderHeaders({ providerHeaders, providerChanges, answer }: ExchangeState, { headers }: ResponseHead): void {
    if (answer?.bare === true) return;
    for (let at = 0; at < providerHeaders.length; at++) headers.push(providerHeaders[at]!);
    for (let at = 0; at < providerChanges.length; at++) changeResponseHeader(headers, providerChanges[at]!);
}
