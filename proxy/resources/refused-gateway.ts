/**
 * A Gateway that has never been good, as far as its servers can be read: nobody knows what it asks of clients, so that its
 * hosts accept no handshake rather than be served by a wildcard that asks for less. Where it wanted plain requests
 * redirected, they are: no wildcard is to serve them in the clear.
 */
import { hostFault } from "../../istio/hosts";
import { listenerFamily, parseServerHost } from "../../istio/semantics";
import { isRecord } from "../../istio/validation";

/** Which hosts can be read of an object that is otherwise bad. */
export const READABLE_HOSTS = { wildcard: true, any: true, ip: true, short: true, partial: true } as const;
const MAX_PORT = 65_535;

/** Its spec; undefined: there is no server that asks for something, and whose port and hosts can be read. */
export function refusedGateway(spec: Readonly<Record<string, unknown>>): object | undefined {
    const given: readonly unknown[] = Array.isArray(spec["servers"]) ? spec["servers"] : [];
    const servers = given.flatMap((server, index) => refusedServer(server, index));
    if (servers.length === 0) return undefined;
    const selector = isRecord(spec["selector"]) ? Object.entries(spec["selector"]).filter(([, value]) => typeof value === "string") : [];
    return { selector: Object.fromEntries(selector), servers };
}

function refusedServer(server: unknown, index: number): object[] {
    if (!isRecord(server) || !isRecord(server["port"])) return [];
    const { number, protocol } = server["port"];
    if (typeof number !== "number" || !Number.isInteger(number) || number < 1 || number > MAX_PORT) return [];
    const family = typeof protocol === "string" ? listenerFamily(protocol) : undefined;
    const redirects = family === "http" && mayRedirect(server["tls"]);
    if (family !== "tls" && !redirects) return [];
    const hosts = (Array.isArray(server["hosts"]) ? server["hosts"] : []).filter(
        (host): host is string => typeof host === "string" && hostFault(parseServerHost(host).host, READABLE_HOSTS) === undefined,
    );
    // The name tells its chain from those of servers that are served.
    if (hosts.length === 0) return [];
    const port = { number, name: `refused-${index}`, protocol: redirects ? "HTTP" : "HTTPS" };
    return [{ port, hosts, tls: redirects ? { httpsRedirect: true } : { mode: "SIMPLE" } }];
}

/** Of plain HTTP's `tls` this is the one field that says something; what cannot be read may have been it. */
function mayRedirect(tls: unknown): boolean {
    if (tls === undefined || tls === null) return false;
    return !isRecord(tls) || ![undefined, null, false].includes(tls["httpsRedirect"] as undefined | null | false);
}
