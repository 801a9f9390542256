/** One question to an endpoint whether it is well, on a connection of its own: what is wrong, or nothing, within the time. */
import type net from "node:net";
import type { ClientConnection, ClientOwner, Codecs } from "../codec";
import type { HeaderList, RequestHead, ResetReason, ResponseHead, ResponseReceiver } from "../http/doors";
import { GRPC_TYPE } from "../http/grpc";
import { headerValue } from "../http/header-list";
import { proxyHeader } from "../net/proxy-header";
import { timerMs } from "../net/timer";
import type { ClusterEntry, HealthCheckEntry } from "../tables";
import { dial } from "./dial";
import type { Endpoint } from "./endpoint";
import type { UpstreamTls } from "./upstream-tls";

/** Of an answer. Beyond it nobody reads. */
const MAX_BYTES = 64 * 1024;
const FRAME_HEAD = 5;
/** grpc.health.v1.HealthCheckResponse with `status: SERVING`. */
const SERVING = Buffer.from([0x08, 0x01]);
const METHOD = "/grpc.health.v1.Health/Check";

export interface Asked {
    readonly endpoint: Endpoint;
    readonly check: HealthCheckEntry;
    readonly entry: ClusterEntry;
    readonly tls: UpstreamTls | undefined;
    readonly codecs: Codecs;
}

/** `done` is called once; empty: it is well. Returns what gives it up, after which `done` is not called. */
export function askHealth(asked: Asked, done: (fault: string) => void): () => void {
    return new Question(asked, done).giveUp;
}

class Question implements ResponseReceiver, ClientOwner {
    readonly #asked: Asked;
    readonly #timer: NodeJS.Timeout;
    #done: ((fault: string) => void) | undefined;
    #cancel: (() => void) | undefined;
    #connection: ClientConnection | undefined = undefined;
    readonly #parts: Buffer[] = [];
    #bytes = 0;

    constructor(asked: Asked, done: (fault: string) => void) {
        this.#asked = asked;
        this.#done = done;
        const { endpoint, check, entry, tls } = asked;
        this.#timer = setTimeout(() => this.#end(`no answer within ${check.timeoutMs} ms`), timerMs(check.timeoutMs)).unref();
        const target = {
            address: endpoint.address,
            port: check.port ?? endpoint.port,
            // The whole question has a time of its own.
            timeoutMs: check.timeoutMs + 1_000,
            tls,
            host: check.ask.kind === "tcp" ? "" : nameOf(check.ask.host),
            alpn: check.ask.kind === "tcp" ? [] : (this.#codecs?.alpn ?? []),
            keepalive: entry.tcpKeepalive,
            // It is nobody's connection but ours.
            preface: entry.proxyProtocol && proxyHeader(entry.proxyProtocol, undefined),
        };
        this.#cancel = dial(target, (outcome) => {
            this.#cancel = undefined;
            if (outcome.kind === "failed") this.#end(outcome.detail);
            else this.#connected(outcome.socket, outcome.agreed);
        });
    }

    get #codecs(): ReturnType<Codecs["forPort"]> {
        const { check, entry, codecs } = this.#asked;
        return codecs.forPort(check.ask.kind === "grpc" || entry.protocol === "http2" ? "http2" : "http1");
    }

    readonly giveUp = (): void => {
        this.#done = undefined;
        this.#close();
    };

    #connected(socket: net.Socket, agreed: string): void {
        const { ask } = this.#asked.check;
        const codec = this.#codecs?.negotiated(agreed);
        if (this.#done === undefined || ask.kind === "tcp" || codec === undefined) {
            socket.destroy();
            this.#end(ask.kind === "tcp" ? "" : "its protocol is not spoken");
            return;
        }
        const connection = codec.connect(socket, this, undefined);
        this.#connection = connection;
        if (this.#done === undefined) return this.#close();
        const isCall = ask.kind === "grpc";
        const writer = connection.open(isCall ? callHead(ask.host) : requestHead(ask.path, ask.host), !isCall, this);
        if (!isCall) return;
        writer.data(callMessage(ask.service));
        writer.end(undefined);
    }

    onInformational(): void {}
    onRequestWritable(): void {}

    onResponseHead(head: ResponseHead, end: boolean): void {
        const { ask } = this.#asked.check;
        if (ask.kind === "http") {
            const isWanted = ask.statuses.some(([from, to]) => head.status >= from && head.status <= to);
            this.#end(isWanted ? "" : `status ${head.status}`);
        } else if (head.status !== 200) this.#end(`status ${head.status}`);
        else if (end) this.#answered(head.headers);
    }

    onResponseData(chunk: Buffer): void {
        this.#bytes += chunk.length;
        if (this.#bytes > MAX_BYTES) this.#end("its answer is too long");
        else this.#parts.push(Buffer.from(chunk));
    }

    onResponseEnd(trailers: HeaderList | undefined): void {
        this.#answered(trailers ?? []);
    }

    #answered(trailers: HeaderList): void {
        const status = headerValue(trailers, "grpc-status") ?? "none";
        const message = Buffer.concat(this.#parts).subarray(FRAME_HEAD);
        if (status !== "0") this.#end(`grpc-status ${status}`);
        else this.#end(message.equals(SERVING) ? "" : "it does not say that it serves");
    }

    onResponseReset(reason: ResetReason, _sent: boolean, detail: string): void {
        this.#end(detail === "" ? reason : detail);
    }

    onStreamEnd(): void {}
    onCapacity(): void {}
    onGoingAway(): void {}
    onClosed(): void {
        this.#connection = undefined;
        this.#end("the connection was closed");
    }

    #end(fault: string): void {
        const done = this.#done;
        this.#done = undefined;
        this.#close();
        done?.(fault);
    }

    #close(): void {
        clearTimeout(this.#timer);
        this.#cancel?.();
        this.#cancel = undefined;
        const connection = this.#connection;
        this.#connection = undefined;
        // Not within its own call.
        if (connection !== undefined) setImmediate(() => connection.close());
    }
}

/** What a certificate is held against. */
function nameOf(host: string): string {
    return host.replace(/:\d+$/, "").toLowerCase();
}

function requestHead(path: string, authority: string): RequestHead {
    return {
        method: "GET",
        scheme: "http",
        authority,
        path,
        headers: ["user-agent", "gatehouse-health-check"],
        contentLength: 0,
        upgrade: "",
        expectContinue: false,
        underscored: false,
        protocol: "HTTP/1.1",
    };
}

function callHead(authority: string): RequestHead {
    const headers = ["content-type", GRPC_TYPE, "te", "trailers", "user-agent", "gatehouse-health-check"];
    return { ...requestHead(METHOD, authority), method: "POST", headers, contentLength: -1, protocol: "HTTP/2" };
}

/** HealthCheckRequest: field 1, its length, its text. */
function callMessage(service: string): Buffer {
    const text = Buffer.from(service, "utf8");
    const length: number[] = [];
    for (let left = text.length; ; left >>>= 7) {
        length.push(left > 0x7f ? (left & 0x7f) | 0x80 : left);
        if (left <= 0x7f) break;
    }
    const message = text.length === 0 ? text : Buffer.concat([Buffer.from([0x0a, ...length]), text]);
    const frame = Buffer.alloc(FRAME_HEAD);
    frame.writeUInt32BE(message.length, 1);
    return Buffer.concat([frame, message]);
}
