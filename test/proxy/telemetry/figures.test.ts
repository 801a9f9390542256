/** Each figure counts what it says, at the start of things and at their end. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { NO_MARKS } from "../../../proxy/tables";
import {
    ConnectionObservers,
    Figures,
    RequestObservers,
    samplesOf,
    type ConnectionRecord,
    type RequestRecord,
    type StartedRequest,
} from "../../../proxy/telemetry";

const REQUEST = { start: 0, method: "GET", authority: "a.test", path: "/", headers: [] } as unknown as StartedRequest;
const NO_HEADERS: readonly string[] = [];
const CONNECTION = { flags: "", details: "", policyMarks: NO_MARKS } as unknown as ConnectionRecord;

class Played {
    open = 0;
    dropped = 0;
    readonly figures = new Figures({ openConnections: () => this.open, droppedLogLines: () => this.dropped, codecs: [] });
    readonly requests = new RequestObservers([this.figures]);
    readonly connections = new ConnectionObservers([this.figures]);
    #before = this.all();

    all(): Record<string, number> {
        return Object.fromEntries(samplesOf(this.figures.registry.counts()));
    }

    /** The figures that changed since the last call, and by how much. */
    changed(): Record<string, number> {
        const now = this.all();
        const changed = Object.entries(now).flatMap(([name, value]) => {
            const by = value - this.#before[name]!;
            return by === 0 || /^(memory|gatehouse_(route|tls))_/.test(name) ? [] : [[name, by] as const];
        });
        this.#before = now;
        return Object.fromEntries(changed);
    }

    request(status: number): void {
        this.requests.requestStarted(REQUEST);
        this.requests.requestFinished(
            {
                status,
                details: "",
                policyMarks: NO_MARKS,
                requestHeaders: NO_HEADERS,
                flags: "",
                attempts: 1,
                cluster: "",
            } as unknown as RequestRecord,
            REQUEST,
        );
    }
}

describe("the figures of a worker", () => {
    it("count requests while they are open and when they are over, by what was answered", () => {
        const played = new Played();
        played.requests.requestStarted(REQUEST);
        assert.deepEqual(played.changed(), { requests_active: 1 });
        played.requests.requestFinished(
            {
                status: 200,
                details: "",
                policyMarks: NO_MARKS,
                requestHeaders: NO_HEADERS,
                flags: "",
                attempts: 1,
                cluster: "",
            } as unknown as RequestRecord,
            REQUEST,
        );
        assert.deepEqual(played.changed(), { requests_active: -1, requests: 1, responses_2xx: 1 });
        for (const [status, figure] of [
            [0, "requests_unanswered"],
            [101, "responses_1xx"],
            [299, "responses_2xx"],
            [304, "responses_3xx"],
            [499, "responses_4xx"],
            [500, "responses_5xx"],
            [600, "responses_5xx"],
            [999, "responses_5xx"],
        ] as const) {
            played.request(status);
            assert.deepEqual(played.changed(), { requests: 1, [figure]: 1 });
        }
    });

    it("count connections", () => {
        const played = new Played();
        const { connections, figures } = played;
        connections.connectionAccepted();
        assert.deepEqual(played.changed(), { connections_accepted: 1 });
        connections.handshakeDone("l", "a.test", "TLSv1.3");
        assert.deepEqual(played.changed(), { tls_handshakes: 1 });
        connections.handshakeRefused("l", "a.test", "no");
        assert.deepEqual(played.changed(), { tls_handshakes_refused: 1 });
        connections.tcpOpened(CONNECTION);
        assert.deepEqual(played.changed(), { tcp_connections: 1, tcp_connections_active: 1 });
        connections.tcpClosed(CONNECTION, CONNECTION);
        assert.deepEqual(played.changed(), { tcp_connections_active: -1 });
        connections.connectionRefused({ ...CONNECTION, flags: "NR", details: "filter_chain_not_found" });
        assert.deepEqual(played.changed(), { filter_chain_not_found: 1 });
        connections.connectionRefused({ ...CONNECTION, details: "AuthorizationPolicy" });
        assert.deepEqual(played.changed(), { connections_denied: 1 });
        figures.requestsRefused.add();
        figures.headersDropped.add();
        played.open = 3;
        played.dropped = 4;
        assert.deepEqual(played.changed(), { connections_active: 3, requests_refused: 1, headers_dropped: 1, access_log_lines_dropped: 4 });
    });

    it("count what policies did, of each by itself", () => {
        const { figures, requests, connections } = new Played();
        const deny = { effect: "denied", policy: "shop/deny", rule: "ns[shop]-policy[deny]-rule[0]" } as const;
        requests.requestFinished(
            {
                status: 403,
                details: "",
                policyMarks: [{ ...deny, effect: "audited" }, deny],
                requestHeaders: NO_HEADERS,
                flags: "",
                attempts: 1,
            } as unknown as RequestRecord,
            REQUEST,
        );
        connections.connectionRefused({ ...CONNECTION, policyMarks: [deny] });
        connections.tcpOpened({ ...CONNECTION, policyMarks: [{ ...deny, effect: "would-deny" }] });
        assert.deepEqual(
            samplesOf(figures.registry.counts()).filter(([name]) => name.startsWith("authorization")),
            [
                ['authorization_policies{effect="audited",policy="shop/deny"}', 1],
                ['authorization_policies{effect="denied",policy="shop/deny"}', 2],
                ['authorization_policies{effect="would-deny",policy="shop/deny"}', 1],
            ],
        );
    });

    it("count what leads nowhere outside, by the reason", () => {
        const { figures, requests, connections } = new Played();
        const details = "egress_refused{host_not_allowed}";
        requests.requestFinished(
            {
                status: 403,
                details,
                policyMarks: [],
                requestHeaders: NO_HEADERS,
                flags: "",
                attempts: 1,
                cluster: "",
            } as unknown as RequestRecord,
            REQUEST,
        );
        connections.tcpOpened(CONNECTION);
        connections.tcpClosed({ ...CONNECTION, details: "egress_refused{source_not_allowed}" }, CONNECTION);
        assert.deepEqual(
            samplesOf(figures.registry.counts()).filter(([name]) => name.startsWith("egress")),
            [
                ['egress_refused{reason="host_not_allowed"}', 1],
                ['egress_refused{reason="source_not_allowed"}', 1],
            ],
        );
    });

    it("are told in one order, of which none is left out above", () => {
        const played = new Played();
        assert.deepEqual(Object.keys(played.all()), [
            "connections_active",
            "connections_accepted",
            "tcp_connections",
            "tls_handshakes",
            "tls_handshakes_refused",
            "filter_chain_not_found",
            "connections_denied",
            "requests",
            "responses_1xx",
            "responses_2xx",
            "responses_3xx",
            "responses_4xx",
            "responses_5xx",
            "requests_refused",
            "headers_dropped",
            "outbound_blocked",
            "maintenance_refused",
            "redirects_in_bulk",
            "requests_unanswered",
            "access_log_lines_dropped",
            "memory_rss_bytes",
            "memory_heap_bytes",
            "requests_active",
            "tcp_connections_active",
        ]);
        const { memory_rss_bytes: rss = 0, memory_heap_bytes: heap = 0 } = played.all();
        assert.ok(rss > heap && heap > 1_000_000);
    });
});

