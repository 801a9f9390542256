/**
 * Bounds of the HTTP/2 codec, each with its reason. What a peer can make us hold is bounded by these alone. A bound that
 * is announced in SETTINGS is held from the first byte on: whoever has not read it yet stays below the RFC's defaults.
 */

/** Requests that a client may have open at once, announced (RFC 9113 §5.1.2 asks for no less than 100). */
export const MAX_OPEN_STREAMS = 100;

/** A frame's payload; the RFC's least and its default. Larger ones only make others wait longer. */
export const MAX_FRAME_BYTES = 16_384;

/** Body bytes that a stream may hold while nobody takes them, announced: what an upload over 50 ms needs for 40 Mbit/s. */
export const STREAM_WINDOW = 256 * 1024;

/** Body bytes that all streams of a connection may hold together: what a paused one holds is not given back. */
export const CONNECTION_WINDOW = 1024 * 1024;

/**
 * The same of an endpoint's connection: clients that do not read hold what their streams may hold, a hundred of them, and stop
 * nobody who shares the connection.
 */
export const CLIENT_CONNECTION_WINDOW = 32 * 1024 * 1024;

/** Of a decoded header list, as RFC 9113 §6.5.2 counts (name, value and 32 for each field), announced: beyond it 431. */
export const MAX_HEADER_LIST_BYTES = 60 * 1024;

/** Fields of a header list, as HTTP/1.1's head: beyond it 431. Cookies may come in crumbs (RFC 9113 §8.2.3), which count. */
export const MAX_HEADER_FIELDS = 100;

/** Of a trailer section, as HTTP/1.1's. */
export const MAX_TRAILER_LIST_BYTES = 16 * 1024;

/** A header block as it travels, all its frames together. Honest ones are shorter than their list. */
export const MAX_HEADER_BLOCK_BYTES = 64 * 1024;

/** CONTINUATION frames of one header block, empty ones too (CVE-2024-27316). An honest block of the size above has four. */
export const MAX_CONTINUATIONS = 32;

/** The dynamic table that we decode with, announced, and the RFC's default. */
export const DECODER_TABLE_BYTES = 4096;

/** What of the table that a peer offers we make use of: it may offer 4 GiB. */
export const ENCODER_TABLE_BYTES = 4096;

/** Settings in one frame: it is all of them ten times over. */
export const MAX_SETTINGS_PER_FRAME = 64;

/** A DATA frame that the peer's window cuts below this, while more waits, counts as one of a tiny window (CVE-2019-9511). */
export const TINY_FRAME_BYTES = 256;

/** Less than this in the time of a stall is none: who trickles holds as much of our memory as who gives nothing (CVE-2019-9517). */
export const STALLED_BYTES = 4096;

/** Bytes of a stream's body that wait for a window or the socket before its writer is told to stop. */
export const STREAM_HIGH_WATER_BYTES = 64 * 1024;

/** Bytes of a connection that wait in the outbox and its socket before no more body is put there. */
export const HIGH_WATER_BYTES = 64 * 1024;

/**
 * Bytes of answers that nobody reads (acknowledgements of PING and SETTINGS, resets) before the connection is ended
 * (CVE-2019-9512, CVE-2019-9515): they know no flow control.
 */
export const MAX_UNREAD_BYTES = 256 * 1024;

/** Interim responses (1xx) before a final one: a backend that only ever sends these is broken. */
export const MAX_INFORMATIONAL = 32;

/** Closed streams that are remembered, to tell a late frame from a false one (RFC 9113 §5.1). */
export const REMEMBERED_STREAMS = 128;
