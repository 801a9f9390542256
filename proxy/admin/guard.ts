/**
 * Whom the admin server answers. It listens on loopback, where every web page that a browser on this machine shows can
 * send requests too: one by a name of its own that resolves to loopback (DNS rebinding; the Host header tells), and one of
 * another origin (Fetch §3.2 and the Fetch Metadata Request Headers tell). curl and our own commands send neither header.
 */
import type { IncomingHttpHeaders } from "node:http";
import net from "node:net";

const NOT_LOCAL = "the Host header must be an address or localhost\n";
const NOT_SAME_ORIGIN = "only its own page may ask it from a browser: this request is from another origin\n";

/** What is asked, as far as the guard looks at it. */
export interface GuardedRequest {
    readonly method: string;
    /** Without the query. */
    readonly path: string;
    readonly headers: IncomingHttpHeaders;
}

/** Why it is not answered; undefined: it may be. `pagePath`: the document that a link on another site may lead to. */
export function refusalOf({ method, path, headers }: GuardedRequest, pagePath: string): string | undefined {
    const host = (headers.host ?? "").toLowerCase();
    if (!isLocalHost(host)) return NOT_LOCAL;
    const { origin } = headers;
    if (origin !== undefined && origin.toLowerCase() !== `http://${host}`) return NOT_SAME_ORIGIN;
    const site = headers["sec-fetch-site"];
    if (site === undefined || site === "same-origin" || site === "none") return undefined;
    const isLink =
        path === pagePath &&
        method === "GET" &&
        origin === undefined &&
        headers["sec-fetch-mode"] === "navigate" &&
        headers["sec-fetch-dest"] === "document";
    return isLink ? undefined : NOT_SAME_ORIGIN;
}

function isLocalHost(header: string): boolean {
    const host = header.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
    return host === "localhost" || net.isIP(host) !== 0;
}
