/**
 * The Huffman code of RFC 7541 Appendix B. It is canonical, so that the lengths are the whole of it. Decoding takes a whole
 * byte a step, by a table of 256 states (the inner nodes of the tree) and 256 bytes; no byte ends more than two symbols.
 */
import { FIELD_VALUE } from "../../http1/bytes";

/** Symbols by the length of their code, in their order. */
const BY_LENGTH: readonly (readonly [bits: number, symbols: readonly number[]])[] = [
    [5, text("012aceiost")],
    [6, text(" %-./3456789=A_bdfghlmnpru")],
    [7, text(":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz")],
    [8, text("&*,;XZ")],
    [10, text('!"()?')],
    [11, text("'+|")],
    [12, text("#>")],
    [13, [0, ...text("$@[]~")]],
    [14, text("^}")],
    [15, text("<`{")],
    [19, [92, 195, 208]],
    [20, [128, 130, 131, 162, 184, 194, 224, 226]],
    [21, [153, 161, 167, 172, 176, 177, 179, 209, 216, 217, 227, 229, 230]],
    [
        22,
        [129, 132, 133, 134, 136, 146, 154, 156, 160, 163, 164, 169, 170, 173, 178, 181, 185, 186, 187, 189, 190, 196, 198, 228, 232, 233],
    ],
    [
        23,
        [
            1, 135, 137, 138, 139, 140, 141, 143, 147, 149, 150, 151, 152, 155, 157, 158, 165, 166, 168, 174, 175, 180, 182, 183, 188, 191,
            197, 231, 239,
        ],
    ],
    [24, [9, 142, 144, 145, 148, 159, 171, 206, 215, 225, 236, 237]],
    [25, [199, 207, 234, 235]],
    [26, [192, 193, 200, 201, 202, 205, 210, 213, 218, 219, 238, 240, 242, 243, 255]],
    [27, [203, 204, 211, 212, 214, 221, 222, 223, 241, 244, 245, 246, 247, 248, 250, 251, 252, 253, 254]],
    [28, [2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127, 220, 249]],
    [30, [10, 13, 22, 256]],
];
const EOS = 256;
const STATES = 256;

function text(characters: string): number[] {
    return [...characters].map((character) => character.charCodeAt(0));
}

const codes = new Uint32Array(EOS + 1);
const lengths = new Uint8Array(EOS + 1);
/** Two a node: where a 0 and a 1 lead to. Negative: the complement of a symbol. */
const nodes = new Int16Array(2 * STATES);

function assignCodes(): void {
    let code = 0;
    let length = 0;
    for (const [bits, symbols] of BY_LENGTH) {
        code *= 2 ** (bits - length);
        length = bits;
        for (const symbol of symbols) {
            codes[symbol] = code++;
            lengths[symbol] = bits;
        }
    }
}

function growTree(): void {
    let count = 1;
    for (let symbol = 0; symbol <= EOS; symbol++) {
        let node = 0;
        for (let bit = lengths[symbol]! - 1; bit > 0; bit--) {
            const branch = 2 * node + ((codes[symbol]! >>> bit) & 1);
            if (nodes[branch] === 0) nodes[branch] = count++;
            node = nodes[branch]!;
        }
        nodes[2 * node + (codes[symbol]! & 1)] = ~symbol;
    }
}

/**
 * By state and byte: symbols in bits 0–7 and 8–15, how many of them in 16 and 17, the next state in 18–25; whether EOS was met
 * in 26, whether one of them may stand in no field's value in 27.
 */
const steps = new Int32Array(STATES * 256);
const COUNT_SHIFT = 16;
const STATE_SHIFT = 18;
const MET_EOS = 1 << 26;
const BAD_SYMBOL = 1 << 27;

function tabulate(): void {
    for (let state = 0; state < STATES; state++) {
        for (let byte = 0; byte < 256; byte++) steps[state * 256 + byte] = stepOf(state, byte);
    }
}

function stepOf(state: number, byte: number): number {
    let node = state;
    let count = 0;
    let step = 0;
    for (let bit = 7; bit >= 0; bit--) {
        const next = nodes[2 * node + ((byte >> bit) & 1)]!;
        if (next >= 0) {
            node = next;
            continue;
        }
        const symbol = ~next;
        if (symbol === EOS) return MET_EOS;
        step |= symbol << (8 * count++);
        if (FIELD_VALUE[symbol] === 0) step |= BAD_SYMBOL;
        node = 0;
    }
    return step | (count << COUNT_SHIFT) | (node << STATE_SHIFT);
}

/** Where a string may end: behind a symbol, or in up to seven bits of padding, which are EOS's first ones (§5.2). */
const mayEnd = new Uint8Array(STATES);

function findEnds(): void {
    for (let depth = 0, node = 0; depth < 8; depth++, node = nodes[2 * node + 1]!) mayEnd[node] = 1;
}

assignCodes();
growTree();
tabulate();
findEnds();

/** What `decodeHuffman` decodes into. Its size is by the longest string yet, and so by the bounds of a header block. */
export const decoded = { bytes: Buffer.allocUnsafeSlow(4096), badValue: false };

/** Gives how many bytes were decoded; -1: EOS within the string; -2: padding of other bits, or of more than seven. */
export function decodeHuffman(bytes: Buffer, from: number, to: number): number {
    // Eight bits hold at most 8/5 symbols; and each step writes two.
    const needed = (((to - from) * 8) / 5 + 2) | 0;
    if (decoded.bytes.length < needed) decoded.bytes = Buffer.allocUnsafeSlow(2 * needed);
    const into = decoded.bytes;
    let length = 0;
    let state = 0;
    let seen = 0;
    for (let at = from; at < to; at++) {
        const step = steps[(state << 8) | bytes[at]!]!;
        into[length] = step;
        into[length + 1] = step >> 8;
        length += (step >> COUNT_SHIFT) & 3;
        state = (step >> STATE_SHIFT) & 0xff;
        seen |= step;
    }
    decoded.badValue = (seen & BAD_SYMBOL) !== 0;
    return (seen & MET_EOS) !== 0 ? -1 : mayEnd[state] === 1 ? length : -2;
}

/** How many bytes a text takes. */
export function huffmanLength(value: string): number {
    let bits = 0;
    for (let index = 0; index < value.length; index++) bits += lengths[value.charCodeAt(index) & 0xff]!;
    return (bits + 7) >> 3;
}

/** Gives where the next byte goes. */
export function encodeHuffman(value: string, into: Buffer, at: number): number {
    let pending = 0;
    let count = 0;
    for (let index = 0; index < value.length; index++) {
        const symbol = value.charCodeAt(index) & 0xff;
        let bits = lengths[symbol]!;
        let code = codes[symbol]!;
        // Fewer than eight bits are pending: a code of up to 24 fits beside them in 32 bits.
        if (bits > 24) {
            bits -= 8;
            pending = (pending << 8) | (code >>> bits);
            into[at++] = pending >>> count;
            code &= (1 << bits) - 1;
        }
        pending = (pending << bits) | code;
        count += bits;
        while (count >= 8) {
            count -= 8;
            into[at++] = pending >>> count;
        }
    }
    if (count > 0) into[at++] = (pending << (8 - count)) | (0xff >> count);
    return at;
}
