/** Why a message is refused. A request's fault carries the status its client is answered with; the text is for logs. */

export interface CodecFault {
    readonly status: number;
    readonly detail: string;
}

function fault(status: number, detail: string): CodecFault {
    return Object.freeze({ status, detail });
}

/** Every fault of a head or body, in the order in which the rules are looked at. */
export const FAULTS = Object.freeze({
    startLine: fault(400, "malformed start line"),
    answerInHttp2: fault(400, "HTTP/2, by the first byte, where HTTP/1.1 was to be spoken"),
    target: fault(400, "malformed request target"),
    byte: fault(400, "forbidden byte in the head"),
    lineEnd: fault(400, "line not ended by CRLF"),
    fieldName: fault(400, "malformed field name"),
    fieldValue: fault(400, "forbidden byte in a field value"),
    folding: fault(400, "folded field line"),
    headTooLarge: fault(431, "head too large"),
    tooManyFields: fault(431, "too many header fields"),
    version: fault(505, "HTTP version not supported"),
    http10: fault(426, "HTTP/1.0 is not accepted"),
    method: fault(501, "unknown method"),
    methodRefused: fault(405, "CONNECT and TRACE are not served"),
    connectBody: fault(400, "CONNECT with a body"),
    connection: fault(400, "malformed connection field"),
    contentLength: fault(400, "malformed or repeated content-length"),
    bothLengths: fault(400, "transfer-encoding beside content-length"),
    codingIn10: fault(400, "transfer-encoding in HTTP/1.0"),
    coding: fault(400, "transfer-encoding does not end in one chunked"),
    codingUnknown: fault(501, "transfer coding other than chunked"),
    headTimeout: fault(408, "no whole head in time"),
    hostMissing: fault(400, "no host"),
    hostRepeated: fault(400, "more than one host"),
    host: fault(400, "malformed host"),
    insecure: fault(403, "an https target on a connection without TLS"),
    expectation: fault(417, "expectation other than 100-continue"),
    upgrade: fault(400, "malformed upgrade field"),
    chunkSize: fault(400, "malformed chunk size"),
    chunkExtension: fault(400, "malformed or oversized chunk extension"),
    chunkEnd: fault(400, "chunk data not followed by CRLF"),
    trailerTooLarge: fault(431, "trailer section larger than 16 KiB"),
    trailer: fault(400, "content-length, transfer-encoding or host in a trailer"),
    interimClose: fault(400, "an interim response that ends the connection"),
    tooManyInformational: fault(400, "too many interim responses"),
    unexpectedSwitch: fault(400, "101 without or with another upgrade than asked for"),
    truncated: fault(400, "the peer closed before the message was whole"),
});