describe("those who watch", () => {
    it("hear what they want to, in their order, and the same request at its start and its end", () => {
        const heard: unknown[] = [];
        const observers = new RequestObservers([
            { requestStarted: (request) => void heard.push(["a", request]) },
            {},
            { requestFinished: (record, request) => void heard.push(["b", record, request]) },
            {
                requestStarted: (request) => void heard.push(["c", request]),
                requestFinished: (_record, request) => void heard.push(["c", request]),
            },
        ]);
        const record = { status: 200, policyMarks: NO_MARKS } as RequestRecord;
        observers.requestStarted(REQUEST);
        observers.requestFinished(record, REQUEST);
        assert.deepEqual(heard, [
            ["a", REQUEST],
            ["c", REQUEST],
            ["b", record, REQUEST],
            ["c", REQUEST],
        ]);
    });
});

describe("what is looked at once in a while", () => {
    it("counts the connections of each cluster that has had one, and none of one that is gone", () => {
        const played = new Played();
        const { endpoints } = played.figures;
        const looked = (clusters: Readonly<Record<string, number>>): Record<string, number> => {
            endpoints.look(new Map(Object.entries(clusters).map(([key, connections]) => [key, { connections }])));
            const all = Object.entries(played.all()).filter(([name]) => name.startsWith("gatehouse_upstream_connections"));
            return Object.fromEntries(all.map(([name, value]) => [name.replace(/^.*="(.*)"}$/, "$1"), value]));
        };
        assert.deepEqual(looked({ a: 2, b: 0 }), { a: 2 });
        assert.deepEqual(looked({ a: 0, b: 1 }), { a: 0, b: 1 });
        assert.deepEqual(looked({ a: 3 }), { a: 3, b: 0 });
    });

    it("counts the lines that each log has lost, of one that was opened anew from nothing", () => {
        const { figures } = new Played();
        const lost = (): Record<string, number> =>
            Object.fromEntries(samplesOf(figures.registry.counts()).filter(([name]) => name.startsWith("gatehouse_access_log_dropped")));
        figures.lookAtLogs([["/dev/stdout", 0]]);
        assert.deepEqual(lost(), {});
        figures.lookAtLogs([
            ["/dev/stdout", 3],
            ["/logs/a", 1],
        ]);
        figures.lookAtLogs([
            ["/dev/stdout", 5],
            ["/logs/a", 1],
        ]);
        figures.lookAtLogs([]);
        figures.lookAtLogs([["/dev/stdout", 2]]);
        assert.deepEqual(lost(), {
            'gatehouse_access_log_dropped_lines_total{path="/dev/stdout"}': 7,
            'gatehouse_access_log_dropped_lines_total{path="/logs/a"}': 1,
        });
    });
});
