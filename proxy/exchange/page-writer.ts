/**
 * Stands before the writer of a response whose body a page takes the place of: the backend's head has become the page's, its body
 * is read to the end and dropped, so that its connection may be used again, and the page goes out then. Who has much more to
 * say, or takes long, is not listened to any further.
 */
import type { HeaderList, ResetReason, ResponseHead, ResponseWriter } from "../http/doors";

const MAX_DROPPED_BYTES = 64 * 1024;
/** Milliseconds. */
export const MAX_DROPPED_TIME = 500;

export class PageWriter implements ResponseWriter {
    readonly #writer: ResponseWriter;
    readonly #page: Buffer;
    readonly #isHeadOnly: boolean;
    readonly #enough: () => void;
    #dropped = 0;
    #isWritten = false;

    /** `enough`: of what is dropped. */
    constructor(writer: ResponseWriter, page: Buffer, isHeadOnly: boolean, enough: () => void) {
        this.#writer = writer;
        this.#page = page;
        this.#isHeadOnly = isHeadOnly;
        this.#enough = enough;
    }

    informational(status: number, headers: HeaderList): void {
        this.#writer.informational(status, headers);
    }

    head(head: ResponseHead, end: boolean): void {
        this.#writer.head(head, this.#isHeadOnly);
        if (this.#isHeadOnly) this.#isWritten = true;
        else if (end) this.finish();
    }

    data(chunk: Buffer): boolean {
        this.#dropped += chunk.length;
        if (this.#dropped > MAX_DROPPED_BYTES) this.#enough();
        return true;
    }

    end(): void {
        this.finish();
    }

    reset(_reason: ResetReason): void {
        this.finish();
    }

    finish(): void {
        if (this.#isWritten) return;
        this.#isWritten = true;
        this.#writer.data(this.#page);
        this.#writer.end(undefined);
    }

    pauseRequest(): void {
        this.#writer.pauseRequest();
    }

    resumeRequest(): void {
        this.#writer.resumeRequest();
    }
}
