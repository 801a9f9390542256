/** Servers that send plain HTTP to HTTPS (Istio's httpsRedirect), before any rule. */
import type { ExchangeState } from "../exchange-state";
import { answer, ON, type Verdict } from "../verdict";

/** The location has the Host as it was sent, its port included (Istio; on 8080 the location is wrong, and theirs is too). */
export function redirectToHttps(state: ExchangeState): Verdict {
    if (!state.virtualHost!.httpsRedirect || state.scheme === "https") return ON;
    if (state.authority === "") return answer(400, "", "", "missing_host_header");
    return answer(301, "", "", "direct_response", ["location", `https://${state.authority}${state.path}`]);
}
