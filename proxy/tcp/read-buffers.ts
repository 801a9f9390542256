/**
 * Buffers that sockets read into, used again and again. `onread` lets a socket read into memory of ours instead of a
 * new Buffer a read, which halves the cost of bulk traffic; a buffer is free again once the write of what was read
 * into it has called back, never before.
 *
 * Hot path. A connection begins with small buffers and earns large ones, so that thousands of idle connections do not
 * hold 256 KiB each.
 */
import type { OnReadOpts } from "node:net";

const SIZES = [16 * 1024, 64 * 1024, 256 * 1024] as const;
const LARGEST = SIZES.length - 1;
/** How many free bytes of each size are kept. */
const KEPT_BYTES = 8 * 1024 * 1024;

const free: Buffer[][] = SIZES.map(() => []);

function take(size: number): Buffer {
    return free[size]!.pop() ?? Buffer.allocUnsafeSlow(SIZES[size]!);
}

/** Gives back a buffer that came from a reader. */
export function release(buffer: Buffer): void {
    const size = SIZES.indexOf(buffer.length as (typeof SIZES)[number]);
    if (size !== -1 && free[size]!.length * buffer.length < KEPT_BYTES) free[size]!.push(buffer);
}

export interface RotatingReader extends OnReadOpts {
    readonly buffer: () => Buffer;
    /** The socket is closed: what its next read was to go into is free. */
    end(): void;
}

/** `onread` of one socket: hands each read to `consume`, which releases the buffer; false from it pauses the socket. */
export function rotatingReader(consume: (length: number, buffer: Buffer) => boolean): RotatingReader {
    let size = 0;
    let next: Buffer | undefined;
    return {
        buffer: () => (next = take(size)),
        callback: (length, buffer) => {
            if (length === buffer.length && size < LARGEST) size++;
            else if (size > 0 && length * 8 < buffer.length) size--;
            return consume(length, buffer as Buffer);
        },
        end: () => {
            if (next !== undefined) release(next);
            next = undefined;
        },
    };
}
