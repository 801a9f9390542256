/** Requests that nobody may serve, as what their objects say of them can't be done here. */
import { denialDetail, type BoundRule } from "../../snapshot";
import { refusalMark, type PolicyMark, type RefusalEntry } from "../../tables";
import type { ExchangeState } from "../exchange-state";
import { answer, type Answer, type Verdict } from "../verdict";
import { routeOf } from "./route";

/**
 * A policy that is not evaluated here lets nobody pass, before anything else answers: CORS, faults, redirects, direct
 * responses, 404. As in Envoy the answer bears what the route does to the headers of responses.
 */
export function refuseByPolicy(state: ExchangeState, refusal: RefusalEntry): Verdict {
    tell(state, refusalMark(refusal.origin));
    return denied(state, refusal.detail);
}

export function deniedBy(state: ExchangeState, mark: PolicyMark): Answer {
    tell(state, mark);
    return denied(state, denialDetail(mark));
}

/** For figures and logs. */
export function tell(state: ExchangeState, mark: PolicyMark): void {
    state.policyMarks = [...state.policyMarks, mark];
}

/** Who was asked for this rule says no; the answer is its own. */
export function tellDenied(state: ExchangeState, { policy, name }: BoundRule): void {
    chooseRouteOfDenied(state);
    tell(state, { effect: "denied", policy, rule: name });
}

export function denied(state: ExchangeState, details: string): Answer {
    chooseRouteOfDenied(state);
    return answer(403, "RBAC: access denied", "", details);
}

/** Whose operations its answer bears. What redirects and direct responses say is for answers of theirs alone (Envoy). */
export function chooseRouteOfDenied(state: ExchangeState): void {
    const host = state.virtualHost;
    if (host === undefined || (host.httpsRedirect && state.scheme === "http")) return;
    const route = routeOf(state, host);
    if (route?.action.kind === "forward") state.route = route;
    else state.toldRoute = route;
}

/** Of a rule that is lost: what it is about is not left to a later one. */
export function refuseRule(): Verdict {
    return answer(500, "", "", "rule_not_served", [], true);
}
