/** The status of a gRPC call, as Envoy finds it: of the trailers, of the head, of the status of HTTP (Grpc::Common::getGrpcStatus). */
import type { HeaderList } from "../../http/doors";
import type { RequestRecord } from "../request-record";

const LAST_STATUS = 16;
const INVALID = "-1";
/** Of HTTP, where the call says none (Grpc::Utility::httpToGrpcStatus). */
const BY_HTTP: Readonly<Record<number, string>> = {
    400: "13",
    401: "16",
    403: "7",
    404: "12",
    429: "14",
    502: "14",
    503: "14",
    504: "14",
};
const UNKNOWN = "2";

/** Empty: nothing was answered. */
export function grpcStatusOf({ responseTrailers, responseHeaders, status }: RequestRecord): string {
    const said = valueOf(responseTrailers, "grpc-status") ?? valueOf(responseHeaders, "grpc-status");
    if (said === undefined) return status === 0 ? "" : (BY_HTTP[status] ?? UNKNOWN);
    const number = /^\d{1,3}$/.test(said) ? Number(said) : Number.NaN;
    return number <= LAST_STATUS ? String(number) : INVALID;
}

export function valueOf(headers: HeaderList | undefined, name: string): string | undefined {
    if (headers === undefined) return undefined;
    for (let at = 0; at < headers.length; at += 2) if (headers[at] === name) return headers[at + 1];
    return undefined;
}
