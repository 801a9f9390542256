/**
 * The figures of a worker: each is defined in one line here, in the order in which they are told, and counted by what
 * observers are told. Hot path: additions.
 */
import { UPLOAD_RATE } from "../http/limit-names";
import type { PolicyMark } from "../tables";
import type { ConnectionRecord, OpenedConnection } from "./connection-record";
import { EndpointFigures } from "./endpoint-figures";
import { ExportFigures } from "./export-figures";
import { LimitFigures } from "./limit-figures";
import { RateFigures } from "./rate-figures";
import type { Observer, ProxyHeaderOutcome } from "./observers";
import { RouteFigures } from "./route-figures";
import { MAX_NAMED, MetricRegistry, type ObservedSeries } from "./registry";
import type { RequestRecord } from "./request-record";

/** What others keep, read when somebody asks. */
export interface Kept {
    readonly openConnections: () => number;
    readonly droppedLogLines: () => number;
    /** What codecs count below the exchange. */
    readonly codecs: readonly ObservedSeries[];
}

/** Details of requests that met a limit, which is called the same. */
const LIMITS: ReadonlySet<string> = new Set(["overload", "request_payload_too_large", "stream_idle_timeout", UPLOAD_RATE]);
/** The same of connections. */
const OVERFLOWS: ReadonlySet<string> = new Set(["downstream_cx_overflow", "downstream_cx_overflow_address", "downstream_cx_rate_address"]);
const EGRESS = "egress_refused{";
const PROXY_HEADER = "proxy_protocol_";
/** Words of ours and OpenSSL's, of which a client brings forth some. */
const MOST_REASONS = 100;

export class Figures implements Observer {
    readonly registry = new MetricRegistry();
    readonly #accepted;
    readonly #tcp;
    readonly #handshakes;
    readonly #handshakesRefused;
    readonly #versions;
    readonly #failures;
    readonly #proxyHeaders;
    readonly #chainNotFound;
    readonly #denied;
    readonly #policies;
    readonly #egressRefused;
    readonly #requests;
    /** From 1xx on. */
    readonly #responses;
    /** Below the exchange: a codec counts them. */
    readonly requestsRefused;
    readonly headersDropped;
    readonly outboundBlocked;
    readonly #maintained;
    readonly #droppedLines;
    /** As they were told of last. */
    #droppedBefore: ReadonlyMap<string, number> = new Map();
    readonly #redirected;
    readonly #unanswered;
    readonly #requestsActive;
    readonly #tcpActive;
    /** Told of by clusters. */
    readonly endpoints: EndpointFigures;
    readonly #routes: RouteFigures;
    /** Told of by those who count requests against limits. */
    readonly rates: RateFigures;
    /** Told of by those who send to collectors. */
    readonly exports: ExportFigures;
    /** Told of by whoever holds to a limit. */
    readonly limits: LimitFigures;

