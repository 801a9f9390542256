/**
 * A request's head: start line, fields, and the rules that a gateway has to hold because somewhere behind it a lenient
 * server reads the same bytes. Rules of syntax come first, so that a head gives the same answer however it was split.
 */
import type { RequestHead } from "../../http/doors";
import { ASTERISK, BACKSLASH, COLON, CR, HASH, HEX, LF, PERCENT, QUESTION, SLASH, SPACE, TARGET, TOKEN } from "./bytes";
import { codingFault } from "./coding";
import { FAULTS, type CodecFault } from "./fault";
import { HeaderFields, acceptsTrailers, parseFields, removeListed } from "./fields";
import { methodAt } from "../methods";
import { isHost, isHostAndPort } from "./host";
import { MAX_HEADERS } from "./limits";

export interface RequestRules {
    readonly scheme: "http" | "https";
    readonly acceptHttp10: boolean;
    /** CONNECT is taken. */
    readonly connects?: boolean;
    /** Absent: as limits.ts has them. */
    readonly maxHeadBytes?: number;
    readonly maxHeaders?: number;
}

/** The result of one parse, until the next one. */
export interface ParsedRequest {
    head: RequestHead | undefined;
    chunked: boolean;
    /** The client lets the connection live on. */
    keepAlive: boolean;
}

const fields = new HeaderFields();
export const parsedRequest: ParsedRequest = { head: undefined, chunked: false, keepAlive: false };

/** Parses the head from `from` to `to`, which is just after its empty line. On undefined, parsedRequest holds it. */
export function parseRequestHead(buffer: Buffer, from: number, to: number, rules: RequestRules): CodecFault | undefined {
    parsedRequest.head = undefined;
    let at = from;
    while (TOKEN[buffer[at]!] !== 0) at++;
    const methodTo = at;
    if (methodTo === from || buffer[at] !== SPACE) return FAULTS.startLine;
    const targetFrom = ++at;
    while (TARGET[buffer[at]!] === 1) at++;
    const targetTo = at;
    // A fragment is the client's own (RFC 9110 §4.2.5): what comes behind the `#` is sent by mistake and goes nowhere.
    if (buffer[at] === HASH) while (TARGET[buffer[at]!] === 1 || buffer[at] === HASH) at++;
    if (targetTo === targetFrom || buffer[at] !== SPACE) return FAULTS.target;
    const minor = versionAt(buffer, ++at);
    if (minor === MALFORMED) return FAULTS.startLine;

    const text = buffer.toString("latin1", from, to);
    fields.reset();
    fields.most = rules.maxHeaders ?? MAX_HEADERS;
    const broken = parseFields(buffer, at + 10, text, from, fields);
    if (broken !== undefined) return broken;

    if (fields.fault === FAULTS.tooManyFields) return fields.fault;
    if (minor === OTHER) return FAULTS.version;
    if (minor === 0 && !rules.acceptHttp10) return FAULTS.http10;
    const method = methodAt(text, methodTo - from) ?? (rules.connects === true ? connectAt(text, methodTo - from) : undefined);
    if (method === undefined) return methodFault(text.slice(0, methodTo - from));
    const fault = fields.fault ?? framingFault(minor) ?? expectFault(minor);
    if (fault !== undefined) return fault;
    return takeHead(buffer, text, from, targetFrom, targetTo, method, minor, rules);
}

const MALFORMED = -1;
const OTHER = -2;

/** The minor version of HTTP/1 at `HTTP/x.y CRLF`, or MALFORMED, or OTHER for a version that is not ours. */
function versionAt(buffer: Buffer, at: number): number {
    const major = buffer[at + 5]! - 0x30;
    const minor = buffer[at + 7]! - 0x30;
    const sound =
        buffer[at] === 0x48 &&
        buffer[at + 1] === 0x54 &&
        buffer[at + 2] === 0x54 &&
        buffer[at + 3] === 0x50 &&
        buffer[at + 4] === SLASH &&
        major >= 0 &&
        major <= 9 &&
        buffer[at + 6] === 0x2e &&
        minor >= 0 &&
        minor <= 9 &&
        buffer[at + 8] === CR &&
        buffer[at + 9] === LF;
    if (!sound) return MALFORMED;
    return major === 1 && minor <= 1 ? minor : OTHER;
}

function connectAt(text: string, length: number): string | undefined {
    return length === 7 && text.startsWith("CONNECT") ? "CONNECT" : undefined;
}

function methodFault(method: string): CodecFault {
    return method === "CONNECT" || method === "TRACE" ? FAULTS.methodRefused : FAULTS.method;
}

function framingFault(minor: number): CodecFault | undefined {
    if (fields.codings === 0) return undefined;
    if (fields.contentLength >= 0) return FAULTS.bothLengths;
    if (minor === 0) return FAULTS.codingIn10;
    return codingFault(fields.coding, fields.codings);
}

/** HTTP/1.0 has no expectations: RFC 9110 §10.1.1 has them ignored. */
function expectFault(minor: number): CodecFault | undefined {
    return fields.expect === "" || fields.expect === "100-continue" || minor === 0 ? undefined : FAULTS.expectation;
}

