/**
 * What a codec refuses and what a request loses is seen: counted, told in the access log where there is one, and in the
 * process log at most once a reason in each interval, with how often. A flood of refusals makes no flood of lines.
 */
import type { Logger } from "pino";
import type { RefusedRequest } from "../codec";
import type { ConnectionInfo } from "../http/doors";
import { PROTOCOLS } from "../http/protocols";
import { NO_MARKS } from "../tables";
import type { Figures, RequestObserver, RequestRecord } from "../telemetry";

const INTERVAL_MS = 10_000;
/** Names are a client's own: long ones are cut. */
const SHOWN = 64;

type NoticeFigures = Pick<Figures, "requestsRefused" | "headersDropped" | "limits">;

export class Notices {
    readonly #log: Logger;
    readonly #figures: NoticeFigures;
    readonly #intervalMs: number;
    /** By what was told in this interval: how often it came again. Reasons are ours, so that they are few. */
    readonly #again = new Map<string, number>();

    constructor(log: Logger, figures: NoticeFigures, intervalMs = INTERVAL_MS) {
        this.#log = log;
        this.#figures = figures;
        this.#intervalMs = intervalMs;
    }

    /** `observers` are told of a request that no exchange knows of. */
    refused(refused: RefusedRequest, connection: ConnectionInfo, observers: RequestObserver | undefined): void {
        this.#figures.requestsRefused.add();
        const limit = LIMITS.get(refused.detail);
        if (limit !== undefined) this.#figures.limits.reached.of(limit).add();
        if (observers) {
            const record = refusalRecord(refused, connection);
            const request = {
                ...record,
                headers: record.requestHeaders,
                destination: undefined,
                forwarding: undefined,
                headBytes: 0,
                messages: undefined,
            };
            observers.requestStarted(request);
            observers.requestFinished(record, request);
        }
        this.#tell("request refused", refused.detail, { status: refused.status, client: connection.remoteAddress, port: connection.port });
    }

    headerDropped(name: string, connection: ConnectionInfo): void {
        this.#figures.headersDropped.add();
        this.#tell("header dropped", "its name could be read as another header's", {
            header: name.slice(0, SHOWN),
            client: connection.remoteAddress,
            port: connection.port,
        });
    }

    #tell(what: string, reason: string, more: object): void {
        const key = `${what}: ${reason}`;
        const again = this.#again.get(key);
        if (again !== undefined) {
            this.#again.set(key, again + 1);
            return;
        }
        this.#again.set(key, 0);
        this.#log.warn({ reason, ...more }, what);
        setTimeout(() => {
            const times = this.#again.get(key) ?? 0;
            this.#again.delete(key);
            if (times > 0) this.#log.warn({ reason, times, seconds: this.#intervalMs / 1000 }, `${what}, again`);
        }, this.#intervalMs).unref();
    }
}

const NO_HOST = "no host";

/** Refusals that are for a limit, by its name in the table of limits. */
const LIMITS: ReadonlyMap<string, string> = new Map([
    ["head too large", "head_too_large"],
    ["too many header fields", "head_too_large"],
    ["header list too large, or of too many fields", "head_too_large"],
    ["trailer section larger than 16 KiB", "trailers_too_large"],
    ["no whole head in time", "head_timeout"],
]);

/** What Envoy calls by a name of its own. */
const DETAILS: ReadonlyMap<string, string> = new Map([
    [NO_HOST, "missing_host_header"],
    ["HTTP/1.0 is not accepted", "low_version"],
    ["head too large", PROTOCOLS.http1.headTooLarge],
]);

/** What is known of it: its bytes are no request, and nothing of them is believed. */
function refusalRecord({ status, detail, codecError, bodyBytes }: RefusedRequest, connection: ConnectionInfo): RequestRecord {
    return {
        start: Date.now(),
        duration: 0,
        protocol: codecError === PROTOCOLS.http2.codecError ? PROTOCOLS.http2.text : PROTOCOLS.http1.text,
        method: "",
        authority: "",
        host: "",
        path: "",
        target: "",
        status,
        // To Envoy it is a request, which is answered.
        flags: detail === NO_HOST ? "" : "DPE",
        details: DETAILS.get(detail) ?? `${codecError}{${detail}}`,
        bytesReceived: 0,
        bytesSent: bodyBytes,
        requestHeaders: [],
        responseHeaders: [],
        responseTrailers: undefined,
        requestId: "",
        routeName: "",
        virtualHost: "",
        routeOrigin: undefined,
        routePath: "",
        trace: undefined,
        remoteAddress: connection.remoteAddress,
        remotePort: connection.remotePort,
        policyMarks: NO_MARKS,
        cluster: "",
        upstreamHost: "",
        upstreamWorkload: "",
        upstreamLocalAddress: "",
        upstreamFailure: "",
        upstreamTime: -1,
        upstreamProtocol: "",
        requestTime: -1,
        attempts: 0,
        connection,
    };
}
