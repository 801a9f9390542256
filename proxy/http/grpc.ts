/** What gRPC over HTTP/2 says in headers: which messages are calls, and how a status and its message are told. Pure. */
import type { HeaderList } from "./doors";
import { headerAt } from "./header-list";
import { percentEncoded } from "../../istio/semantics/path";

export const GRPC_TYPE = "application/grpc";
/** What a call is told that has come too often. */
export const GRPC_RESOURCE_EXHAUSTED = "8";
const PLUS = 0x2b;

/** As Envoy has it: `application/grpc`, alone or with a `+` behind it, and no parameters. */
export function isGrpc(headers: HeaderList): boolean {
    const at = headerAt(headers, "content-type");
    if (at === -1) return false;
    const type = headers[at + 1]!;
    if (!type.startsWith(GRPC_TYPE)) return false;
    const next = type.charCodeAt(GRPC_TYPE.length);
    return type.length === GRPC_TYPE.length || next === PLUS;
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

/** What a status of gRPC is in HTTP's words, as a backend's answer is judged by (Envoy's grpcToHttpStatus). */
export function httpStatusOf(grpcStatus: string, otherwise: number): number {
    return /^\d{1,9}$/.test(grpcStatus) ? (HTTP_STATUSES[Number(grpcStatus)] ?? 500) : otherwise;
}

/** By gRPC's status. */
const HTTP_STATUSES: readonly number[] = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401];

const FRAME_HEAD = 5;

/** A message as it goes over the wire, not compressed. */
export function grpcFrame(message: Buffer): Buffer {
    const frame = Buffer.allocUnsafe(FRAME_HEAD + message.length);
    frame[0] = 0;
    frame.writeUInt32BE(message.length, 1);
    message.copy(frame, FRAME_HEAD);
    return frame;
}

/** The one message of a body, not compressed, as no coding was offered; undefined: it is none. */
export function grpcMessageOf(body: Buffer): Buffer | undefined {
    const isMessage = body.length >= FRAME_HEAD && body[0] === 0 && body.readUInt32BE(1) === body.length - FRAME_HEAD;
    return isMessage ? body.subarray(FRAME_HEAD) : undefined;
}
