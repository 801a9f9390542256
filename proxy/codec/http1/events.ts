/** What the parser finds next: plain numbers, which its callers compare at every step. */

/** More has to be fed first. */
export const NEED_DATA = 0;
/** `requestHead` or `responseHead`; with `ended`, the message had no more than that. */
export const HEAD = 1;
/** An interim response in `responseHead`. */
export const INFORMATIONAL = 2;
/** A part of the body in `data`. */
export const DATA = 3;
/** The body is over; `trailers` if there were any. */
export const END = 4;
/** `fault` tells why; the rest of the connection cannot be understood. */
export const FAILED = 5;
