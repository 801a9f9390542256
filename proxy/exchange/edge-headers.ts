/**
 * What a gateway does to the headers of requests that come from outside (Istio's gateway topology with no trusted proxy
 * in front): nothing that a client says about itself is believed.
 */
import type { ConnectionInfo, HeaderList } from "../http/doors";

const X = 0x78;
const DASH = 0x2d;

/** The client's own words about itself are dropped from `headers`, and ours are put there. */
export function edgeHeaders(headers: HeaderList, connection: ConnectionInfo, requestId: string): void {
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
