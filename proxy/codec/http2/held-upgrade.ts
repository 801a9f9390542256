/** An upgrade that came before the endpoint's SETTINGS, which say whether it takes any (RFC 8441 §3). Nothing of it is written. */
import type { RequestHead, RequestWriter, ResetReason, ResponseReceiver } from "../../http/doors";

export class HeldUpgrade implements RequestWriter {
    readonly #head: RequestHead;
    readonly #receiver: ResponseReceiver;
    readonly #onDropped: () => void;
    #writer: RequestWriter | undefined = undefined;
    #over = false;

    constructor(head: RequestHead, receiver: ResponseReceiver, onDropped: () => void) {
        this.#head = head;
        this.#receiver = receiver;
        this.#onDropped = onDropped;
    }

    open(by: (head: RequestHead, receiver: ResponseReceiver) => RequestWriter): void {
        if (!this.#over) this.#writer = by(this.#head, this.#receiver);
    }

    /** The connection is gone. */
    lose(reason: ResetReason, detail: string): void {
        if (this.#over) return;
        this.#over = true;
        this.#receiver.onResponseReset(reason, false, detail);
    }

    data(chunk: Buffer): boolean {
        return this.#writer === undefined || this.#writer.data(chunk);
    }

    end(): void {
        this.#writer?.end(undefined);
    }

    reset(reason: ResetReason): void {
        if (this.#writer !== undefined) return this.#writer.reset(reason);
        if (this.#over) return;
        this.#over = true;
        this.#onDropped();
    }

    pauseResponse(): void {
        this.#writer?.pauseResponse();
    }

    resumeResponse(): void {
        this.#writer?.resumeResponse();
    }
}
