/** The head of the request that is asked about, as a client would send it, through the codec that reads it. */
import { Http1Parser } from "../codec/http1/parser";
import { BAD_VALUE, kindOf } from "../codec/http2/field-names";
import { FieldSection, REQUEST } from "../codec/http2/fields";
import { readRequest, readRequestHead } from "../codec/http2/request-head";
import type { RequestHead } from "../http/doors";
import type { Question } from "./question";

/** Why there is no such request: an answer of the codec's own, or of HTTP/2 a stream that is reset. */
export interface HeadFault {
    readonly detail: string;
    /** Undefined: the stream is reset. */
    readonly status: number | undefined;
}

export function headOf(question: Question): RequestHead | HeadFault {
    return question.http2 ? http2Head(question) : http1Head(question);
}

function http1Head({ method, scheme, authority, path, target, headers }: Question): RequestHead | HeadFault {
    let text = `${method} ${target ?? path} HTTP/1.1\r\nhost: ${authority}\r\n`;
    for (let at = 0; at < headers.length; at += 2) text += `${headers[at]}: ${headers[at + 1]}\r\n`;
    const parser = new Http1Parser({ scheme: scheme === "https" ? "https" : "http", acceptHttp10: false, connects: target !== undefined });
    parser.feed(Buffer.from(`${text}\r\n`, "latin1"));
    parser.next();
    return parser.requestHead ?? parser.fault!;
}

const UNSOUND = /[\0\r\n]|^[ \t]|[ \t]$/;

function http2Head({ method, scheme, authority, path, headers }: Question): RequestHead | HeadFault {
    const section = new FieldSection();
    section.begin(REQUEST);
    const add = (name: string, value: string): void => section.add(kindOf(name) | (UNSOUND.test(value) ? BAD_VALUE : 0), name, value);
    add(":method", method);
    add(":scheme", scheme);
    add(":authority", authority);
    add(":path", path);
    for (let at = 0; at < headers.length; at += 2) add(headers[at] ?? "", headers[at + 1] ?? "");
    const fault = readRequestHead(section, method === "GET" || method === "HEAD", scheme === "https" ? "https" : "http");
    if (fault === undefined) return readRequest.head!;
    return { detail: fault.detail, status: "status" in fault ? fault.status : undefined };
}
