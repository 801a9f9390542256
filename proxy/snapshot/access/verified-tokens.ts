/**
 * Tokens whose signature was verified, by their bytes, so that each costs one verification. How many there are and how long they
 * are is bounded: two generations, of which the elder is forgotten where the younger is full, so that what is in use stays and a
 * hit changes nothing. Tokens that fail are not remembered: who sends bad ones can send another each time, and would push out
 * the good ones.
 */
import type { SignedToken } from "./authentication-token";

/** Of a generation. */
const MAX_TOKENS = 2048;
const MAX_LENGTH = 2 * 1024 * 1024;

const NO_SIGNATURE = Buffer.alloc(0);

export class VerifiedTokens {
    #young = new Map<string, SignedToken>();
    #old = new Map<string, SignedToken>();
    /** Of the younger ones' texts. */
    #length = 0;

    /** Hot path. */
    find(text: string): SignedToken | undefined {
        const token = this.#young.get(text);
        if (token !== undefined) return token;
        const old = this.#old.get(text);
        if (old !== undefined) {
            this.#old.delete(text);
            this.#put(old);
        }
        return old;
    }

    add(token: SignedToken): void {
        // It may be a part of a head, all of which it would keep in memory.
        const text = Buffer.from(token.text, "latin1").toString("latin1");
        this.#put({ ...token, text, signature: NO_SIGNATURE });
    }

    /** It has expired. */
    remove({ text }: SignedToken): void {
        if (this.#young.delete(text)) this.#length -= text.length;
        this.#old.delete(text);
    }

    get size(): number {
        return this.#young.size + this.#old.size;
    }

    #put(token: SignedToken): void {
        if (this.#young.size >= MAX_TOKENS || this.#length + token.text.length > MAX_LENGTH) {
            this.#old = this.#young;
            this.#young = new Map();
            this.#length = 0;
        }
        if (!this.#young.has(token.text)) this.#length += token.text.length;
        this.#young.set(token.text, token);
    }
}
