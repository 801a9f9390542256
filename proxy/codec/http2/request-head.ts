/**
 * A request's pseudo-fields to the head that the exchange knows (RFC 9113 §8.3.1), by the rules that HTTP/1.1 requests are
 * held to: somewhere behind a gateway a lenient server reads what was let through. What breaks the protocol resets the
 * stream; what is merely not served gets an answer.
 */
import type { RequestHead } from "../../http/doors";
import { isToken } from "../http1/fields";
import { isHost, isHostAndPort } from "../http1/host";
import { isPath } from "../http1/target";
import { methodAt } from "../methods";
import { FAULTS, type Http2Fault } from "./faults";
import type { FieldSection } from "./fields";

/** A request that is sound HTTP/2 and is not served all the same. */
export interface RefusedHead {
    readonly status: number;
    readonly detail: string;
}

function refusal(status: number, detail: string): RefusedHead {
    return Object.freeze({ status, detail });
}

export const REFUSALS = Object.freeze({
    tooLarge: refusal(431, "header list too large, or of too many fields"),
    method: refusal(501, "unknown method"),
    methodRefused: refusal(405, "CONNECT and TRACE are not served"),
    hostMissing: refusal(400, "no host"),
    host: refusal(400, "malformed host"),
    target: refusal(400, "malformed request target"),
    scheme: refusal(400, "a scheme that is not HTTP's"),
    insecure: refusal(403, "an https target that a proxy would ask for in the clear"),
    expectation: refusal(417, "expectation other than 100-continue"),
    upgrade: refusal(400, "malformed protocol of an extended CONNECT"),
    timeout: refusal(408, "no whole request in time"),
});

/** What `readRequestHead` made of the last one that it found sound. */
export const readRequest: { head: RequestHead | undefined } = { head: undefined };

/** RFC 3986 §3.1: in any letters. */
const HTTP_SCHEME = /^https?$/i;

/** Undefined: `readRequest` has it. */
export function readRequestHead(
    fields: FieldSection,
    end: boolean,
    scheme: "http" | "https",
    isProxy = false,
): Http2Fault | RefusedHead | undefined {
    readRequest.head = undefined;
    if (fields.fault !== undefined) return { ...FAULTS.fields, section: fields.fault.section, detail: fields.fault.detail };
    const { method: given, path, protocol } = fields;
    if (given === undefined) return FAULTS.pseudoHeader;
    const connects = given === "CONNECT";
    if (connects && protocol === undefined) {
        // §8.5: of a target it has the authority alone.
        if (path !== undefined || fields.scheme !== undefined) return FAULTS.pseudoHeader;
        return isProxy ? readConnect(fields, end, scheme) : REFUSALS.methodRefused;
    }
    if (path === undefined || fields.scheme === undefined || path === "") return FAULTS.pseudoHeader;
    if (protocol !== undefined && !connects) return FAULTS.pseudoHeader;
    if (end && fields.contentLength > 0) return FAULTS.contentLength;
    const authority = authorityOf(fields);
    if (authority === undefined) return FAULTS.authority;

    const method = connects ? "GET" : methodAt(given, given.length);
    if (method === undefined) return given === "TRACE" ? REFUSALS.methodRefused : REFUSALS.method;
    if (authority === "") return REFUSALS.hostMissing;
    if (!isAuthority(authority)) return REFUSALS.host;
    // Whoever ends TLS before us may leave `https` there: which scheme it is, the connection says.
    if (fields.scheme !== "https" && fields.scheme !== "http" && !HTTP_SCHEME.test(fields.scheme)) return REFUSALS.scheme;
    if (isProxy && fields.scheme.toLowerCase() === "https") return REFUSALS.insecure;
    const target = targetOf(path, method);
    if (target === undefined) return REFUSALS.target;
    if (fields.expect !== "" && fields.expect !== "100-continue") return REFUSALS.expectation;
    // RFC 8441 §4: the name that a CONNECT asks for is the token that Upgrade has in HTTP/1.1.
    if (protocol !== undefined && !isToken(protocol)) return REFUSALS.upgrade;

    // The bytes behind an extended CONNECT are no body.
    const contentLength = end || connects ? 0 : fields.contentLength;
    readRequest.head = {
        method,
        scheme,
        authority,
        path: target,
        absolute: true,
        headers: fields.list,
        contentLength,
        upgrade: protocol === undefined ? "" : protocol.toLowerCase(),
        expectContinue: fields.expect !== "" && !end && !connects,
        underscored: fields.underscored,
        protocol: "HTTP/2",
    };
    return undefined;
}

function readConnect(fields: FieldSection, end: boolean, scheme: "http" | "https"): Http2Fault | RefusedHead | undefined {
    const authority = authorityOf(fields);
    if (authority === undefined) return FAULTS.authority;
    const bytes = Buffer.from(authority, "latin1");
    if (!isHostAndPort(bytes, 0, bytes.length)) return REFUSALS.target;
    // §8.5: what follows is the tunnel's, and no body that has a length.
    if (end || fields.contentLength > 0) return FAULTS.contentLength;
    readRequest.head = {
        method: "CONNECT",
        scheme,
        authority,
        path: "",
        absolute: true,
        headers: fields.list,
        contentLength: 0,
        upgrade: "",
        expectContinue: false,
        underscored: fields.underscored,
        protocol: "HTTP/2",
    };
    return undefined;
}

/** §8.3.1: a host field beside `:authority` may only repeat it. Undefined: it says another. */
function authorityOf({ authority, host }: FieldSection): string | undefined {
    if (authority === undefined) return host ?? "";
    if (host === undefined || host === authority || host.toLowerCase() === authority.toLowerCase()) return authority;
    return undefined;
}

const MOST_KNOWN = 512;
/** Authorities that were found sound: most requests are for few hosts. */
const known = new Set<string>();

function isAuthority(authority: string): boolean {
    if (known.has(authority)) return true;
    const bytes = Buffer.from(authority, "latin1");
    if (!isHost(bytes, 0, bytes.length)) return false;
    if (known.size >= MOST_KNOWN) known.clear();
    known.add(authority);
    return true;
}

/** Path and query, or `*`. A fragment is the client's own and goes nowhere, as on HTTP/1.1. */
function targetOf(path: string, method: string): string | undefined {
    if (path === "*") return method === "OPTIONS" ? path : undefined;
    if (!path.startsWith("/")) return undefined;
    const fragment = path.indexOf("#");
    const target = fragment === -1 ? path : path.slice(0, fragment);
    return isPath(target) ? target : undefined;
}
