/**
 * Random UUIDs (RFC 9562 §5.4), one for each request. Node's own are put together of twenty parts, which whoever writes them has to
 * put together once more, and draw their random bytes for few at a time, which is most of what they cost.
 *
 * Hot path: one piece of text.
 */
import { randomFillSync } from "node:crypto";

const UUID_BYTES = 16;
const DASH = 0x2d;
const DIGITS = Buffer.from("0123456789abcdef", "latin1");

/** Of a thousand: no byte of it is used twice. */
const random = Buffer.allocUnsafeSlow(1024 * UUID_BYTES);
let used = random.length;
const text = Buffer.allocUnsafeSlow(2 * UUID_BYTES + 4);

export function randomUuid(): string {
    if (used === random.length) {
        randomFillSync(random);
        used = 0;
    }
    // The version and the variant.
    random[used + 6] = (random[used + 6]! & 0x0f) | 0x40;
    random[used + 8] = (random[used + 8]! & 0x3f) | 0x80;
    let to = 0;
    for (let at = 0; at < UUID_BYTES; at++) {
        if (at === 4 || at === 6 || at === 8 || at === 10) text[to++] = DASH;
        const byte = random[used + at]!;
        text[to++] = DIGITS[byte >> 4]!;
        text[to++] = DIGITS[byte & 0x0f]!;
    }
    used += UUID_BYTES;
    return text.toString("latin1");
}
