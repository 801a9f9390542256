/** One unary gRPC call of our own, by the pool of a cluster: a message there, one back, within a time and a bound. */
import { grpcFrame, grpcMessageOf, GRPC_TYPE } from "../../http/grpc";
import { headerValue } from "../../http/header-list";
import type { ResponseHead } from "../../http/doors";
import { WholeCall, type Cluster } from "../../upstream";
import { writeDeadline } from "../../http/grpc-timeout";

/** Of an answer. */
const MAX_BYTES = 1024 * 1024;
const FRAME_HEAD = 5;

export interface UnaryTarget {
    readonly cluster: Cluster;
    readonly authority: string;
    /** `/envoy.service.auth.v3.Authorization/Check`. */
    readonly path: string;
    readonly timeoutMs: number;
}

/** `too-long`: there is one, which is longer than is read; undefined: there is none. */
export type CallDone = (message: Buffer | "too-long" | undefined) => void;

export function unaryCall({ cluster, authority, path, timeoutMs }: UnaryTarget, message: Buffer, done: CallDone): WholeCall {
    const headers = ["te", "trailers", "grpc-timeout", writeDeadline(timeoutMs), "content-type", GRPC_TYPE];
    return new WholeCall(
        {
            cluster,
            method: "POST",
            authority,
            path,
            headers,
            body: grpcFrame(message),
            http2: true,
            timeoutMs,
            maxBytes: FRAME_HEAD + MAX_BYTES,
            wantsBody: mayAnswer,
        },
        (outcome) => {
            if (outcome.kind === "too-long") done("too-long");
            else if (outcome.kind === "none" || !mayAnswer(outcome) || headerValue(outcome.trailers, "grpc-status") !== "0")
                done(undefined);
            else done(grpcMessageOf(outcome.body));
        },
    );
}

/** With a status in its head it is none but for that. */
function mayAnswer({ status, headers }: Pick<ResponseHead, "status" | "headers">): boolean {
    return status === 200 && headerValue(headers, "grpc-status") === undefined;
}
