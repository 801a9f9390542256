/** The status of a gRPC call, in the forms that logs write it (Envoy's GrpcStatusFormatter). */
import { grpcStatus, isGrpc } from "../../http/grpc";
import { firstValue } from "../../http/header-list";
import type { RequestRecord } from "../../telemetry";
import { absent, type LogValue, type Reader } from "./reader";

const NAMES = [
    "OK",
    "Canceled",
    "Unknown",
    "InvalidArgument",
    "DeadlineExceeded",
    "NotFound",
    "AlreadyExists",
    "PermissionDenied",
    "ResourceExhausted",
    "FailedPrecondition",
    "Aborted",
    "OutOfRange",
    "Unimplemented",
    "Internal",
    "Unavailable",
    "DataLoss",
    "Unauthenticated",
];
const SNAKE_NAMES = NAMES.map((name) => name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase());

/** From the trailers, the head, or what the HTTP status means; undefined: it is no call. */
export function grpcStatusOf({ requestHeaders, responseTrailers, responseHeaders, status }: RequestRecord): number | undefined {
    if (!isGrpc(requestHeaders)) return undefined;
    const said = (responseTrailers && firstValue(responseTrailers, "grpc-status")) ?? firstValue(responseHeaders, "grpc-status");
    if (said === undefined) return status === 0 ? undefined : grpcStatus(status);
    const number = Number(said);
    return said !== "" && Number.isInteger(number) && number >= 0 ? number : undefined;
}

export function grpcStatusReader(form: string | undefined): Reader {
    if (form === "NUMBER") return { request: grpcStatusOf, connection: absent };
    const names = form === "SNAKE_STRING" ? SNAKE_NAMES : NAMES;
    return {
        request: (record): LogValue => {
            const status = grpcStatusOf(record);
            return status === undefined ? undefined : (names[status] ?? String(status));
        },
        connection: absent,
    };
}
