/**
 * Whether a body goes out smaller, a backend's or one of ours, and what its head says then (Envoy's compressor filter, RFC 9110 §8.4 and §12.5). What may
 * be one person's own does not, unless it is asked for: its length would tell a stranger who can have requests made what secret stands
 * beside what he put in (BREACH, CVE-2013-3587).
 */
import { isGrpc } from "../../http/grpc";
import type { HeaderList, ResponseHead } from "../../http/doors";
import { firstValue, headerAt, headerValue, removeHeader, setHeader } from "../../http/header-list";
import type { BoundCompression } from "../../snapshot";
import { acceptedCoding } from "../accepted-coding";
import { takeCompressor, type Compressor } from "../compressors";
import { edgeOf } from "../edge-of";
import type { ExchangeState } from "../exchange-state";
import { ON, type Verdict } from "../verdict";

/** What the client says is looked at as it came: a provider may take credentials away, and a rule the codings. */
export function agreeOnCoding(state: ExchangeState): Verdict {
    if (state.snapshot.edge === undefined) return ON;
    const compression = edgeOf(state)?.compression;
    if (compression === undefined || isGrpc(state.headers) || state.head.upgrade !== "" || state.method === "CONNECT") return ON;
    const { headers, connection } = state;
    state.compression = compression;
    state.coding = acceptedCoding(headerValue(headers, "accept-encoding"), compression.algorithms) ?? "";
    // Credentials are what browsers send by themselves, wherever a request is made from: a certificate too (Fetch, "credentials").
    state.isPersonal =
        headerAt(headers, "cookie") !== -1 || headerAt(headers, "authorization") !== -1 || connection.forwardedClientCert !== "";
    return ON;
}

export function hideCodings(state: ExchangeState): void {
    if (state.compression?.removeAcceptEncoding === true) removeHeader(state.head.headers, "accept-encoding");
}

/** Makes the head one of a smaller body, and gives what makes it; undefined: the body stays as it is. `end`: there is none. */
export function compressHead(state: ExchangeState, head: ResponseHead, end: boolean): Compressor | undefined {
    const { compression, coding } = state;
    if (compression === undefined || !varies(head, compression)) return undefined;
    // Also where it stays as it is: another client may have it otherwise.
    addVary(head.headers);
    if (head.status === 304) keepWeakTag(state.headers, head.headers);
    const isHead = state.method === "HEAD";
    if (coding === "" || (end && !isHead) || head.status === 304) return undefined;
    if (!compression.credentials && isPersonal(state, head.headers)) return undefined;
    // What GET would be answered, whose length nobody knows yet (RFC 9110 §9.3.2).
    const compressor = isHead ? undefined : takeCompressor(coding);
    if (compressor === undefined && !isHead) return undefined;
    for (const name of OF_THE_BYTES) removeHeader(head.headers, name);
    head.contentLength = -1;
    head.headers.push("content-encoding", coding);
    weakenTag(head.headers);
    return compressor;
}

/** What is said of the bytes as they were. */
const OF_THE_BYTES: readonly string[] = [
    "content-length",
    "accept-ranges",
    "content-md5",
    "content-digest",
    "repr-digest",
    "digest",
    // A signature over any of these holds no longer, and says so by itself.
];

/** Whether it is the kind of response that goes out smaller to those who like it. */
function varies({ status, headers, contentLength }: ResponseHead, { contentTypes, minLength }: BoundCompression): boolean {
    if (status < 200 || status === 204 || status === 205 || status === 206) return false;
    if (status === 304) return true;
    if (headerAt(headers, "content-encoding") !== -1 || headerAt(headers, "content-range") !== -1) return false;
    const type = firstValue(headers, "content-type");
    if (type === undefined || !contentTypes.has(mediaType(type))) return false;
    if (contentLength !== -1 && contentLength < minLength) return false;
    return !/(?:^|[\s,])no-transform(?:$|[\s,;])/i.test(headerValue(headers, "cache-control") ?? "");
}

function mediaType(type: string): string {
    const end = type.indexOf(";");
    return (end === -1 ? type : type.slice(0, end)).trim().toLowerCase();
}

/** What is said to be for everybody is nobody's own, whoever asks. */
function isPersonal({ isPersonal: asked }: ExchangeState, headers: HeaderList): boolean {
    if (headerAt(headers, "set-cookie") !== -1) return true;
    return asked && !/(?:^|[\s,])(?:public|immutable|s-maxage=\d+)(?:$|[\s,])/i.test(headerValue(headers, "cache-control") ?? "");
}

/** RFC 9110 §12.5.5. */
function addVary(headers: HeaderList): void {
    const said = headerValue(headers, "vary");
    if (said === undefined) headers.push("vary", "Accept-Encoding");
    else if (!/(?:^|,)\s*(?:accept-encoding|\*)\s*(?:,|$)/i.test(said)) setHeader(headers, "vary", `${said}, Accept-Encoding`);
}

/** A client that has asked by the weak form of the tag has the smaller body, and keeps it under that (RFC 9110 §15.4.5). */
function keepWeakTag(request: HeaderList, headers: HeaderList): void {
    const at = headerAt(headers, "etag");
    const asked = headerValue(request, "if-none-match");
    if (at !== -1 && headers[at + 1]!.startsWith('"') && asked?.includes(`W/${headers[at + 1]!}`) === true) weakenTag(headers);
}

/** RFC 9110 §8.8.1: the bytes are others, and say the same. */
function weakenTag(headers: HeaderList): void {
    const at = headerAt(headers, "etag");
    if (at !== -1 && headers[at + 1]!.startsWith('"')) headers[at + 1] = `W/${headers[at + 1]!}`;
}

export function tellCompression({ compression, coding, isPersonal: asked }: ExchangeState): readonly string[] {
    if (compression === undefined) return [];
    const { kind, namespace, name } = compression.origin;
    const by = `by ${kind} ${namespace}/${name}`;
    if (coding === "") return [`the client takes none of ${compression.algorithms.join(", ")} ${by}`];
    const but =
        asked && !compression.credentials ? ", where the response says that it is public: the request has a cookie or credentials" : "";
    return [`the body may go out as ${coding} ${by}${but}`];
}
