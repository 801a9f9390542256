/** Istio's standard metrics, as Istio's own gateways have them. */
import assert from "node:assert/strict";
import v8 from "node:v8";
import vm from "node:vm";
import { describe, it } from "mocha";
import { ISTIO_METRICS, type IstioMetricName } from "../../../../istio/semantics/standard-metrics";
import type { IstioMetricEntry, MetricsEntry, Origin } from "../../../../proxy/tables";
import { ALL_ISTIO_METRICS, Ledger, type OpenedConnection, type StartedRequest } from "../../../../proxy/telemetry";
import { isGrpcType, MessageCount } from "../../../../proxy/telemetry/istio/grpc-messages";
import { CONNECTION, Played, RECORD, WEB } from "./support";

const ORIGIN: Origin = { group: "telemetry.istio.io", kind: "Telemetry", namespace: "edge", name: "t", field: "spec.metrics[0]" };

function played(labels: Readonly<Record<string, string>> = {}): Played {
    const one = new Played(labels);
    one.metrics.configure();
    return one;
}

/** All of them, with these changes of tags. */
function changed(tags: IstioMetricEntry["tags"], names = Object.keys(ISTIO_METRICS) as IstioMetricName[]): MetricsEntry {
    return { ...ALL_ISTIO_METRICS, metrics: names.map((metric) => ({ metric, tags })) };
}

