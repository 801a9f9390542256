/**
 * Whether an endpoint is asked, beside the requests it gets, if it is well: what Istio's DestinationRule has no word for. The words
 * are Envoy's (config.core.v3.HealthCheck).
 */
import type { FieldsFor, ObjectFor } from "../schema";

/** A request that an endpoint answers while it is well. */
export interface HttpHealthCheckArgs {
    /** As `/healthz`. */
    readonly path: string;
    /** The Host header. Default: the host of the destination. */
    readonly host?: string;
    /** Statuses, or ranges as `200-299`, that say it is well. Default: 200. */
    readonly expectedStatuses?: readonly string[];
}

/** A call of grpc.health.v1.Health/Check. */
export interface GrpcHealthCheckArgs {
    /** Of which it is asked. Default: the server as a whole. */
    readonly service?: string;
}

/** A connection that is accepted says enough. */
export type TcpHealthCheckArgs = Readonly<Record<never, never>>;

/** One of `http`, `tcp` and `grpc`, and how often. */
export interface HealthCheckArgs {
    readonly http?: HttpHealthCheckArgs;
    readonly tcp?: TcpHealthCheckArgs;
    readonly grpc?: GrpcHealthCheckArgs;
    /** Default: `10s`. */
    readonly interval?: string;
    /** Default: `1s`. */
    readonly timeout?: string;
    /** How many in a row have to fail. Default: 3. */
    readonly unhealthyThreshold?: number;
    /** How many in a row have to pass. Default: 1. */
    readonly healthyThreshold?: number;
    /** Default: the port of the endpoint. */
    readonly port?: number;
}

const HTTP: ObjectFor<HttpHealthCheckArgs> = {
    type: "object",
    name: "HttpHealthCheckArgs",
    doc: "A request that an endpoint answers while it is well.",
    fields: {
        path: { type: "text", required: true, doc: "As `/healthz`." },
        host: { type: "text", doc: "The Host header.", default: "the host of the destination." },
        expectedStatuses: {
            type: "list",
            doc: "Statuses, or ranges as `200-299`, that say it is well.",
            default: "200.",
            of: { type: "text", doc: "" },
        },
    },
};

const GRPC: ObjectFor<GrpcHealthCheckArgs> = {
    type: "object",
    name: "GrpcHealthCheckArgs",
    doc: "A call of grpc.health.v1.Health/Check.",
    fields: { service: { type: "text", doc: "Of which it is asked.", default: "the server as a whole." } },
};

const TCP: ObjectFor<TcpHealthCheckArgs> = {
    type: "object",
    name: "TcpHealthCheckArgs",
    doc: "A connection that is accepted says enough.",
    fields: {} as FieldsFor<TcpHealthCheckArgs>,
};

export const HEALTH_CHECK: ObjectFor<HealthCheckArgs> = {
    type: "object",
    name: "HealthCheckArgs",
    doc: "One of `http`, `tcp` and `grpc`, and how often.",
    fields: {
        http: HTTP,
        tcp: TCP,
        grpc: GRPC,
        interval: { type: "text", doc: "", default: "`10s`." },
        timeout: { type: "text", doc: "", default: "`1s`." },
        unhealthyThreshold: { type: "number", least: 1, doc: "How many in a row have to fail.", default: "3." },
        healthyThreshold: { type: "number", least: 1, doc: "How many in a row have to pass.", default: "1." },
        port: { type: "number", least: 1, doc: "", default: "the port of the endpoint." },
    },
};
