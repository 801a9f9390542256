/**
 * A gateway's options in Istio's words, read and written: ProxyConfig, as `defaultConfig` of the mesh's configuration and the
 * annotation `proxy.istio.io/config` of a pod have it, and `pathNormalization` of the mesh's configuration. What Istio does not
 * take, it leaves as it is by default, and so do we.
 */
import { durationText, parseDuration } from "../durations";
import { isRecord } from "../validation/outline";
import { yamlValue } from "../yaml-value";
import { GATEWAY_LIMITS, type GatewayLimitName } from "./gateway-limits";
import {
    FORWARD_CLIENT_CERT,
    type EscapedSlashes,
    type ForwardClientCert,
    type GatewayOptionName,
    type GatewayOptions,
} from "./gateway-options";
import { field } from "./root-namespace";

/** On a pod: the ProxyConfig of its proxy. */
export const PROXY_CONFIG_ANNOTATION = "proxy.istio.io/config";

/** By which a proxy is told it, as Istio's injector does. */
export const PROXY_CONFIG_VARIABLE = "PROXY_CONFIG";

/** Undefined: nothing is said. A fault never repeats the text. */
export function readProxyConfig(text: string): { readonly config: unknown } | { readonly fault: string } {
    const read = yamlValue(text);
    if ("fault" in read) return read;
    if (read.value === null || read.value === undefined) return { config: undefined };
    return isRecord(read.value) ? { config: read.value } : { fault: "wanted a mapping as in {gatewayTopology: {numTrustedProxies: 1}}" };
}

type Fields = Readonly<Record<string, unknown>>;

/** Which field of connectionSettings is which limit. */
const LIMIT_FIELDS: Readonly<Partial<Record<GatewayLimitName, string>>> = {
    streamIdleTimeout: "httpStreamIdleTimeout",
    headTimeout: "httpRequestHeadersTimeout",
    connectionDuration: "httpMaxConnectionDuration",
    concurrentStreams: "httpMaxConcurrentStreams",
    streamWindow: "http2InitialStreamWindowSize",
    connectionWindow: "http2InitialConnectionWindowSize",
};

const SLASH_WORDS: Readonly<Record<EscapedSlashes, string>> = {
    keep: "KEEP_UNCHANGED",
    reject: "REJECT_REQUEST",
    redirect: "UNESCAPE_AND_REDIRECT",
    forward: "UNESCAPE_AND_FORWARD",
};

/** What Istio fills in of connectionSettings for a gateway with `profile: EDGE`, of what is another by default here. */
const EDGE: GatewayOptions = {
    idleTimeout: 3_600_000,
    mergeSlashes: true,
    pathWithEscapedSlashes: "redirect",
    limits: { headTimeout: 60_000, streamIdleTimeout: 300_000, concurrentStreams: 100, streamWindow: 65_536, connectionWindow: 1_048_576 },
};

/** Of all gateways: what the mesh's configuration says. */
export function gatewayOptionsOfMesh(mesh: unknown): GatewayOptions {
    return mergedOptions(
        pathsOf(field(field(mesh, "pathNormalization"), "normalization")),
        gatewayOptionsOfProxyConfig(field(mesh, "defaultConfig")),
    );
}

/** NONE too is no more than this: that rules can't be walked around by spelling is not given up. */
function pathsOf(normalization: unknown): GatewayOptions {
    if (normalization === "MERGE_SLASHES") return { mergeSlashes: true };
    return normalization === "DECODE_AND_MERGE_SLASHES" ? { mergeSlashes: true, pathWithEscapedSlashes: "forward" } : {};
}

/** The later ones count, field by field, and of limits limit by limit. */
export function mergedOptions(...all: readonly GatewayOptions[]): GatewayOptions {
    const limits = Object.assign({}, ...all.map((one) => one.limits ?? {})) as NonNullable<GatewayOptions["limits"]>;
    const merged = Object.assign({}, ...all) as GatewayOptions;
    return Object.keys(limits).length === 0 ? merged : { ...merged, limits };
}

export function gatewayOptionsOfProxyConfig(config: unknown): GatewayOptions {
    const topology = field(config, "gatewayTopology");
    const metadata = field(config, "proxyMetadata");
    const idle = durationOf(field(metadata, "ISTIO_META_IDLE_TIMEOUT"));
    const http10 = field(metadata, "ISTIO_META_HTTP10");
    const forward = field(topology, "forwardClientCertDetails");
    return mergedOptions(
        {
            ...(isRecord(field(topology, "proxyProtocol")) ? { proxyProtocol: "required" } : {}),
            ...((FORWARD_CLIENT_CERT as readonly unknown[]).includes(forward)
                ? { forwardClientCertDetails: forward as ForwardClientCert }
                : {}),
            ...headersOf(field(config, "proxyHeaders")),
            ...(http10 === "1" || http10 === 1 ? { acceptHttp10: true } : {}),
            ...(idle === undefined ? {} : { idleTimeout: idle }),
        },
        settingsOf(field(config, "connectionSettings")),
    );
}

/**
 * `forwardedClientCert` and `setCurrentClientCertDetails` are none of a gateway's: Istio takes `gatewayTopology` in their place, and
 * says all of a certificate.
 */
function headersOf(headers: unknown): GatewayOptions {
    const isOff = (name: string): boolean => field(field(headers, name), "disabled") === true;
    return {
        ...serverOf(field(headers, "server")),
        ...(isOff("envoyDebugHeaders") ? { stripEnvoyHeaders: true } : {}),
        ...(isOff("requestId") ? { generateRequestId: false } : {}),
        ...(isOff("attemptCount") ? { attemptCount: false } : {}),
    };
}

