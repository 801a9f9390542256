/** Records on their way to a collector: in the background, bounded, sent again where that helps, and counted where they are lost. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import { closedPort } from "../../../harness/ports";
import { ProtoWriter } from "../../../proxy/http/protobuf";
import { Exporters, Exporter, type Signal } from "../../../proxy/otlp";
import { retryAfter } from "../../../proxy/otlp/judge";
import type { CollectorEntry } from "../../../proxy/tables";
import { Cluster, createUpstreamServices } from "../../../proxy/upstream";
import { Collector, LOGS, TRACES, valuesOf, type ReadTraces } from "../../support/collector";
import { eventually } from "../../support/eventually";
import { cluster as clusterEntry, endpoints } from "../snapshot/entries";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
});

const ORIGIN = { group: "", kind: "ConfigMap", namespace: "istio-system", name: "istio", field: "data.mesh.extensionProviders[0]" };

interface Rig {
    readonly exporter: Exporter;
    readonly counts: Record<string, number>;
    readonly exporters: Exporters;
    changes: number;
}

function rig(port: number, more: Partial<CollectorEntry> = {}, bounds = {}, signal: Signal = "traces", environment = {}): Rig {
    const isGrpc = (more.protocol ?? "otlp-grpc") === "otlp-grpc";
    const cluster = new Cluster(
        createUpstreamServices(),
        clusterEntry("otel", isGrpc ? { protocol: "http2" } : {}),
        endpoints("otel", port),
        new Map(),
    );
    closing.push(() => cluster.drain());
    const counts: Record<string, number> = {};
    const count = (name: string, by: number): void => void (counts[name] = (counts[name] ?? 0) + by);
    const exporters = new Exporters({
        cluster: (key) => (key === "otel" ? cluster : undefined),
        random: () => 0.5,
        environment,
        sent: (_signal, destination, by) => count(`sent ${destination}`, by),
        dropped: (_signal, destination, reason, by) => count(`${reason} ${destination}`, by),
        changed: () => void made.changes++,
        bounds: { flushMs: 5, firstBackoffMs: 10, longestBackoffMs: 40, wordsMs: 0, ...bounds },
    });
    const collector: CollectorEntry = {
        provider: "otel",
        cluster: "otel",
        authority: "otel.test",
        protocol: "otlp-grpc",
        path: "/v1/traces",
        timeoutMs: 2_000,
        headers: [],
        resource: [["service.name", "gw.shöp"]],
        hasEnvironment: false,
        origin: ORIGIN,
        ...more,
    };
    const [exporter] = exporters.use(signal, [collector]);
    closing.push(() => exporter!.close());
    const made: Rig = { exporter: exporter!, counts, exporters, changes: 0 };
    return made;
}

const record = (name: string): Buffer => new ProtoWriter().text(5, name).finish();
async function collector(): Promise<Collector> {
    const made = await Collector.start();
    closing.push(() => made.close());
    return made;
}
const names = ({ spans }: Collector): string[] => spans.map(({ name }) => name);

describe("records for a collector", () => {
    it("go by gRPC or HTTP, as many as have come in a message, with who tells them", async () => {
        const there = await collector();
        for (const [protocol, port, path] of [
            ["otlp-grpc", there.grpcPort, "/opentelemetry.proto.collector.trace.v1.TraceService/Export"],
            ["otlp-http", there.httpPort, "/v1/traces"],
        ] as const) {
            there.received.length = 0;
            const { exporter, counts } = rig(
                port,
                {
                    protocol,
                    hasEnvironment: true,
                    headers: [
                        { name: "x-key", envName: "KEY" },
                        { name: "x-a", value: "b" },
                        { name: "x-none", envName: "NO" },
                    ],
                },
                {},
                "traces",
                { KEY: "secret", OTEL_RESOURCE_ATTRIBUTES: "k8s.pod=a%20b,bad,=x,service.name=no" },
            );
            for (const name of ["a", "b"]) exporter.push(record(name));
            await eventually(() => assert.equal(counts["sent otel"], 2));
            const [{ path: asked, headers }] = there.received as [Collector["received"][0]];
            assert.deepEqual([asked, headers["x-key"], headers["x-a"], "x-none" in headers], [path, "secret", "b", false]);
            assert.equal(headers["content-type"], protocol === "otlp-grpc" ? "application/grpc" : "application/x-protobuf");
            const { resource, scope_spans: scopes } = there.traces[0]!.resource_spans[0]!;
            assert.deepEqual(valuesOf(resource.attributes), { "service.name": "gw.shöp", "k8s.pod": "a b" });
            assert.deepEqual([scopes.length, scopes[0]!.scope.name, names(there)], [1, "gatehouse", ["a", "b"]]);
        }
    });

    it("are log records too", async () => {
        const there = await collector();
        const { exporter } = rig(there.grpcPort, {}, {}, "logs");
        exporter.push(
            new ProtoWriter()
                .fixed64(1, 7n)
                .message(5, (body) => body.text(1, "line"))
                .finish(),
        );
        await eventually(() => assert.equal(there.received.length, 1));
        const { resource_logs: all } = LOGS.requestDeserialize(there.received[0]!.body) as {
            resource_logs: { scope_logs: { log_records: { time_unix_nano: string; body: { string_value: string } }[] }[] }[];
        };
        const [line] = all[0]!.scope_logs[0]!.log_records;
        assert.deepEqual([line!.time_unix_nano, line!.body.string_value], ["7", "line"]);
        assert.equal(there.received[0]!.path, "/opentelemetry.proto.collector.logs.v1.LogsService/Export");
    });

    it("are sent again where the collector says so, not before the time that it names", async () => {
        const there = await collector();
        const { exporter, counts } = rig(there.httpPort, { protocol: "otlp-http" });
        const times: number[] = [];
        there.answer = () => {
            times.push(performance.now());
            return times.length === 1 ? { status: 503, headers: { "retry-after": "1" } } : times.length === 2 ? { status: 429 } : {};
        };
        exporter.push(record("a"));
        await eventually(() => assert.equal(counts["sent otel"], 1));
        assert.deepEqual(names(there), ["a", "a", "a"]);
        assert.ok(times[1]! - times[0]! >= 990 && times[2]! - times[1]! < 500, String(times));
        assert.equal(exporter.problem, "");
    });

    it("by gRPC likewise: by RetryInfo, and by statuses that pass", async () => {
        const there = await collector();
        const { exporter, counts } = rig(there.grpcPort);
        const info = new ProtoWriter()
            .number(1, 8)
            .message(3, (any) =>
                any
                    .text(1, "type.googleapis.com/google.rpc.RetryInfo")
                    .message(2, (one) => one.message(1, (delay) => delay.number(2, 20_000_000))),
            )
            .finish();
        const answers = [{ grpc: 14 }, { grpc: 8, trailers: { "grpc-status-details-bin": info.toString("base64") } }, {}];
        there.answer = () => answers.shift()!;
        exporter.push(record("a"));
        await eventually(() => assert.equal(counts["sent otel"], 1));
        assert.equal(there.received.length, 3);
        there.answer = () => ({ grpc: 8 });
        exporter.push(record("b"));
        await eventually(() => assert.equal(counts["refused otel"], 1));
    });

    it("are lost where they are not wanted, or in part, and the reason is known until it is over", async () => {
        const there = await collector();
        const one = rig(there.httpPort, { protocol: "otlp-http" });
        there.answer = () => ({ status: 401 });
        one.exporter.push(record("a"));
        await eventually(() => assert.equal(one.counts["refused otel"], 1));
        const [finding] = one.exporters.findings();
        assert.equal(finding!.code, "GH0488");
        assert.deepEqual(finding!.object, { group: "", kind: "ConfigMap", namespace: "istio-system", name: "istio" });
        assert.match(finding!.message, /otel \(otel\.test\).*it answers 401/);
        there.answer = () => ({
            headers: { "content-type": "application/x-protobuf" },
            body: TRACES.responseSerialize({ partial_success: { rejected_spans: 1, error_message: "too\nold" } }),
        });
        for (const name of ["b", "c"]) one.exporter.push(record(name));
        await eventually(() => assert.deepEqual(one.counts, { "refused otel": 2, "sent otel": 1 }));
        assert.equal(one.exporter.problem, "it does not take some records: too old");
        there.answer = () => ({});
        one.exporter.push(record("d"));
        await eventually(() => assert.deepEqual(one.exporters.findings(), []));
        assert.equal(one.changes, 3);
    });

    it("wait in a bounded queue while nobody is there, and are given up one batch after the other", async () => {
        const { exporter, counts, exporters } = rig(await closedPort(), {}, { maxRecords: 5, batchRecords: 2, attempts: 3 });
        for (let i = 0; i < 9; i++) exporter.push(record(String(i)));
        assert.ok(counts["full otel"]! >= 4);
        await eventually(() => assert.ok(counts["unavailable otel"]! >= 2));
        assert.match(exporters.findings()[0]!.message, /connect-failure/);
        await eventually(() => assert.equal(exporter.waiting, 0));
        assert.equal(counts["full otel"]! + counts["unavailable otel"]!, 9);
    });

    it("of many bytes fill it too", () => {
        const { exporter, counts } = rig(1, {}, { maxBytes: 100 });
        for (let i = 0; i < 3; i++) exporter.push(Buffer.alloc(40));
        assert.equal(counts["full otel"], 1);
    });

    it("of many bytes do not wait for each other, and who refuses them is not asked for each batch", async () => {
        const there = await collector();
        const { exporter, counts } = rig(there.httpPort, { protocol: "otlp-http" }, { flushMs: 60_000, batchBytes: 100, maxBytes: 1_000 });
        for (let i = 0; i < 9; i++) exporter.push(record("x".repeat(60)));
        await eventually(() => assert.deepEqual(counts, { "sent otel": 8 }));
        const two = rig(
            there.httpPort,
            { protocol: "otlp-http" },
            { flushMs: 1, batchRecords: 1, firstBackoffMs: 60_000, longestBackoffMs: 60_000 },
        );
        there.received.length = 0;
        there.answer = () => ({ status: 401 });
        for (let i = 0; i < 9; i++) two.exporter.push(record("a"));
        await eventually(() => assert.deepEqual(two.counts, { "refused otel": 1 }));
        await new Promise((resolve) => setTimeout(resolve, 20));
        assert.equal(there.received.length, 1);
    });

    it("are not told of again in each of a collector's words", async () => {
        const there = await collector();
        const one = rig(there.httpPort, { protocol: "otlp-http" }, { wordsMs: 60_000 });
        let told = 0;
        there.answer = () => ({
            headers: { "content-type": "application/x-protobuf" },
            body: TRACES.responseSerialize({ partial_success: { rejected_spans: 1, error_message: `request ${++told}` } }),
        });
        for (let n = 1; n <= 3; n++) {
            one.exporter.push(record("a"));
            await eventually(() => assert.equal(one.counts["refused otel"], n));
        }
        assert.equal(one.changes, 1);
        assert.match(one.exporter.problem, /request 1/);
    });

    it("are taken by a collector that came late, that is slow, or that was away", async () => {
        const there = await collector();
        const { exporter, counts } = rig(there.grpcPort, { timeoutMs: 60 });
        let asked = 0;
        there.answer = () => (++asked <= 2 ? undefined : {});
        exporter.push(record("a"));
        await eventually(() => assert.match(exporter.problem, /no answer within 60 ms/));
        await eventually(() => assert.equal(counts["sent otel"], 1));
    });

    it("are sent before the end, which no collector delays for long", async () => {
        const there = await collector();
        const one = rig(there.grpcPort, {}, { flushMs: 60_000 });
        one.exporter.push(record("a"));
        await one.exporters.finish(1_000);
        assert.deepEqual([names(there), one.counts], [["a"], { "sent otel": 1 }]);
        there.answer = () => undefined;
        const two = rig(there.grpcPort, {}, { flushMs: 60_000 });
        two.exporter.push(record("b"));
        await two.exporters.finish(50);
        assert.deepEqual(two.counts, { "ended otel": 1 });
    });

    it("go by the same exporter as long as nothing of its collector changes; another one sends what it has and ends", async () => {
        const there = await collector();
        const { exporter, exporters } = rig(there.grpcPort, {}, { flushMs: 60_000 });
        assert.deepEqual(exporters.use("traces", [structuredClone(exporter.collector)]), [exporter]);
        exporter.push(record("a"));
        assert.deepEqual(exporters.use("traces", []), []);
        await eventually(() => assert.deepEqual(names(there), ["a"]));
    });

    it("of Zipkin are one list of JSON", async () => {
        const there = await collector();
        const { exporter, counts } = rig(there.httpPort, { protocol: "zipkin", path: "/api/v2/spans" });
        there.answer = () => ({ status: 202 });
        for (const id of ["1", "2"]) exporter.push(Buffer.from(JSON.stringify({ id })));
        await eventually(() => assert.equal(counts["sent otel"], 2));
        assert.deepEqual(JSON.parse(there.received[0]!.body.toString()), [{ id: "1" }, { id: "2" }]);
        assert.equal(there.received[0]!.headers["content-type"], "application/json");
    });
});

describe("Retry-After", () => {
    it("is seconds or a date, and at most a minute", () => {
        const now = Date.parse("2030-01-01T00:00:00Z");
        const said = ["5", "Tue, 01 Jan 2030 00:00:10 GMT", "Tue, 01 Jan 2019 00:00:00 GMT", "900", "", "soon", "-1"];
        assert.deepEqual(
            said.map((text) => retryAfter(text, now)),
            [5_000, 10_000, 0, 60_000, 0, 0, 0],
        );
    });
});

describe("a message of a batch", () => {
    it("is what another implementation reads, whatever its length", () => {
        const body = new ProtoWriter();
        const all = body.open(1);
        for (const length of [0, 1, 126, 127, 128, 16_383, 16_384, 70_000]) {
            const scope = body.open(2);
            const span = body.open(2);
            body.text(5, "n".repeat(length)).fixed64(7, 1_700_000_000_123_456_789n).fixed32(16, 257).close(span).close(scope);
        }
        const read = TRACES.requestDeserialize(body.close(all).finish()) as ReadTraces;
        const spans = read.resource_spans[0]!.scope_spans.map(({ spans: [span] }) => span!);
        assert.deepEqual(
            spans.map((one) => [one.name.length, one.start_time_unix_nano, one.flags]),
            [0, 1, 126, 127, 128, 16_383, 16_384, 70_000].map((length) => [length, "1700000000123456789", 257]),
        );
    });
});