describe("Istio's metrics of requests", () => {
    it("have Istio's labels, with what a gateway knows of itself and of the service", () => {
        const one = played({ app: "istio-ingress", version: "v1", "service.istio.io/canonical-name": "public" });
        one.request();
        assert.deepEqual(one.labels("istio_requests_total"), {
            reporter: "source",
            source_workload: "public",
            source_canonical_service: "public",
            source_canonical_revision: "v1",
            source_workload_namespace: "edge",
            source_principal: "unknown",
            source_app: "istio-ingress",
            source_version: "v1",
            source_cluster: "unknown",
            destination_workload: "unknown",
            destination_workload_namespace: "shop",
            destination_principal: "unknown",
            destination_app: "unknown",
            destination_version: "unknown",
            destination_service: "web.shop.svc.cluster.local",
            destination_canonical_service: "unknown",
            destination_canonical_revision: "latest",
            destination_service_name: "web",
            destination_service_namespace: "shop",
            destination_cluster: "unknown",
            request_protocol: "http",
            response_code: "200",
            grpc_response_status: "",
            response_flags: "-",
            connection_security_policy: "unknown",
        });
    });

    it("have the names of the endpoint's workload, of requests, calls and connections, each workload apart", () => {
        const one = played();
        const upstreamWorkload = "web-v2;pods;web;v2;shop-web;2";
        one.request({ upstreamWorkload });
        const { destination_workload, destination_workload_namespace, ...labels } = one.labels("istio_requests_total");
        assert.deepEqual([destination_workload, destination_workload_namespace], ["web-v2", "pods"]);
        assert.deepEqual(
            [
                labels.destination_canonical_service,
                labels.destination_canonical_revision,
                labels.destination_app,
                labels.destination_version,
            ],
            ["web", "v2", "shop-web", "2"],
        );
        assert.deepEqual([labels.destination_service_namespace, labels.destination_cluster], ["shop", "unknown"]);
        one.request({ upstreamWorkload: "web-v1;pods;web;;;" });
        one.request({ upstreamWorkload });
        assert.deepEqual(one.by("istio_requests_total", "destination_workload"), { "web-v2": 2, "web-v1": 1 });
        one.connection({ upstreamWorkload });
        one.connection({ upstreamWorkload: "" });
        assert.deepEqual(one.by("istio_tcp_connections_opened_total", "destination_workload"), { "web-v2": 1, unknown: 1 });
        one.request({ cluster: "outbound|443||api.example.com", upstreamWorkload: ";outside;api;;;" });
        assert.equal(one.by("istio_requests_total", "destination_service_namespace")["outside"], 1);
    });

    it("name a service of a ServiceEntry by its host, and destinations that are nobody's as Istio does", () => {
        const one = played();
        one.request({ cluster: "outbound|443|v2|api.example.com" });
        one.request({ cluster: "", routeName: "block_all", status: 502 });
        one.request({ cluster: "PassthroughCluster", routeName: "allow_any" });
        one.request({ cluster: "", routeName: "", status: 404, flags: "NR" });
        assert.deepEqual(one.by("istio_requests_total", "destination_service_name"), {
            "api.example.com": 1,
            BlackHoleCluster: 1,
            PassthroughCluster: 1,
            unknown: 1,
        });
        assert.deepEqual(one.by("istio_requests_total", "response_flags"), { "-": 1, NR: 1 });
    });

    it("count each answer, how long it took and how big both sides were, heads too, in Envoy's buckets", () => {
        const one = played();
        one.request({}, ["content-type", "text/plain"]);
        one.request({ duration: 30 });
        one.request({ status: 503, flags: "UF,URX" });
        const sums = Object.entries(one.samples("istio_request_duration_milliseconds_sum")).map(([, value]) => value);
        assert.deepEqual(sums, [42, 12]);
        const requestBytes = Object.values(one.samples("istio_request_bytes_sum"));
        const head = "GET / HTTP/1.1\r\nhost: web.test\r\n\r\n".length;
        assert.deepEqual(requestBytes, [2 * (head + 5) + "content-type: text/plain\r\n".length, head + 5]);
        assert.deepEqual(Object.values(one.samples("istio_response_bytes_count")), [2, 1]);
        const bounds = Object.keys(one.samples("istio_request_bytes_bucket")).map((name) => /le="([^"]+)"/.exec(name)![1]);
        assert.deepEqual(bounds.slice(0, 4), ["0.5", "1", "5", "10"]);
        assert.deepEqual(one.by("istio_requests_total", "response_code"), { 200: 2, 503: 1 });
    });

    it("tell the status of gRPC calls, of the trailers, of the head, or of HTTP's", () => {
        const type = ["content-type", "application/grpc+proto"];
        const one = played();
        one.request({ responseTrailers: ["grpc-status", "5"] }, type);
        one.request({ responseHeaders: ["grpc-status", "7"] }, type);
        one.request({ status: 503 }, type);
        one.request({ responseTrailers: ["grpc-status", "99"] }, type);
        one.request({ status: 0 }, type);
        one.request({ responseTrailers: ["grpc-status", "5"] }, ["content-type", "application/grpcish"]);
        assert.deepEqual(one.by("istio_requests_total", "grpc_response_status"), { 5: 1, 7: 1, 14: 1, "-1": 1, "": 1 });
        assert.deepEqual(one.by("istio_requests_total", "request_protocol"), { grpc: 1, http: 1 });
    });

    it("count the messages of gRPC calls, also of those that are open", () => {
        const one = played();
        const request = {
            method: "POST",
            path: "/a.B/C",
            authority: "a",
            headers: ["content-type", "application/grpc"],
            destination: { cluster: WEB },
            forwarding: { endpoint: { workload: "" } },
        };
        const started = { ...request, headBytes: 0, messages: undefined } as unknown as StartedRequest;
        one.metrics.requestStarted(started);
        const message = Buffer.from([0, 0, 0, 0, 2, 1, 2]);
        for (let n = 0; n < 3; n++) started.messages!.requests.read(message);
        started.messages!.responses.read(message);
        one.metrics.report();
        const counted = (): unknown => [
            Object.values(one.samples("istio_request_messages_total")),
            Object.values(one.samples("istio_response_messages_total")),
        ];
        assert.deepEqual(counted(), [[3], [1]]);
        started.messages!.responses.read(message);
        one.metrics.configure({ ...ALL_ISTIO_METRICS });
        one.metrics.report();
        assert.deepEqual(counted(), [[3], [2]], "another configuration goes on with what is open");
        assert.equal(Object.keys(one.labels("istio_request_messages_total")).includes("response_code"), false);
    });
});

describe("Istio's metrics of gRPC-Web", () => {
    it("are those of the call that it was made, and of a request where it was made none", () => {
        const web = ["content-type", "application/grpc-web+proto"];
        const call = ["content-type", "application/grpc"];
        const counted = (forwarded: string[], isOpen: boolean): unknown[] => {
            const one = played();
            const forwarding = { endpoint: { workload: "" } };
            const request = {
                method: "POST",
                path: "/a.B/C",
                authority: "a",
                headers: [...web],
                destination: { cluster: WEB },
                forwarding,
            };
            const started = { ...request, headBytes: 0, messages: undefined } as unknown as StartedRequest;
            one.metrics.requestStarted(started);
            started.messages!.requests.read(Buffer.from([0, 0, 0, 0, 0]));
            // It is made a call after it has begun.
            (started.headers as string[]).splice(0, 2, ...forwarded);
            if (isOpen) one.metrics.report();
            else one.metrics.requestFinished({ ...RECORD, requestHeaders: forwarded }, started);
            return Object.values(one.samples("istio_request_messages_total"));
        };
        assert.deepEqual([counted(call, true), counted(call, false), counted(web, true), counted(web, false)], [[1], [1], [], []]);
    });
});

