/** What a collector's answer means: taken, to be sent again, or refused (OTLP 1.9, "Failures"). Pure. */
import { grpcMessageOf } from "../http/grpc";
import { headerValue } from "../http/header-list";
import { BYTES, readFields, VARINT, type ProtoField } from "../http/protobuf";
import type { CallOutcome } from "../upstream";

export type Judgement =
    /** `rejected`: so many of the records it did not take, and `message` is why. */
    | { readonly kind: "taken"; readonly rejected: number; readonly message: string }
    /** `afterMs`: not before; 0: it does not say. */
    | { readonly kind: "again"; readonly afterMs: number; readonly why: string }
    | { readonly kind: "refused"; readonly why: string };

const MAX_AFTER_MS = 60_000;
const MAX_SHOWN = 200;
const TAKEN: Judgement = { kind: "taken", rejected: 0, message: "" };

const RETRY_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS. */
const RETRY_CODES: ReadonlySet<number> = new Set([1, 4, 10, 11, 14, 15]);
const RESOURCE_EXHAUSTED = 8;

/** `now`: milliseconds since the epoch. */
export function judgeAnswer(outcome: CallOutcome, isGrpc: boolean, hasMessage: boolean, now: number): Judgement {
    switch (outcome.kind) {
        case "none":
            return { kind: "again", afterMs: 0, why: outcome.why };
        case "too-long":
            return { kind: "refused", why: "its answer is longer than is read" };
        case "answer": {
            if (outcome.status !== 200 && !(outcome.status > 200 && outcome.status < 300 && !isGrpc)) return judgeStatus(outcome, now);
            if (isGrpc) return judgeCall(outcome);
            return hasMessage && headerValue(outcome.headers, "content-type")?.startsWith("application/x-protobuf") === true
                ? judgePartial(outcome.body)
                : TAKEN;
        }
        default:
            return outcome satisfies never;
    }
}

type Answer = Extract<CallOutcome, { kind: "answer" }>;

function judgeStatus({ status, headers }: Answer, now: number): Judgement {
    const why = `it answers ${status}`;
    return RETRY_STATUSES.has(status)
        ? { kind: "again", afterMs: retryAfter(headerValue(headers, "retry-after") ?? "", now), why }
        : { kind: "refused", why };
}

function judgeCall({ headers, body, trailers }: Answer): Judgement {
    const list = headerValue(headers, "grpc-status") === undefined ? trailers : headers;
    const text = headerValue(list, "grpc-status") ?? "";
    if (text === "0") return judgePartial(grpcMessageOf(body) ?? Buffer.alloc(0));
    if (!/^\d{1,3}$/.test(text)) return { kind: "again", afterMs: 0, why: "it answers without a status of gRPC" };
    const code = Number(text);
    const message = headerValue(list, "grpc-message") ?? "";
    const why = `it answers with gRPC status ${code}${message === "" ? "" : ` (${shown(message)})`}`;
    const afterMs = retryInfo(headerValue(list, "grpc-status-details-bin") ?? "");
    const isAgain = RETRY_CODES.has(code) || (code === RESOURCE_EXHAUSTED && afterMs > 0);
    return isAgain ? { kind: "again", afterMs, why } : { kind: "refused", why };
}

/** Both signals' answers have `partial_success`: the count of those it rejected, and a message. */
function judgePartial(message: Buffer): Judgement {
    const partial = last(fieldsOf(message), 1, BYTES);
    if (partial === undefined) return TAKEN;
    const fields = fieldsOf(partial.bytes);
    const rejected = last(fields, 1, VARINT)?.number ?? 0;
    return { kind: "taken", rejected, message: shown(last(fields, 2, BYTES)?.bytes.toString() ?? "") };
}

/** RFC 9110 §10.2.3: seconds or a date. Milliseconds from now; 0: it says nothing. */
export function retryAfter(text: string, now: number): number {
    const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
    return ms > 0 ? Math.min(ms, MAX_AFTER_MS) : 0;
}

/** google.rpc.RetryInfo in a google.rpc.Status. */
function retryInfo(base64: string): number {
    const RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo";
    for (const { field, type, bytes } of fieldsOf(Buffer.from(base64, "base64"))) {
        if (field !== 3 || type !== BYTES) continue;
        const any = fieldsOf(bytes);
        if (last(any, 1, BYTES)?.bytes.toString() !== RETRY_INFO) continue;
        const delay = last(fieldsOf(last(any, 2, BYTES)?.bytes ?? Buffer.alloc(0)), 1, BYTES);
        const duration = fieldsOf(delay?.bytes ?? Buffer.alloc(0));
        const ms = (last(duration, 1, VARINT)?.number ?? 0) * 1_000 + (last(duration, 2, VARINT)?.number ?? 0) / 1_000_000;
        return ms > 0 ? Math.min(Math.ceil(ms), MAX_AFTER_MS) : 0;
    }
    return 0;
}

function fieldsOf(message: Buffer): readonly ProtoField[] {
    const fields = readFields(message);
    return fields === undefined || fields === "too-many" ? [] : fields;
}

function last(fields: readonly ProtoField[], field: number, type: number): ProtoField | undefined {
    return fields.findLast((one) => one.field === field && one.type === type);
}

/** Somebody else's words, as one short line. */
function shown(text: string): string {
    const line = text.replaceAll(/[^\x20-\x7e]+/g, " ").trim();
    return line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line;
}
