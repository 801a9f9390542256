/** Reads the ClientHello of an accepted connection, and leaves the socket paused with nothing lost. */
import type net from "node:net";
import { guarded } from "../net/connection-faults";
import { ClientHelloReader, type HelloResult } from "../tls";

export type PeekResult = Exclude<HelloResult, { kind: "more" }> | { readonly kind: "closed" };

/** `done` is called once, with all bytes that were read. The socket has its error handler already. */
export function peekClientHello(raw: net.Socket, done: (result: PeekResult, bytes: Buffer) => void): void {
    const reader = new ClientHelloReader();
    const onData = guarded(raw, (chunk: Buffer): void => {
        const result = reader.push(chunk);
        if (result.kind !== "more") finish(result);
    });
    const onClose = guarded(raw, (): void => finish({ kind: "closed" }));
    const finish = (result: PeekResult): void => {
        raw.off("data", onData).off("end", onClose).off("close", onClose);
        raw.pause();
        done(result, reader.bytes());
    };
    raw.on("data", onData).on("end", onClose).on("close", onClose);
}
