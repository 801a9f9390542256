/**
 * gRPC-Web on the ports of servers with protocol GRPC-WEB: calls of browsers become gRPC for backends, and their answers
 * gRPC-Web again (Envoy's grpc_web filter, in its place: behind who may pass, before everything that routes). Other requests
 * on the port pass as they are. What is done to bodies: grpc-web-flow.ts.
 */
import type { HeaderList } from "../../http/doors";
import { GRPC_TYPE } from "../../http/grpc";
import { headerAt, headerValue, removeHeader, setHeader } from "../../http/header-list";
import type { ExchangeState } from "../exchange-state";
import { GrpcWebFlow } from "../grpc-web-flow";
import { ON, type Verdict } from "../verdict";

const BINARY: ReadonlySet<string> = new Set(["application/grpc-web", "application/grpc-web+proto"]);
const TEXT: ReadonlySet<string> = new Set(["application/grpc-web-text", "application/grpc-web-text+proto"]);

export function translateGrpcWeb(state: ExchangeState): Verdict {
    if (!state.speaksGrpcWeb) return ON;
    const { headers, head } = state;
    const type = headerValue(headers, "content-type") ?? "";
    const isText = TEXT.has(type);
    if (!isText && !BINARY.has(type)) return ON;
    state.grpcWeb = new GrpcWebFlow(isText, TEXT.has(headerValue(headers, "accept") ?? ""));
    makeCall(headers);
    // What follows is of another length, or is told by frames alone.
    if (head.contentLength > 0) head.contentLength = -1;
    return ON;
}

function makeCall(headers: HeaderList): void {
    removeHeader(headers, "content-length");
    setHeader(headers, "content-type", GRPC_TYPE);
    setHeader(headers, "te", "trailers");
    if (headerAt(headers, "grpc-accept-encoding") === -1) headers.push("grpc-accept-encoding", "identity");
}

export function tellGrpcWeb({ grpcWeb }: ExchangeState): readonly string[] {
    return grpcWeb === undefined ? [] : ["the backend is asked in gRPC, and its answer is told in gRPC-Web"];
}
