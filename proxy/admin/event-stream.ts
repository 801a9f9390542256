/**
 * Server-sent events (HTML, "Server-sent events") to a reader that may be slow: it is never waited for. What it does not take
 * in time is dropped, and it is told how much; one that takes nothing at all for long is let go.
 */
import type { ServerResponse } from "node:http";

/** What waits for a reader at most, beside what the system holds. */
const MOST_WAITING = 256 * 1024;
/** So often an idle connection is written to, so that one that is gone is noticed. */
const BEAT_MS = 15_000;
const STALLED_MS = 60_000;

export const EVENT_STREAM = "text/event-stream";

export class EventStream {
    readonly #response: ServerResponse;
    #lost = 0;
    /** When it last took everything. */
    #tookAt = performance.now();

    /** `onEnd` is called once, when nobody reads any more. The head was written. */
    constructor(response: ServerResponse, onEnd: () => void) {
        this.#response = response;
        response.flushHeaders();
        const beat = setInterval(() => this.#beat(), BEAT_MS).unref();
        response.on("drain", () => {
            this.#tookAt = performance.now();
            this.#tellLost();
        });
        response.once("close", () => {
            clearInterval(beat);
            onEnd();
        });
        response.on("error", () => undefined);
    }

    /** `data` is JSON: it has no line ends. */
    send(data: string): void {
        if (this.#response.writableLength > MOST_WAITING) this.#lost++;
        else {
            this.#tellLost();
            this.#write(`data: ${data}\n\n`);
        }
    }

    lost(count: number): void {
        this.#lost += count;
        if (this.#response.writableLength <= MOST_WAITING) this.#tellLost();
    }

    #tellLost(): void {
        if (this.#lost === 0) return;
        const lines = this.#lost;
        this.#lost = 0;
        this.#write(`event: lost\ndata: {"lines":${lines}}\n\n`);
    }

    #beat(): void {
        if (this.#response.writableLength === 0) {
            this.#tookAt = performance.now();
            this.#write(":\n\n");
        } else if (performance.now() - this.#tookAt > STALLED_MS) this.#response.destroy();
    }

    #write(text: string): void {
        if (!this.#response.destroyed) this.#response.write(text);
    }
}