function takeHead(
    buffer: Buffer,
    text: string,
    base: number,
    targetFrom: number,
    targetTo: number,
    method: string,
    minor: number,
    rules: RequestRules,
): CodecFault | undefined {
    if (fields.hosts > 1) return FAULTS.hostRepeated;
    // RFC 9112 §3.2: a Host is required and checked even where an absolute target overrides it.
    if (fields.hosts === 0 && minor === 1) return FAULTS.hostMissing;
    if (fields.hosts === 1 && !isHost(buffer, fields.hostFrom, fields.hostTo)) return FAULTS.host;

    const connects = method === "CONNECT";
    // What follows is no body, and whoever says how long it is means something else.
    if (connects && (fields.codings > 0 || fields.contentLength > 0)) return FAULTS.connectBody;
    let absolute = connects;
    let authority = fields.hosts === 1 ? text.slice(fields.hostFrom - base, fields.hostTo - base) : "";
    let path: string;
    if (connects) {
        // RFC 9112 §3.2.3: host and port, and nothing else.
        if (!isHostAndPort(buffer, targetFrom, targetTo)) return FAULTS.target;
        authority = text.slice(targetFrom - base, targetTo - base);
        path = "";
    } else if (buffer[targetFrom] === SLASH) {
        if (!isPath(buffer, targetFrom, targetTo)) return FAULTS.target;
        path = text.slice(targetFrom - base, targetTo - base);
    } else if (buffer[targetFrom] === ASTERISK && targetTo === targetFrom + 1) {
        if (method !== "OPTIONS") return FAULTS.target;
        path = "*";
    } else {
        const hostFrom = absoluteHost(text.slice(targetFrom - base, Math.min(targetTo, targetFrom + 8) - base)) + targetFrom;
        if (hostFrom === targetFrom) return FAULTS.target;
        let hostTo = hostFrom;
        while (hostTo < targetTo && buffer[hostTo] !== SLASH && buffer[hostTo] !== QUESTION) hostTo++;
        if (hostTo === hostFrom || !isHost(buffer, hostFrom, hostTo)) return FAULTS.host;
        if (!isPath(buffer, hostTo, targetTo)) return FAULTS.target;
        // RFC 9110 §7.4: what is asked for by https is not given out in the clear.
        // A proxy would send it on in the clear, however its own clients come.
        if (hostFrom - targetFrom === 8 && (rules.scheme === "http" || rules.connects === true)) return FAULTS.insecure;
        absolute = true;
        authority = text.slice(hostFrom - base, hostTo - base);
        const rest = text.slice(hostTo - base, targetTo - base);
        path = rest.startsWith("/") ? rest : rest === "" && method === "OPTIONS" ? "*" : `/${rest}`;
    }

    const chunked = fields.codings === 1;
    const contentLength = chunked ? -1 : Math.max(fields.contentLength, 0);
    let headers = fields.list;
    if (fields.listed !== undefined) headers = removeListed(headers, fields.listed);
    if (fields.te !== "" && acceptsTrailers(fields.te)) headers.push("te", "trailers");
    parsedRequest.chunked = chunked;
    parsedRequest.keepAlive = minor === 1 ? !fields.close : fields.keepAlive && !fields.close;
    parsedRequest.head = {
        method,
        scheme: rules.scheme,
        authority,
        path,
        absolute,
        headers,
        contentLength,
        // With a body, where it ends and the other protocol starts is read in two ways: the upgrade is then ignored.
        upgrade: fields.upgradeListed && contentLength === 0 && minor === 1 && !connects ? fields.upgrade : "",
        expectContinue: fields.expect !== "" && contentLength !== 0 && minor === 1,
        underscored: fields.underscored,
        protocol: minor === 1 ? "HTTP/1.1" : "HTTP/1.0",
    };
    return undefined;
}

/** Where the authority starts in an absolute target; 0 for a scheme that is not HTTP's. */
function absoluteHost(start: string): number {
    const lower = start.toLowerCase();
    return lower.startsWith("http://") ? 7 : lower === "https://" ? 8 : 0;
}

/**
 * Whether path and query can be read in one way only: each `%` of the path is followed by two hexadecimal digits and
 * never means NUL, and no backslash, which some servers read as a slash. A query is opaque beyond its byte class.
 */
function isPath(buffer: Buffer, from: number, to: number): boolean {
    for (let at = from; at < to; at++) {
        const byte = buffer[at]!;
        if (byte === QUESTION) return true;
        if (byte === BACKSLASH) return false;
        if (byte !== PERCENT) continue;
        const high = at + 2 < to ? HEX[buffer[at + 1]!]! : 255;
        const low = at + 2 < to ? HEX[buffer[at + 2]!]! : 255;
        if (high === 255 || low === 255 || high + low === 0) return false;
        at += 2;
    }
    return true;
}

/** Whether a byte can begin a request: a TLS hello or garbage is refused before a whole head has come. */
export function startsRequest(byte: number): boolean {
    return TOKEN[byte] !== 0 && byte !== COLON;
}
