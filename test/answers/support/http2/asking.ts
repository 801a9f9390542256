/**
 * Sends frames as a case says and reads what comes back. Node's own client reads it, which thinks that the request was its
 * own: it decodes and checks, and what it would write is thrown away.
 */
import { once } from "node:events";
import http2, { type ClientHttp2Stream } from "node:http2";
import net from "node:net";
import { Duplex } from "node:stream";
import tls from "node:tls";
import { ENDS, finished, withoutReason } from "../asking";
import type { Answer, Ask } from "../case";
import { ACK, frame, FrameCutter, nameOfCode, number, PREFACE, reset, settings, TYPES } from "./frames";

const WAIT_MS = 5_000;
/** A connection's own window besides; nothing that is compared is larger. */
const WINDOW = 1_000_000;

/** What came on stream 1. */
class Seen {
    readonly informational: number[] = [];
    head: readonly string[] | undefined;
    body = "";
    trailers: readonly string[] = [];
    /** Line by line, for those who wait. */
    log = "";
    ended = "";
    isOver = false;
    wake = (): void => undefined;

    tell(line: string): void {
        this.log += `${line}\n`;
        this.wake();
    }

    over(why: string): void {
        if (this.isOver) return;
        this.ended = why;
        this.isOver = true;
        this.wake();
    }
}

/** Without `backend`, which the player adds. */
export async function askOverHttp2(port: number, asked: Ask): Promise<Answer> {
    const { tls: options, from, sends, end = false, endsAfter, waitMs = WAIT_MS, http2: more = {} } = asked;
    const peer = { port, host: "127.0.0.1", ...(from === undefined ? {} : { localAddress: from }) };
    const socket = options ? tls.connect({ ...peer, rejectUnauthorized: false, ALPNProtocols: ["h2"], ...options }) : net.connect(peer);
    const seen = new Seen();
    let fault = "";
    socket.on("error", (error: NodeJS.ErrnoException) => {
        fault = error.code ?? error.message;
    });
    const closed = once(socket, "close")
        .catch(() => undefined)
        .then(() => seen.over(ENDS[fault] ?? fault));
    const timer = setTimeout(() => {
        seen.over("open");
        socket.destroy();
    }, waitMs);
    read(socket, seen, more.method ?? "GET");
    try {
        await Promise.race([once(socket, options ? "secureConnect" : "connect").catch(() => undefined), closed]);
        if (!socket.destroyed && !more.bare)
            socket.write(
                Buffer.concat([PREFACE, settings({ 2: 0, 4: WINDOW, ...more.settings }), frame(TYPES.windowUpdate, 0, 0, number(WINDOW))]),
            );
        for (const send of sends) {
            if (socket.destroyed) break;
            if (!(send instanceof RegExp)) socket.write(send);
            else while (!send.test(seen.log) && !seen.isOver) await woken(seen);
        }
        if (more.resetsAfter) await Promise.race([more.resetsAfter(), closed]);
        if (more.resetsAfter && !socket.destroyed) socket.write(reset("CANCEL"));
        if (endsAfter) await Promise.race([endsAfter(), closed]);
        if (!seen.isOver && !end && more.impatient) await answersPing(socket, seen);
        while (!seen.isOver && !end) await woken(seen);
        // What a connection ends with comes right behind the stream's end.
        await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, seen.ended === "" ? 0 : AFTER_MS))]);
        socket.destroy();
        await closed;
    } finally {
        clearTimeout(timer);
    }
    if (!asked.anyReason) return answerOf(seen);
    if (!seen.head && seen.ended !== "open") seen.ended = "closed";
    return withoutReason(answerOf(seen));
}
const AFTER_MS = 50;
const PING_MS = 400;

/** Envoy reads nothing more on a connection that it gives up, and waits a second for the client to close: it need not. */
async function answersPing(socket: net.Socket, seen: Seen): Promise<void> {
    socket.write(frame(TYPES.ping, 0, 0, Buffer.alloc(8)));
    let isLate = false;
    const timer = setTimeout(() => {
        isLate = true;
        seen.wake();
    }, PING_MS);
    while (!seen.isOver && !isLate && !seen.log.includes("pong\n")) await woken(seen);
    clearTimeout(timer);
    if (isLate && !seen.log.includes("headers")) socket.end();
}