describe("Istio's metrics of connections", () => {
    it("count what was opened, closed and passed on, also while it is open", () => {
        const one = played();
        one.connection({ bytesSent: 7, bytesReceived: 3 });
        const opened: OpenedConnection = { ...CONNECTION };
        one.metrics.tcpOpened(opened);
        one.metrics.report();
        const all = (): unknown => ["opened", "closed"].map((what) => one.by(`istio_tcp_connections_${what}_total`, "response_flags"));
        assert.deepEqual(all(), [{ "-": 1 }, { "-": 1 }], "nobody knows yet where it leads");
        let bytesSent = 10;
        opened.progress = () => ({ cluster: WEB, upstreamHost: "10.0.0.1:80", upstreamWorkload: "", bytesSent, bytesReceived: 1 });
        one.metrics.report();
        bytesSent = 25;
        one.metrics.report();
        assert.deepEqual(all(), [{ "-": 2 }, { "-": 1 }]);
        assert.deepEqual(one.by("istio_tcp_sent_bytes_total", "request_protocol"), { tcp: 32 });
        one.metrics.tcpClosed({ ...CONNECTION, bytesSent: 30, bytesReceived: 1, flags: "DC" }, opened);
        assert.deepEqual(all(), [{ "-": 2 }, { "-": 1, DC: 1 }]);
        assert.deepEqual(one.by("istio_tcp_sent_bytes_total", "response_flags"), { "-": 32, DC: 5 });
        assert.deepEqual(one.by("istio_tcp_received_bytes_total", "request_protocol"), { tcp: 0 });
    });
});