    constructor(kept: Kept) {
        const { registry } = this;
        registry.observed("gauge", "connections_active", "connections that are open", kept.openConnections);
        this.#accepted = registry.counter("connections_accepted", "connections that a listener took");
        this.#tcp = registry.counter("tcp_connections", "connections whose bytes are passed on as they are");
        this.#handshakes = registry.counter("tls_handshakes", "TLS handshakes that came to their end here");
        this.#handshakesRefused = registry.counter("tls_handshakes_refused", "those that did not, and what was no TLS on a TLS listener");
        this.#versions = registry.counters(
            "gatehouse_tls_handshakes_by_version_total",
            "TLS handshakes that came to their end here, by the version that was agreed on",
            ["version"],
        );
        this.#failures = registry.counters(
            "gatehouse_tls_handshake_failures_total",
            "TLS handshakes that did not, by the reason",
            ["reason"],
            MOST_REASONS,
        );
        this.#proxyHeaders = registry.counters(
            "gatehouse_proxy_protocol_headers_total",
            "beginnings of connections where a PROXY protocol's header may stand, or has to: `v1` or `v2`, or why the connection was closed",
            ["outcome"],
        );
        this.#chainNotFound = registry.counter("filter_chain_not_found", "connections that no server of a Gateway is for");
        this.#denied = registry.counter("connections_denied", "connections that a policy lets nobody have");
        this.#policies = registry.counters(
            "authorization_policies",
            "what AuthorizationPolicies did to requests and connections: `denied` or `audited`, and `would-deny` or `would-allow` in a dry run",
            ["effect", "policy"],
            MAX_NAMED,
        );
        this.#egressRefused = registry.counters(
            "egress_refused",
            "requests, tunnels and connections that were let through to nowhere outside, by the reason",
            ["reason"],
        );
        this.#requests = registry.counter("requests", "requests that are over, refused ones among them");
        this.#responses = [1, 2, 3, 4, 5].map((group) =>
            registry.counter(`responses_${group}xx`, `of these, those answered with ${group}xx`),
        );
        this.requestsRefused = registry.counter("requests_refused", "requests that were refused for their bytes");
        this.headersDropped = registry.counter("headers_dropped", "request headers that were not passed on for their names");
        this.outboundBlocked = registry.counter(
            "outbound_blocked",
            "requests and connections of an application that nothing defines the destination of, under REGISTRY_ONLY",
        );
        this.#maintained = registry.counter("maintenance_refused", "requests that were told to come back after maintenance");
        this.#redirected = registry.counter("redirects_in_bulk", "requests that were led elsewhere by redirects in bulk");
        this.#unanswered = registry.counter("requests_unanswered", "requests whose client was gone first");
        registry.observed(
            "counter",
            "access_log_lines_dropped",
            "lines that a stalled reader of stdout did not take",
            kept.droppedLogLines,
        );
        this.#droppedLines = registry.counters(
            "gatehouse_access_log_dropped_lines_total",
            "of the access log's lines those that were lost, by where they should have gone",
            ["path"],
        );
        registry.observed("gauge", "memory_rss_bytes", "memory of the process", () => process.memoryUsage.rss());
        registry.observed("gauge", "memory_heap_bytes", "of it, JavaScript's own", () => process.memoryUsage().heapUsed);
        this.#requestsActive = registry.gauge("requests_active", "requests that have begun and are not over");
        this.#tcpActive = registry.gauge("tcp_connections_active", "of `tcp_connections`, those that are open");
        this.endpoints = new EndpointFigures(registry);
        this.#routes = new RouteFigures(registry);
        this.rates = new RateFigures(registry);
        this.exports = new ExportFigures(registry);
        this.limits = new LimitFigures(registry);
        for (const one of kept.codecs) registry.observedSeries(one);
    }

    #told(marks: readonly PolicyMark[]): void {
        for (let at = 0; at < marks.length; at++) this.#policies.of(marks[at]!.effect, marks[at]!.policy).add();
    }

    /** Details say it as `egress_refused{reason}`. */
    #toldOfEgress(details: string): void {
        if (details.startsWith(EGRESS)) this.#egressRefused.of(details.slice(EGRESS.length, -1)).add();
    }

    connectionAccepted(): void {
        this.#accepted.add();
    }

    proxyHeader(_listener: string, outcome: ProxyHeaderOutcome): void {
        this.#proxyHeaders.of(outcome).add();
    }

    handshakeDone(_listener: string, _serverName: string, version: string): void {
        this.#handshakes.add();
        this.#versions.of(version).add();
    }

    handshakeRefused(_listener: string, _serverName: string, reason: string): void {
        this.#handshakesRefused.add();
        this.#failures.of(reason).add();
    }

    tcpOpened({ policyMarks }: OpenedConnection): void {
        this.#told(policyMarks);
        this.#tcp.add();
        this.#tcpActive.add(1);
    }

    tcpClosed({ details }: ConnectionRecord): void {
        this.#tcpActive.add(-1);
        this.#toldOfEgress(details);
    }

    /** How many lines each log has lost since it was opened. */
    lookAtLogs(dropped: readonly (readonly [path: string, lines: number])[]): void {
        for (const [path, lines] of dropped) {
            const before = this.#droppedBefore.get(path) ?? 0;
            // One that was opened anew counts from nothing.
            const more = lines < before ? lines : lines - before;
            if (more > 0) this.#droppedLines.of(path).add(more);
        }
        this.#droppedBefore = new Map(dropped);
    }

    connectionRefused({ flags, policyMarks, details }: ConnectionRecord): void {
        this.#told(policyMarks);
        this.#toldOfEgress(details);
        if (OVERFLOWS.has(details)) this.limits.reached.of(details).add();
        else if (flags === "NR") this.#chainNotFound.add();
        else if (!details.startsWith(PROXY_HEADER)) this.#denied.add();
    }

    requestStarted(): void {
        this.#requestsActive.add(1);
    }

    requestFinished(record: RequestRecord): void {
        const { status, details, policyMarks } = record;
        this.#routes.finished(record);
        this.endpoints.finished(record);
        this.#told(policyMarks);
        this.#toldOfEgress(details);
        this.#requestsActive.add(-1);
        this.#requests.add();
        if (details !== "via_upstream" && LIMITS.has(details)) this.limits.reached.of(details).add();
        if (details === "maintenance") this.#maintained.add();
        else if (details === "redirect_in_bulk") this.#redirected.add();
        if (status < 100) this.#unanswered.add();
        else this.#responses[Math.min(Math.trunc(status / 100), 5) - 1]!.add();
    }
}
