/** CUSTOM policies: somebody else says whether a request may pass. */
import type { ExchangeState } from "../exchange-state";
import { ON, type Verdict } from "../verdict";
import { denied } from "./refusal";

export function askProvider(state: ExchangeState): Verdict {
    return state.access?.external === undefined ? ON : denied(state, "rbac_access_denied_matched_policy[none]");
}
