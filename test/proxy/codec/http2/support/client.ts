/** A client of HTTP/2 that is Node's: nobody here has written both ends. */
import { once } from "node:events";
import http2 from "node:http2";

export interface Http2Answer {
    readonly status: number;
    readonly headers: http2.IncomingHttpHeaders;
    readonly body: Buffer;
    readonly trailers: http2.IncomingHttpHeaders | undefined;
    /** Statuses of interim responses. */
    readonly interim: readonly number[];
    /** Of RST_STREAM; 0: none, or NO_ERROR. */
    readonly code: number;
}

export interface Http2Ask {
    readonly method?: string;
    readonly headers?: http2.OutgoingHttpHeaders;
    readonly body?: Buffer | string;
    readonly trailers?: http2.OutgoingHttpHeaders;
}

export class Http2Client {
    readonly session: http2.ClientHttp2Session;

    constructor(
        port: number,
        options: http2.ClientSessionOptions | http2.SecureClientSessionOptions = {},
        scheme: "http" | "https" = "http",
    ) {
        this.session = http2.connect(`${scheme}://127.0.0.1:${port}`, options);
        // What a request suffers, it says itself.
        this.session.on("error", () => {});
    }

    /** A request whose body is still to be written. */
    open(path: string, headers: http2.OutgoingHttpHeaders = {}): http2.ClientHttp2Stream {
        const stream = this.session.request({ ":path": path, ":authority": "a.test", ":method": "POST", ...headers }, { endStream: false });
        stream.on("error", () => {});
        return stream;
    }

    async ask(path: string, { method, headers = {}, body, trailers }: Http2Ask = {}): Promise<Http2Answer> {
        const stream = this.session.request(
            { ":path": path, ":authority": "a.test", ":method": method ?? (body === undefined ? "GET" : "POST"), ...headers },
            { endStream: body === undefined && trailers === undefined, waitForTrailers: trailers !== undefined },
        );
        if (trailers !== undefined) stream.on("wantTrailers", () => stream.sendTrailers(trailers));
        if (body !== undefined || trailers !== undefined) stream.end(body);
        return answerOn(stream);
    }

    async close(): Promise<void> {
        if (this.session.destroyed) return;
        const closed = once(this.session, "close");
        this.session.destroy();
        await closed;
    }
}

/** All that comes on a stream until it is closed. */
export async function answerOn(stream: http2.ClientHttp2Stream): Promise<Http2Answer> {
    const parts: Buffer[] = [];
    const interim: number[] = [];
    let headers: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader = {};
    let trailers: http2.IncomingHttpHeaders | undefined;
    stream.on("error", () => {});
    stream.on("headers", (more: http2.IncomingHttpStatusHeader) => interim.push(more[":status"]!));
    stream.on("response", (more) => (headers = more));
    stream.on("trailers", (more: http2.IncomingHttpHeaders) => (trailers = more));
    stream.on("data", (chunk: Buffer) => parts.push(chunk));
    if (!stream.closed) await new Promise((done) => stream.once("close", done));
    return { status: headers[":status"] ?? 0, headers, body: Buffer.concat(parts), trailers, interim, code: stream.rstCode ?? 0 };
}
