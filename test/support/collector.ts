/** A collector of OTLP for tests, over HTTP/1.1 and gRPC, that reads by another implementation of protobuf than ours. */
import http from "node:http";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { loadSync, type ServiceDefinition } from "@grpc/proto-loader";

const LOADED = loadSync(path.join(__dirname, "otlp.proto"), { keepCase: true, longs: String, defaults: true, arrays: true });
const method = (service: string) => (LOADED[`opentelemetry.proto.${service}`] as ServiceDefinition)["Export"]!;
export const TRACES = method("TraceService");
export const LOGS = method("LogsService");

interface KeyValue {
    readonly key: string;
    readonly value: { readonly string_value?: string; readonly int_value?: string; readonly bool_value?: boolean };
}
export interface ReadSpan {
    readonly trace_id: Buffer;
    readonly span_id: Buffer;
    readonly parent_span_id: Buffer;
    readonly trace_state: string;
    readonly name: string;
    readonly kind: number;
    readonly start_time_unix_nano: string;
    readonly end_time_unix_nano: string;
    readonly attributes: readonly KeyValue[];
    readonly status: { readonly code: number; readonly message: string } | null;
    readonly flags: number;
}
export interface ReadTraces {
    readonly resource_spans: readonly {
        readonly resource: { readonly attributes: readonly KeyValue[] };
        readonly scope_spans: readonly { readonly scope: { readonly name: string }; readonly spans: readonly ReadSpan[] }[];
    }[];
}

export interface ReadLogRecord {
    readonly time_unix_nano: string;
    readonly body: { readonly string_value?: string };
    readonly attributes: readonly KeyValue[];
    readonly trace_id: Buffer;
    readonly span_id: Buffer;
}
export interface ReadLogs {
    readonly resource_logs: readonly {
        readonly resource: { readonly attributes: readonly KeyValue[] };
        readonly scope_logs: readonly { readonly scope: { readonly name: string }; readonly log_records: readonly ReadLogRecord[] }[];
    }[];
}

export interface Received {
    readonly path: string;
    readonly headers: http.IncomingHttpHeaders;
    /** The message, without gRPC's frame. */
    readonly body: Buffer;
}

/** How it answers; by default it takes everything. Of gRPC the status is `grpc`. */
export interface Answering {
    readonly status?: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: Buffer;
    readonly grpc?: number;
    readonly trailers?: Readonly<Record<string, string>>;
}

export class Collector {
    readonly received: Received[] = [];
    /** Of the next one; undefined: it never answers. */
    answer: (received: Received) => Answering | undefined = () => ({});
    #http!: http.Server;
    #grpc!: http2.Http2Server;
    readonly #sessions = new Set<http2.ServerHttp2Session>();

    static async start(port = 0): Promise<Collector> {
        const made = new Collector();
        made.#http = http.createServer((request, response) => {
            const parts: Buffer[] = [];
            request.on("data", (part: Buffer) => parts.push(part));
            request.on("end", () => {
                const received = { path: request.url ?? "", headers: request.headers, body: Buffer.concat(parts) };
                made.received.push(received);
                const answer = made.answer(received);
                if (answer) response.writeHead(answer.status ?? 200, answer.headers).end(answer.body);
            });
        });
        made.#grpc = http2.createServer();
        made.#grpc.on("session", (session) => {
            made.#sessions.add(session);
            session.on("close", () => made.#sessions.delete(session));
        });
        made.#grpc.on("stream", (stream, headers) => made.#call(stream, headers));
        await new Promise<void>((resolve) => made.#http.listen(port, "127.0.0.1", resolve));
        await new Promise<void>((resolve) => made.#grpc.listen(0, "127.0.0.1", resolve));
        return made;
    }

    #call(stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders): void {
        const parts: Buffer[] = [];
        stream.on("error", () => undefined);
        stream.on("data", (part: Buffer) => parts.push(part));
        stream.on("end", () => {
            const received = { path: String(headers[":path"]), headers, body: Buffer.concat(parts).subarray(5) };
            this.received.push(received);
            const answer = this.answer(received);
            if (answer === undefined) return;
            const body = answer.body ?? Buffer.alloc(0);
            const frame = Buffer.alloc(5);
            frame.writeUInt32BE(body.length, 1);
            stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
            stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": String(answer.grpc ?? 0), ...answer.trailers }));
            stream.end(answer.grpc ? undefined : Buffer.concat([frame, body]));
        });
    }

    get httpPort(): number {
        return (this.#http.address() as AddressInfo).port;
    }

    get grpcPort(): number {
        return (this.#grpc.address() as AddressInfo).port;
    }

    /** Of all that was received so far. */
    get traces(): readonly ReadTraces[] {
        return this.received.map(({ body }) => TRACES.requestDeserialize(body) as ReadTraces);
    }

    get spans(): readonly ReadSpan[] {
        return this.traces.flatMap((one) => one.resource_spans.flatMap(({ scope_spans: all }) => all.flatMap(({ spans }) => spans)));
    }

    /** Of calls to the service of logs. */
    get logs(): readonly ReadLogs[] {
        return this.received
            .filter(({ path: called }) => called.includes("LogsService"))
            .map(({ body }) => LOGS.requestDeserialize(body) as ReadLogs);
    }

    async close(): Promise<void> {
        this.#http.closeAllConnections();
        for (const session of this.#sessions) session.destroy();
        await Promise.all([new Promise((resolve) => this.#http.close(resolve)), new Promise((resolve) => this.#grpc.close(resolve))]);
    }
}

/** Attributes as a record. */
export function valuesOf(attributes: readonly KeyValue[]): Readonly<Record<string, string>> {
    return Object.fromEntries(attributes.map(({ key, value }) => [key, value.string_value ?? value.int_value ?? String(value.bool_value)]));
}

/** One span, as it is written. */
export function readSpan(span: Buffer): ReadSpan {
    const { resource_spans: all } = TRACES.requestDeserialize(framed(1, framed(2, framed(2, span)))) as ReadTraces;
    return all[0]!.scope_spans[0]!.spans[0]!;
}

export function readLogRecord(record: Buffer): ReadLogRecord {
    const { resource_logs: all } = LOGS.requestDeserialize(framed(1, framed(2, framed(2, record)))) as ReadLogs;
    return all[0]!.scope_logs[0]!.log_records[0]!;
}

function framed(field: number, message: Buffer): Buffer {
    const length: number[] = [];
    let rest = message.length;
    for (; rest >= 128; rest >>>= 7) length.push((rest & 127) | 128);
    return Buffer.concat([Buffer.from([field * 8 + 2, ...length, rest]), message]);
}
