/**
 * `extensionProviders` of a mesh configuration, as Istio reads them (pkg/config/validation/agent/extensionprovider.go,
 * pilot/pkg/security/authz/builder/extauthz.go): those that say who may pass. What is wrong with one is its own fault and
 * no other's. `gatehouseBasicAuth` is a kind of our own.
 */
import { didYouMean } from "./did-you-mean";
import { hostFault } from "./hosts";
import { hasControl } from "./wire-text";
import { Settings, type SettingFault } from "./provider-settings";

/** One as it is given. */
export interface GivenProvider {
    readonly name: string;
    /** `extensionProviders[0]`. */
    readonly field: string;
    /** Undefined: it is wrong, and `faults` say how; or it is of a kind that decides nothing. */
    readonly settings: ProviderSettings | undefined;
    readonly faults: readonly SettingFault[];
    /** What is not read, and makes nothing wrong. */
    readonly remarks: readonly SettingFault[];
}

export type ProviderSettings = HttpProviderSettings | GrpcProviderSettings | BasicAuthSettings;

/** Of whoever is asked over the network. */
export interface AskedSettings {
    /** Empty: any, as long as there is one. */
    readonly namespace: string;
    readonly host: string;
    readonly port: number;
    readonly timeoutMs: number;
    readonly failOpen: boolean;
    readonly statusOnError: number;
    readonly clearRouteCache: boolean;
}

export interface GrpcProviderSettings extends AskedSettings {
    readonly kind: "grpc";
    readonly body?: { readonly maxBytes: number; readonly allowPartial: boolean; readonly asBytes: boolean };
}

export interface HttpProviderSettings extends AskedSettings {
    readonly kind: "http";
    readonly pathPrefix: string;
    /** Patterns of header names, as Istio has them: exact, `prefix*`, `*suffix`. Lower-case. */
    readonly includeRequestHeaders: readonly string[];
    readonly includeAdditionalHeaders: readonly (readonly [name: string, value: string])[];
    readonly body?: { readonly maxBytes: number; readonly allowPartial: boolean };
    readonly headersToUpstreamOnAllow: readonly string[];
    readonly headersToDownstreamOnAllow: readonly string[];
    readonly headersToDownstreamOnDeny: readonly string[];
}

export interface BasicAuthSettings {
    readonly kind: "basic-auth";
    readonly secretName: string;
    readonly realm: string;
    /** The header that tells backends the user's name, lower-case; empty: none. */
    readonly userHeader: string;
}

export const BASIC_AUTH_KIND = "gatehouseBasicAuth";
export const HTTP_KIND = "envoyExtAuthzHttp";
export const GRPC_KIND = "envoyExtAuthzGrpc";

/** Those of Istio's that decide nothing. */
const OTHER_KINDS = [
    "zipkin",
    "lightstep",
    "datadog",
    "stackdriver",
    "opencensus",
    "skywalking",
    "opentelemetry",
    "prometheus",
    "envoyFileAccessLog",
    "envoyHttpAls",
    "envoyTcpAls",
    "envoyOtelAls",
    "sds",
];
const KINDS = [HTTP_KIND, GRPC_KIND, BASIC_AUTH_KIND, ...OTHER_KINDS];

/** A mesh's configuration is written by hand. */
const MAX_PROVIDERS = 1_000;
/** Istio's, where nothing is said. */
const TIMEOUT_MS = 600_000;
/** What a timer takes. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;
/** So much of a body is held for one request at most. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;
const DEFAULT_REALM = "Restricted";

/** Envoy's list of statuses (envoy.type.v3.StatusCode), of those that can end a request. */
const STATUSES = new Set([
    200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 307, 308, 400, 401, 402, 403, 404, 405, 406, 407, 408,
    409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 423, 424, 426, 428, 429, 431, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510,
    511,
]);

/** What is said in a mesh's configuration; `fault`: it can't be read at all. */
export function readProviders(mesh: unknown): { readonly providers: readonly GivenProvider[]; readonly fault?: SettingFault } {
    const root = new Settings(mesh, "");
    const value = root.raw("extensionProviders");
    if (value === undefined) return { providers: [] };
    if (!Array.isArray(value) || value.length > MAX_PROVIDERS) {
        const message = Array.isArray(value) ? `has ${value.length} entries, more than the ${MAX_PROVIDERS} that are read` : "is no list";
        return { providers: [], fault: { field: "extensionProviders", message } };
    }
    const providers = value.map((one: unknown, index) => readProvider(one, `extensionProviders[${index}]`));
    const first = new Set<string>();
    return {
        providers: providers.map((one) => {
            if (!first.has(one.name)) {
                first.add(one.name);
                return one;
            }
            return faulty(one, `is ${JSON.stringify(one.name)}, the name of an earlier provider; nobody can say which is meant`);
        }),
    };
}

function faulty(one: GivenProvider, message: string): GivenProvider {
    return { ...one, settings: undefined, faults: [...one.faults, { field: `${one.field}.name`, message }] };
}

