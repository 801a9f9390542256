/** What of a request decides its route, and where each part of it is found. Hot path: no allocation but a parameter's value. */
import type { HeaderList } from "../../http/doors";

export interface RoutedRequest {
    readonly method: string;
    readonly scheme: string;
    readonly authority: string;
    /** With query. */
    readonly path: string;
    readonly pathname: string;
    readonly headers: HeaderList;
    /** What the client asks to change to; empty: nothing. */
    readonly upgrade: string;
    /** The claims of the token that was verified; undefined: there is none. */
    readonly payload: Readonly<Record<string, unknown>> | undefined;
}

/** What a condition may name as a header, and is kept elsewhere. */
export function apartFromHeaders(request: RoutedRequest, name: string): string | undefined {
    switch (name) {
        case ":method":
            return request.method;
        case "host":
        case ":authority":
            return request.authority;
        case ":scheme":
            return request.scheme;
        case ":path":
            return request.path;
        case "upgrade":
            return request.upgrade === "" ? undefined : request.upgrade;
        default:
            return undefined;
    }
}

/** The first value of a query parameter, as it was sent: neither the name nor the value is decoded (Envoy). */
export function queryValue(path: string, pathnameLength: number, name: string): string | undefined {
    let at = pathnameLength + 1;
    while (at <= path.length) {
        let end = path.indexOf("&", at);
        if (end === -1) end = path.length;
        if (path.startsWith(name, at)) {
            const after = at + name.length;
            if (after === end) return "";
            if (after < end && path.charCodeAt(after) === 0x3d) return path.slice(after + 1, end);
        }
        at = end + 1;
    }
    return undefined;
}
