/**
 * Where a socket of Node's keeps what `onread` gave it. `onread` is an option of sockets that we open; one that was accepted has the same
 * fields, and reads by them once they are set. They are Node's own and found on a probe.
 */
import net from "node:net";

interface ReadFields {
    readonly buffer: symbol;
    readonly callback: symbol;
    readonly generator: symbol;
}

/** The fields that Node sets for `onread`, told apart by what it puts there. */
function findFields(): ReadFields | undefined {
    const bytes = Buffer.alloc(1);
    const callback = (): boolean => true;
    const probe = new net.Socket({ onread: { buffer: bytes, callback } }) as net.Socket & Record<symbol, unknown>;
    const symbols = Object.getOwnPropertySymbols(probe);
    const holding = (value: unknown): symbol | undefined => symbols.find((symbol) => probe[symbol] === value);
    const buffer = holding(bytes);
    const called = holding(callback);
    const generator = symbols.find((symbol) => symbol.description === "kBufferGen");
    probe.destroy();
    return buffer && called && generator ? { buffer, callback: called, generator } : undefined;
}

/** Undefined: this Node has them no more. */
export const READ_FIELDS = findFields();
