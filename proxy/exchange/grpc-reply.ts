/**
 * Answers of our own to gRPC requests. A gRPC client reads no HTTP status and no body: it is told what is the matter in
 * headers, under status 200 (gRPC over HTTP/2, "Trailers-Only").
 */
import type { HeaderList } from "../http/doors";
import { headerAt, setHeader } from "../http/header-list";

const GRPC = "application/grpc";

export function isGrpc(headers: HeaderList): boolean {
    const at = headerAt(headers, "content-type");
    return at !== -1 && headers[at + 1]!.startsWith(GRPC) && /^(?:[+;]|$)/.test(headers[at + 1]!.slice(GRPC.length));
}

/** Makes the headers of an answer say what its status and body would. A `grpc-status` that is there stays. */
export function tellGrpc(headers: HeaderList, status: number, body: string): void {
    setHeader(headers, "content-type", GRPC);
    if (headerAt(headers, "grpc-status") === -1) headers.push("grpc-status", String(grpcStatus(status)));
    if (body !== "") headers.push("grpc-message", body.replaceAll(/[^\x20-\x24\x26-\x7e]/g, encoded));
}

function encoded(character: string): string {
    return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

/** What gRPC clients themselves make of an HTTP status (gRPC's "HTTP to gRPC Status Code Mapping"). */
function grpcStatus(status: number): number {
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
