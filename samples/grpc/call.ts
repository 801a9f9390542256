/** One call of a gRPC server on a stream of HTTP/2: messages in, messages out, a status at the end (gRPC over HTTP/2). */
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";

/** The codes that the samples answer with. */
export const STATUS = {
    OK: 0,
    INVALID_ARGUMENT: 3,
    DEADLINE_EXCEEDED: 4,
    NOT_FOUND: 5,
    RESOURCE_EXHAUSTED: 8,
    UNIMPLEMENTED: 12,
    INTERNAL: 13,
} as const;

/** What a call ends with that does not end well. */
export class StatusError extends Error {
    constructor(
        readonly code: number,
        message: string,
    ) {
        super(message);
    }
}

const HEAD = 5;
/** What gRPC's own servers take. */
const LARGEST_MESSAGE = 4 * 1024 * 1024;
const UNITS_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** `grpc-timeout` in milliseconds; undefined: none, or none that can be read. */
export function deadlineOf({ "grpc-timeout": text }: IncomingHttpHeaders): number | undefined {
    const [, digits, unit = ""] = /^(\d{1,8})([HMSmun])$/.exec(String(text ?? "")) ?? [];
    return digits === undefined ? undefined : Number(digits) * (UNITS_MS[unit] ?? 0);
}

/** gRPC's `Percent-Encoded` of a status message. */
const encoded = (message: string): string =>
    Buffer.from(message)
        .toString("latin1")
        .replaceAll(/[^\x20-\x24\x26-\x7e]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);

export class Call {
    readonly headers: IncomingHttpHeaders;
    readonly #stream: ServerHttp2Stream;
    readonly #gone = new AbortController();

    constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
        this.headers = headers;
        this.#stream = stream;
        // What a client takes back says all that there is to be said.
        stream.on("error", () => undefined);
        stream.once("close", () => this.#gone.abort());
    }

    /** Aborted once nobody listens any more. */
    get signal(): AbortSignal {
        return this.#gone.signal;
    }

    /** The messages of the client, in their order; throws a StatusError for what is none. */
    async *messages(): AsyncGenerator<Buffer> {
        let pending = Buffer.alloc(0);
        // To stop reading must not end the stream: its answer is still to come.
        for await (const chunk of this.#stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
            pending = Buffer.concat([pending, chunk]);
            while (pending.length >= HEAD) {
                const length = pending.readUInt32BE(1);
                if (pending[0] !== 0) throw new StatusError(STATUS.UNIMPLEMENTED, "compressed messages are not read here");
                if (length > LARGEST_MESSAGE) throw new StatusError(STATUS.RESOURCE_EXHAUSTED, `a message of ${length} bytes is too large`);
                if (pending.length < HEAD + length) break;
                yield pending.subarray(HEAD, HEAD + length);
                pending = pending.subarray(HEAD + length);
            }
        }
        if (pending.length > 0) throw new StatusError(STATUS.INVALID_ARGUMENT, "the call ends within a message");
    }

    /** The only message of a call whose client sends one. */
    async message(): Promise<Buffer> {
        for await (const message of this.messages()) return message;
        throw new StatusError(STATUS.INVALID_ARGUMENT, "the call has no message");
    }

    /** Resolves once there is room for the next. */
    async send(message: Buffer): Promise<void> {
        const stream = this.#stream;
        if (!this.#isOpen()) return;
        this.#begin();
        const head = Buffer.alloc(HEAD);
        head.writeUInt32BE(message.length, 1);
        if (stream.write(Buffer.concat([head, message]))) return;
        await new Promise<void>((resolve) => {
            stream.once("drain", resolve);
            this.signal.addEventListener("abort", () => resolve(), { once: true });
        });
    }

    /** The status goes in the trailers, and where nothing was sent in the head, as gRPC's `Trailers-Only`. */
    finish(code: number, message = ""): void {
        const stream = this.#stream;
        const status = { "grpc-status": String(code), ...(message === "" ? {} : { "grpc-message": encoded(message) }) };
        if (!this.#isOpen() || stream.writableEnded) return;
        if (!stream.headersSent) {
            stream.respond({ ":status": 200, "content-type": "application/grpc", ...status }, { endStream: true });
        } else {
            stream.once("wantTrailers", () => stream.sendTrailers(status));
            stream.end();
        }
        // What a client has more to say is not waited for, and not kept either.
        stream.resume();
    }

    #begin(): void {
        const stream = this.#stream;
        if (!stream.headersSent) stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    }

    #isOpen(): boolean {
        return !this.#stream.destroyed && !this.#stream.closed;
    }
}
