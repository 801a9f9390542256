/** Filters of access logs: CEL expressions over a request or a connection. What they can't decide is not logged, as in Envoy. */
import { compileCel } from "../../istio/cel";
import type { ConnectionRecord, RequestRecord } from "../telemetry";
import { CONNECTION_ATTRIBUTES, REQUEST_ATTRIBUTES } from "./attributes";

export interface Filter {
    readonly request: (record: RequestRecord) => boolean;
    readonly connection: (record: ConnectionRecord) => boolean;
    /** Names that stand for nothing: an expression that comes to one fails, and nothing is logged for it. */
    readonly unknown: readonly string[];
    /** Whether it may ask what the TLS handshake said, which is to be read while the connection is there. */
    readonly wantsTls: boolean;
}

/** A text: why it is no expression. */
export function compileFilter(source: string): Filter | string {
    const request = compileCel(source, REQUEST_ATTRIBUTES);
    const connection = compileCel(source, CONNECTION_ATTRIBUTES);
    if (typeof request === "string") return request;
    if (typeof connection === "string") return connection;
    return {
        request: (record) => request.read(record) === true,
        connection: (record) => connection.read(record) === true,
        unknown: request.unknown,
        wantsTls: /certificate|tls_version/.test(source),
    };
}
