/** A worker's counters: plain integers that are copied when somebody asks. */
import type { ExchangeRecord, ExchangeSink } from "../exchange";
import type { AcceptorCounters } from "../listeners";

interface ExchangeCounts {
    requests: number;
    responses1xx: number;
    responses2xx: number;
    responses3xx: number;
    responses4xx: number;
    responses5xx: number;
    /** The client was gone first. */
    unanswered: number;
}

/** Counts each exchange and hands it on. */
export class ExchangeCounters implements ExchangeSink {
    readonly counters: ExchangeCounts = {
        requests: 0,
        responses1xx: 0,
        responses2xx: 0,
        responses3xx: 0,
        responses4xx: 0,
        responses5xx: 0,
        unanswered: 0,
    };
    readonly #next: ExchangeSink;

    constructor(next: ExchangeSink) {
        this.#next = next;
    }

    finished(record: ExchangeRecord): void {
        const counters = this.counters;
        counters.requests++;
        const { status } = record;
        if (status >= 500) counters.responses5xx++;
        else if (status >= 400) counters.responses4xx++;
        else if (status >= 300) counters.responses3xx++;
        else if (status >= 200) counters.responses2xx++;
        else if (status >= 100) counters.responses1xx++;
        else counters.unanswered++;
        this.#next.finished(record);
    }
}

export interface CounterSources {
    readonly connections: number;
    readonly acceptor: AcceptorCounters;
    readonly exchanges: ExchangeCounts;
    readonly droppedLogLines: number;
    readonly notices: { readonly requestsRefused: number; readonly headersDropped: number };
}

/** One flat list, named for people. */
export function countersOf(sources: CounterSources): Record<string, number> {
    const memory = process.memoryUsage();
    return {
        connections_active: sources.connections,
        connections_accepted: sources.acceptor.accepted,
        tcp_connections: sources.acceptor.tcp,
        tls_handshakes: sources.acceptor.handshakes,
        tls_handshakes_refused: sources.acceptor.handshakesRefused,
        filter_chain_not_found: sources.acceptor.chainNotFound,
        connections_denied: sources.acceptor.denied,
        requests: sources.exchanges.requests,
        responses_1xx: sources.exchanges.responses1xx,
        responses_2xx: sources.exchanges.responses2xx,
        responses_3xx: sources.exchanges.responses3xx,
        responses_4xx: sources.exchanges.responses4xx,
        responses_5xx: sources.exchanges.responses5xx,
        requests_refused: sources.notices.requestsRefused,
        headers_dropped: sources.notices.headersDropped,
        requests_unanswered: sources.exchanges.unanswered,
        access_log_lines_dropped: sources.droppedLogLines,
        memory_rss_bytes: memory.rss,
        memory_heap_bytes: memory.heapUsed,
    };
}
