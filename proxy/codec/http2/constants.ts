/** The numbers of HTTP/2's wire format (RFC 9113 §6, §7, §11). Plain numbers, which are compared at every frame. */
import { PROTOCOLS } from "../../http/protocols";

/** What every client begins with (RFC 9113 §3.4). */
export const PREFACE = PROTOCOLS.http2.preface;

/** Length, type, flags and stream id (RFC 9113 §4.1). */
export const FRAME_HEAD_BYTES = 9;

// Frame types (RFC 9113 §6).
export const DATA = 0;
export const HEADERS = 1;
export const PRIORITY = 2;
export const RST_STREAM = 3;
export const SETTINGS = 4;
export const PUSH_PROMISE = 5;
export const PING = 6;
export const GOAWAY = 7;
export const WINDOW_UPDATE = 8;
export const CONTINUATION = 9;
/** RFC 9218 §7.1. */
export const PRIORITY_UPDATE = 16;

// Flags.
export const END_STREAM = 0x1;
export const ACK = 0x1;
export const END_HEADERS = 0x4;
export const PADDED = 0x8;
/** HEADERS begin with the five bytes of the priority that RFC 9113 §5.3.2 took back. */
export const WITH_PRIORITY = 0x20;

// Error codes (RFC 9113 §7).
export const NO_ERROR = 0;
export const PROTOCOL_ERROR = 1;
export const INTERNAL_ERROR = 2;
export const FLOW_CONTROL_ERROR = 3;
export const SETTINGS_TIMEOUT = 4;
export const STREAM_CLOSED = 5;
export const FRAME_SIZE_ERROR = 6;
export const REFUSED_STREAM = 7;
export const CANCEL = 8;
export const COMPRESSION_ERROR = 9;
export const CONNECT_ERROR = 10;
export const ENHANCE_YOUR_CALM = 11;
export const INADEQUATE_SECURITY = 12;
export const HTTP_1_1_REQUIRED = 13;

const ERROR_NAMES = [
    "NO_ERROR",
    "PROTOCOL_ERROR",
    "INTERNAL_ERROR",
    "FLOW_CONTROL_ERROR",
    "SETTINGS_TIMEOUT",
    "STREAM_CLOSED",
    "FRAME_SIZE_ERROR",
    "REFUSED_STREAM",
    "CANCEL",
    "COMPRESSION_ERROR",
    "CONNECT_ERROR",
    "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY",
    "HTTP_1_1_REQUIRED",
] as const;

/** An error code in the RFC's words, for logs. */
export function errorName(code: number): string {
    return ERROR_NAMES[code] ?? `error ${code}`;
}

// Settings (RFC 9113 §6.5.2, RFC 8441 §3, RFC 9218 §2.1).
export const HEADER_TABLE_SIZE = 1;
export const ENABLE_PUSH = 2;
export const MAX_CONCURRENT_STREAMS = 3;
export const INITIAL_WINDOW_SIZE = 4;
export const MAX_FRAME_SIZE = 5;
export const MAX_HEADER_LIST_SIZE = 6;
export const ENABLE_CONNECT_PROTOCOL = 8;
export const NO_RFC7540_PRIORITIES = 9;

/** Before any SETTINGS (RFC 9113 §6.5.2, §6.9.2). */
export const DEFAULT_WINDOW = 65_535;
export const DEFAULT_FRAME_SIZE = 16_384;
export const DEFAULT_TABLE_SIZE = 4096;

/** 2^31-1: of windows, and of stream ids. */
export const MAX_WINDOW = 0x7fff_ffff;
export const MAX_STREAM_ID = 0x7fff_ffff;
/** 2^24-1. */
export const LARGEST_FRAME_SIZE = 0xff_ffff;
