/**
 * The form of answers of our own. A gRPC client reads no HTTP status and no body: it is told what is the matter in
 * headers, under status 200 (gRPC over HTTP/2, "Trailers-Only").
 */
import type { HeaderList, ResponseHead } from "../../http/doors";
import { headerAt, removeHeader, setHeader } from "../../http/header-list";
import { percentEncoded } from "../../http/path";
import type { ExchangeState } from "../exchange-state";
import { answer, type Answer } from "../verdict";

const GRPC = "application/grpc";
const PLUS = 0x2b;
const SEMICOLON = 0x3b;

export function isGrpc(headers: HeaderList): boolean {
    const at = headerAt(headers, "content-type");
    if (at === -1) return false;
    const type = headers[at + 1]!;
    if (!type.startsWith(GRPC)) return false;
    const next = type.charCodeAt(GRPC.length);
    return type.length === GRPC.length || next === PLUS || next === SEMICOLON;
}

/** The answer as this client reads it. A `grpc-status` that is there stays. */
export function readableAnswer(state: ExchangeState, given: Answer): Answer {
    // Whoever speaks gRPC-Web is told by the flow that stands before the writer.
    if (state.grpcWeb !== undefined || !isGrpc(state.headers)) return given;
    const { status, body, flag, details, headers, bare } = given;
    const text = typeof body === "string" ? body : body.toString("latin1");
    setHeader(headers, "content-type", GRPC);
    if (headerAt(headers, "grpc-status") === -1) headers.push("grpc-status", String(grpcStatus(status)));
    if (text !== "") headers.push("grpc-message", grpcMessage(text));
    return answer(200, "", flag, details, headers, bare);
}

/** Behind the operations, as Envoy does: one of them may have said another type. A body has one, no body has none. */
export function typeOwnAnswer(state: ExchangeState, head: ResponseHead): void {
    if (state.answer === undefined) return;
    if (head.contentLength !== 0) {
        if (headerAt(head.headers, "content-type") === -1) head.headers.push("content-type", "text/plain");
    } else if (!isGrpc(state.headers)) removeHeader(head.headers, "content-type");
}

/** Of bytes: gRPC's "Percent-Encoded". */
export function grpcMessage(text: string): string {
    return text.replaceAll(/[^\x20-\x24\x26-\x7e]/g, percentEncoded);
}

/** What gRPC clients themselves make of an HTTP status (gRPC's "HTTP to gRPC Status Code Mapping"). */
export function grpcStatus(status: number): number {
    switch (status) {
        case 400:
            return 13;
        case 401:
            return 16;
        case 403:
            return 7;
        case 404:
            return 12;
        case 429:
        case 502:
        case 503:
        case 504:
            return 14;
        default:
            return 2;
    }
}
