/**
 * Records of OTLP as Envoy's logger makes them: when the request began, a body by the format of its text, attributes by theirs, and the
 * trace it is a part of. The body is escaped as a line is: a collector may write it as one.
 */
import { wireText } from "../../../istio/wire-text";
import { ProtoWriter } from "../../http/protobuf";
import type { OtlpLogEntry } from "../../tables";
import type { ConnectionRecord, RequestRecord, TraceIds } from "../../telemetry";
import { asksTls, lineFormat } from "./line";
import { rawText, textPieces, type Piece } from "./pieces";

export interface RecordFormat {
    request(record: RequestRecord): Buffer;
    connection(record: ConnectionRecord): Buffer;
    readonly wantsTls: boolean;
}

type Attribute<Logged> = readonly [name: string, pieces: readonly Piece<Logged>[]];

const TIME = 1;
const BODY = 5;
const ATTRIBUTES = 6;
const TRACE = 9;
const SPAN = 10;

/** Of a value; the body has as much of it as there is. */
const MOST_VALUE = 16_384;

const writer = new ProtoWriter();

export function otlpRecordFormat({ text, attributes }: OtlpLogEntry): RecordFormat {
    // What a configuration says is of characters, what is read of bytes: all is bytes from here on.
    const body = lineFormat({ kind: "text", text: wireText(text), omitEmpty: false });
    const named = attributes.map(([name, format]) => [wireText(name), textPieces(wireText(format))] as const);
    const ofRequests = named.map(([name, { requests }]): Attribute<RequestRecord> => [name, requests]);
    const ofConnections = named.map(([name, { connections }]): Attribute<ConnectionRecord> => [name, connections]);
    const wantsTls = body.wantsTls || attributes.some(([, format]) => asksTls(format));
    return {
        request: (record) => recordOf(record, body.request(record), ofRequests, record.trace),
        connection: (record) => recordOf(record, body.connection(record), ofConnections, undefined),
        wantsTls,
    };
}

function recordOf<Logged extends { readonly start: number }>(
    record: Logged,
    body: string,
    attributes: readonly Attribute<Logged>[],
    trace: TraceIds | undefined,
): Buffer {
    writer.fixed64(TIME, BigInt(Math.trunc(record.start)) * 1_000_000n);
    const any = writer.open(BODY);
    writer.textEvenEmpty(1, body).close(any);
    for (const [name, pieces] of attributes) {
        const pair = writer.open(ATTRIBUTES);
        writer.text(1, name);
        const value = writer.open(2);
        writer.textEvenEmpty(1, valueOf(pieces, record)).close(value).close(pair);
    }
    if (trace !== undefined) {
        writer.bytes(TRACE, Buffer.from(trace.traceId.padStart(32, "0"), "hex"));
        writer.bytes(SPAN, Buffer.from(trace.spanId, "hex"));
    }
    return writer.finish();
}

function valueOf<Logged>(pieces: readonly Piece<Logged>[], record: Logged): string {
    const text = rawText(pieces, record, "-");
    return text.length > MOST_VALUE ? text.slice(0, MOST_VALUE) : text;
}
