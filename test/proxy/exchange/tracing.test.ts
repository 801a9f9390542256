/** The spans of requests, with the names and tags that Envoy 1.40 was seen to give them. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Exporter } from "../../../proxy/otlp";
import { formattedTag } from "../../../proxy/log";
import type { TablesDelta, TracingEntry } from "../../../proxy/tables";
import { SpanReporter } from "../../../proxy/tracing";
import { readSpan, valuesOf, type ReadSpan } from "../../support/collector";
import { DEFAULT_RETRY, delta, forwardTo, match, route, virtualHost } from "../snapshot/entries";
import { tracing } from "../tracing/entries";
import { Gateway } from "./asking";

const CLUSTER = "outbound|80||web.shop.svc.cluster.local";
const TABLES: TablesDelta = delta(1, {
    virtualHosts: [
        virtualHost("*", [
            route({ kind: "direct", status: 404 }, { match: match({ path: { kind: "exact", value: "/direct", ignoreCase: false } }) }),
            route(forwardTo(CLUSTER, { retry: { ...DEFAULT_RETRY, on: ["5xx"] } }), {
                match: match({ path: { kind: "prefix", value: "/", ignoreCase: false } }),
            }),
        ]),
    ],
});

interface Traced {
    readonly gateway: Gateway;
    readonly spans: ReadSpan[];
    readonly pushed: Buffer[];
}

function traced(more: Partial<TracingEntry> = {}, collector: Partial<TracingEntry["collector"]> = {}): Traced {
    const gateway = new Gateway(TABLES, CLUSTER);
    const entry = tracing(more, collector);
    const spans: ReadSpan[] = [];
    const pushed: Buffer[] = [];
    const isZipkin = entry.collector.protocol === "zipkin";
    const exporter = {
        collector: entry.collector,
        push: (record: Buffer) => void (pushed.push(record), isZipkin || spans.push(readSpan(record))),
    } as unknown as Exporter;
    const reporter = new SpanReporter(formattedTag, { INSTANCE_IP: "10.0.0.1", POD_NAME: "gw-0", ZONE: "z1" });
    reporter.configure(entry, exporter);
    gateway.tracing = entry;
    gateway.observers = [reporter];
    return { gateway, spans, pushed };
}
const tags = (span: ReadSpan): Readonly<Record<string, string>> => valuesOf(span.attributes);
const hex = (bytes: Buffer): string => bytes.toString("hex");

describe("the spans of a request", () => {
    it("are one of its own and one of its attempt, which the endpoint is told", () => {
        const { gateway, spans } = traced({
            tags: [
                { name: "a", kind: "literal", value: "ü" },
                { name: "b", kind: "header", header: "x-b", otherwise: "none" },
                { name: "c", kind: "environment", variable: "ZONE", otherwise: "" },
                { name: "d", kind: "header", header: "x-d", otherwise: "" },
                { name: "e", kind: "format", format: "%RESPONSE_CODE% of %REQ(X-B)%" },
                { name: "f", kind: "format", format: "%REQ(X-D)%" },
            ],
        });
        const asked = gateway.ask("shop.test/a?b=1", { headers: ["user-agent", "ua", "x-b", "hv", "x-client-trace-id", "cid"] });
        const request = gateway.cluster(CLUSTER).requests[0]!;
        request.answer(200, [], "hi");
        const [attempt, own] = spans as [ReadSpan, ReadSpan];
        assert.equal(request.header("traceparent"), `00-${hex(own.trace_id)}-${hex(attempt.span_id)}-01`);
        assert.deepEqual([hex(attempt.parent_span_id), own.parent_span_id.length], [hex(own.span_id), 0]);
        assert.deepEqual(
            [attempt.name, attempt.kind, own.name, own.kind],
            [`router ${CLUSTER} egress`, 3, "web.shop.svc.cluster.local:80/*", 2],
        );
        assert.deepEqual(tags(own), {
            node_id: "router~10.0.0.1~gw-0.edge~edge.svc.cluster.local",
            zone: "",
            "guid:x-request-id": asked.record().requestId,
            "http.url": "http://shop.test/a?b=1",
            "http.method": "GET",
            downstream_cluster: "-",
            user_agent: "ua",
            "http.protocol": "HTTP/1.1",
            "peer.address": "192.0.2.7",
            "guid:x-client-trace-id": "cid",
            request_size: "0",
            response_size: "2",
            component: "proxy",
            upstream_cluster: CLUSTER,
            "upstream_cluster.name": CLUSTER,
            "http.status_code": "200",
            response_flags: "-",
            a: "ü",
            b: "hv",
            c: "z1",
            e: "200 of hv",
        });
        const {
            "http.protocol": protocol,
            "peer.address": peer,
            upstream_address: address,
            "http.status_code": status,
            ...rest
        } = tags(attempt);
        assert.ok(protocol !== undefined && peer === address && peer !== undefined);
        assert.deepEqual([status, rest["a"], rest["component"], "error" in rest], ["200", "ü", "proxy", false]);
        assert.ok(BigInt(own.start_time_unix_nano) <= BigInt(attempt.start_time_unix_nano));
        assert.ok(BigInt(attempt.end_time_unix_nano) <= BigInt(own.end_time_unix_nano));
        assert.ok(Math.abs(Number(BigInt(own.end_time_unix_nano) / 1_000_000n) - Date.now()) < 60_000);
        assert.deepEqual([own.flags, own.status?.code ?? 0], [257, 0]);
    });

    it("go on with a client's trace and keep its state", () => {
        const { gateway, spans } = traced();
        gateway.ask("a.test/", {
            headers: ["traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate", "a=b"],
        });
        gateway.cluster(CLUSTER).requests[0]!.answer(200);
        const own = spans.at(-1)!;
        assert.deepEqual(
            [hex(own.trace_id), hex(own.parent_span_id), own.trace_state, own.flags],
            ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "a=b", 769],
        );
    });

    it("are an error where it failed, and one for each attempt that was made", async () => {
        const { gateway, spans } = traced();
        gateway.cluster(CLUSTER).failures = ["connect-failure"];
        gateway.ask("a.test/");
        await new Promise((resolve) => setTimeout(resolve, 60));
        const [request] = gateway.cluster(CLUSTER).requests;
        request!.answer(200);
        const [first, second, own] = spans as [ReadSpan, ReadSpan, ReadSpan];
        assert.equal(spans.length, 3);
        assert.deepEqual(
            [tags(first)["http.status_code"], tags(first)["response_flags"], tags(first)["error"], first.status?.code],
            ["0", "UF", "true", 2],
        );
        assert.deepEqual([tags(second)["retry.count"], tags(second)["http.status_code"], tags(second)["error"]], ["1", "200", undefined]);
        assert.equal(request!.header("traceparent")?.slice(36, 52), hex(second.span_id));
        assert.deepEqual([tags(own)["http.status_code"], own.status?.code ?? 0], ["200", 0]);
    });

    it("are one alone where the gateway answers, called as Envoy calls what has no name", () => {
        const { gateway, spans } = traced({ maxPathLength: 5 });
        gateway.ask("a.test/direct");
        assert.deepEqual(
            spans.map((one) => [one.name, tags(one)["http.status_code"], tags(one)["http.url"], tags(one)["upstream_cluster"]]),
            [["ingress", "404", "http://a.test/dire", undefined]],
        );
    });

    it("say of a gRPC call what it calls", () => {
        const { gateway, spans } = traced();
        gateway.ask("a.test/s.S/M", {
            method: "POST",
            headers: ["content-type", "application/grpc", "grpc-timeout", "5S"],
            protocol: "HTTP/2",
        });
        gateway.cluster(CLUSTER).requests[0]!.answer(200, ["grpc-status", "14"]);
        const {
            "grpc.path": path,
            "grpc.authority": authority,
            "grpc.status_code": status,
            "http.protocol": protocol,
        } = tags(spans.at(-1)!);
        assert.deepEqual([path, authority, status, protocol], ["/s.S/M", "a.test", "14", "HTTP/2"]);
    });

    it("say how a gRPC call ended in its trailers, which is an error where the server failed", () => {
        for (const [code, message, isError] of [
            ["13", "oh", true],
            ["5", "not%20here", false],
            ["0", undefined, false],
        ] as const) {
            const { gateway, spans } = traced();
            gateway.ask("a.test/s.S/M", { method: "POST", headers: ["content-type", "application/grpc"], protocol: "HTTP/2" });
            const trailers = ["grpc-status", code, ...(message === undefined ? [] : ["grpc-message", message])];
            gateway.cluster(CLUSTER).requests[0]!.answer(200, ["content-type", "application/grpc"], "x", trailers);
            assert.equal(spans.length, 2);
            for (const span of spans) {
                const { "grpc.status_code": status, "grpc.message": told, error } = tags(span);
                assert.deepEqual([status, told, error === "true", span.status?.code === 2], [code, message, isError, isError]);
            }
        }
    });

    it("are none where it is not sampled, and cost the endpoint's headers alone", () => {
        const { gateway, spans } = traced({ randomPercent: 0 });
        gateway.ask("a.test/");
        const [request] = gateway.cluster(CLUSTER).requests;
        request!.answer(200);
        assert.match(request!.header("traceparent") ?? "", /-00$/);
        assert.deepEqual(spans, []);
    });

    it("tell no bytes that are no text, whatever the client sends", () => {
        const { gateway, spans } = traced({ tags: [{ name: "h", kind: "header", header: "x-h", otherwise: "" }] });
        gateway.ask("a.test/", { headers: ["x-h", `\xff\xc3\xbc${"y".repeat(50_000)}`] });
        gateway.cluster(CLUSTER).requests[0]!.answer(200);
        assert.equal(tags(spans.at(-1)!)["h"]!.slice(0, 3), "!üy");
        assert.ok(tags(spans.at(-1)!)["h"]!.length <= 1_024);
    });

    it("are Zipkin's JSON for a collector of Zipkin, whose endpoint is told by B3", () => {
        const { gateway, pushed } = traced({ propagation: "b3" }, { protocol: "zipkin" });
        gateway.ask("a.test/");
        const [request] = gateway.cluster(CLUSTER).requests;
        request!.answer(200);
        const [attempt, own] = pushed.map((one) => JSON.parse(one.toString()) as Record<string, unknown>);
        assert.deepEqual([attempt!["kind"], own!["kind"], attempt!["parentId"]], ["CLIENT", "SERVER", own!["id"]]);
        assert.deepEqual([request!.header("x-b3-traceid"), request!.header("x-b3-spanid")], [own!["traceId"], attempt!["id"]]);
        assert.deepEqual(own!["localEndpoint"], { serviceName: "gw.edge" });
        assert.ok(Math.abs(Number(own!["timestamp"]) / 1_000 - Date.now()) < 60_000);
    });
});
