/** A response's head, parsed as strictly as a request's: what a backend sends wrong must not reach the next client. */
import type { ResponseHead } from "../../http/doors";
import { CR, FIELD_VALUE, LF, SLASH, SPACE } from "./bytes";
import { codingFault } from "./coding";
import { FAULTS, type CodecFault } from "./fault";
import { HeaderFields, parseFields, removeListed } from "./fields";

/** The result of one parse, until the next one. */
export interface ParsedResponse {
    head: ResponseHead | undefined;
    chunked: boolean;
    /** The backend lets the connection live on. */
    keepAlive: boolean;
    /** Of Upgrade, where Connection lists it. */
    upgrade: string;
}

const fields = new HeaderFields();
export const parsedResponse: ParsedResponse = { head: undefined, chunked: false, keepAlive: false, upgrade: "" };

/** Parses the head from `from` to `to`, which is just after its empty line. On undefined, parsedResponse holds it. */
export function parseResponseHead(buffer: Buffer, from: number, to: number): CodecFault | undefined {
    parsedResponse.head = undefined;
    const version = buffer[from + 7]! - 0x30;
    const sound =
        buffer[from] === 0x48 &&
        buffer[from + 1] === 0x54 &&
        buffer[from + 2] === 0x54 &&
        buffer[from + 3] === 0x50 &&
        buffer[from + 4] === SLASH &&
        buffer[from + 6] === 0x2e &&
        version >= 0 &&
        version <= 9 &&
        buffer[from + 8] === SPACE;
    const status = sound ? statusAt(buffer, from + 9) : -1;
    if (status < 0) return FAULTS.startLine;
    let at = from + 12;
    // The reason phrase may be absent, and with it the space before it: many servers leave both out.
    if (buffer[at] === SPACE) while (FIELD_VALUE[buffer[at]!] === 1) at++;
    if (buffer[at] !== CR || buffer[at + 1] !== LF) return FAULTS.startLine;

    const text = buffer.toString("latin1", from, to);
    fields.reset();
    const broken = parseFields(buffer, at + 2, text, from, fields);
    if (broken !== undefined) return broken;
    if (fields.fault !== undefined) return fields.fault;
    if (buffer[from + 5] !== 0x31 || version > 1) return FAULTS.version;
    if (fields.codings > 0) {
        if (fields.contentLength >= 0) return FAULTS.bothLengths;
        if (version === 0) return FAULTS.codingIn10;
        const fault = codingFault(fields.coding, fields.codings);
        if (fault !== undefined) return fault;
    }
    parsedResponse.chunked = fields.codings === 1;
    // HTTP/1.0 backends are never spoken to twice: their idea of a persistent connection is not ours to rely on.
    parsedResponse.keepAlive = version === 1 && !fields.close;
    parsedResponse.upgrade = fields.upgradeListed ? fields.upgrade : "";
    const headers = fields.listed === undefined ? fields.list : removeListed(fields.list, fields.listed);
    parsedResponse.head = { status, headers, contentLength: fields.contentLength, http10: version === 0 };
    return undefined;
}

function statusAt(buffer: Buffer, at: number): number {
    const hundreds = buffer[at]! - 0x30;
    const tens = buffer[at + 1]! - 0x30;
    const ones = buffer[at + 2]! - 0x30;
    if (hundreds < 1 || hundreds > 9 || tens < 0 || tens > 9 || ones < 0 || ones > 9) return -1;
    return hundreds * 100 + tens * 10 + ones;
}
