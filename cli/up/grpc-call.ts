/**
 * A call of gRPC with an empty message, as `--check` makes it: over HTTP/2 as gRPC's clients do, and on a port of gRPC-Web as a page
 * does. It is no client: it knows one message, of no bytes, and what the answer's status is.
 */
import http from "node:http";
import http2 from "node:http2";
import type tls from "node:tls";
import type { CallForm } from "./trial";

export const CALL_HEADERS: Readonly<Record<CallForm, Readonly<Record<string, string>>>> = {
    grpc: { "content-type": "application/grpc", te: "trailers" },
    "grpc-web": { "content-type": "application/grpc-web+proto", accept: "application/grpc-web+proto", "x-grpc-web": "1" },
};

/** No flag, no bytes. */
const EMPTY_MESSAGE = Buffer.alloc(5);
const HEAD = 5;
const TRAILERS = 0x80;

export interface CallAnswer {
    readonly status: number;
    /** Undefined where the answer is none of gRPC. */
    readonly grpcStatus: string | undefined;
    readonly grpcMessage: string;
    readonly location?: string;
}

export interface CallTarget {
    readonly address: string;
    readonly port: number;
    readonly authority: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    /** Undefined in the clear. */
    readonly tls: tls.ConnectionOptions | undefined;
    readonly timeoutMs: number;
}

/** gRPC itself. Rejects where no HTTP/2 is spoken, or nothing answers in time. */
export function callOverHttp2(target: CallTarget): Promise<CallAnswer> {
    const { address, port, authority, path, headers, timeoutMs } = target;
    return new Promise((resolve, reject) => {
        const session = http2.connect(`${target.tls ? "https" : "http"}://${address}:${port}`, target.tls ?? {});
        const timer = setTimeout(() => fail(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
        const over = (): void => {
            clearTimeout(timer);
            session.destroy();
        };
        const fail = (error: Error): void => {
            over();
            reject(error);
        };
        session.on("error", fail);
        const call = session.request({ ":method": "POST", ":path": path, ":authority": authority, ...headers });
        let head: http2.IncomingHttpHeaders = {};
        let trailers: http2.IncomingHttpHeaders = {};
        call.on("response", (received) => {
            head = received;
        });
        call.on("trailers", (received) => {
            trailers = received;
        });
        call.on("error", fail);
        // After an answer, its end, or a reset that names no error.
        call.on("close", () => {
            over();
            resolve(answerOf(Number(head[":status"] ?? 0), { ...textsOf(head), ...textsOf(trailers) }));
        });
        call.resume();
        call.end(EMPTY_MESSAGE);
    });
}

/** gRPC-Web in its binary form. */
export function callOverWeb(target: CallTarget): Promise<CallAnswer> {
    const { address, port, authority, path, headers, timeoutMs } = target;
    return new Promise((resolve, reject) => {
        const sent = http.request(
            { host: address, port, method: "POST", path, headers: { host: authority, ...headers }, timeout: timeoutMs, agent: false },
            (response) => {
                const chunks: Buffer[] = [];
                response.on("data", (chunk: Buffer) => chunks.push(chunk));
                response.on("error", reject);
                response.on("end", () =>
                    resolve(answerOf(response.statusCode ?? 0, { ...textsOf(response.headers), ...trailersIn(Buffer.concat(chunks)) })),
                );
            },
        );
        sent.on("timeout", () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)));
        sent.on("error", reject);
        sent.end(EMPTY_MESSAGE);
    });
}

/** The frame behind the messages, whose lines are headers. */
function trailersIn(body: Buffer): Record<string, string> {
    for (let at = 0; at + HEAD <= body.length; at += HEAD + body.readUInt32BE(at + 1)) {
        if (((body[at] ?? 0) & TRAILERS) === 0) continue;
        const lines = body.subarray(at + HEAD, at + HEAD + body.readUInt32BE(at + 1)).toString("latin1");
        return Object.fromEntries(
            lines.split("\r\n").flatMap((line) => {
                const colon = line.indexOf(":");
                return colon < 0 ? [] : [[line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const];
            }),
        );
    }
    return {};
}

function textsOf(headers: http.IncomingHttpHeaders): Record<string, string> {
    return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

function answerOf(status: number, headers: Readonly<Record<string, string>>): CallAnswer {
    const { location } = headers;
    return {
        status,
        grpcStatus: headers["grpc-status"],
        grpcMessage: headers["grpc-message"] ?? "",
        ...(location === undefined ? {} : { location }),
    };
}
