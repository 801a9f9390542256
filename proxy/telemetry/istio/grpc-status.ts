/** The status of a gRPC call, as Envoy finds it: of the trailers, of the head, of the status of HTTP (Grpc::Common::getGrpcStatus). */
import { grpcStatus } from "../../http/grpc";
import { firstValue } from "../../http/header-list";
import type { RequestRecord } from "../request-record";

const LAST_STATUS = 16;
const INVALID = "-1";

/** Empty: nothing was answered. */
export function grpcStatusOf({ responseTrailers, responseHeaders, status }: RequestRecord): string {
    const said = (responseTrailers && firstValue(responseTrailers, "grpc-status")) ?? firstValue(responseHeaders, "grpc-status");
    if (said === undefined) return status === 0 ? "" : String(grpcStatus(status));
    const number = /^\d{1,3}$/.test(said) ? Number(said) : Number.NaN;
    return number <= LAST_STATUS ? String(number) : INVALID;
}
