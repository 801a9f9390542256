import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import pino from "pino";
import { Writable } from "node:stream";
import { finding } from "../../../istio/findings";
import type { ConnectionRecord, RequestRecord } from "../../../proxy/telemetry";
import { AccessLog, FindingLog } from "../../../proxy/log";
import { entriesOf, JSON_LINES, KeptLines, logEntry, logged, TEXT } from "../../support/access-logs";
import { bundle } from "../../support/worker-bundle";

const EXCHANGE: RequestRecord = {
    start: Date.UTC(2026, 10, 21, 10, 0, 0, 5),
    duration: 12.4,
    protocol: "HTTP/1.1",
    method: "GET",
    authority: "web.test:8080",
    host: "web.test:8080",
    path: "/a?b=c",
    target: "",
    status: 200,
    flags: "",
    details: "via_upstream",
    bytesReceived: 3,
    bytesSent: 14,
    requestHeaders: ["user-agent", "curl/8", "x-forwarded-for", "10.0.0.1"],
    responseHeaders: ["x-envoy-upstream-service-time", "10"],
    responseTrailers: undefined,
    requestId: "id-1",
    routeName: "default",
    virtualHost: "web.test",
    routeOrigin: undefined,
    routePath: "",
    trace: undefined,
    policyMarks: [],
    cluster: "outbound|80||web.ns.svc.cluster.local",
    upstreamHost: "10.1.2.3:80",
    upstreamWorkload: "",
    upstreamLocalAddress: "10.1.0.1:5000",
    upstreamFailure: "",
    upstreamTime: 9.6,
    upstreamProtocol: "HTTP/1.1",
    requestTime: 0,
    attempts: 1,
    remoteAddress: "10.0.0.1",
    remotePort: 40000,
    connection: {
        remoteAddress: "10.0.0.1",
        remotePort: 40000,
        localAddress: "::1",
        localPort: 8443,
        port: 443,
        scheme: "https",
        serverName: "web.test",
        routeTable: "t",
        chain: "c",
        forwardedClientCert: "",
    },
};
const CONNECTION: ConnectionRecord = {
    start: Date.UTC(2026, 10, 21),
    duration: 231,
    bytesReceived: 839,
    bytesSent: 2504306,
    flags: "",
    details: "",
    upstreamFailure: "",
    upstreamHost: "151.101.195.5:443",
    upstreamWorkload: "",
    cluster: "outbound|443||edition.cnn.com",
    upstreamLocalAddress: "10.0.0.9:1",
    downstreamLocalAddress: "10.0.0.9:443",
    downstreamRemoteAddress: "10.0.0.8:5",
    serverName: "edition.cnn.com",
    mtls: false,
    policyMarks: [],
};

