/**
 * The upstream side of an exchange: destination, connection, the flow of both bodies, timeouts, and further attempts.
 * Hot path: it is its own waiter, receiver and wish, so that a forwarded request costs this one object.
 */
import type {
    Cluster,
    ConnectionFailure,
    ConnectionWaiter,
    ConnectionWish,
    UpstreamConnection,
    UpstreamHost,
    WaitingRequest,
} from "../upstream";
import type { Destination, ForwardAction, RetryPolicy } from "../snapshot";
import type { HeaderList, RequestWriter, ResetReason, ResponseHead, ResponseReceiver } from "../http/doors";
import { destinationOf, prepareHead } from "./forwarded-head";
import { headerAt, removeHeader, setHeader } from "../http/header-list";
import { startMirrors, type Mirror } from "./mirror";
import type { ForwardingState, OpenExchange } from "./open-exchange";
import { ReplayBody } from "./replay-body";
import { resetBody, resetDetails, resetMeaning } from "./resets";
import { requestTrailers, responseTrailers } from "./trailers";
import { backoff, isIdempotent, keepsBody, retriesReset, retriesResponse } from "./retries";

export class Forwarding implements ForwardingState, ConnectionWaiter, ConnectionWish, ResponseReceiver {
    readonly destination: Destination;
    /** Undefined: the destination names one that there is not. */
    readonly cluster: Cluster | undefined;
    /** Of the last attempt. */
    endpoint: UpstreamHost | undefined = undefined;
    localAddress = "";
    failure = "";
    attempts = 0;
    /** Milliseconds until the response's head. */
    upstreamTime = -1;

    // ConnectionWish
    host = "";
    avoid: UpstreamHost[] | undefined = undefined;
    fresh = false;

    private readonly exchange: OpenExchange;
    private readonly action: ForwardAction;
    private readonly policy: RetryPolicy;
    private writer: RequestWriter | undefined = undefined;
    private waiting: WaitingRequest | undefined = undefined;
    private body: ReplayBody | undefined = undefined;
    private trailers: HeaderList | undefined = undefined;
    private mirrors: Mirror[] | undefined = undefined;
    private retries = 0;
    private reused = false;
    private tunnel = false;
    private over = false;
    /** The client asked to be told to send its body, and was not. */
    private waits: boolean;
    private timer: NodeJS.Timeout | undefined = undefined;
    private tryTimer: NodeJS.Timeout | undefined = undefined;
    private backoffTimer: NodeJS.Timeout | undefined = undefined;

    constructor(exchange: OpenExchange, action: ForwardAction) {
        this.exchange = exchange;
        this.action = action;
        this.policy = action.retry;
        this.destination = destinationOf(action, exchange.runtime.random);
        this.cluster = exchange.snapshot.clusters.get(this.destination.cluster);
        this.waits = exchange.head.expectContinue;
    }

    begin(early: Buffer[] | undefined, trailers: HeaderList | undefined): void {
        const { exchange } = this;
        if (this.cluster === undefined) {
            exchange.reply(503, "", "NC", "cluster_not_found");
            return;
        }
        this.host = prepareHead(exchange, this.action, this.destination);
        if (!exchange.requestEnded || early !== undefined) {
            this.body = new ReplayBody(keepsBody(exchange.head, this.policy, this.cluster.entry.protocol), early);
            this.trailers = trailers && requestTrailers(exchange, trailers);
            if (!exchange.requestEnded) exchange.writer.pauseRequest();
        }
        this.mirrors = startMirrors(exchange, this.action, this.host, early);
        if (exchange.requestEnded) this.startTimer();
        this.connect();
    }

    // --- the request's body ----------------------------------------------------------------------------------------

    requestData(chunk: Buffer): void {
        if (this.mirrors !== undefined && !this.tunnel) for (const mirror of this.mirrors) mirror.data(chunk);
        if (this.over) return;
        if (this.writer === undefined) this.body?.hold(chunk);
        else if (!this.send(this.writer, chunk)) this.exchange.writer.pauseRequest();
    }

    requestEnd(trailers: HeaderList | undefined): void {
        if (this.mirrors !== undefined) for (const mirror of this.mirrors) mirror.end();
        if (this.over) return;
        this.trailers = trailers && requestTrailers(this.exchange, trailers);
        if (!this.tunnel) this.startTimer();
        if (this.writer === undefined) return;
        this.writer.end(this.trailers);
        if (!this.tunnel) this.startTryTimer();
    }

