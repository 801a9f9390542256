/**
 * What an application wanted to reach and may not: counted, and told in the process log with what would allow it, at most once a
 * destination in each interval. Destinations are the application's to name, so that no more than some are told apart.
 */
import type { Logger } from "pino";
import { hostOf } from "../tables";
import { BLACK_HOLE } from "../listeners";
import type { ConnectionRecord, Figures, Observer, RequestRecord } from "../telemetry";

const INTERVAL_MS = 10_000;
const MOST_TOLD = 100;
const SHOWN = 253;

/** The route of what nobody knows, as istiod names it. */
const BLOCK_ALL = "block_all";
const EGRESS_REFUSED = "egress_refused{";
/** Of a whole URL that says none. */
const DEFAULT_PORT = 80;

const UNKNOWN = "REGISTRY_ONLY, and nothing defines the destination";
const NO_TUNNEL = "CONNECT leads to no port of HTTP";
const SEEN = "that is exported to this namespace and named by the Sidecar's egress hosts, or outboundTrafficPolicy ALLOW_ANY";

export class OutboundNotices implements Observer {
    readonly #log: Logger;
    readonly #figures: Pick<Figures, "outboundBlocked">;
    readonly #told = new Set<string>();
    #untold = 0;
    #timer: NodeJS.Timeout | undefined;

    constructor(log: Logger, figures: Pick<Figures, "outboundBlocked">) {
        this.#log = log;
        this.#figures = figures;
    }

    requestFinished({ routeName, status, attempts, authority, connection, remoteAddress, details, virtualHost }: RequestRecord): void {
        // Of tunnels no route is chosen.
        const isTunnel = details.startsWith(EGRESS_REFUSED);
        if (status !== 502 || attempts > 0 || (routeName !== BLOCK_ALL && !isTunnel)) return;
        const host = hostOf(authority).slice(0, SHOWN);
        const port = portOf(authority) ?? (connection.isProxy ? DEFAULT_PORT : connection.port);
        const isKnown = isTunnel && virtualHost !== "" && virtualHost !== "*";
        if (isKnown)
            this.#tell(remoteAddress, { host, port }, `a whole URL instead of CONNECT, for ${host} has HTTP on port ${port}`, NO_TUNNEL);
        else this.#tell(remoteAddress, { host, port }, `a ServiceEntry (or Service) with the host ${host} and the port ${port} ${SEEN}`);
    }

    connectionRefused({ details, downstreamRemoteAddress, downstreamLocalAddress, serverName }: ConnectionRecord): void {
        if (details !== BLACK_HOLE.detail) return;
        const name = serverName.slice(0, SHOWN);
        this.#tell(
            downstreamRemoteAddress,
            { ...(name === "" ? {} : { sni: name }), address: downstreamLocalAddress },
            `a ServiceEntry with the ${name === "" ? `address ${downstreamLocalAddress}` : `host ${name}`} ${SEEN}`,
        );
    }

    #tell(source: string, destination: object, allowedBy: string, why = UNKNOWN): void {
        this.#figures.outboundBlocked.add();
        const key = JSON.stringify(destination);
        if (this.#told.has(key) || this.#told.size >= MOST_TOLD) {
            this.#untold++;
            return;
        }
        this.#told.add(key);
        this.#log.warn({ source, ...destination, allowedBy }, `outbound traffic blocked: ${why}`);
        this.#timer ??= setTimeout(() => this.#forget(), INTERVAL_MS).unref();
    }

    #forget(): void {
        this.#timer = undefined;
        this.#told.clear();
        if (this.#untold > 0) this.#log.warn({ times: this.#untold, seconds: INTERVAL_MS / 1000 }, "outbound traffic blocked, again");
        this.#untold = 0;
    }
}

function portOf(authority: string): number | undefined {
    const port = /:(\d{1,5})$/.exec(authority)?.[1];
    return port === undefined ? undefined : Number(port);
}
