/** What a gateway says of itself to clients: `server`, and `date` where there is none (RFC 9110 §6.6.1). */
import type { HeaderList, ResponseHead } from "../../http/doors";
import type { ClientRules } from "../../http/edge-rules";
import { headerAt, removeHeader, setHeader } from "../../http/header-list";
import type { ExchangeState } from "../exchange-state";

/** What ran upstream is nobody's business outside, unless somebody wants it so. */
export function finishResponseHeaders({ runtime, connection }: ExchangeState, { headers }: ResponseHead): void {
    const { edge } = connection;
    if (edge?.stripsEnvoy === true) stripEnvoy(headers);
    const server = edge?.server;
    if (server === undefined) setHeader(headers, "server", runtime.serverName);
    else tellServer(headers, server, runtime.serverName);
    if (headerAt(headers, "date") === -1) headers.push("date", httpDate());
}

/** What of the proxy's own, and of a backend's own proxy, tells how things are inside (Envoy's suppress_envoy_headers). */
function stripEnvoy(headers: HeaderList): void {
    let kept = 0;
    for (let at = 0; at < headers.length; at += 2) {
        if (headers[at]!.startsWith("x-envoy-")) continue;
        headers[kept] = headers[at]!;
        headers[kept + 1] = headers[at + 1]!;
        kept += 2;
    }
    headers.length = kept;
}

/** Envoy's server_header_transformation, and `none`. */
function tellServer(headers: HeaderList, { mode, value }: NonNullable<ClientRules["server"]>, own: string): void {
    switch (mode) {
        case "overwrite":
            setHeader(headers, "server", value === "" ? own : value);
            break;
        case "append-if-absent":
            if (headerAt(headers, "server") === -1) headers.push("server", value === "" ? own : value);
            break;
        case "pass-through":
            break;
        case "none":
            removeHeader(headers, "server");
            break;
        default:
            mode satisfies never;
    }
}

let second = 0;
let text = "";

/** IMF-fixdate (RFC 9110 §5.6.7), made once a second. */
function httpDate(): string {
    const now = Math.floor(Date.now() / 1000);
    if (now !== second) {
        second = now;
        text = new Date(now * 1000).toUTCString();
    }
    return text;
}