describe("metrics that a Telemetry changes", () => {
    it("have no tag that is removed, another value of one that is set, and those that are added", () => {
        const one = new Played();
        one.metrics.configure(
            changed([
                { name: "reporter", origin: ORIGIN },
                { name: "response_code", expression: "status", origin: ORIGIN },
                { name: "way", expression: "routeName", origin: ORIGIN },
            ]),
        );
        one.request({ status: 201, routeName: "" });
        one.request({ status: 201, routeName: "a" });
        const { reporter, response_code: code } = { reporter: undefined, ...one.by("istio_requests_total", "way") } as Record<
            string,
            unknown
        >;
        assert.deepEqual([reporter, code], [undefined, undefined]);
        assert.deepEqual(one.by("istio_requests_total", "way"), { unknown: 1, a: 1 }, "what has no value is unknown");
        assert.deepEqual(one.by("istio_request_bytes", "response_code"), { 201: 0 });
        const names = one.registry.definitions.find(({ name }) => name === "istio_requests_total")!.labels;
        assert.deepEqual([names[0], names.at(-1), names.length], ["source_workload", "way", 25]);
    });

    it("go on without a tag that can't be read, which is named once", () => {
        const one = new Played();
        one.metrics.configure(changed([{ name: "bad", expression: "a b", origin: ORIGIN }]));
        one.request();
        assert.deepEqual(one.metrics.problems, [{ tag: { name: "bad", expression: "a b", origin: ORIGIN }, why: "no field" }]);
        assert.deepEqual(one.by("istio_requests_total", "response_code"), { 200: 1 });
    });

    it("are not counted where they are not wanted, and are gone from what is told", () => {
        const one = played();
        one.request();
        one.metrics.configure(changed([], ["REQUEST_COUNT"]));
        one.request();
        one.connection();
        const told = one.registry.definitions.map(({ name }) => name);
        assert.deepEqual([told, one.by("istio_requests_total", "response_code")], [["istio_requests_total"], { 200: 2 }]);
    });

    it("go on where their labels are the same, and begin anew where they are not; nothing that is untold is lost", () => {
        for (const workers of [1, 2]) {
            const ledger = new Ledger();
            const all = Array.from({ length: workers }, () => played());
            const tell = (): void => all.forEach((one) => ledger.told(one, structuredClone(one.registry.changes())));
            const counted = (): unknown =>
                ["istio_requests_total", "istio_request_bytes"].map((name) => {
                    const [family] = ledger.total().filter((one) => one.name === name && one.series.length > 0);
                    return family!.series.map(([, numbers]) => numbers.slice(0, -1).reduce((sum, one) => sum + one, 0) || numbers[0]);
                });
            for (const one of all) one.request();
            tell();
            for (const one of all) {
                one.request();
                one.metrics.configure({
                    ...ALL_ISTIO_METRICS,
                    metrics: ALL_ISTIO_METRICS.metrics.map((metric) =>
                        metric.metric === "REQUEST_COUNT"
                            ? { ...metric, tags: [{ name: "way", expression: "routeName", origin: ORIGIN }] }
                            : metric,
                    ),
                });
                one.request();
            }
            tell();
            assert.deepEqual(counted(), [[workers], [3 * workers]]);
        }
    });

    it("of a worker that is gone are not told beside those of another configuration", () => {
        const ledger = new Ledger();
        const [gone, next] = [played(), new Played()];
        gone.request();
        ledger.told(gone, gone.registry.changes());
        ledger.gone(gone);
        next.metrics.configure(changed([{ name: "way", expression: "routeName", origin: ORIGIN }]));
        next.request();
        ledger.told(next, next.registry.changes());
        const families = ledger.total().filter(({ name }) => name === "istio_requests_total");
        assert.deepEqual(
            families.map(({ series }) => series.length),
            [1],
        );
    });

    it("tell values of strangers apart only where they are written otherwise, and hold no more of them than that", () => {
        const one = new Played();
        one.metrics.configure(changed([{ name: "path", expression: "path", origin: ORIGIN }], ["REQUEST_COUNT"]));
        for (const path of ["a\tb", "a b", "a\x00b", "a\x7fb"]) one.request({ path });
        assert.deepEqual(one.by("istio_requests_total", "path"), { "a b": 4 });
        const long = (n: number): string => Buffer.from(`${n}${"x".repeat(60_000)}`).toString("latin1");
        v8.setFlagsFromString("--expose-gc");
        const collect = vm.runInNewContext("gc") as () => void;
        collect();
        const before = process.memoryUsage().heapUsed;
        for (let n = 0; n < 1_500; n++) one.request({ path: long(n) });
        collect();
        const grown = process.memoryUsage().heapUsed - before;
        assert.ok(grown < 20e6, `${Math.round(grown / 1e6)} MB`);
    });

    it("are bounded, whatever clients say, and nothing is lost by it", () => {
        const one = new Played();
        one.metrics.configure(changed([{ name: "path", expression: "path", origin: ORIGIN }], ["REQUEST_COUNT", "REQUEST_DURATION"]));
        for (let n = 0; n < 10_500; n++) one.request({ path: `/${n}${n === 0 ? "x".repeat(60_000) : ""}` });
        const counts = one.registry.counts().map(({ series }) => series);
        assert.deepEqual(
            counts.map(({ length }) => length),
            [10_001, 1_001],
        );
        assert.equal(
            counts[0]!.reduce((sum, [, [n = 0]]) => sum + n, 0),
            10_500,
        );
        assert.ok(counts.flat().every(([labels]) => labels.every((value) => value.length <= 256)));
    });
});

describe("messages of gRPC", () => {
    it("are counted wherever their bytes are cut", () => {
        const bytes = Buffer.concat(
            [0, 3, 300, 0].map((length) => Buffer.concat([Buffer.from([0, 0, 0, length >> 8, length & 255]), Buffer.alloc(length)])),
        );
        for (let cut = 1; cut < 40; cut++) {
            const count = new MessageCount();
            for (let at = 0; at < bytes.length; at += cut) count.read(bytes.subarray(at, at + cut));
            assert.equal(count.total, 4, `cut after each ${cut}`);
        }
    });

    it("are of calls alone", () => {
        const types = [
            "application/grpc",
            "application/grpc+proto",
            "application/grpc; a=b",
            "application/grpc-web+proto",
            "application/grpcs",
            "text/plain",
        ];
        assert.deepEqual(
            types.map((one) => isGrpcType(one)),
            [true, true, false, false, false, false].map((is, at) => is || at === 2),
        );
        assert.deepEqual(
            types.map((one) => isGrpcType(one, true)),
            [true, true, true, true, false, false],
        );
    });
});
