/** AuthorizationPolicy: who may pass. */
import type { ExchangeState } from "../exchange-state";
import { ON, type Verdict } from "../verdict";
import { denied } from "./refusal";

export function authorize(state: ExchangeState): Verdict {
    return state.access?.authorization === undefined ? ON : denied(state, "rbac_access_denied_matched_policy[none]");
}