const woken = (seen: Seen): Promise<void> =>
    new Promise((resolve) => {
        seen.wake = resolve;
    });

function read(socket: net.Socket, seen: Seen, method: string): void {
    const shim = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
    const session = http2.connect("http://gateway.test", {
        createConnection: () => shim,
        settings: { initialWindowSize: WINDOW },
        strictFieldWhitespaceValidation: false,
    });
    session.on("error", () => undefined);
    session.on("goaway", (code: number, last: number, debug?: Buffer) => {
        const text = debug && debug.length > 0 ? ` ${debug.toString()}` : "";
        seen.tell(`goaway ${nameOfCode(code)} ${last}${text}`);
        if (code !== 0) seen.over(`goaway ${nameOfCode(code)}`);
    });
    // The session's own stream 1 is open as long as nobody ends it.
    readStream(session.request({ ":method": method, ":path": "/" }, { endStream: method === "HEAD" }), seen);
    const cutter = new FrameCutter();
    socket.on("data", (chunk: Buffer) => {
        for (const { type, flags, stream, payload, bytes } of cutter.take(chunk)) {
            if (type === TYPES.settings && !(flags & ACK)) {
                const values: string[] = [];
                for (let at = 0; at < payload.length; at += 6) values.push(`${payload.readUInt16BE(at)}=${payload.readUInt32BE(at + 2)}`);
                seen.tell(`settings ${values.join(" ")}`);
                socket.write(frame(TYPES.settings, ACK, 0));
            }
            if (type === TYPES.ping) {
                if (flags & ACK) seen.tell("pong");
                else socket.write(frame(TYPES.ping, ACK, 0, payload));
            }
            if (type === TYPES.reset && stream === 1) seen.over(`reset ${nameOfCode(payload.readUInt32BE(0))}`);
            // The session knows nothing of our ping.
            if (type !== TYPES.ping) shim.push(bytes);
        }
    });
    socket.on("close", () => session.destroy());
}

function readStream(stream: ClientHttp2Stream, seen: Seen): void {
    stream.on("error", (error: NodeJS.ErrnoException) => seen.over(error.message));
    stream.on("headers", (list) => {
        seen.informational.push(Number(list[":status"]));
        seen.tell(`headers ${list[":status"]}`);
    });
    stream.on("response", (list, _flags, raw?: readonly string[]) => {
        seen.head = raw ?? Object.entries(list).flatMap(([name, value]) => [value].flat().flatMap((one) => [name, String(one)]));
        seen.tell(`headers ${list[":status"]}`);
    });
    stream.on("data", (chunk: Buffer) => {
        seen.body += chunk.toString("latin1");
        seen.tell(`data ${chunk.toString("latin1")}`);
    });
    stream.on("trailers", (list, _flags, raw?: readonly string[]) => {
        seen.trailers = raw ?? Object.entries(list).flatMap(([name, value]) => [value].flat().flatMap((one) => [name, String(one)]));
        seen.tell("trailers");
    });
    stream.on("end", () => seen.over(""));
    stream.on("close", () => seen.over(""));
}

export const withoutAlert = (ended: string): string => (ended.startsWith("ERR_SSL") ? "closed" : ended);

/** Where there is no body its end says so: a length of 0 is there or is not. */
function answerOf({ head, body, trailers, informational, ended }: Seen): Answer {
    const interim = informational.length > 0 ? { informational } : {};
    // Whether an alert is read before what is written fails is a matter of time.
    if (!head) return { status: 0, ended: withoutAlert(ended || "closed"), ...interim };
    const status = Number(head[head.indexOf(":status") + 1]);
    const raw: string[] = [];
    for (let at = 0; at < head.length; at += 2) {
        const [name = "", value = ""] = [head[at], head[at + 1]];
        if (!name.startsWith(":") && !(name === "content-length" && value === "0")) raw.push(name, value);
    }
    const ending = ended === "" || ended === "reset NO_ERROR" ? {} : { ended };
    return { ...finished(status, raw, body, informational, trailers), ...ending };
}
