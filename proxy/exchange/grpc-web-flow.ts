/**
 * The two bodies of a gRPC-Web call in flow. Of the request's text form bytes are made; of the response a body that ends with
 * its trailers, as one more frame, since browsers show none (gRPC-Web's protocol). An answer that is no gRPC becomes a status
 * with a message. It stands before the writer of the response, for such calls alone.
 */
import type { HeaderList, ResetReason, ResponseHead, ResponseWriter } from "../http/doors";
import { Base64Reader, MessageBase64Writer } from "../http/base64-flow";
import { headerAt, headerValue, removeHeader, setHeader } from "../http/header-list";
import { grpcMessage, grpcStatus, isGrpc } from "../http/grpc";
import { gather } from "../net/gather";
import { answer, type Answer } from "./verdict";

/** Of the body of an answer that is no gRPC. */
const MAX_MESSAGE_BYTES = 16 * 1024;
/** Most significant bit of a frame's flags. */
const TRAILERS = 0x80;

export const BAD_BASE64 = "grpc_base_64_decode_failed";

export function badGrpcWeb(): Answer {
    return answer(400, "Bad gRPC-web request, invalid base64 data.", "", BAD_BASE64);
}

export class GrpcWebFlow {
    readonly #reader: Base64Reader | undefined;
    readonly #isTextWanted: boolean;

    constructor(isText: boolean, isTextWanted: boolean) {
        this.#reader = isText ? new Base64Reader() : undefined;
        this.#isTextWanted = isTextWanted;
    }

    /** A part of the request's body; undefined: it is no base64. */
    requestData(chunk: Buffer): Buffer | undefined {
        return this.#reader === undefined ? chunk : this.#reader.read(chunk);
    }

    /** Whether the request's body may end here. */
    get isRequestWhole(): boolean {
        return this.#reader?.isWhole !== false;
    }

    over(writer: ResponseWriter): ResponseWriter {
        return new GrpcWebWriter(writer, this.#isTextWanted);
    }
}

class GrpcWebWriter implements ResponseWriter {
    readonly #writer: ResponseWriter;
    readonly #text: MessageBase64Writer | undefined;
    /** Of an answer that is no gRPC, until its body is there. */
    #held: ResponseHead | undefined = undefined;
    #message: Buffer[] = [];
    #messageBytes = 0;

    constructor(writer: ResponseWriter, isText: boolean) {
        this.#writer = writer;
        this.#text = isText ? new MessageBase64Writer() : undefined;
    }

    informational(status: number, headers: HeaderList): void {
        this.#writer.informational(status, headers);
    }

    head(head: ResponseHead, end: boolean): void {
        const isMessages = isGrpcAnswer(head, end);
        removeHeader(head.headers, "content-length");
        setHeader(
            head.headers,
            "content-type",
            this.#text === undefined ? "application/grpc-web+proto" : "application/grpc-web-text+proto",
        );
        if (isMessages || end) this.#writer.head({ ...head, contentLength: end ? 0 : -1 }, end);
        else this.#held = head;
    }

    data(chunk: Buffer): boolean {
        if (this.#held !== undefined) {
            const room = MAX_MESSAGE_BYTES - this.#messageBytes;
            if (room > 0) gather(this.#message, Buffer.from(chunk.subarray(0, room)));
            this.#messageBytes += chunk.length;
            return true;
        }
        if (this.#text === undefined) return this.#writer.data(chunk);
        const text = this.#text.write(chunk);
        return text === "" || this.#writer.data(Buffer.from(text, "latin1"));
    }

    end(trailers: HeaderList | undefined): void {
        if (this.#held !== undefined) return this.#endHeld(this.#held, trailers);
        const frame = trailers === undefined || trailers.length === 0 ? Buffer.alloc(0) : trailersFrame(trailers);
        const rest = this.#text === undefined ? frame : Buffer.from(this.#text.end() + frame.toString("base64"), "latin1");
        if (rest.length > 0) this.#writer.data(rest);
        this.#writer.end(undefined);
    }

    #endHeld(head: ResponseHead, trailers: HeaderList | undefined): void {
        const { headers, status } = head;
        const text = Buffer.concat(this.#message).toString("latin1");
        if (headerAt(headers, "grpc-status") === -1) headers.push("grpc-status", String(grpcStatus(status)));
        if (text !== "") setHeader(headers, "grpc-message", grpcMessage(text));
        this.#writer.head({ ...head, contentLength: 0 }, trailers === undefined);
        if (trailers !== undefined) this.#writer.end(trailers);
    }

    reset(reason: ResetReason): void {
        this.#writer.reset(reason);
    }

    pauseRequest(): void {
        this.#writer.pauseRequest();
    }

    resumeRequest(): void {
        this.#writer.resumeRequest();
    }
}

/** Messages, or a status alone; also where the backend speaks gRPC-Web itself. */
function isGrpcAnswer({ status, headers }: ResponseHead, end: boolean): boolean {
    if (end) return headerAt(headers, "grpc-status") !== -1;
    if (status !== 200) return false;
    const [type = ""] = (headerValue(headers, "content-type") ?? "").split(";");
    return isGrpc(headers) || /^application\/grpc-web(\+proto)?$/i.test(type.trim());
}

function trailersFrame(trailers: HeaderList): Buffer {
    let text = "";
    for (let at = 0; at < trailers.length; at += 2) text += `${trailers[at]!}:${trailers[at + 1]!}\r\n`;
    const frame = Buffer.allocUnsafe(5 + text.length);
    frame[0] = TRAILERS;
    frame.writeUInt32BE(text.length, 1);
    frame.write(text, 5, "latin1");
    return frame;
}
