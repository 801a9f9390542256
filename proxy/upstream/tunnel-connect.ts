/**
 * A tunnel through an endpoint that is an HTTP proxy, asked for by CONNECT (RFC 9110 §9.3.6) over HTTP/1.1: behind the answer the
 * connection is the other side's own.
 */
import type net from "node:net";
import { timerMs } from "../net/timer";
import type { TunnelEntry } from "../tables";

/** Of an answer's head. */
const MAX_HEAD_BYTES = 16 * 1024;

export function tunnelAuthority({ targetHost, targetPort }: TunnelEntry): string {
    return `${targetHost.includes(":") && !targetHost.startsWith("[") ? `[${targetHost}]` : targetHost}:${targetPort}`;
}

/** `done` is called once; empty: bytes may pass, and the socket is paused. Returns what gives it up, without a call. */
export function askTunnel(socket: net.Socket, entry: TunnelEntry, timeoutMs: number, done: (fault: string) => void): () => void {
    const authority = tunnelAuthority(entry);
    let head = Buffer.alloc(0);
    let isOver = false;
    const settle = (fault: string | undefined): void => {
        if (isOver) return;
        isOver = true;
        clearTimeout(timer);
        socket.off("data", onData).off("end", onEnd).off("close", onEnd).pause();
        if (fault !== "") socket.destroy();
        if (fault !== undefined) done(fault);
    };
    const onEnd = (): void => settle("the tunnel was closed before it was there");
    const onData = (chunk: Buffer): void => {
        head = Buffer.concat([head, chunk]);
        for (;;) {
            const end = head.indexOf("\r\n\r\n");
            if (end === -1) {
                if (head.length > MAX_HEAD_BYTES) settle("the answer to CONNECT is too long");
                return;
            }
            const status = Number(/^HTTP\/1\.[01] (\d{3})[ \r]/.exec(head.toString("latin1", 0, 16))?.[1] ?? 0);
            const rest = head.subarray(end + 4);
            if (status >= 100 && status < 200 && status !== 101) {
                head = rest;
                continue;
            }
            if (status < 200 || status > 299) return settle(`CONNECT ${authority} was answered with ${status === 0 ? "no HTTP" : status}`);
            settle("");
            if (rest.length > 0) socket.unshift(rest);
            return;
        }
    };
    const timer = setTimeout(() => settle(`no answer to CONNECT within ${timeoutMs} ms`), timerMs(timeoutMs));
    socket.on("data", onData).on("end", onEnd).on("close", onEnd);
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n\r\n`);
    return () => settle(undefined);
}
