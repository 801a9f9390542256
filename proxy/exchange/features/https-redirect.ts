/** Servers that send plain HTTP to HTTPS (Istio's httpsRedirect), before any rule. */
import type { ExchangeState } from "../exchange-state";
import { answer, ON, type Verdict } from "../verdict";

/**
 * The location has the Host as it was sent, its port included (Istio), but for the port that speaks plain HTTP itself: nobody would be
 * served there over TLS.
 */
export function redirectToHttps(state: ExchangeState): Verdict {
    if (!state.virtualHost!.httpsRedirect || state.scheme === "https") return ON;
    if (state.authority === "") return answer(400, "", "", "missing_host_header");
    return answer(301, "", "", "direct_response", [
        "location",
        `https://${withoutPort(state.authority, state.connection.port)}${state.path}`,
    ]);
}

function withoutPort(authority: string, port: number): string {
    const colon = authority.lastIndexOf(":");
    if (colon <= 0 || authority.endsWith("]") || Number(authority.slice(colon + 1)) !== port) return authority;
    return authority.slice(0, colon);
}
