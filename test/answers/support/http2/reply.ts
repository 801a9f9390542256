/** What an HTTP/2 backend is told to answer: frames of stream 1, or the text of an HTTP/1.1 response. */
import { parseAnswer } from "../asking";
import { data, frame, FrameCutter, headers } from "./frames";

/** Undefined: it is no response, and breaks off. */
export function framesOf(told: Buffer, isHead: boolean, stream: number): Buffer | undefined {
    if (told.subarray(0, 5).toString() === "HTTP/") return framesOfText(told.toString("latin1"), isHead, stream);
    const frames = new FrameCutter().take(told);
    if (frames.length === 0) return undefined;
    return Buffer.concat(frames.map((one) => frame(one.type, one.flags, one.stream === 1 ? stream : one.stream, one.payload)));
}

/** Names in lower case and without what only HTTP/1.1 has; the rest is the backend's own business. */
function framesOfText(text: string, isHead: boolean, stream: number): Buffer | undefined {
    const { heads, body, trailers } = parseAnswer(text);
    if (heads.length === 0) return undefined;
    const end = body === "" && trailers.length === 0;
    const parts = heads.map(({ status, raw }, at) =>
        headers(
            [":status", String(status), ...raw.filter((_, index) => !FRAMING.has(raw[index - (index % 2)] ?? ""))].map((one) =>
                Buffer.from(one, "latin1").toString(),
            ),
            at === heads.length - 1 && (end || isHead),
            stream,
        ),
    );
    if (body !== "" && !isHead) parts.push(data(Buffer.from(body, "latin1"), trailers.length === 0, stream));
    if (trailers.length > 0) parts.push(headers(trailers, true, stream));
    return Buffer.concat(parts);
}

const FRAMING = new Set(["transfer-encoding", "connection", "keep-alive", "proxy-connection", "upgrade"]);
