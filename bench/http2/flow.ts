/** What may be sent on a connection: each end of the measurement keeps to the windows of the proxy between them. */
import { DATA, END_STREAM, FIRST_WINDOW, HEADERS, HEADER_BYTES } from "./frames";

interface Sending {
    window: number;
    /** Frames that wait for credit. */
    readonly queue: Buffer[];
}

export class Flow {
    readonly #streams = new Map<number, Sending>();
    readonly #send: (frame: Buffer) => void;
    /** Streams with something in their queue, in the order in which they came to it. */
    readonly #blocked = new Set<number>();
    #window = FIRST_WINDOW;
    initial = FIRST_WINDOW;

    constructor(send: (frame: Buffer) => void) {
        this.#send = send;
    }

    /** A frame of a stream, in order with its others. */
    push(stream: number, frame: Buffer): void {
        let sending = this.#streams.get(stream);
        if (sending === undefined) this.#streams.set(stream, (sending = { window: this.initial, queue: [] }));
        if (sending.queue.length === 0 && this.#emit(stream, sending, frame)) return;
        sending.queue.push(frame);
        this.#blocked.add(stream);
    }

    forget(stream: number): void {
        this.#streams.delete(stream);
        this.#blocked.delete(stream);
    }

    setInitial(window: number): void {
        for (const sending of this.#streams.values()) sending.window += window - this.initial;
        this.initial = window;
        this.#drain();
    }

    credit(stream: number, bytes: number): void {
        const sending = this.#streams.get(stream);
        if (stream === 0) this.#window += bytes;
        else if (sending !== undefined) sending.window += bytes;
        if (this.#blocked.size > 0) this.#drain();
    }

    #drain(): void {
        for (const stream of this.#blocked) {
            const sending = this.#streams.get(stream)!;
            while (sending.queue.length > 0 && this.#emit(stream, sending, sending.queue[0]!)) sending.queue.shift();
            if (sending.queue.length === 0) this.#blocked.delete(stream);
        }
    }

    /** Whether there was credit for it: only DATA takes any. */
    #emit(stream: number, sending: Sending, frame: Buffer): boolean {
        const [type, flags] = [frame[3], frame[4]!];
        const cost = type === DATA ? frame.length - HEADER_BYTES : 0;
        if (cost > sending.window || cost > this.#window) return false;
        sending.window -= cost;
        this.#window -= cost;
        this.#send(frame);
        if ((flags & END_STREAM) !== 0 && (type === DATA || type === HEADERS)) this.#streams.delete(stream);
        return true;
    }
}
