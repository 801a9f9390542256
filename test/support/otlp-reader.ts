/** Reads OTLP by OpenTelemetry's own classes, in Python. A byte that they do not take, or a field that they do not know, is a fault. */
import { spawnSync } from "node:child_process";

export interface ForeignSpan {
    readonly traceId: string;
    readonly spanId: string;
    readonly parentSpanId: string;
    readonly name: string;
    readonly kind: "SPAN_KIND_SERVER" | "SPAN_KIND_CLIENT";
    readonly startNs: string;
    readonly endNs: string;
    readonly status: string;
    readonly flags: number;
    readonly service: string;
    readonly attributes: Readonly<Record<string, string>>;
}

const PROGRAM = `
import base64, json, sys
from google.protobuf.unknown_fields import UnknownFieldSet
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

def known(message):
    assert len(UnknownFieldSet(message)) == 0, message.DESCRIPTOR.full_name
    for field, value in message.ListFields():
        if field.message_type is not None:
            for one in (value if hasattr(value, "append") else [value]):
                known(one)

def texts(attributes):
    return {one.key: one.value.string_value for one in attributes}

spans = []
for line in sys.stdin:
    request = ExportTraceServiceRequest.FromString(base64.b64decode(line))
    known(request)
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                spans.append({
                    "traceId": span.trace_id.hex(), "spanId": span.span_id.hex(), "parentSpanId": span.parent_span_id.hex(),
                    "name": span.name, "kind": Span.SpanKind.Name(span.kind),
                    "startNs": str(span.start_time_unix_nano), "endNs": str(span.end_time_unix_nano),
                    "status": Status.StatusCode.Name(span.status.code), "flags": span.flags,
                    "service": texts(resource.resource.attributes).get("service.name"), "attributes": texts(span.attributes),
                })
json.dump(spans, sys.stdout)
`;

export function readTraces(python: string, messages: readonly Buffer[]): readonly ForeignSpan[] {
    const input = messages.map((one) => `${one.toString("base64")}\n`).join("");
    const { status, stdout, stderr } = spawnSync(python, ["-c", PROGRAM], { input, encoding: "utf8", maxBuffer: 64 << 20 });
    if (status !== 0) throw new Error(`OpenTelemetry's classes do not read it: ${stderr}`);
    return JSON.parse(stdout) as ForeignSpan[];
}
