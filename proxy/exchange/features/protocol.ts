/** Which versions of HTTP a client may speak, and what it may change to. */
import { removeHeader } from "../../http/header-list";
import type { ExchangeState } from "../exchange-state";
import { answer, ON, type Verdict } from "../verdict";

export function refuseOldProtocol(state: ExchangeState): Verdict {
    const { runtime, connection } = state;
    if (state.head.protocol !== "HTTP/1.0" || runtime.acceptHttp10 || connection.isProxy === true) return ON;
    if (connection.tolerance?.acceptHttp10 === true) return ON;
    return answer(426, "this gateway speaks HTTP/1.1 and newer", "", "low_version");
}

/**
 * WebSocket passes. `h2c` is no switch that a client of HTTP/1.1 insists on (RFC 9113 §3.1 took it back): the request is
 * answered as it stands.
 */
export function refuseUpgrades(state: ExchangeState): Verdict {
    const { head } = state;
    if (head.upgrade === "" || head.upgrade === "websocket") return ON;
    if (head.upgrade !== "h2c" || head.protocol === "HTTP/2") return answer(403, "", "", "upgrade_failed");
    head.upgrade = "";
    // RFC 7540 §3.2.1: the settings are this connection's, whether or not the client has named them in `connection`.
    removeHeader(state.headers, "http2-settings");
    return ON;
}
