/** Providers that take traces: `opentelemetry` over gRPC or HTTP, and `zipkin`. */
import { FRAMING_HEADERS } from "../framing-headers";
import { Settings } from "../provider-settings";
import { hasControl } from "../wire-text";
import { readService, type ServiceSettings } from "./service";

export interface CollectorSettings extends ServiceSettings {
    readonly kind: "collector";
    readonly protocol: "otlp-grpc" | "otlp-http" | "zipkin";
    /** Of HTTP. */
    readonly path: string;
    readonly timeoutMs: number;
    readonly headers: readonly AddedHeader[];
    /** 0: nothing is said. */
    readonly maxTagLength: number;
    /** OTEL_RESOURCE_ATTRIBUTES is told too. */
    readonly hasEnvironment: boolean;
    /** Of Zipkin: W3C's headers are understood and written besides. */
    readonly alsoW3c: boolean;
    /** Of Zipkin: ids of traces have 64 bits. */
    readonly hasShortIds: boolean;
}

export interface AddedHeader {
    /** Lower-case. */
    readonly name: string;
    readonly value?: string;
    readonly envName?: string;
}

export const OPENTELEMETRY_KIND = "opentelemetry";
export const ZIPKIN_KIND = "zipkin";

const GRPC_TIMEOUT_MS = 10_000;
/** Istio's. */
const HTTP_TIMEOUT_MS = 3_000;
const ZIPKIN_TIMEOUT_MS = 5_000;
const ZIPKIN_PATH = "/api/v2/spans";
const MAX_TIMEOUT_MS = 60_000;
const MAX_HEADERS = 100;
const MAX_TAG = 65_536;
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

export function readOpenTelemetry(given: Settings): CollectorSettings {
    const isHttp = given.has("http");
    if (isHttp && given.has("grpc")) given.fault("grpc", "stands beside http, of which there is one");
    const http = isHttp ? given.inner("http") : undefined;
    const grpc = given.has("grpc") ? given.inner("grpc") : undefined;
    const detectors = given.has("resourceDetectors") ? given.inner("resourceDetectors") : undefined;
    return {
        kind: "collector",
        ...readService(given),
        protocol: isHttp ? "otlp-http" : "otlp-grpc",
        path: http === undefined ? "" : pathOf(http, "path", "/"),
        timeoutMs: http === undefined ? timeoutOf(grpc, GRPC_TIMEOUT_MS) : timeoutOf(http, HTTP_TIMEOUT_MS),
        headers: http === undefined ? headersOf(grpc, "initialMetadata") : headersOf(http, "headers"),
        maxTagLength: tagLength(given),
        hasEnvironment: detectors?.has("environment") === true,
        alsoW3c: false,
        hasShortIds: false,
    };
}

export function readZipkin(given: Settings): CollectorSettings {
    const option = given.text("traceContextOption", "USE_B3");
    if (option !== "USE_B3" && option !== "USE_B3_WITH_W3C_PROPAGATION")
        given.fault("traceContextOption", "is neither USE_B3 nor USE_B3_WITH_W3C_PROPAGATION");
    return {
        kind: "collector",
        ...readService(given),
        protocol: "zipkin",
        path: pathOf(given, "path", ZIPKIN_PATH),
        timeoutMs: timeoutOf(given, ZIPKIN_TIMEOUT_MS),
        headers: headersOf(given, "headers"),
        maxTagLength: tagLength(given),
        hasEnvironment: false,
        alsoW3c: option === "USE_B3_WITH_W3C_PROPAGATION",
        hasShortIds: given.flag("enable64bitTraceId"),
    };
}

function tagLength(given: Settings): number {
    return given.has("maxTagLength") ? given.whole("maxTagLength", 0, MAX_TAG) : 0;
}

function timeoutOf(given: Settings | undefined, otherwise: number): number {
    return Math.min(MAX_TIMEOUT_MS, given?.duration("timeout", otherwise) ?? otherwise);
}

function pathOf(given: Settings, name: string, otherwise: string): string {
    const text = given.text(name, "");
    const path = text === "" ? otherwise : text.startsWith("/") ? text : `/${text}`;
    if (/[^\x21-\x7e]|#/.test(path)) given.fault(name, "has a character that no path has");
    return path;
}

/** A message never repeats a value: it may be a key. */
function headersOf(given: Settings | undefined, name: string): readonly AddedHeader[] {
    const list = given?.raw(name);
    if (given === undefined || list === undefined) return [];
    if (!Array.isArray(list) || list.length > MAX_HEADERS) {
        given.fault(name, `is no list of at most ${MAX_HEADERS} headers`);
        return [];
    }
    return list.flatMap((one: unknown, at): AddedHeader[] => {
        const header = given.item(`${name}[${at}]`, one);
        const key = header.text("name", "").toLowerCase();
        const value = header.text("value", "");
        const envName = header.text("envName", "");
        if (!TOKEN.test(key) || FRAMING_HEADERS.has(key)) header.fault("name", "is no name of a header that can be added");
        else if (hasControl(value)) header.fault("value", "is no text of one line");
        else if (header.has("value") && header.has("envName")) header.fault("envName", "stands beside value, of which there is one");
        else return [envName === "" ? { name: key, value } : { name: key, envName }];
        return [];
    });
}
