/**
 * The form of answers of our own. A gRPC client reads no HTTP status and no body: it is told what is the matter in
 * headers, under status 200 (gRPC over HTTP/2, "Trailers-Only").
 */
import type { ResponseHead } from "../../http/doors";
import { GRPC_TYPE, grpcMessage, grpcStatus, isGrpc } from "../../http/grpc";
import { headerAt, removeHeader, setHeader } from "../../http/header-list";
import type { ExchangeState } from "../exchange-state";
import { answer, type Answer } from "../verdict";

/** The answer as this client reads it. A `grpc-status` that is there stays. */
export function readableAnswer(state: ExchangeState, given: Answer): Answer {
    // Whoever speaks gRPC-Web is told by the flow that stands before the writer.
    if (state.grpcWeb !== undefined || !isGrpc(state.headers)) return given;
    const { status, body, flag, details, headers, bare } = given;
    const text = typeof body === "string" ? body : body.toString("latin1");
    setHeader(headers, "content-type", GRPC_TYPE);
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
