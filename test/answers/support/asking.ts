/** Sends what a case says on a raw socket and reads the answer, so that no client library makes it another request. */
import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import { linesOf, utf8 } from "./backend";
import type { Answer, Ask } from "./case";

const WAIT_MS = 5_000;
/** Of the gateways' own, others in every run, or about the connection only. */
const NOISE = /^(date|server|x-envoy-.*|x-request-id|connection|keep-alive|transfer-encoding)$/i;

/** Whether a connection that nothing more comes on ends with FIN or RST is a matter of time. */
export const ENDS: Readonly<Record<string, string>> = { "": "closed", ECONNRESET: "closed", EPIPE: "closed", ECONNREFUSED: "refused" };

/** Without `backend`, which the player adds. */
export async function askGateway(
    port: number,
    { tls: options, from, sends, end = false, resets, endsAfter, anyReason = false, waitMs = WAIT_MS }: Ask,
): Promise<Answer> {
    const peer = { port, host: "127.0.0.1", ...(from === undefined ? {} : { localAddress: from }) };
    const socket = options
        ? tls.connect({ ...peer, rejectUnauthorized: false, ...options })
        : net.connect({ ...peer, allowHalfOpen: true });
    let received = "";
    let fault = "";
    let wake = (): void => undefined;
    let sent = false;
    const giveUp = (): void => {
        fault ||= "open";
        socket.destroy();
    };
    // However short the end is waited for, an answer may take its time on a machine that has much to do.
    let timer = setTimeout(giveUp, Math.max(waitMs, WAIT_MS));
    socket.on("data", (chunk: Buffer) => {
        if (received === "") {
            clearTimeout(timer);
            timer = setTimeout(giveUp, waitMs);
        }
        received += chunk.toString("latin1");
        wake();
        if (sent && isLast(received)) socket.end();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
        fault = error.code ?? error.message;
    });
    socket.on("end", () => {
        socket.end();
        wake();
    });
    const closed = once(socket, "close")
        .catch(() => undefined)
        .then(() => {
            wake();
        });
    try {
        await Promise.race([once(socket, options ? "secureConnect" : "connect").catch(() => undefined), closed]);
        for (const send of sends) {
            if (socket.destroyed) break;
            if (!(send instanceof RegExp)) socket.write(send);
            else
                while (!send.test(received) && !socket.destroyed && !socket.readableEnded)
                    await new Promise<void>((resolve) => {
                        wake = resolve;
                    });
        }
        sent = true;
        if (endsAfter) await Promise.race([endsAfter(), closed]);
        if (resets) socket.resetAndDestroy();
        else if (end || isLast(received)) socket.end();
        await closed;
    } finally {
        clearTimeout(timer);
    }
    return anyReason ? withoutReason(answerOf(received, fault === "open" ? fault : "")) : answerOf(received, fault);
}

export function withoutReason({ body, headers, text: _none, ...answer }: Answer): Answer {
    return answer.status >= 500 ? answer : { ...answer, ...(headers ? { headers } : {}), ...(body === undefined ? {} : { body }) };
}

/** An answer that is whole and says that nothing follows: Envoy then waits a second for the client to close. */
function isLast(received: string): boolean {
    const head = /^HTTP\/1\.1 [2-5]\d{2}[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n/.exec(received)?.[0];
    if (head === undefined || !/\r\nconnection: close\r\n/i.test(head)) return false;
    const length = /\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1];
    return length !== undefined && received.length >= head.length + Number(length);
}

interface Parsed {
    /** Interim ones first. */
    readonly heads: readonly { readonly status: number; readonly raw: readonly string[] }[];
    readonly body: string;
    readonly trailers: readonly string[];
    /** What is no head, where one was to come. */
    readonly rest: string;
}

/** Responses of HTTP/1.1, as latin1. */
export function parseAnswer(received: string): Parsed {
    const heads: { status: number; raw: readonly string[] }[] = [];
    let rest = received;
    for (;;) {
        const head = /^HTTP\/1\.[01] (\d{3})[^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n/.exec(rest);
        if (!head) return { heads, body: "", trailers: [], rest };
        const status = Number(head[1]);
        rest = rest.slice(head[0].length);
        const raw = (head[2] ?? "")
            .split("\r\n")
            .filter((line) => line !== "")
            .flatMap(nameAndValue);
        heads.push({ status, raw });
        if (status < 200 && status !== 101) continue;
        const chunked = raw.some((one, at) => at % 2 === 0 && one === "transfer-encoding");
        return { heads, ...(chunked ? dechunked(rest) : { body: rest, trailers: [] }), rest: "" };
    }
}

const nameAndValue = (line: string): readonly string[] => [
    line.slice(0, line.indexOf(":")).toLowerCase(),
    line.slice(line.indexOf(":") + 1).trim(),
];

function answerOf(received: string, fault: string): Answer {
    const { heads, body, trailers, rest } = parseAnswer(received);
    const last = heads.at(-1);
    const informational = heads.map(({ status }) => status).filter((status) => status < 200 && status !== 101);
    if (last && informational.length < heads.length) return finished(last.status, last.raw, body, informational, trailers);
    return {
        status: 0,
        ended: ENDS[fault] ?? fault,
        ...(informational.length > 0 ? { informational } : {}),
        ...(rest === "" ? {} : { text: utf8(rest) }),
    };
}

/** An answer of either protocol, without what is not compared. */
export function finished(
    status: number,
    raw: readonly string[],
    body: string,
    informational: readonly number[],
    rawTrailers: readonly string[],
): Answer {
    const trailers = linesOf(rawTrailers);
    const isEcho = raw.includes("x-backend");
    const kept = raw.filter((_, at) => !NOISE.test(raw[at - (at % 2)] ?? "") && !(isEcho && raw[at - (at % 2)] === "content-length"));
    return {
        status,
        ...(informational.length > 0 ? { informational } : {}),
        headers: linesOf(kept),
        ...(isEcho || body === "" ? {} : { body: utf8(body) }),
        ...(Object.keys(trailers).length > 0 ? { trailers } : {}),
    };
}

function dechunked(text: string): { readonly body: string; readonly trailers: readonly string[] } {
    let body = "";
    let rest = text;
    for (;;) {
        const size = /^([0-9a-f]+)[^\r\n]*\r\n/i.exec(rest);
        if (!size) return { body: `${body}${rest}`, trailers: [] };
        const length = parseInt(size[1] ?? "0", 16);
        rest = rest.slice(size[0].length);
        if (length === 0)
            return {
                body,
                trailers: rest
                    .split("\r\n")
                    .filter((line) => line.includes(":"))
                    .flatMap(nameAndValue),
            };
        body += rest.slice(0, length);
        rest = rest.slice(length + 2);
    }
}
