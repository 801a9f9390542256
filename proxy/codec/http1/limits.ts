/**
 * Bounds of the HTTP/1.1 codec, each with its reason. What a peer can make us hold is bounded by these alone: a
 * connection never keeps more than one head, one section of trailers and MAX_WAITING_BYTES with one read beside the body that flows.
 */

/** Start line and header lines together, as Envoy's and Istio's default (60 KiB): beyond it 431. */
export const MAX_HEAD_BYTES = 60 * 1024;

/** Header lines of a head, as Envoy's default: beyond it 431. */
export const MAX_HEADERS = 100;

/** Empty lines before a request line: RFC 9112 §2.2 wants one ignored, old clients send one after a POST body. */
export const MAX_LEADING_EMPTY_LINES = 4;

/** Hexadecimal digits of a chunk size: 13 stay below 2^53, so that a size is always an exact number. */
export const MAX_CHUNK_SIZE_DIGITS = 13;

/** Bytes of one chunk's extensions. Nobody uses them; they are read, checked and thrown away. */
export const MAX_CHUNK_EXTENSION_BYTES = 256;

/** Bytes of the extensions of all chunks of one body: or one-byte chunks would carry 256 unseen bytes each (CVE-2024-22019). */
export const MAX_BODY_EXTENSION_BYTES = 16 * 1024;

/** Bytes of a trailer section. gRPC's longest are some KiB of status details. */
export const MAX_TRAILER_BYTES = 16 * 1024;

/** Decimal digits of a content-length: 15 stay below 2^53. */
export const MAX_CONTENT_LENGTH_DIGITS = 15;

/** Interim responses (1xx) before a final one: a backend that only ever sends these is broken. */
export const MAX_INFORMATIONAL = 32;

/** Bytes read ahead of the response that is still going out; then the socket is paused. */
export const MAX_PIPELINED_BYTES = 16 * 1024;

/** Bytes read ahead beyond which the client's end is not looked for any more behind them, one read each second. */
export const MAX_WAITING_BYTES = 192 * 1024;

/** Bytes of a request body thrown away after an early response, to keep the connection: beyond it closing is cheaper. */
export const MAX_DISCARDED_BYTES = 256 * 1024;

/** Chunks below this size that arrive in one read are moved together, so that a flood of tiny chunks costs one call. */
export const JOINED_CHUNK_BYTES = 1024;

/** Bytes waiting in a socket before its writer is told to stop. */
export const HIGH_WATER_BYTES = 64 * 1024;

/** Bytes gathered in a turn before they are written without waiting for its end. */
export const GATHERED_BYTES = 16 * 1024;
