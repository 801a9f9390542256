/** AuthorizationPolicy: who may pass. What only tells is told; what denies names itself in the answer's details. */
import { denialOf, toldOf } from "../../snapshot";
import type { ExchangeState } from "../exchange-state";
import { ON, type Verdict } from "../verdict";
import { deniedBy } from "./refusal";

export function authorize(state: ExchangeState): Verdict {
    if (state.access === undefined) return ON;
    const { authorization } = state.access;
    if (authorization === undefined) return ON;
    state.policyMarks = toldOf(authorization.requests, state);
    const denial = denialOf(authorization.requests, state);
    return denial === undefined ? ON : deniedBy(state, denial);
}