    private send(writer: RequestWriter, chunk: Buffer): boolean {
        if (!this.tunnel) this.body?.passing(chunk);
        return writer.data(chunk);
    }

    onRequestWritable(): void {
        if (!this.over && !this.exchange.requestEnded) this.exchange.writer.resumeRequest();
    }

    // --- connection ------------------------------------------------------------------------------------------------

    private connect(): void {
        this.attempts++;
        if (this.attempts > 1) setHeader(this.exchange.headers, "x-envoy-attempt-count", String(this.attempts));
        const waiting = this.cluster!.acquire(this, this);
        if (waiting !== undefined) this.waiting = waiting;
    }

    onConnection(connection: UpstreamConnection): void {
        this.waiting = undefined;
        if (this.over) {
            connection.release();
            return;
        }
        const { exchange, body } = this;
        this.endpoint = connection.endpoint;
        this.localAddress = connection.localAddress;
        this.reused = connection.reused;
        const whole = exchange.requestEnded && (body === undefined || body.isEmpty);
        // An HTTP/1.0 backend can't say whether it wants the body (RFC 9110 §10.1.1).
        exchange.head.expectContinue = this.waits && !connection.endpoint.http10 && headerAt(exchange.headers, "expect") !== -1;
        const writer = connection.open(exchange.head, whole, this);
        this.writer = writer;
        if (whole) this.startTryTimer();
        else this.sendHeld(writer);
    }

    private sendHeld(writer: RequestWriter): void {
        const { exchange } = this;
        let writable = true;
        for (const chunk of this.body!.release()) writable = this.send(writer, chunk);
        if (exchange.requestEnded) {
            writer.end(this.trailers);
            this.startTryTimer();
            return;
        }
        if (this.waits && !exchange.head.expectContinue) {
            this.waits = false;
            if (exchange.bytesReceived === 0) exchange.writer.informational(100, []);
        }
        if (writable) exchange.writer.resumeRequest();
    }

    onNoConnection(failure: ConnectionFailure, endpoint: UpstreamHost | undefined, detail: string): void {
        this.waiting = undefined;
        this.endpoint = endpoint ?? this.endpoint;
        this.failure = detail;
        if (this.over) return;
        switch (failure) {
            case "no-endpoint":
                return void this.exchange.reply(503, "no healthy upstream", "UH", "no_healthy_upstream");
            case "unsupported":
                return void this.exchange.reply(503, "the upstream's protocol is not spoken here", "UF", "upstream_protocol_not_supported");
            case "connect-failure":
            case "connect-timeout":
            case "tls-failure":
            case "overflow":
                return this.failed(failure, false);
            default:
                return failure satisfies never;
        }
    }

    // --- ResponseReceiver ------------------------------------------------------------------------------------------

    onInformational(status: number, headers: HeaderList): void {
        if (this.over) return;
        if (status === 100) this.waits = false;
        // Somebody reads the request: the connection was not a stale one.
        this.reused = false;
        for (const ops of this.destination.response) for (const name of ops.remove) removeHeader(headers, name);
        this.exchange.writer.informational(status, headers);
    }

    onResponseHead(head: ResponseHead, end: boolean): void {
        const { exchange, policy } = this;
        if (this.over) return;
        if (policy.onResponse && retriesResponse(policy, head)) {
            if (this.retries < policy.attempts && this.body?.lost !== true) return this.retry();
            if (this.retries >= policy.attempts) exchange.flag("URX");
        }
        if (this.endpoint !== undefined) this.endpoint.http10 = head.http10 === true;
        this.upstreamTime = Date.now() - exchange.start;
        this.failure = "";
        this.body?.forget();
        this.clearTryTimer();
        if (head.status === 101) this.becomeTunnel();
        setHeader(head.headers, "x-envoy-upstream-service-time", String(this.upstreamTime));
        exchange.details = "via_upstream";
        exchange.sendHead(head, end, this.destination.response);
        if (end) exchange.finish();
    }

    private becomeTunnel(): void {
        this.tunnel = true;
        this.exchange.requestEnded = false;
        this.clearTimers();
    }

    onResponseData(chunk: Buffer): void {
        const { exchange } = this;
        if (this.over) return;
        exchange.bytesSent += chunk.length;
        if (!exchange.writer.data(chunk)) this.writer?.pauseResponse();
    }

    responseWritable(): void {
        if (!this.over) this.writer?.resumeResponse();
    }

