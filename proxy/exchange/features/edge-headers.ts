/**
 * What a gateway says at the edge: of clients to backends (Istio's gateway topology with no trusted proxy in front: nothing
 * that a client says about itself is believed), and of itself to clients.
 */
import { randomUUID } from "node:crypto";
import type { ConnectionInfo, HeaderList, ResponseHead } from "../../http/doors";
import { headerAt, setHeader } from "../../http/header-list";
import type { ExchangeState } from "../exchange-state";
import { ON, type Verdict } from "../verdict";

const X = 0x78;
const DASH = 0x2d;

export function takeEdgeHeaders(state: ExchangeState): Verdict {
    state.requestId = randomUUID();
    replaceEdgeHeaders(state.headers, state.connection, state.requestId);
    return ON;
}

/** The client's own words about itself are dropped from `headers`, and ours are put there. */
function replaceEdgeHeaders(headers: HeaderList, connection: ConnectionInfo, requestId: string): void {
    let forwardedFor = "";
    let kept = 0;
    for (let at = 0; at < headers.length; at += 2) {
        const name = headers[at]!;
        if (name.charCodeAt(0) === X && name.charCodeAt(1) === DASH && isOurs(name)) {
            if (name === "x-forwarded-for") forwardedFor += forwardedFor === "" ? headers[at + 1]! : `,${headers[at + 1]!}`;
            continue;
        }
        if (kept !== at) {
            headers[kept] = name;
            headers[kept + 1] = headers[at + 1]!;
        }
        kept += 2;
    }
    // To set a length is a call into the runtime, also where nothing changes.
    if (kept !== headers.length) headers.length = kept;
    const { remoteAddress } = connection;
    headers.push(
        "x-forwarded-for",
        forwardedFor === "" ? remoteAddress : `${forwardedFor},${remoteAddress}`,
        "x-forwarded-proto",
        connection.scheme,
        "x-envoy-external-address",
        remoteAddress,
        "x-request-id",
        requestId,
    );
    if (connection.forwardedClientCert !== "") headers.push("x-forwarded-client-cert", connection.forwardedClientCert);
}

/** What a client says in its place is not believed. */
export function isOurs(name: string): boolean {
    switch (name) {
        case "x-forwarded-for":
        case "x-forwarded-proto":
        case "x-forwarded-client-cert":
        case "x-request-id":
            return true;
        default:
            return name.startsWith("x-envoy-");
    }
}

/** What ran upstream is nobody's business outside: `server` is ours. `date` is added where there is none (RFC 9110 §6.6.1). */
export function finishResponseHeaders({ runtime }: ExchangeState, { headers }: ResponseHead): void {
    setHeader(headers, "server", runtime.serverName);
    if (headerAt(headers, "date") === -1) headers.push("date", httpDate());
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
