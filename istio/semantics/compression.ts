/**
 * Bodies that are sent smaller, for which Istio has no words but an EnvoyFilter: an annotation, as JSON, of a VirtualService for its
 * hosts, and of the Service in front of a gateway's pods for all that they serve: `true`, `false`, or an object that tunes it.
 */
import { fieldsOf, flagOf, listOf, readSetting, settingOf, unreadable, type ReadSetting } from "./setting-reader";

export const COMPRESSION_ANNOTATION = "gatehouse.dev/compression";

/** As Content-Encoding names them. */
export const CODINGS = ["zstd", "br", "gzip"] as const;
export type Coding = (typeof CODINGS)[number];

export interface Compression {
    /** In the order in which one is taken that the client likes as well as another. */
    readonly algorithms: readonly Coding[];
    /** Of bodies whose length is known. */
    readonly minLength: number;
    /** In small letters, without parameters. */
    readonly contentTypes: readonly string[];
    /** Also what may be one person's own. */
    readonly credentials: boolean;
    /** Backends are not told what clients take, and leave it to the gateway (Envoy's remove_accept_encoding_header). */
    readonly removeAcceptEncoding: boolean;
}

/** Envoy's, and what has come since that is text. */
const CONTENT_TYPES = [
    "application/javascript",
    "application/json",
    "application/ld+json",
    "application/manifest+json",
    "application/problem+json",
    "application/rss+xml",
    "application/wasm",
    "application/xhtml+xml",
    "application/xml",
    "image/svg+xml",
    "text/css",
    "text/csv",
    "text/html",
    "text/javascript",
    "text/markdown",
    "text/plain",
    "text/xml",
];
/** Below it the frame around a body weighs as much as what is saved. */
const MIN_LENGTH = 1024;
const FIELDS = ["algorithms", "minLength", "contentTypes", "credentials", "removeAcceptEncoding"];

/** `false`: nothing is, whatever the gateway says. */
export function readCompression(text: string): ReadSetting<Compression | false> {
    return readSetting(text, valueOf);
}

export function compressionOf(value: unknown): ReadSetting<Compression | false> {
    return settingOf(value, valueOf);
}

function valueOf(value: unknown): Compression | false {
    if (value === false) return false;
    const given = value === true ? {} : fieldsOf(value, "", FIELDS, "true, false or an object");
    const algorithms = given.algorithms === undefined ? CODINGS : listOf(given.algorithms, ".algorithms", 3).map(codingOf);
    if (algorithms.length === 0) throw unreadable(".algorithms", "is empty");
    const types = given.contentTypes === undefined ? CONTENT_TYPES : listOf(given.contentTypes, ".contentTypes", 100).map(typeOf);
    return {
        algorithms: [...new Set(algorithms)],
        minLength: lengthOf(given.minLength),
        contentTypes: types,
        credentials: flagOf(given.credentials, ".credentials", false),
        removeAcceptEncoding: flagOf(given.removeAcceptEncoding, ".removeAcceptEncoding", false),
    };
}

function codingOf(value: unknown, index: number): Coding {
    const found = CODINGS.find((one) => one === value);
    if (found === undefined) throw unreadable(`.algorithms[${index}]`, `got ${JSON.stringify(value)}, wanted one of ${CODINGS.join(", ")}`);
    return found;
}

function lengthOf(value: unknown): number {
    if (value === undefined) return MIN_LENGTH;
    if (typeof value !== "number" || !Number.isInteger(value) || value < 30)
        throw unreadable(".minLength", `got ${JSON.stringify(value)}, wanted 30 bytes or more`);
    return value;
}

/** Messages of gRPC are framed, and compressed by those who speak it. */
function typeOf(value: unknown, index: number): string {
    const at = `.contentTypes[${index}]`;
    const text = typeof value === "string" ? value.toLowerCase() : "";
    if (!/^[a-z0-9][-a-z0-9!#$&^_.+]*\/[a-z0-9][-a-z0-9!#$&^_.+]*$/.test(text))
        throw unreadable(at, `got ${JSON.stringify(value)}, wanted a media type without parameters, as in "text/html"`);
    if (text.startsWith("application/grpc")) throw unreadable(at, "gRPC has a compression of its own: leave it out");
    return text;
}