    onResponseEnd(trailers: HeaderList | undefined): void {
        if (this.over) return;
        if (this.tunnel) this.writer?.end(undefined);
        this.exchange.writer.end(trailers && responseTrailers(trailers, this.destination.response));
        this.exchange.finish();
    }

    onResponseReset(reason: ResetReason, sent: boolean, detail: string): void {
        if (this.over) return;
        this.writer = undefined;
        this.failure = detail;
        if (this.exchange.responseStarted) {
            this.exchange.cut(reason, resetMeaning(reason).flag, resetDetails(reason, true));
            return;
        }
        // Kept alive, and closed under the request: nobody answered, so nobody may have read it.
        const stale = this.reused && !this.fresh && (reason === "connection-closed" || !sent);
        if (stale && (!sent || isIdempotent(this.exchange.method)) && this.body?.lost !== true) {
            this.fresh = true;
            this.rewind();
            this.connect();
            return;
        }
        this.failed(reason, sent);
    }

    // --- failure and further attempts ------------------------------------------------------------------------------

    private failed(reason: ResetReason, sent: boolean): void {
        const { exchange, policy } = this;
        const wanted = policy.attempts > 0 && retriesReset(policy, reason, sent);
        if (wanted && this.retries < policy.attempts && this.body?.lost !== true) return this.retry();
        const { flag, status } = resetMeaning(reason);
        const exhausted = wanted && this.retries >= policy.attempts;
        exchange.reply(status, resetBody(reason, this.retries > 0), exhausted ? `${flag},URX` : flag, resetDetails(reason, false));
    }

    private retry(): void {
        this.clearTryTimer();
        this.writer?.reset("local");
        this.rewind();
        this.retries++;
        if (this.endpoint !== undefined) (this.avoid ??= []).push(this.endpoint);
        this.backoffTimer = setTimeout(() => this.connect(), backoff(this.policy, this.retries, this.exchange.runtime.random));
    }

    private rewind(): void {
        this.writer = undefined;
        this.clearTryTimer();
        if (this.body === undefined) return;
        this.body.rewind();
        if (!this.exchange.requestEnded) this.exchange.writer.pauseRequest();
    }

    /** The client is gone, or the request is answered otherwise: nothing more is sent, or waited for. */
    abandon(reason: ResetReason): void {
        if (this.over) return;
        const writer = this.writer;
        if (this.mirrors !== undefined && !this.exchange.requestEnded) for (const mirror of this.mirrors) mirror.abandon();
        this.close();
        writer?.reset(reason);
    }

    /** The exchange is over. What still runs upstream is given up; of what ended by itself this is not heard. */
    close(): void {
        if (this.over) return;
        this.over = true;
        this.clearTimers();
        if (this.waiting !== undefined) this.cluster!.cancel(this.waiting);
        this.waiting = undefined;
        this.body = undefined;
    }

    // --- timeouts --------------------------------------------------------------------------------------------------

    /** The route's timeout runs from the end of the request (Envoy), over all attempts. */
    private startTimer(): void {
        if (this.action.timeoutMs > 0) this.timer ??= setTimeout(() => this.timedOut("response_timeout"), this.action.timeoutMs);
    }

    private startTryTimer(): void {
        const { policy } = this;
        if (policy.perTryTimeoutMs > 0) this.tryTimer = setTimeout(() => this.tryTimedOut(), policy.perTryTimeoutMs);
    }

    private tryTimedOut(): void {
        this.tryTimer = undefined;
        const { policy } = this;
        const wanted = policy.attempts > 0 && retriesReset(policy, "timeout", true);
        if (wanted && this.retries < policy.attempts && this.body?.lost !== true) return this.retry();
        if (wanted && this.retries >= policy.attempts) this.exchange.flag("URX");
        this.timedOut("upstream_per_try_timeout");
    }

    private timedOut(details: string): void {
        const { exchange } = this;
        this.abandon("timeout");
        if (exchange.responseStarted) exchange.cut("timeout", "UT", details);
        else exchange.reply(504, "upstream request timeout", "UT", details);
    }

    private clearTryTimer(): void {
        if (this.tryTimer !== undefined) clearTimeout(this.tryTimer);
        this.tryTimer = undefined;
    }

    private clearTimers(): void {
        this.clearTryTimer();
        if (this.timer !== undefined) clearTimeout(this.timer);
        if (this.backoffTimer !== undefined) clearTimeout(this.backoffTimer);
        this.timer = undefined;
    }
}
