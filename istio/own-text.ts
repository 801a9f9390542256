/**
 * Texts that are kept of a larger one. What is cut out of a text keeps all of it in memory: ten thousand names would keep the
 * files that they were read from.
 */

/** V8 copies shorter ones anyway. */
const SHORT = 13;

export function ownText(piece: string): string {
    return piece.length < SHORT ? piece : ` ${piece}`.slice(1);
}
