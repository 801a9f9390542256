/** The messages of checks over gRPC by another implementation of protobuf: what ours are held against. */
import path from "node:path";
import { loadSync, type ServiceDefinition } from "@grpc/proto-loader";

const LOADED = loadSync(path.join(__dirname, "ext-authz.proto"), { keepCase: true, longs: Number, defaults: false });

export const AUTHORIZATION = LOADED["envoy.service.auth.v3.Authorization"] as ServiceDefinition;
const { requestDeserialize, responseSerialize } = AUTHORIZATION["Check"]!;

export interface Peer {
    readonly address: { readonly socket_address: { readonly address: string; readonly port_value: number } };
    readonly principal?: string;
}

export interface Asked {
    readonly attributes: {
        readonly source: Peer;
        readonly destination: Peer;
        readonly request?: {
            readonly time: { readonly seconds: number; readonly nanos?: number };
            readonly http: {
                readonly id: string;
                readonly method: string;
                readonly headers: Readonly<Record<string, string>>;
                readonly path: string;
                readonly host: string;
                readonly scheme: string;
                readonly size?: number;
                readonly protocol: string;
                readonly body?: string;
                readonly raw_body?: Buffer;
            };
        };
    };
}

export interface HeaderOption {
    readonly header: { readonly key: string; readonly value?: string; readonly raw_value?: Buffer };
    readonly append?: { readonly value?: boolean };
    readonly append_action?: number;
}

export interface Refused {
    readonly status?: { readonly code: number };
    readonly headers?: readonly HeaderOption[];
    readonly body?: string;
}

export interface Answered {
    readonly status?: { readonly code?: number };
    readonly ok_response?: {
        readonly headers?: readonly HeaderOption[];
        readonly headers_to_remove?: readonly string[];
        readonly response_headers_to_add?: readonly HeaderOption[];
        readonly query_parameters_to_set?: readonly { readonly key: string; readonly value: string }[];
        readonly query_parameters_to_remove?: readonly string[];
    };
    readonly denied_response?: Refused;
    readonly error_response?: Refused;
}

export function askedIn(message: Buffer): Asked {
    return requestDeserialize(message) as Asked;
}

export function answerOf(answered: Answered): Buffer {
    return responseSerialize(answered);
}

export const set = (key: string, value: string, more: Partial<HeaderOption> = {}): HeaderOption => ({ header: { key, value }, ...more });
