export { readProviders, type GivenProvider } from "./reading";
export { isDeciding, type DecidingSettings, type ProviderSettings } from "./kinds";
export { type AskedSettings } from "./asked";
export { HTTP_KIND, type HttpProviderSettings } from "./ext-authz-http";
export { GRPC_KIND, type GrpcProviderSettings } from "./ext-authz-grpc";
export { BASIC_AUTH_KIND, type BasicAuthSettings } from "./basic-auth";
export { FILE_LOG_KIND, type FileLogSettings } from "./file-access-log";
export { OTEL_LOG_KIND, type OtelLogSettings } from "./otel-access-log";
export { OPENTELEMETRY_KIND, ZIPKIN_KIND, type CollectorSettings } from "./collector";
