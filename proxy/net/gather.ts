/**
 * Chunks that have to wait, few and large however small they came: a chunk of a byte is an object of a hundred, and a peer may
 * choose how it cuts its body. Large ones stay as they are.
 */

/** Below this a chunk is copied behind the one before. */
const SMALL_BYTES = 1024;
/** Of the memory that small ones share. */
const SHARED_BYTES = 8 * 1024;

/** How much of it is in use; only here. */
const USED = Symbol("used");
type Memory = ArrayBufferLike & { [USED]?: number };

/** Puts a chunk at the end of the list. It is the list's own from now on, and so are all in it. */
export function gather(list: Buffer[], chunk: Buffer): void {
    const last = list.at(-1);
    if (last === undefined || chunk.length >= SMALL_BYTES || last.length + chunk.length > SHARED_BYTES) {
        list.push(chunk);
        return;
    }
    const memory = last.buffer as Memory;
    const used = memory[USED];
    // The last one ends where the shared memory is free.
    if (used !== undefined && used === last.byteOffset + last.length && used + chunk.length <= SHARED_BYTES) {
        list[list.length - 1] = append(memory, last.byteOffset, last.length, chunk);
    } else if (last.length < SMALL_BYTES) {
        const shared = Buffer.allocUnsafeSlow(SHARED_BYTES).buffer as Memory;
        last.copy(Buffer.from(shared, 0, last.length));
        list[list.length - 1] = append(shared, 0, last.length, chunk);
    } else {
        list.push(chunk);
    }
}

function append(memory: Memory, from: number, length: number, chunk: Buffer): Buffer {
    const whole = Buffer.from(memory, from, length + chunk.length);
    chunk.copy(whole, length);
    memory[USED] = from + whole.length;
    return whole;
}
