/** The kinds of providers: those that are read, each by a file of its own, and those of Istio's that are only known. */
import type { Settings } from "../provider-settings";
import { OPENTELEMETRY_KIND, readOpenTelemetry, readZipkin, ZIPKIN_KIND, type CollectorSettings } from "./collector";
import { BASIC_AUTH_KIND, readBasicAuth, type BasicAuthSettings } from "./basic-auth";
import { GRPC_KIND, readGrpc, type GrpcProviderSettings } from "./ext-authz-grpc";
import { FILE_LOG_KIND, readFileLog, type FileLogSettings } from "./file-access-log";
import { OTEL_LOG_KIND, readOtelLog, type OtelLogSettings } from "./otel-access-log";
import { HTTP_KIND, readHttp, type HttpProviderSettings } from "./ext-authz-http";

/** Of those that say who may pass. */
export type DecidingSettings = HttpProviderSettings | GrpcProviderSettings | BasicAuthSettings;
export type ProviderSettings = DecidingSettings | CollectorSettings | FileLogSettings | OtelLogSettings;

const DECIDING: Readonly<Record<string, (given: Settings) => DecidingSettings>> = {
    [HTTP_KIND]: readHttp,
    [GRPC_KIND]: readGrpc,
    [BASIC_AUTH_KIND]: readBasicAuth,
};

/** How one of a kind is read. */
export const READERS: ReadonlyMap<string, (given: Settings) => ProviderSettings> = new Map<string, (given: Settings) => ProviderSettings>([
    ...Object.entries(DECIDING),
    [FILE_LOG_KIND, readFileLog],
    [OTEL_LOG_KIND, readOtelLog],
    [OPENTELEMETRY_KIND, readOpenTelemetry],
    [ZIPKIN_KIND, readZipkin],
]);

const KNOWN_ONLY = ["lightstep", "datadog", "stackdriver", "opencensus", "skywalking", "prometheus", "envoyHttpAls", "envoyTcpAls", "sds"];

export const KINDS: readonly string[] = [...new Set([...READERS.keys(), ...KNOWN_ONLY])];

export function isDeciding(settings: ProviderSettings): settings is DecidingSettings {
    return settings.kind === "http" || settings.kind === "grpc" || settings.kind === "basic-auth";
}

/** Whether what is of this kind may be asked who may pass; also what is of no known kind may be meant to be. */
export function mayDecide(kind: string): boolean {
    return Object.hasOwn(DECIDING, kind) || !KINDS.includes(kind);
}
