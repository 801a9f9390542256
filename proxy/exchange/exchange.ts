/**
 * One request and its response, on the downstream side: runs the passes, answers by itself or forwards, and gives the
 * finished record to the sink exactly once. Hot path: one object a request; what most requests do not need is not made.
 */
import type { ForwardAction, HeaderOps, Route, Snapshot, VirtualHost } from "../snapshot";
import type { ValueTemplate } from "../../istio/semantics/value-template";
import { addCorsHeaders } from "./cors";
import type { ConnectionInfo, HeaderList, RequestHead, RequestReceiver, ResetReason, ResponseHead, ResponseWriter } from "../http/doors";
import { destinationOf } from "./forwarded-head";
import { Forwarding } from "./forwarding";
import { isGrpc, tellGrpc } from "./grpc-reply";
import { applyToHead, NO_OPS } from "./headers";
import { headerAt, removeHeader } from "../http/header-list";
import { DONE, HELD, type OpenExchange } from "./open-exchange";
import { PASSES } from "./passes";
import { recordOf } from "./record-of";
import { finishResponseHeaders } from "./response-headers";
import type { ExchangeRuntime } from "./runtime";
import { templateValue } from "./template-values";

const NO_HEADERS: HeaderList = [];

export class Exchange implements OpenExchange, RequestReceiver {
    readonly runtime: ExchangeRuntime;
    /** The one it began with, whatever is swapped in meanwhile. */
    readonly snapshot: Snapshot;
    readonly head: RequestHead;
    readonly writer: ResponseWriter;
    readonly connection: ConnectionInfo;
    readonly start = Date.now();
    readonly method: string;
    readonly scheme: string;
    readonly authority: string;
    readonly headers: HeaderList;
    get upgrade(): string {
        return this.head.upgrade;
    }
    /** Normalised, with and without query. */
    path: string;
    pathname = "";
    /** Path and query for the backend, where the route rewrites them; empty: as they are. */
    target = "";
    /** What of the authority decides: lower-case, without port. */
    host = "";
    requestId = "";
    virtualHost: VirtualHost | undefined = undefined;
    route: Route | undefined = undefined;
    forwarding: Forwarding | undefined = undefined;
    /** The request is whole. */
    requestEnded: boolean;
    /** The origin that the route's CORS policy allows; empty: none. */
    corsOrigin = "";
    delayed = false;
    status = 0;
    flags = "";
    details = "";
    responseHeaders: HeaderList = NO_HEADERS;
    responseStarted = false;
    bytesReceived = 0;
    bytesSent = 0;
    finished = false;
    private pass = 0;
    private timer: NodeJS.Timeout | undefined = undefined;
    /** Body that came before it was known what becomes of it. */
    private early: Buffer[] | undefined = undefined;
    private earlyTrailers: HeaderList | undefined = undefined;

    constructor(runtime: ExchangeRuntime, head: RequestHead, end: boolean, writer: ResponseWriter, connection: ConnectionInfo) {
        this.runtime = runtime;
        this.snapshot = runtime.snapshot;
        this.head = head;
        this.writer = writer;
        this.connection = connection;
        this.method = head.method;
        this.scheme = head.scheme;
        this.authority = head.authority;
        this.headers = head.headers;
        this.path = head.path;
        this.requestEnded = end;
    }

    /** A fault of ours is one client's 500, not a worker's end. */
    proceed(): void {
        try {
            this.run();
        } catch (error) {
            this.fail(error);
        }
    }

    /** From the pass where it stands. */
    run(): void {
        while (this.pass < PASSES.length && !this.finished) {
            const result = PASSES[this.pass]!.run(this);
            if (result === HELD) return;
            if (result === DONE) break;
            this.pass++;
        }
    }

    private fail(error: unknown): void {
        this.forwarding?.abandon("local");
        if (this.responseStarted) this.cut("local", "", "internal_error");
        else
            this.reply(
                500,
                "",
                "",
                `internal_error{${error instanceof Error ? error.message.replaceAll(/\s+/g, "_") : "unknown"}}`,
                [],
                NO_OPS,
            );
    }

    // --- what passes call ------------------------------------------------------------------------------------------

    /** Lets the request wait; then it goes on from the pass it is in. */
    hold(milliseconds: number): void {
        if (!this.requestEnded) this.writer.pauseRequest();
        this.timer = setTimeout(() => {
            if (this.finished) return;
            if (!this.requestEnded) this.writer.resumeRequest();
            this.proceed();
        }, milliseconds);
    }

    forward(action: ForwardAction): typeof DONE {
        this.forwarding = new Forwarding(this, action);
        this.forwarding.begin(this.early, this.earlyTrailers);
        return DONE;
    }

