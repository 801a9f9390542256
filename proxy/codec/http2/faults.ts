/**
 * What a peer can do wrong, each with the error code that it is answered with, how far it reaches, and where the rule
 * stands. A fault of a stream is a RST_STREAM, one of the connection a GOAWAY and the end (RFC 9113 §5.4).
 */
import {
    COMPRESSION_ERROR,
    ENHANCE_YOUR_CALM,
    FLOW_CONTROL_ERROR,
    FRAME_SIZE_ERROR,
    INADEQUATE_SECURITY,
    PROTOCOL_ERROR,
    REFUSED_STREAM,
    SETTINGS_TIMEOUT,
    STREAM_CLOSED,
} from "./constants";

export interface Http2Fault {
    readonly code: number;
    readonly scope: "connection" | "stream";
    /** Of RFC 9113, where no other is named. */
    readonly section: string;
    /** In words, for logs and for the debug data of GOAWAY. */
    readonly detail: string;
}

function connection(code: number, section: string, detail: string): Http2Fault {
    return Object.freeze({ code, scope: "connection", section, detail });
}

function stream(code: number, section: string, detail: string): Http2Fault {
    return Object.freeze({ code, scope: "stream", section, detail });
}

export const FAULTS = Object.freeze({
    // Frames, as they are read.
    preface: connection(PROTOCOL_ERROR, "3.4", "the connection does not begin with the preface"),
    inadequateSecurity: connection(INADEQUATE_SECURITY, "9.2", "HTTP/2 over TLS older than 1.2"),
    firstFrame: connection(PROTOCOL_ERROR, "3.4", "the first frame is not SETTINGS"),
    answerInHttp1: connection(PROTOCOL_ERROR, "3.4", "HTTP/1.1 where HTTP/2 was to be spoken"),
    frameSize: connection(FRAME_SIZE_ERROR, "4.2", "frame larger than 16384 bytes"),
    dataOnZero: connection(PROTOCOL_ERROR, "6.1", "DATA on stream 0"),
    headersOnZero: connection(PROTOCOL_ERROR, "6.2", "HEADERS on stream 0"),
    padding: connection(PROTOCOL_ERROR, "6.1", "padding longer than its frame"),
    shortFrame: connection(FRAME_SIZE_ERROR, "4.2", "frame too short for its fields"),
    priorityOnZero: connection(PROTOCOL_ERROR, "6.3", "PRIORITY on stream 0"),
    prioritySize: stream(FRAME_SIZE_ERROR, "6.3", "PRIORITY not of 5 bytes"),
    selfDependency: stream(PROTOCOL_ERROR, "RFC 7540 5.3.1", "a stream that depends on itself"),
    priorityInBlock: connection(PROTOCOL_ERROR, "RFC 7540 5.3.1", "a stream that depends on itself"),
    resetOnZero: connection(PROTOCOL_ERROR, "6.4", "RST_STREAM on stream 0"),
    resetSize: connection(FRAME_SIZE_ERROR, "6.4", "RST_STREAM not of 4 bytes"),
    settingsOnStream: connection(PROTOCOL_ERROR, "6.5", "SETTINGS on a stream"),
    settingsSize: connection(FRAME_SIZE_ERROR, "6.5", "SETTINGS not of a multiple of 6 bytes, or acknowledged with a payload"),
    settingsMany: connection(ENHANCE_YOUR_CALM, "10.5", "too many settings in one frame"),
    pushPromise: connection(PROTOCOL_ERROR, "8.4", "PUSH_PROMISE, which nobody has allowed"),
    pingOnStream: connection(PROTOCOL_ERROR, "6.7", "PING on a stream"),
    pingSize: connection(FRAME_SIZE_ERROR, "6.7", "PING not of 8 bytes"),
    goAwayOnStream: connection(PROTOCOL_ERROR, "6.8", "GOAWAY on a stream"),
    windowUpdateSize: connection(FRAME_SIZE_ERROR, "6.9", "WINDOW_UPDATE not of 4 bytes"),
    windowUpdateZero: connection(PROTOCOL_ERROR, "6.9", "WINDOW_UPDATE of 0 for the connection"),
    streamWindowUpdateZero: stream(PROTOCOL_ERROR, "6.9", "WINDOW_UPDATE of 0"),
    continuation: connection(PROTOCOL_ERROR, "6.10", "CONTINUATION without a header block before it"),
    blockInterrupted: connection(PROTOCOL_ERROR, "6.10", "another frame within a header block"),
    headerBlock: connection(ENHANCE_YOUR_CALM, "10.5.1", "header block larger than 64 KiB"),
    continuations: connection(ENHANCE_YOUR_CALM, "10.5.1", "header block in too many frames"),
    compression: connection(COMPRESSION_ERROR, "4.3", "header block that cannot be decoded"),
    priorityUpdate: connection(PROTOCOL_ERROR, "RFC 9218 7.1", "PRIORITY_UPDATE on a stream"),
    priorityUpdateSize: connection(FRAME_SIZE_ERROR, "RFC 9218 7.1", "PRIORITY_UPDATE too short"),
    // Settings.
    enablePush: connection(PROTOCOL_ERROR, "6.5.2", "SETTINGS_ENABLE_PUSH other than 0 or 1"),
    initialWindow: connection(FLOW_CONTROL_ERROR, "6.5.2", "SETTINGS_INITIAL_WINDOW_SIZE above 2^31-1"),
    maxFrameSize: connection(PROTOCOL_ERROR, "6.5.2", "SETTINGS_MAX_FRAME_SIZE out of its range"),
    enableConnect: connection(PROTOCOL_ERROR, "RFC 8441 3", "SETTINGS_ENABLE_CONNECT_PROTOCOL other than 0 or 1, or taken back"),
    settingsTimeout: connection(SETTINGS_TIMEOUT, "6.5.3", "SETTINGS not acknowledged in time"),
    frameTimeout: connection(ENHANCE_YOUR_CALM, "10.5", "a frame or header block that is not finished in time"),
    // Streams (RFC 9113 §5.1).
    streamId: connection(PROTOCOL_ERROR, "5.1.1", "a stream of the wrong side, or with an id that is not above all before it"),
    idle: connection(PROTOCOL_ERROR, "5.1", "a frame on a stream that nobody has opened"),
    ended: stream(STREAM_CLOSED, "5.1", "a frame on a stream that its sender has ended"),
    closed: connection(STREAM_CLOSED, "5.1", "a frame on a stream that is closed"),
    tooManyStreams: stream(REFUSED_STREAM, "5.1.2", "more streams at once than allowed"),
    // Flow control (§6.9.1).
    streamWindow: stream(FLOW_CONTROL_ERROR, "6.9.1", "more DATA than the stream's window"),
    connectionWindow: connection(FLOW_CONTROL_ERROR, "6.9.1", "more DATA than the connection's window"),
    streamWindowOverflow: stream(FLOW_CONTROL_ERROR, "6.9.1", "the stream's window grows above 2^31-1"),
    connectionWindowOverflow: connection(FLOW_CONTROL_ERROR, "6.9.1", "a window grows above 2^31-1"),
    // Messages (§8).
    /** Its section and detail are those of the rule. */
    fields: stream(PROTOCOL_ERROR, "8.2", "malformed fields"),
    pseudoHeader: stream(PROTOCOL_ERROR, "8.3", "a pseudo-header that is missing, repeated, misplaced or unknown"),
    status: stream(PROTOCOL_ERROR, "8.3.2", "malformed :status"),
    informational: stream(PROTOCOL_ERROR, "8.1", "interim responses that end the stream, switch it (101) or come without end"),
    headMissing: stream(PROTOCOL_ERROR, "8.1", "a response without a head"),
    responseTooLarge: stream(ENHANCE_YOUR_CALM, "10.5.1", "response with a header list beyond its bounds"),
    contentLength: stream(PROTOCOL_ERROR, "8.1.1", "content-length that the body does not have"),
    trailers: stream(PROTOCOL_ERROR, "8.1", "trailers that do not end the stream, or with a pseudo-header"),
    trailersTooLarge: stream(ENHANCE_YOUR_CALM, "10.5.1", "trailer section larger than 16 KiB"),
    authority: stream(PROTOCOL_ERROR, "8.3.1", "malformed or contradictory authority"),
    // What is too much of what is allowed.
    stalled: stream(ENHANCE_YOUR_CALM, "10.5", "a body that waits for its window for too long"),
    unread: connection(ENHANCE_YOUR_CALM, "10.5", "answers that are not read"),
} satisfies Record<string, Http2Fault>);
