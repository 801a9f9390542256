/**
 * Records that were written one by one, put together as one message. The messages of both signals have the same shape
 * (ExportTraceServiceRequest, ExportLogsServiceRequest): a resource, under it a scope, under it the records. Pure.
 */
import { ProtoWriter } from "../http/protobuf";

const RESOURCES = 1;
const RESOURCE = 1;
const SCOPES = 2;
const SCOPE = 1;
const RECORDS = 2;

export type Attributes = readonly (readonly [name: string, value: string])[];

export function otlpBatch(resource: Attributes, scope: string, records: readonly Buffer[]): Buffer {
    const writer = new ProtoWriter();
    const resources = writer.open(RESOURCES);
    const owner = writer.open(RESOURCE);
    for (const [name, value] of resource) writeAttribute(writer, 1, name, value);
    writer.close(owner);
    const scopes = writer.open(SCOPES);
    const named = writer.open(SCOPE);
    writer.unicode(1, scope).close(named);
    for (const record of records) writer.embed(RECORDS, record);
    return writer.close(scopes).close(resources).finish();
}

/** A KeyValue whose value is a text of characters. */
function writeAttribute(writer: ProtoWriter, field: number, name: string, value: string): void {
    const pair = writer.open(field);
    writer.unicode(1, name);
    const any = writer.open(2);
    writer.unicode(1, value).close(any).close(pair);
}

/** Spans of Zipkin, each written as JSON. */
export function zipkinBatch(records: readonly Buffer[]): Buffer {
    const parts: Buffer[] = [];
    for (const [at, record] of records.entries()) parts.push(Buffer.from(at === 0 ? "[" : ","), record);
    return Buffer.concat([...parts, Buffer.from("]")]);
}

/** `OTEL_RESOURCE_ATTRIBUTES`, as the specification of OpenTelemetry has it: `name=value,…`, values percent-encoded. What is none is left out. */
export function environmentAttributes(text: string): Attributes {
    return text.split(",").flatMap((pair) => {
        const at = pair.indexOf("=");
        if (at <= 0) return [];
        try {
            return [[pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())] as const];
        } catch {
            return [];
        }
    });
}