    flag(flag: string): void {
        this.flags = this.flags === "" ? flag : `${this.flags},${flag}`;
    }

    /** Answers by itself. An empty flag is none; the route's operations hold unless others are given. */
    reply(
        status: number,
        body: string | Buffer,
        flag: string,
        details: string,
        headers: HeaderList = [],
        ops = this.routeOps(),
    ): typeof DONE {
        if (this.finished || this.responseStarted) return DONE;
        const grpc = isGrpc(this.headers);
        if (grpc) {
            tellGrpc(headers, status, typeof body === "string" ? body : body.toString("latin1"));
            status = 200;
            body = "";
        }
        const bytes = typeof body === "string" ? Buffer.from(body, "latin1") : body;
        if (flag !== "") this.flag(flag);
        this.details = details;
        const head: ResponseHead = { status, headers, contentLength: bytes.length };
        this.status = status;
        this.responseHeaders = headers;
        if (ops.length > 0) applyToHead(ops, head, this);
        // Behind the operations, as Envoy does: one of them may have said another type. A body has one, no body has none.
        if (bytes.length === 0 && !grpc) removeHeader(headers, "content-type");
        else if (bytes.length > 0 && headerAt(headers, "content-type") === -1) headers.push("content-type", "text/plain");
        this.sendHead(head, bytes.length === 0 || this.method === "HEAD", NO_OPS);
        if (bytes.length > 0 && this.method !== "HEAD") {
            this.bytesSent = bytes.length;
            this.writer.data(bytes);
            this.writer.end(undefined);
        }
        this.finish();
        return DONE;
    }

    /** What the route, or the destination that was chosen, does to the headers of responses. */
    private routeOps(): readonly HeaderOps[] {
        const action = this.route?.action;
        if (action === undefined) return NO_OPS;
        if (action.kind !== "forward") return action.response;
        return (this.forwarding?.destination ?? destinationOf(action, this.runtime.random)).response;
    }

    // --- what forwarding calls -------------------------------------------------------------------------------------

    /** The head of any response: the route's operations, CORS, then what every response bears. */
    sendHead(head: ResponseHead, end: boolean, ops: readonly HeaderOps[] | undefined): void {
        this.responseStarted = true;
        this.status = head.status;
        this.responseHeaders = head.headers;
        if (ops !== undefined && ops.length > 0) applyToHead(ops, head, this);
        if (this.corsOrigin !== "") addCorsHeaders(this.route!.cors!, this.corsOrigin, head.headers);
        finishResponseHeaders(head.headers, this.runtime.serverName);
        this.writer.head(head, end);
    }

    /** The response has begun and cannot be completed. */
    cut(reason: ResetReason, flag: string, details: string): void {
        if (this.finished) return;
        if (flag !== "") this.flag(flag);
        this.details = details;
        this.writer.reset(reason);
        this.finish();
    }

    /** The exchange is over, however it went. */
    finish(): void {
        if (this.finished) return;
        this.finished = true;
        if (this.timer !== undefined) clearTimeout(this.timer);
        this.forwarding?.close();
        this.early = undefined;
        this.runtime.sink.finished(recordOf(this));
    }

    valueOf(template: ValueTemplate): string {
        return templateValue(template, this);
    }

    // --- RequestReceiver -------------------------------------------------------------------------------------------

    onRequestData(chunk: Buffer): void {
        if (this.finished) return;
        this.bytesReceived += chunk.length;
        if (this.forwarding !== undefined) this.forwarding.requestData(chunk);
        else (this.early ??= []).push(chunk);
    }

    onRequestEnd(trailers: HeaderList | undefined): void {
        if (this.finished) return;
        this.requestEnded = true;
        if (this.forwarding !== undefined) this.forwarding.requestEnd(trailers);
        else this.earlyTrailers = trailers;
    }

    /** The client is gone, or its codec has already answered and closed: a timeout, or a body that was none. */
    onRequestReset(reason: ResetReason): void {
        if (this.finished) return;
        this.forwarding?.abandon(reason);
        if (reason === "timeout") {
            this.flag("SI");
            this.details = "stream_idle_timeout";
            if (!this.responseStarted) this.status = this.requestEnded ? 504 : 408;
        } else if (reason === "protocol-error") {
            this.flag("DPE");
            this.details = "http1.codec_error";
            if (!this.responseStarted) this.status = 400;
        } else {
            this.flag("DC");
            this.details = "downstream_remote_disconnect";
        }
        this.finish();
    }

    onResponseWritable(): void {
        this.forwarding?.responseWritable();
    }
}
