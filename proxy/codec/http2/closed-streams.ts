/**
 * The last streams that were closed, and how: a frame that comes late on one is thrown away, an error of the stream or of the
 * connection (RFC 9113 §5.1). What is not among them was closed long ago, or skipped.
 */
import { REMEMBERED_STREAMS } from "./limits";

export const FORGOTTEN = 0;
/** Both sides ended it. */
export const BY_BOTH = 1;
/** We reset it: what was on its way then is still to come. */
export const BY_US = 2;
export const BY_PEER = 3;

export class ClosedStreams {
    readonly #ids = new Int32Array(REMEMBERED_STREAMS);
    readonly #how = new Uint8Array(REMEMBERED_STREAMS);
    #next = 0;

    remember(id: number, how: number): void {
        const at = this.#next;
        this.#ids[at] = id;
        this.#how[at] = how;
        this.#next = (at + 1) % REMEMBERED_STREAMS;
    }

    /** How it was closed. */
    howOf(id: number): number {
        const at = this.#ids.lastIndexOf(id);
        return at === -1 ? FORGOTTEN : this.#how[at]!;
    }
}
