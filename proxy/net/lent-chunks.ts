/**
 * Memory of large body chunks, used again once they are written. Left to the garbage collector, it finds 100 MiB of
 * them before it begins. A chunk is the receiver's until it hands it to a writer, and the writer's from then on (see
 * the doors of the exchange): who wants to keep one shares it, and nobody changes its bytes. One that somebody does not give back is
 * collected as usual.
 */

/** What one read of a plain socket can give. */
const CHUNK_BYTES = 64 * 1024;
/** A record of TLS, and a frame of HTTP/2. */
const RECORD_BYTES = 16 * 1024;
/** Smaller ones are cheaper to allocate than to keep track of. */
const LEAST_BYTES = 8 * 1024;
/** How many are kept, 8 MiB of each size: as much as a few hundred busy connections have under way at a time. */
const MOST_CHUNKS = 128;
const MOST_RECORDS = 512;

/** How much of its memory a chunk out there has; 0 when it is free. */
const LENT = Symbol("lent");
/** How many have the chunk besides the one who was lent it. */
const SHARERS = Symbol("sharers");
type Memory = ArrayBuffer & { [LENT]?: number; [SHARERS]?: number };

const chunks: Memory[] = [];
const records: Memory[] = [];

/** A copy of these bytes, whose memory may be used again after `giveBack`. */
function lendCopy(source: Buffer, from: number, to: number): Buffer {
    const length = to - from;
    if (length < LEAST_BYTES || length > CHUNK_BYTES) return Buffer.from(source.subarray(from, to));
    const memory: Memory = length <= RECORD_BYTES ? (records.pop() ?? newMemory(RECORD_BYTES)) : (chunks.pop() ?? newMemory(CHUNK_BYTES));
    memory[LENT] = length;
    const chunk = Buffer.from(memory, 0, length);
    source.copy(chunk, 0, from, to);
    return chunk;
}

function newMemory(bytes: number): Memory {
    const memory: Memory = Buffer.allocUnsafeSlow(bytes).buffer as ArrayBuffer;
    memory[LENT] = memory[SHARERS] = 0;
    return memory;
}

/** Whether the chunk is one that was lent, and all of it: a part of one may have brothers that are still to be written. */
export function isLent(chunk: Buffer): boolean {
    return chunk.length >= LEAST_BYTES && (chunk.buffer as Memory)[LENT] === chunk.length && chunk.byteOffset === 0;
}

/** For one more, who gives it back as everybody does: the last one frees its memory. What was not lent is copied. */
export function shared(chunk: Buffer): Buffer {
    if (!isLent(chunk)) return Buffer.from(chunk);
    (chunk.buffer as Memory)[SHARERS]!++;
    return chunk;
}

/** Once by each who has it: its bytes have left, or are not wanted any more. */
export function giveBack(chunk: Buffer): void {
    if (!isLent(chunk)) return;
    const memory = chunk.buffer as Memory;
    if (memory[SHARERS]! > 0) {
        memory[SHARERS]!--;
        return;
    }
    memory[LENT] = 0;
    if (memory.byteLength === RECORD_BYTES) {
        if (records.length < MOST_RECORDS) records.push(memory);
    } else if (chunks.length < MOST_CHUNKS) {
        chunks.push(memory);
    }
}

/** Below this a loop copies sooner than a call into the runtime begins to. */
const LOOPED_BYTES = 128;

/** A copy of these bytes that its receiver may hold on to. */
export function keptCopy(source: Buffer, from: number, to: number): Buffer {
    if (to - from > LOOPED_BYTES) return lendCopy(source, from, to);
    const copy = Buffer.allocUnsafe(to - from);
    for (let at = from; at < to; at++) copy[at - from] = source[at]!;
    return copy;
}