function serverOf(server: unknown): GatewayOptions {
    if (field(server, "disabled") === true) return { serverHeader: { mode: "pass-through" } };
    const value = field(server, "value");
    return typeof value === "string" && value !== "" ? { serverHeader: { mode: "overwrite", value } } : {};
}

function settingsOf(settings: unknown): GatewayOptions {
    if (!isRecord(settings)) return {};
    const idle = durationOf(settings["httpIdleTimeout"]);
    const slashes = settings["httpPathWithEscapedSlashesAction"];
    const action = Object.entries(SLASH_WORDS).find(([, word]) => word === slashes)?.[0] as EscapedSlashes | undefined;
    const merge = settings["httpMergeSlashes"];
    const own: GatewayOptions = {
        ...(idle === undefined ? {} : { idleTimeout: idle }),
        ...(typeof merge === "boolean" ? { mergeSlashes: merge } : {}),
        ...(action === undefined ? {} : { pathWithEscapedSlashes: action }),
        limits: limitsOf(settings),
    };
    return mergedOptions(settings["profile"] === "EDGE" ? EDGE : {}, own);
}

/** What is beyond our bounds is our bound. */
function limitsOf(settings: Fields): NonNullable<GatewayOptions["limits"]> {
    return Object.fromEntries(
        Object.entries(LIMIT_FIELDS).flatMap(([name, at]) => {
            const { kind, least, most } = GATEWAY_LIMITS[name as GatewayLimitName];
            const said = settings[at];
            const value = kind === "duration" ? durationOf(said) : typeof said === "number" && said >= 0 ? said : undefined;
            return value === undefined ? [] : [[name, Math.min(most, Math.max(least, value))]];
        }),
    );
}

/** As YAML or JSON has a duration of protobuf. */
function durationOf(said: unknown): number | undefined {
    const value = typeof said === "string" ? parseDuration(said) : undefined;
    return value !== undefined && value >= 0 ? value : undefined;
}

// --- written -------------------------------------------------------------------------------------------------------

/** The options as ProxyConfig, and those for which Istio has no words: `limits.headers`. */
export function proxyConfigOf(options: GatewayOptions): { readonly config: Fields; readonly wordless: readonly string[] } {
    const wordless: string[] = [];
    const topology: Record<string, unknown> = {};
    const settings: Record<string, unknown> = {};
    const config: Record<string, unknown> = {};
    const metadata: Record<string, string> = {};
    const headers: Record<string, unknown> = {};
    for (const name of Object.keys(options) as GatewayOptionName[]) {
        switch (name) {
            case "proxyProtocol":
                if (options.proxyProtocol === "required") topology["proxyProtocol"] = {};
                else if (options.proxyProtocol !== "off") wordless.push(name);
                break;
            case "forwardClientCertDetails":
                topology[name] = options[name];
                break;
            case "serverHeader":
                if (options.serverHeader?.mode === "pass-through") headers["server"] = { disabled: true };
                else if (options.serverHeader?.mode === "overwrite" && options.serverHeader.value !== undefined)
                    headers["server"] = { value: options.serverHeader.value };
                else wordless.push(name);
                break;
            case "stripEnvoyHeaders":
                if (options.stripEnvoyHeaders === true) headers["envoyDebugHeaders"] = { disabled: true };
                break;
            case "generateRequestId":
                if (options.generateRequestId === false) headers["requestId"] = { disabled: true };
                break;
            case "attemptCount":
                if (options.attemptCount === false) headers["attemptCount"] = { disabled: true };
                break;
            case "acceptHttp10":
                if (options.acceptHttp10 === true) metadata["ISTIO_META_HTTP10"] = "1";
                break;
            case "idleTimeout":
                metadata["ISTIO_META_IDLE_TIMEOUT"] = durationText(options.idleTimeout ?? 0);
                settings["httpIdleTimeout"] = seconds(options.idleTimeout ?? 0);
                break;
            case "mergeSlashes":
                settings["httpMergeSlashes"] = options.mergeSlashes;
                break;
            case "pathWithEscapedSlashes":
                settings["httpPathWithEscapedSlashesAction"] = SLASH_WORDS[options.pathWithEscapedSlashes ?? "keep"];
                break;
            case "limits":
                wordless.push(...writeLimits(options.limits ?? {}, settings));
                break;
            case "proxyProtocolSources":
            case "trustedProxies":
                wordless.push(name);
                break;
            default:
                name satisfies never;
        }
    }
    if (Object.keys(topology).length > 0) config["gatewayTopology"] = topology;
    if (Object.keys(headers).length > 0) config["proxyHeaders"] = headers;
    if (Object.keys(settings).length > 0) config["connectionSettings"] = settings;
    if (Object.keys(metadata).length > 0) config["proxyMetadata"] = metadata;
    return { config, wordless };
}

/** A duration of protobuf is in seconds alone. */
function seconds(milliseconds: number): string {
    return `${milliseconds / 1000}s`;
}

function writeLimits(limits: NonNullable<GatewayOptions["limits"]>, settings: Record<string, unknown>): string[] {
    return Object.entries(limits).flatMap(([name, value]) => {
        const at = LIMIT_FIELDS[name as GatewayLimitName];
        if (at === undefined) return [`limits.${name}`];
        settings[at] = GATEWAY_LIMITS[name as GatewayLimitName].kind === "duration" ? seconds(value) : value;
        return [];
    });
}
