/** One end of a connection of the measurement, client or server: its frames, its windows, one write for all of one read. */
import type { Socket } from "node:net";
import { Flow } from "./flow";
import {
    ACK,
    DATA,
    FrameCutter,
    GOAWAY,
    HEADERS,
    initialWindow,
    opening,
    PING,
    frame,
    PREFACE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    windowUpdate,
} from "./frames";

/** When so much has arrived it is credited anew. */
const CREDIT_AFTER = 1 << 28;

/** What a program does with what concerns streams. */
export interface EndEvents {
    onHeaders(stream: number, flags: number): void;
    onData(stream: number, flags: number, bytes: Buffer, from: number, to: number): void;
    /** A stream was reset, or the connection is gone (stream 0). */
    onLost(stream: number, why: string): void;
}

export class End {
    readonly #socket: Socket;
    readonly #events: EndEvents;
    readonly #flow = new Flow((bytes) => this.#out.push(bytes));
    #out: Buffer[] = [];
    #arrived = 0;

    constructor(socket: Socket, side: "client" | "server", events: EndEvents) {
        this.#socket = socket;
        this.#events = events;
        socket.setNoDelay(true);
        const cutter = new FrameCutter(
            (type, flags, stream, bytes, from, to) => this.#onFrame(type, flags, stream, bytes, from, to),
            side === "server" ? PREFACE.length : 0,
        );
        socket.on("data", (chunk: Buffer) => {
            cutter.take(chunk);
            this.flush();
        });
        socket.on("error", (error: Error) => events.onLost(0, error.message));
        socket.on("close", () => events.onLost(0, "closed"));
        if (side === "client") this.#out.push(PREFACE);
        this.#out.push(opening());
        this.flush();
    }

    send(stream: number, bytes: Buffer): void {
        this.#flow.push(stream, bytes);
    }

    flush(): void {
        const out = this.#out;
        if (out.length === 0) return;
        this.#out = [];
        if (!this.#socket.destroyed) this.#socket.write(out.length === 1 ? out[0]! : Buffer.concat(out));
    }

    #onFrame(type: number, flags: number, stream: number, bytes: Buffer, from: number, to: number): void {
        switch (type) {
            case DATA:
                this.#arrived += to - from;
                if (this.#arrived > CREDIT_AFTER) {
                    this.#out.push(windowUpdate(0, this.#arrived));
                    this.#arrived = 0;
                }
                return this.#events.onData(stream, flags, bytes, from, to);
            case HEADERS:
                return this.#events.onHeaders(stream, flags);
            case SETTINGS:
                if ((flags & ACK) !== 0) return;
                this.#out.push(frame(SETTINGS, ACK, 0));
                return this.#flow.setInitial(initialWindow(bytes, from, to) ?? this.#flow.initial);
            case PING:
                if ((flags & ACK) === 0) this.#out.push(frame(PING, ACK, 0, bytes.subarray(from, to)));
                return;
            case WINDOW_UPDATE:
                return this.#flow.credit(stream, bytes.readUInt32BE(from) & 0x7fff_ffff);
            case RST_STREAM:
                this.#flow.forget(stream);
                return this.#events.onLost(stream, `reset with ${bytes.readUInt32BE(from)}`);
            case GOAWAY:
                return this.#events.onLost(0, `GOAWAY with ${bytes.readUInt32BE(from + 4)}`);
        }
    }
}