describe("access log", () => {
    it("writes an exchange in Istio's default text format", () => {
        assert.equal(
            logged(TEXT, (log) => log.requestFinished(EXCHANGE)),
            '[2026-11-21T10:00:00.005Z] "GET /a?b=c HTTP/1.1" 200 - via_upstream - "-" 3 14 12 10 "10.0.0.1" "curl/8" "id-1" "web.test:8080" "10.1.2.3:80" ' +
                "outbound|80||web.ns.svc.cluster.local 10.1.0.1:5000 [::1]:8443 10.0.0.1:40000 web.test default\n",
        );
    });

    it("writes a TCP connection as Envoy does", () => {
        assert.equal(
            logged(TEXT, (log) => log.tcpClosed(CONNECTION)),
            '[2026-11-21T00:00:00.000Z] "- - -" 0 - - - "-" 839 2504306 231 - "-" "-" "-" "-" "151.101.195.5:443" outbound|443||edition.cnn.com ' +
                "10.0.0.9:1 10.0.0.9:443 10.0.0.8:5 edition.cnn.com -\n",
        );
    });

    it("writes why a policy keeps a connection out as Envoy does", () => {
        const details = "rbac_access_denied_matched_policy[ns[shop]-policy[deny]-rule[0]]";
        assert.match(
            logged(TEXT, (log) => log.connectionRefused({ ...CONNECTION, details })),
            /"- - -" 0 - - rbac_access_denied_matched_policy\[ns\[shop\]-policy\[deny\]-rule\[0\]\] "-" /,
        );
    });

    it("writes what policies did in JSON, where there is any", () => {
        const policyMarks = [
            { effect: "would-deny", policy: "shop/dry", rule: "ns[shop]-policy[dry]-rule[1]" },
            { effect: "denied", policy: "none", rule: "none" },
        ] as const;
        const line = JSON.parse(logged(JSON_LINES, (log) => log.requestFinished({ ...EXCHANGE, policyMarks }))) as Record<string, unknown>;
        assert.deepEqual(line["authorization_policies"], ["would-deny ns[shop]-policy[dry]-rule[1]", "denied none"]);
    });

    it("writes JSON with Istio's keys", () => {
        const line = JSON.parse(logged(JSON_LINES, (log) => log.requestFinished(EXCHANGE))) as Record<string, unknown>;
        assert.deepEqual(line, {
            start_time: "2026-11-21T10:00:00.005Z",
            method: "GET",
            path: "/a?b=c",
            protocol: "HTTP/1.1",
            response_code: 200,
            response_flags: "-",
            response_code_details: "via_upstream",
            connection_termination_details: null,
            upstream_transport_failure_reason: null,
            bytes_received: 3,
            bytes_sent: 14,
            duration: 12,
            upstream_service_time: "10",
            x_forwarded_for: "10.0.0.1",
            user_agent: "curl/8",
            request_id: "id-1",
            authority: "web.test:8080",
            upstream_host: "10.1.2.3:80",
            upstream_cluster: "outbound|80||web.ns.svc.cluster.local",
            upstream_local_address: "10.1.0.1:5000",
            downstream_local_address: "[::1]:8443",
            downstream_remote_address: "10.0.0.1:40000",
            requested_server_name: "web.test",
            route_name: "default",
        });
    });

    it("lets no client end its own field or line, or use a character of several bytes", () => {
        const record = { ...EXCHANGE, requestHeaders: ["user-agent", 'x" 500 "\n[forged] é\u{1F600}'] };
        for (const format of [TEXT, JSON_LINES]) {
            const text = logged(format, (log) => log.requestFinished(record));
            assert.equal(text.split("\n").length, 2);
            assert.match(text, /^[\x20-\x7e]*\n$/);
        }
        assert.ok(logged(TEXT, (log) => log.requestFinished(record)).includes('"x\\x22 500 \\x22\\x0a[forged] \\xe9\\xd83d\\xde00"'));
        assert.equal(
            (JSON.parse(logged(JSON_LINES, (log) => log.requestFinished(record))) as { user_agent: string }).user_agent,
            record.requestHeaders[1],
        );
    });

    it("says what is wrong with a filter in a few words, without what it compares with", () => {
        const log = new AccessLog(undefined, () => new KeptLines());
        const problemOf = (filter: string): string => {
            log.configure(entriesOf(logEntry(TEXT, filter)));
            return log.problems.map(({ text }) => text).join();
        };
        const none = problemOf("request.headers['x-api-key'] == 'hunter2' &&");
        assert.match(none, /^The filter "request\.headers\['x-api-key'\] == '…' &&" is not understood \(it ends/);
        const unknown = problemOf(`request.hots == 'hunter2' || ${"request.path == 'a' || ".repeat(100)}true`);
        assert.match(unknown, /names request\.hots/);
        assert.ok(unknown.length < 400 && !unknown.includes("hunter2"), unknown);
    });

    it("is off until it is turned on, and again when it is turned off", () => {
        const sink = new KeptLines();
        const log = new AccessLog(undefined, () => sink);
        log.requestFinished(EXCHANGE);
        log.tcpClosed(CONNECTION);
        log.configure(entriesOf(logEntry()));
        log.requestFinished(EXCHANGE);
        log.configure(entriesOf());
        log.requestFinished(EXCHANGE);
        assert.equal(sink.lines.length, 1);
    });

    it("puts whole lines on stdout, all of them before the process ends", async () => {
        const program = bundle({
            text: `
            import { AccessLog } from "./proxy/log";
            const log = new AccessLog();
            log.configure(new Map([["envoy", { key: "envoy", to: { kind: "file", path: "/dev/stdout", format: ${JSON.stringify(TEXT)} }, filter: "", origin: {} as never }]]) as never);
            const record = ${JSON.stringify(EXCHANGE)};
            for (let i = 0; i < 2000; i++) log.requestFinished({ ...record, path: "/" + i } as never);
            log.flush();
            process.exit(0);`,
        });
        try {
            const { stdout } = await promisify(execFile)(process.execPath, [program.file], { maxBuffer: 1 << 24 });
            const paths = stdout
                .trimEnd()
                .split("\n")
                .map((line) => /GET \/(\d+) HTTP\/1\.1" 200 .* default$/.exec(line)?.[1]);
            assert.deepEqual(
                paths,
                Array.from({ length: 2000 }, (_, i) => String(i)),
            );
        } finally {
            program.remove();
        }
    });
});

describe("findings in the process log", () => {
    it("are logged once when they appear and once when they are gone", () => {
        const lines: { msg: string; code?: string; level: number; object?: unknown; field?: string }[] = [];
        const log = new FindingLog(
            pino(
                new Writable({
                    write: (chunk: Buffer, _e, done) => {
                        lines.push(JSON.parse(chunk.toString()) as (typeof lines)[number]);
                        done();
                    },
                }),
            ),
        );
        const one = finding(
            "GH0480",
            { object: { group: "networking.istio.io", kind: "Gateway", namespace: "ns", name: "gw" }, field: "spec.servers[0]" },
            "No handshake.",
        );
        log.update([one]);
        log.update([one, { ...one }]);
        assert.equal(lines.length, 1);
        assert.deepEqual(
            [lines[0]!.msg, lines[0]!.code, lines[0]!.level, lines[0]!.field, lines[0]!.object],
            [
                "No handshake.",
                "GH0480",
                50,
                "spec.servers[0]",
                { group: "networking.istio.io", kind: "Gateway", namespace: "ns", name: "gw" },
            ],
        );
        log.update([]);
        log.update([]);
        assert.deepEqual(
            lines.map((line) => line.msg),
            ["No handshake.", "finding resolved"],
        );
        log.update([one]);
        assert.equal(lines.length, 3);
    });
});
