/**
 * How a gateway as a whole takes its clients, for what Istio has no words, or none on a Service: an annotation, as JSON, of the
 * Service in front of the gateway's pods. Each field is read by itself, and each fault is named. Where what restricts can't be
 * read, nobody knows what was meant to be kept out, and nobody is served by these options.
 */
import { isRange } from "../ip-blocks";
import { isRecord } from "../validation/outline";
import { jsonOf } from "./json-text";
import { settingOf, Unreadable } from "./setting-reader";
import { GATEWAY_LIMIT_NAMES, GATEWAY_LIMITS, readLimit, type GatewayLimitName, type GatewayLimits } from "./gateway-limits";

export const GATEWAY_OPTIONS_ANNOTATION = "gatehouse.dev/gateway-options";

/** A header of the PROXY protocol: nobody sends one, trusted sources may, every connection begins with one. */
export const PROXY_PROTOCOL_MODES = ["off", "optional", "required"] as const;
export type ProxyProtocolMode = (typeof PROXY_PROTOCOL_MODES)[number];

/** What becomes of `x-forwarded-client-cert`, in Istio's and Envoy's words. */
export const FORWARD_CLIENT_CERT = ["SANITIZE", "FORWARD_ONLY", "APPEND_FORWARD", "SANITIZE_SET", "ALWAYS_FORWARD_ONLY"] as const;
export type ForwardClientCert = (typeof FORWARD_CLIENT_CERT)[number];

/** Of the header `server`; `none`: responses have none. */
export const SERVER_HEADER_MODES = ["overwrite", "append-if-absent", "pass-through", "none"] as const;
export type ServerHeaderMode = (typeof SERVER_HEADER_MODES)[number];
export interface ServerHeader {
    readonly mode: ServerHeaderMode;
    readonly value?: string;
}

/** Of `%2F` and `%5C` in a path (Envoy's path_with_escaped_slashes_action). */
export const ESCAPED_SLASHES = ["keep", "reject", "redirect", "forward"] as const;
export type EscapedSlashes = (typeof ESCAPED_SLASHES)[number];

export interface GatewayOptions {
    readonly proxyProtocol?: ProxyProtocolMode;
    /** Who may send such a header, as addresses or blocks of them; absent: anybody. */
    readonly proxyProtocolSources?: readonly string[];
    /** Whose X-Forwarded-For is believed, as addresses or blocks of them. */
    readonly trustedProxies?: readonly string[];
    readonly forwardClientCertDetails?: ForwardClientCert;
    readonly serverHeader?: ServerHeader;
    /** Whether responses go without headers that begin with `x-envoy-`. */
    readonly stripEnvoyHeaders?: boolean;
    /** Whether each request gets an `x-request-id` of its own; else a client's is passed on, and none is made. */
    readonly generateRequestId?: boolean;
    /** Whether backends are told by `x-envoy-attempt-count` how often a request has been tried. */
    readonly attemptCount?: boolean;
    readonly acceptHttp10?: boolean;
    readonly mergeSlashes?: boolean;
    readonly pathWithEscapedSlashes?: EscapedSlashes;
    /** Milliseconds between two requests of a connection; 0: for ever. */
    readonly idleTimeout?: number;
    readonly limits?: GatewayLimits;
}

export type GatewayOptionName = keyof GatewayOptions;

export interface OptionFault {
    /** `limits.headers`; empty: the whole. */
    readonly at: string;
    readonly message: string;
}

export interface ReadGatewayOptions {
    readonly options: GatewayOptions;
    readonly faults: readonly OptionFault[];
    /** What can't be read restricts, or may: nobody is to be served by the rest. */
    readonly isClosed: boolean;
}

/** Which only say how something looks: without them it looks as it does by default. */
const DECORATING: ReadonlySet<string> = new Set<GatewayOptionName>([
    "serverHeader",
    "stripEnvoyHeaders",
    "generateRequestId",
    "attemptCount",
    "acceptHttp10",
    "idleTimeout",
]);

/** Whether more would be let in, or somebody believed, where the option of a fault is left out; also one that nobody knows, and the whole. */
export function isRestrictingOption(at: string): boolean {
    return !DECORATING.has(at);
}

export function readGatewayOptions(text: string): ReadGatewayOptions {
    const read = jsonOf(text);
    return "fault" in read ? readWith({}, [{ at: "", message: read.fault }]) : gatewayOptionsOf(read.value);
}

type Note = (at: string, message: string) => void;
type Reader<N extends GatewayOptionName> = (said: unknown, note: Note) => GatewayOptions[N];

