/** Base64 (RFC 4648 §4) of bodies in flow, as gRPC-Web's text form has it: any split, padding also between two messages. */

const ALPHABET = /^[A-Za-z0-9+/]*$/;
const EQUALS = 0x3d;

/** From text to bytes. Nothing is skipped: a character that is none of the alphabet, or padding that is none, is a fault. */
export class Base64Reader {
    /** Less than four characters. */
    #rest = "";

    /** Undefined: it is no base64. */
    read(chunk: Buffer): Buffer | undefined {
        const text = this.#rest + chunk.toString("latin1");
        const whole = text.length - (text.length % 4);
        this.#rest = text.slice(whole);
        return decoded(text, whole);
    }

    /** Whether the text may end here. */
    get isWhole(): boolean {
        return this.#rest === "";
    }
}

/** `end` is a multiple of four. */
function decoded(text: string, end: number): Buffer | undefined {
    const parts: Buffer[] = [];
    for (let from = 0; from < end; ) {
        const padding = text.indexOf("=", from);
        const isPadded = padding !== -1 && padding < end;
        const to = isPadded ? padding - (padding % 4) + 4 : end;
        const letters = isPadded ? padding : end;
        if (isPadded && (to - padding > 2 || (to - padding === 2 && text.charCodeAt(to - 1) !== EQUALS))) return undefined;
        const part = text.slice(from, letters);
        if (!ALPHABET.test(part)) return undefined;
        parts.push(Buffer.from(part, "base64"));
        from = to;
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

/** From messages to text, each padded by itself, so that none waits for the next. */
export class MessageBase64Writer {
    /** Of the frame's head: one byte of flags, four of length. */
    #head = 0;
    #left = 0;
    /** Less than three bytes, which no four characters are made of yet. */
    #rest = Buffer.alloc(0);

    write(chunk: Buffer): string {
        let text = "";
        let from = 0;
        let at = 0;
        while (at < chunk.length) {
            if (this.#head < 5) this.#takeHead(chunk[at++]!);
            else {
                const taken = Math.min(this.#left, chunk.length - at);
                at += taken;
                this.#left -= taken;
            }
            if (this.#head < 5 || this.#left > 0) continue;
            text += this.#encode(chunk.subarray(from, at), true);
            from = at;
            this.#head = 0;
        }
        return text + this.#encode(chunk.subarray(from), false);
    }

    /** What stands there of a message that is not whole. */
    end(): string {
        return this.#encode(Buffer.alloc(0), true);
    }

    #takeHead(byte: number): void {
        if (this.#head > 0) this.#left = this.#left * 256 + byte;
        this.#head++;
    }

    #encode(bytes: Buffer, isLast: boolean): string {
        if (this.#rest.length === 0 && bytes.length === 0) return "";
        const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
        const end = isLast ? all.length : all.length - (all.length % 3);
        this.#rest = Buffer.from(all.subarray(end));
        return all.toString("base64", 0, end);
    }
}
