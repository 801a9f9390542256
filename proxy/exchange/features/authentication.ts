/** RequestAuthentication: the token that a request brings is verified before anything is decided over it. */
import type { ExchangeState } from "../exchange-state";
import { ON, type Verdict } from "../verdict";
import { denied } from "./refusal";

export function authenticate(state: ExchangeState): Verdict {
    return state.access?.authentication === undefined ? ON : denied(state, "rbac_access_denied_matched_policy[none]");
}
