/** New work is refused while there is no memory or no time for it, before anything is done for it. In Envoy's words, but for the body. */
import type { ExchangeState } from "../exchange-state";
import { answer, ON, type Verdict } from "../verdict";

/** As logs call it, and figures count by it. */
export const OVERLOAD = "overload";

export function shedRequest({ runtime }: ExchangeState): Verdict {
    const { overload } = runtime;
    if (overload.arrived !== undefined) overload.arrived();
    const { shed } = overload;
    if (shed === 0 || runtime.random() >= shed) return ON;
    return answer(503, "the gateway is overloaded", "OM", OVERLOAD, [], true);
}
