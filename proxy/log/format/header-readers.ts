/** Readers of what stands in headers, paths and queries. */
import { firstValue, headerValue } from "../../http/header-list";
import { parameterIn } from "../../http/query-parameter";
import type { RequestRecord } from "../../telemetry";
import { absent, present, sentHost, type ReadRequest, type Reader } from "./reader";

/** Envoy keeps these as one value, the lines joined by commas (envoy/http/header_map.h, inline headers). */
const JOINED: ReadonlySet<string> = new Set([
    "accept",
    "accept-encoding",
    "access-control-request-headers",
    "authorization",
    "cache-control",
    "content-type",
    "expect",
    "grpc-timeout",
    "origin",
    "referer",
    "te",
    "user-agent",
    "via",
    "x-forwarded-for",
    "x-forwarded-proto",
]);

/** As the request was sent on: behind a rewrite that is another path than the client's. */
function pathOf(record: RequestRecord): string | undefined {
    return present(record.target === "" ? record.path : record.target);
}

function requestHeader(name: string): ReadRequest {
    switch (name) {
        case ":method":
            return (r) => present(r.method);
        case ":path":
            return pathOf;
        case ":authority":
        case "host":
            return (r) => present(sentHost(r));
        case ":scheme":
            return (r) => (r.method === "" ? undefined : r.connection.scheme);
        case "x-request-id":
            return (r) => present(r.requestId) ?? firstValue(r.requestHeaders, name);
        case "x-envoy-original-path":
            return (r) => (r.target === "" ? firstValue(r.requestHeaders, name) : r.path);
        default:
            return JOINED.has(name) ? (r) => headerValue(r.requestHeaders, name) : (r) => firstValue(r.requestHeaders, name);
    }
}

function responseHeader(name: string): ReadRequest {
    if (name === ":status") return (r) => (r.status === 0 ? undefined : String(r.status));
    return (r) => firstValue(r.responseHeaders, name);
}

function trailer(name: string): ReadRequest {
    return (r) => (r.responseTrailers === undefined ? undefined : firstValue(r.responseTrailers, name));
}

const PLACES = {
    REQ: requestHeader,
    REQUEST_HEADER: requestHeader,
    RESP: responseHeader,
    RESPONSE_HEADER: responseHeader,
    TRAILER: trailer,
    RESPONSE_TRAILER: trailer,
} as const;

function isPlace(name: string): name is keyof typeof PLACES {
    return Object.hasOwn(PLACES, name);
}

/** `X?Y`: where X is not there, Y. Undefined: the operator reads no header. */
export function headerReader(name: string, argument: string): Reader | undefined {
    if (name === "REQ_WITHOUT_QUERY") return withoutQuery(argument);
    if (!isPlace(name)) return undefined;
    const [main = "", other] = argument.toLowerCase().split("?");
    // Where a path was rewritten it is the client's, and else it is the path.
    if (PLACES[name] === requestHeader && main === "x-envoy-original-path" && other === ":path")
        return { request: (r) => present(r.path), connection: absent };
    const read = PLACES[name](main);
    if (other === undefined) return { request: read, connection: absent };
    const otherwise = PLACES[name](other);
    return { request: (r) => read(r) ?? otherwise(r), connection: absent };
}

function withoutQuery(argument: string): Reader {
    const reader = headerReader("REQ", argument);
    return { request: (r) => cutQuery(reader?.request(r) as string | undefined), connection: absent };
}

function cutQuery(value: string | undefined): string | undefined {
    const end = value === undefined ? -1 : value.indexOf("?");
    return end === -1 ? value : value?.slice(0, end);
}

/** `%PATH(NQ:ORIG)%`. */
export function pathReader(argument: string | undefined): Reader {
    const [query, which = "ORIG_OR_PATH"] = (argument || "WQ").split(":");
    const read: ReadRequest =
        which === "PATH" ? pathOf : which === "ORIG" ? (r) => (r.target === "" ? undefined : r.path) : (r) => present(r.path);
    return { request: query === "NQ" ? (r) => cutQuery(read(r) as string | undefined) : read, connection: absent };
}

export function queryParameterReader(name: string): Reader {
    return { request: (r) => parameterIn(r.path, name), connection: absent };
}

export function queryReader(isDecoded: boolean): Reader {
    const query: ReadRequest = (r) => {
        const start = r.path.indexOf("?");
        return start === -1 ? undefined : present(r.path.slice(start + 1));
    };
    return { request: isDecoded ? (r) => decodedQuery(query(r) as string | undefined) : query, connection: absent };
}

/** Of what is encoded Envoy shows characters that are seen. */
function decodedQuery(query: string | undefined): string | undefined {
    return query?.replace(/%(2[1-9a-f]|[3-6][0-9a-f]|7[0-9a-e])/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
