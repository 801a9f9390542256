/**
 * The request body between the client and the attempts to deliver it. What waits for a connection is held; of what was
 * written on, at most 64 KiB are kept where the request may have to be sent again: large chunks are shared with who writes them, so
 * that an upload costs no copy for it. Beyond that the body is gone with its first attempt, and so is the chance of a second.
 */
import { gather } from "../net/gather";
import { giveBack, shared } from "../net/lent-chunks";

/** Enough for forms and API calls; more would make each upload cost memory for a case that hardly ever comes. */
export const MAX_KEPT_BYTES = 64 * 1024;

export class ReplayBody {
    /** Part of the body was written on and is not here any more. */
    lost = false;
    #held: Buffer[] = [];
    #kept: Buffer[] = [];
    #keptBytes = 0;
    #keeps: boolean;

    constructor(keeps: boolean, early: Buffer[] | undefined) {
        this.#keeps = keeps;
        if (early !== undefined) this.#held = early;
    }

    hold(chunk: Buffer): void {
        gather(this.#held, chunk);
    }

    /** All that is held, which is the caller's to write on now. */
    release(): readonly Buffer[] {
        const held = this.#held;
        this.#held = [];
        return held;
    }

    get isEmpty(): boolean {
        return this.#held.length === 0;
    }

    /** To be called before a chunk is written on. */
    passing(chunk: Buffer): void {
        if (this.lost) return;
        if (!this.#keeps || this.#keptBytes + chunk.length > MAX_KEPT_BYTES) {
            this.lost = true;
            this.forget();
            return;
        }
        gather(this.#kept, shared(chunk));
        this.#keptBytes += chunk.length;
    }

    /** Everything from the beginning is held again. Not where something is lost. */
    rewind(): void {
        this.#held = this.#kept.concat(this.#held);
        this.#kept = [];
        this.#keptBytes = 0;
    }

    /** It will not be sent again. */
    forget(): void {
        this.#keeps = false;
        this.#kept.forEach(giveBack);
        this.#kept = [];
        this.#keptBytes = 0;
    }
}