const READERS: { readonly [N in GatewayOptionName]-?: Reader<N> } = {
    proxyProtocol: (said) => word(said, PROXY_PROTOCOL_MODES),
    proxyProtocolSources: (said) => networks(said),
    trustedProxies: (said) => networks(said),
    forwardClientCertDetails: (said) => word(said, FORWARD_CLIENT_CERT),
    serverHeader: (said) => serverHeader(said),
    stripEnvoyHeaders: (said) => flag(said),
    generateRequestId: (said) => flag(said),
    attemptCount: (said) => flag(said),
    acceptHttp10: (said) => flag(said),
    mergeSlashes: (said) => flag(said),
    pathWithEscapedSlashes: (said) => word(said, ESCAPED_SLASHES),
    idleTimeout: (said) => limitOf({ kind: "duration", least: 0, most: 30 * 24 * 3_600_000, default: 3_600_000, doc: "" }, said),
    limits: (said, note) => limits(said, note),
};

export function gatewayOptionsOf(value: unknown): ReadGatewayOptions {
    if (!isRecord(value)) return readWith({}, [{ at: "", message: "wanted an object" }]);
    const faults: OptionFault[] = [];
    const options: Record<string, unknown> = {};
    for (const [name, said] of Object.entries(value)) {
        if (!Object.hasOwn(READERS, name)) {
            faults.push({ at: name, message: "there is no such option" });
            continue;
        }
        const note = (at: string, message: string): void => void faults.push({ at: `${name}${at}`, message });
        const read = settingOf(said, (given) => READERS[name as GatewayOptionName](given, note));
        if ("fault" in read) note("", read.fault);
        else options[name] = read.value;
    }
    if (options["proxyProtocol"] === "optional" && value["proxyProtocolSources"] === undefined) {
        faults.push({
            at: "proxyProtocol",
            message: 'with "optional" whoever sends a header is believed about whose the connection is; wanted proxyProtocolSources too',
        });
    }
    return readWith(options, faults);
}

function readWith(options: GatewayOptions, faults: readonly OptionFault[]): ReadGatewayOptions {
    return { options, faults, isClosed: faults.some(({ at }) => isRestrictingOption(at)) };
}

function word<W extends string>(said: unknown, words: readonly W[]): W {
    if (!(words as readonly unknown[]).includes(said))
        throw new Unreadable(`got ${JSON.stringify(said)}, wanted one of ${words.map((one) => JSON.stringify(one)).join(", ")}`);
    return said as W;
}

function flag(said: unknown): boolean {
    if (typeof said !== "boolean") throw new Unreadable(`got ${JSON.stringify(said)}, wanted true or false`);
    return said;
}

const MAX_NETWORKS = 1000;

function networks(said: unknown): readonly string[] {
    if (!Array.isArray(said) || said.length === 0) throw new Unreadable('wanted a list of addresses as in ["10.0.0.0/8", "2001:db8::1"]');
    if (said.length > MAX_NETWORKS) throw new Unreadable(`has ${said.length} entries, wanted at most ${MAX_NETWORKS}`);
    const bad = (said as readonly unknown[]).find((one) => typeof one !== "string" || !isRange(one));
    if (bad !== undefined) throw new Unreadable(`got ${JSON.stringify(bad)}, wanted an address, or a block of them as in 10.0.0.0/8`);
    return said as readonly string[];
}

/** What a header's value may be: no control character, nothing outside ASCII, no blank at either end. */
const HEADER_VALUE = /^[!-~](?:[ -~]{0,254}[!-~])?$/;

function serverHeader(said: unknown): ServerHeader {
    if (!isRecord(said)) throw new Unreadable('wanted an object as in {"mode":"overwrite","value":"web"}');
    const other = Object.keys(said).find((key) => key !== "mode" && key !== "value");
    if (other !== undefined) throw new Unreadable(`has no field ${JSON.stringify(other)}`);
    const mode = said.mode === undefined ? "overwrite" : word(said.mode, SERVER_HEADER_MODES);
    if (said.value === undefined) return { mode };
    if (mode === "none" || mode === "pass-through") throw new Unreadable(`with the mode ${JSON.stringify(mode)} no value is sent`);
    if (typeof said.value !== "string" || !HEADER_VALUE.test(said.value))
        throw new Unreadable(`got the value ${JSON.stringify(said.value)}, wanted 1 to 256 printable characters of ASCII`);
    return { mode, value: said.value };
}

function limits(said: unknown, note: Note): GatewayLimits {
    if (!isRecord(said)) throw new Unreadable('wanted an object as in {"headers":200}');
    const read: { [N in GatewayLimitName]?: number } = {};
    for (const [name, value] of Object.entries(said)) {
        if (!(GATEWAY_LIMIT_NAMES as readonly string[]).includes(name)) {
            note(`.${name}`, "there is no such limit");
            continue;
        }
        const known = name as GatewayLimitName;
        const one = readLimit(GATEWAY_LIMITS[known], value);
        if ("fault" in one) note(`.${name}`, one.fault);
        else read[known] = one.value;
    }
    return read;
}

function limitOf(limit: Parameters<typeof readLimit>[0], said: unknown): number {
    const read = readLimit(limit, said);
    if ("fault" in read) throw new Unreadable(read.fault);
    return read.value;
}
