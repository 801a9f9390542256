/**
 * bcrypt (Provos and Mazières, 1999), for a thread whose program is a text: one function that stands alone. Blowfish's
 * tables are the digits of pi, and are computed rather than written down. Kinds 2a, 2b and 2y are the same here: they differ
 * in faults of other programs.
 */

export interface Bcrypt {
    /** Whether a password fits a hash in its usual form; of a longer one the first 72 bytes count. */
    fits(password: Uint8Array, hash: string): boolean;
}

export function makeBcrypt(): Bcrypt {
    const DIGITS = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const TEXT = [0x4f727068, 0x65616e42, 0x65686f6c, 0x64657253, 0x63727944, 0x6f756274];
    const [P_WORDS, S_WORDS] = [18, 1024];
    const tables = digitsOfPi(P_WORDS + S_WORDS);
    const p = new Int32Array(P_WORDS);
    const s = new Int32Array(S_WORDS);
    const block = new Int32Array(2);

    return { fits };

    /** What follows the point, in words of 32 bits: by Machin's formula. */
    function digitsOfPi(words: number): Int32Array {
        const guard = 64n;
        const bits = BigInt(words) * 32n;
        const one = 1n << (bits + guard);
        const arctanOfInverse = (x: bigint): bigint => {
            let power = one / x;
            let sum = power;
            for (let n = 3n, sign = -1n; power > 0n; n += 2n, sign = -sign) {
                power /= x * x;
                sum += (sign * power) / n;
            }
            return sum;
        };
        const pi = 16n * arctanOfInverse(5n) - 4n * arctanOfInverse(239n);
        const text = ((pi - 3n * one) >> guard).toString(16).padStart(words * 8, "0");
        return Int32Array.from({ length: words }, (_none, at) => Number.parseInt(text.slice(at * 8, at * 8 + 8), 16) | 0);
    }

    function encipher(): void {
        let left = block[0]!;
        let right = block[1]!;
        for (let round = 0; round < 16; round += 2) {
            left ^= p[round]!;
            right ^=
                (((s[left >>> 24]! + s[256 + ((left >>> 16) & 255)]!) ^ s[512 + ((left >>> 8) & 255)]!) + s[768 + (left & 255)]!) ^
                p[round + 1]!;
            left ^= ((s[right >>> 24]! + s[256 + ((right >>> 16) & 255)]!) ^ s[512 + ((right >>> 8) & 255)]!) + s[768 + (right & 255)]!;
        }
        block[0] = right ^ p[17]!;
        block[1] = left ^ p[16]!;
    }

    /** Words of the bytes over and over. */
    function cycled(bytes: Uint8Array, words: number): Int32Array {
        const out = new Int32Array(words);
        for (let at = 0, next = 0; at < words; at++) {
            let word = 0;
            for (let byte = 0; byte < 4; byte++, next = (next + 1) % bytes.length) word = (word << 8) | bytes[next]!;
            out[at] = word;
        }
        return out;
    }

    function expand(key: Int32Array, salt: Int32Array): void {
        for (let at = 0; at < P_WORDS; at++) p[at] = p[at]! ^ key[at]!;
        block.fill(0);
        let next = 0;
        for (const table of [p, s]) {
            for (let at = 0; at < table.length; at += 2, next = (next + 2) & 3) {
                block[0] = block[0]! ^ salt[next]!;
                block[1] = block[1]! ^ salt[next + 1]!;
                encipher();
                table[at] = block[0]!;
                table[at + 1] = block[1]!;
            }
        }
    }

    function digestOf(password: Uint8Array, cost: number, salt: Uint8Array): Uint8Array {
        const key = new Uint8Array(Math.min(password.length, 72) + (password.length < 72 ? 1 : 0));
        key.set(password.subarray(0, 72));
        const [keyWords, saltWords, saltKey] = [cycled(key, P_WORDS), cycled(salt, 4), cycled(salt, P_WORDS)];
        const none = new Int32Array(4);
        p.set(tables.subarray(0, P_WORDS));
        s.set(tables.subarray(P_WORDS));
        expand(keyWords, saltWords);
        for (let round = 2 ** cost; round > 0; round--) {
            expand(keyWords, none);
            expand(saltKey, none);
        }
        const out = new Uint8Array(24);
        for (let pair = 0; pair < 6; pair += 2) {
            block[0] = TEXT[pair]!;
            block[1] = TEXT[pair + 1]!;
            for (let round = 0; round < 64; round++) encipher();
            for (let byte = 0; byte < 8; byte++) out[pair * 4 + byte] = block[byte >> 2]! >>> (24 - 8 * (byte & 3));
        }
        return out.subarray(0, 23);
    }

    function bytesOf(digits: string, length: number): Uint8Array {
        const out = new Uint8Array(length);
        let [bits, held, at] = [0, 0, 0];
        for (const digit of digits) {
            held = ((held << 6) | DIGITS.indexOf(digit)) & 0xffff;
            bits += 6;
            if (bits >= 8 && at < length) out[at++] = held >>> (bits -= 8);
        }
        return out;
    }

    function fits(password: Uint8Array, hash: string): boolean {
        const [, , cost = "", digits = ""] = hash.split("$");
        if (digits.length !== 53) return false;
        const made = digestOf(password, Number(cost), bytesOf(digits.slice(0, 22), 16));
        const wanted = bytesOf(digits.slice(22), 23);
        let differs = 0;
        for (let at = 0; at < 23; at++) differs |= made[at]! ^ wanted[at]!;
        return differs === 0;
    }
}
