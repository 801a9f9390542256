/** What a captured connection begins with, where its address does not tell: a ClientHello, a request, or something else. */
import type net from "node:net";
import { guarded } from "../net/connection-faults";
import { ClientHelloReader } from "../tls";

export type Beginning =
    | { readonly kind: "tls"; readonly serverName: string }
    | { readonly kind: "http" }
    /** Also who says nothing for a while: then it is the server that speaks first. */
    | { readonly kind: "tcp" }
    | { readonly kind: "closed" };

const HANDSHAKE = 0x16;
const BLANK = 0x20;
const A = 0x41;
const Z = 0x5a;
/** No method is longer; `PRI` of HTTP/2 is one too. */
const LONGEST_METHOD = 20;

/** `done` is called once, with all bytes that were read; the socket is paused then. It has its error handler already. */
export function peekBeginning(raw: net.Socket, silenceMs: number, done: (beginning: Beginning, bytes: Buffer) => void): void {
    const hello = new ClientHelloReader();
    let bytes: Buffer = Buffer.alloc(0);
    const onData = guarded(raw, (chunk: Buffer): void => {
        bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
        if (bytes[0] !== HANDSHAKE) {
            const kind = plainKind(bytes);
            if (kind !== undefined) finish({ kind });
            return;
        }
        const result = hello.push(chunk);
        if (result.kind === "hello") finish({ kind: "tls", serverName: result.hello.serverName });
        else if (result.kind !== "more") finish({ kind: "tcp" });
    });
    const onEnd = guarded(raw, (): void => finish(bytes.length > 0 ? { kind: "tcp" } : { kind: "closed" }));
    const onClose = guarded(raw, (): void => finish({ kind: "closed" }));
    const timer = setTimeout(() => finish({ kind: "tcp" }), silenceMs);
    const finish = (beginning: Beginning): void => {
        clearTimeout(timer);
        raw.off("data", onData).off("end", onEnd).off("close", onClose);
        raw.pause();
        done(beginning, bytes);
    };
    raw.on("data", onData).on("end", onEnd).on("close", onClose);
}

/** Undefined: it may still be the one or the other. */
function plainKind(bytes: Buffer): "http" | "tcp" | undefined {
    for (let at = 0; at < bytes.length && at <= LONGEST_METHOD; at++) {
        const byte = bytes[at]!;
        if (byte === BLANK && at > 0) return "http";
        if ((byte < A || byte > Z) && byte !== 0x2d) return "tcp";
    }
    return bytes.length > LONGEST_METHOD ? "tcp" : undefined;
}
