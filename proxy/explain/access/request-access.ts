/** Who may pass, of one request that has run through the exchange: what was decided is the exchange's, what is said of it is made here. */
import { MISDIRECTED } from "../../exchange";
import type { Tables } from "../../tables";
import type { ExplainedExchange } from "../explained-exchange";
import type { AccessAnswer } from "./answer";
import { assess, type DecidedBy } from "./assess";
import { providerAnswer } from "./provider";
import { subjectOf } from "./subject";
import { tokenAnswers } from "./tokens";

/** Null: nobody is asked. */
export function requestAccess(exchange: ExplainedExchange, tables: Tables): AccessAnswer | null {
    const { access, connection, arrived } = exchange;
    if (access === undefined || access.refusal !== undefined || exchange.details === MISDIRECTED) return null;
    const by = decidedBy(exchange);
    const assessment = assess(access.entry, tables, subjectOf(exchange), "rules", by);
    const { policies, decisive } = assessment;
    const asking = policies.filter(({ action, matched, dryRun }) => action === "CUSTOM" && matched === true && !dryRun);
    return {
        decision: by === "authentication" ? "unauthenticated" : by !== undefined ? "denied" : exchange.isAsked ? "asked" : "allowed",
        policy: decisive?.policy ?? null,
        rule: decisive?.rules.find(({ matched }) => matched)?.field ?? null,
        sourceAddress: connection.remoteAddress,
        remoteAddress: exchange.remoteAddress,
        tokens: access.authentication ? tokenAnswers(access.authentication, { ...arrived, now: exchange.start }, tables) : [],
        providers: asking.map((policy) => providerAnswer(policy, exchange, tables)),
        policies,
    };
}

/** By the words that logs have for it, which are Envoy's. */
function decidedBy({ details }: ExplainedExchange): DecidedBy {
    if (details.startsWith("jwt_authn_access_denied")) return "authentication";
    if (/^(ext_authz|basic_auth)_|\[istio-ext-authz-/.test(details)) return "external";
    if (!details.startsWith("rbac_access_denied")) return undefined;
    return "authorization";
}