function readProvider(value: unknown, field: string): GivenProvider {
    const given = new Settings(value, field);
    const name = given.text("name", "");
    if (name === "" && given.faults.length === 0) given.fault("name", "is empty");
    const kinds = given.names().filter((one) => one !== "name");
    const [kind = "", second] = kinds;
    if (second !== undefined) given.fault("", `has ${kinds.join(" and ")}, of which a provider has one`);
    else if (kind === "") given.fault("", "says no kind");
    else if (!KINDS.includes(kind)) given.fault(kind, `is no kind of provider${hint(kind, KINDS)}`);
    if (given.faults.length > 0 || OTHER_KINDS.includes(kind))
        return { name, field, settings: undefined, faults: given.faults, remarks: [] };
    const inner = new Settings(given.raw(kind), `${field}.${kind}`);
    const settings = readKind(kind, inner);
    return { name, field, settings: inner.faults.length === 0 ? settings : undefined, faults: inner.faults, remarks: inner.unread(hint) };
}

function hint(word: string, known: readonly string[]): string {
    const found = didYouMean(word, known);
    return found === undefined ? "" : `; did you mean ${found}?`;
}

function readKind(kind: string, given: Settings): ProviderSettings {
    switch (kind) {
        case HTTP_KIND:
            return readHttp(given);
        case BASIC_AUTH_KIND:
            return readBasicAuth(given);
        default:
            return readGrpc(given);
    }
}

function readAsked(given: Settings): AskedSettings {
    return {
        ...readService(given),
        port: given.whole("port", 1, 65_535),
        timeoutMs: Math.min(MAX_TIMEOUT_MS, given.duration("timeout", TIMEOUT_MS)),
        failOpen: given.flag("failOpen"),
        statusOnError: readStatus(given),
        clearRouteCache: given.flag("clearRouteCache"),
    };
}

function readGrpc(given: Settings): GrpcProviderSettings {
    const body = given.has("includeRequestBodyInCheck") ? readBody(given.inner("includeRequestBodyInCheck")) : undefined;
    return { kind: "grpc", ...readAsked(given), ...(body ? { body } : {}) };
}

function readHttp(given: Settings): HttpProviderSettings {
    const included = given.patterns("includeRequestHeadersInCheck");
    const deprecated = given.patterns("includeHeadersInCheck");
    // A body goes to an HTTP provider as it is, whatever this says of bytes.
    const body = given.has("includeRequestBodyInCheck") ? readBody(given.inner("includeRequestBodyInCheck")) : undefined;
    return {
        kind: "http",
        ...readAsked(given),
        pathPrefix: readPathPrefix(given),
        includeRequestHeaders: included.length > 0 ? included : deprecated,
        includeAdditionalHeaders: given.headers("includeAdditionalHeadersInCheck"),
        ...(body ? { body: { maxBytes: body.maxBytes, allowPartial: body.allowPartial } } : {}),
        headersToUpstreamOnAllow: given.patterns("headersToUpstreamOnAllow"),
        headersToDownstreamOnAllow: given.patterns("headersToDownstreamOnAllow"),
        headersToDownstreamOnDeny: given.patterns("headersToDownstreamOnDeny"),
    };
}

function readService(given: Settings): { readonly namespace: string; readonly host: string } {
    const text = given.text("service", "");
    const parts = text.split("/");
    const [namespace, host] = parts.length === 2 ? [parts[0] ?? "", parts[1] ?? ""] : ["", text];
    if (text === "") given.fault("service", "is empty; write <namespace>/<host> or a host");
    else if (parts.length > 2 || (parts.length === 2 && namespace === "")) given.fault("service", "is not of the form <namespace>/<host>");
    else {
        const fault = hostFault(host, { ip: true, short: true });
        if (fault !== undefined) given.fault("service", fault);
    }
    return { namespace, host: host.toLowerCase() };
}

function readPathPrefix(given: Settings): string {
    const text = given.text("pathPrefix", "");
    if (text === "") return "";
    if (!text.startsWith("/")) given.fault("pathPrefix", "does not begin with /");
    else if (/[^\x21-\x7e]|#/.test(text)) given.fault("pathPrefix", "has a character that no path has");
    return text;
}

function readStatus(given: Settings): number {
    const text = given.text("statusOnError", "");
    if (text === "") return 403;
    const status = /^[+]?\d{1,9}$/.test(text) ? Number(text) : 0;
    if (!STATUSES.has(status)) given.fault("statusOnError", 'is no HTTP status that ends a request, as in "503"');
    return status;
}

function readBody(given: Settings): { readonly maxBytes: number; readonly allowPartial: boolean; readonly asBytes: boolean } {
    return {
        maxBytes: given.whole("maxRequestBytes", 1, MAX_BODY_BYTES),
        allowPartial: given.flag("allowPartialMessage"),
        asBytes: given.flag("packAsBytes"),
    };
}

function readBasicAuth(given: Settings): BasicAuthSettings {
    const secretName = given.text("secretName", "");
    if (!/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(secretName)) given.fault("secretName", "is no name of a Secret");
    const realm = given.text("realm", "") || DEFAULT_REALM;
    if (hasControl(realm) || realm.length > 200) given.fault("realm", "has a control character, or more than 200 characters");
    return { kind: "basic-auth", secretName, realm, userHeader: given.headerName("userHeader") };
}
