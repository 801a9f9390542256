/**
 * The upstream side of an exchange: connection, the flow of both bodies, timeouts, and further attempts. Of the rest of the
 * exchange it knows its host only.
 * Hot path: it is its own waiter, receiver and wish, so that a forwarded request costs this one object.
 */
import {
    LOOP,
    mayBeUnread,
    type Cluster,
    type ConnectionFailure,
    type ConnectionWaiter,
    type ConnectionWish,
    type UpstreamConnection,
    type UpstreamHost,
    type WaitingRequest,
} from "../upstream";
import type { ForwardAction, RetryPolicy } from "../snapshot";
import type { HeaderList, RequestWriter, ResetReason, ResponseHead, ResponseReceiver } from "../http/doors";
import { headerAt, setHeader } from "../http/header-list";
import { timerMs } from "../net/timer";
import type { Splice } from "../tcp";
import { timeoutOf } from "./features/deadline";
import { refuseEgress } from "./features/egress";
import type { Mirror } from "./features/mirror";
import {
    AGAIN,
    afterReset,
    afterResponse,
    backoff,
    isIdempotent,
    keepsBody,
    lastFlag,
    OVER,
    SPARED,
    tellAttempt,
    type NextStep,
} from "./features/retries";
import type { ForwardedRequest, ForwardingHost, ForwardingState } from "./forwarding-host";
import { joinUpgraded } from "./joined";
import { ReplayBody } from "./replay-body";
import { connectError } from "../net/connect-error";
import { resetBody, resetDetails, resetMeaning } from "./resets";

export class Forwarding implements ForwardingState, ConnectionWaiter, ConnectionWish, ResponseReceiver {
    readonly cluster: Cluster;
    /** Of the last attempt. */
    endpoint: UpstreamHost | undefined = undefined;
    localAddress = "";
    protocol = "";
    failure = "";
    attempts = 0;
    /** Milliseconds until the response's head. */
    upstreamTime = -1;

    // ConnectionWish
    host = "";
    fresh = false;
    readonly http2: boolean;
    get hash(): ConnectionWish["hash"] {
        return this.#request.hash;
    }
    get port(): number {
        return this.#request.port;
    }
    get ends(): ConnectionWish["ends"] {
        return this.#request.connection;
    }
    get avoid(): ConnectionWish["avoid"] {
        return this.#policy.anyEndpoint ? undefined : this.#tried;
    }
    get elsewhere(): ConnectionWish["elsewhere"] {
        return this.#policy.remoteLocalities ? this.#tried : undefined;
    }
    get original(): ConnectionWish["original"] {
        return this.#request.connection.original;
    }

    readonly #exchange: ForwardingHost;
    readonly #request: ForwardedRequest;
    readonly #action: ForwardAction;
    readonly #policy: RetryPolicy;
    #writer: RequestWriter | undefined = undefined;
    #waiting: WaitingRequest | undefined = undefined;
    #body: ReplayBody | undefined = undefined;
    #trailers: HeaderList | undefined = undefined;
    #mirrors: Mirror[] | undefined = undefined;
    /** Endpoints, each as often as it failed. */
    #tried: UpstreamHost[] | undefined = undefined;
    #retries = 0;
    /** It counts among those that are sent again. */
    #isRetry = false;
    #reused = false;
    /** An interim response has gone on to the client: there is no other attempt. */
    #isAnswered = false;
    #tunnel = false;
    /** The client's socket and the endpoint's, once they are joined. */
    #joined: Splice | undefined = undefined;
    #over = false;
    /** The client asked to be told to send its body, and was not. */
    #waits: boolean;
    /** 0: it does not run yet. */
    #timerStart = 0;
    #timer: NodeJS.Timeout | undefined = undefined;
    #tryTimer: NodeJS.Timeout | undefined = undefined;
    #backoffTimer: NodeJS.Timeout | undefined = undefined;

    constructor(exchange: ForwardingHost, action: ForwardAction, cluster: Cluster) {
        this.#exchange = exchange;
        this.#request = exchange.request;
        this.#action = action;
        this.#policy = action.retry;
        this.cluster = cluster;
        this.#waits = exchange.request.head.expectContinue;
        this.http2 = exchange.request.head.protocol === "HTTP/2";
    }

    /** `host`: what the endpoint is asked for. `early`: what of the body is there already. */
    begin(host: string, early: Buffer[] | undefined, trailers: HeaderList | undefined, mirrors: Mirror[] | undefined): void {
        const exchange = this.#exchange;
        const request = this.#request;
        this.host = host;
        this.#mirrors = mirrors;
        if (!request.requestEnded || early !== undefined) {
            this.#body = new ReplayBody(keepsBody(request.head, this.#policy), early);
            this.#trailers = trailers;
            if (!request.requestEnded) exchange.pauseRequest();
        }
        if (request.requestEnded) this.#startTimer();
        this.#connect();
    }

    // --- the request's body ----------------------------------------------------------------------------------------

    requestData(chunk: Buffer): void {
        if (this.#mirrors !== undefined && !this.#tunnel) for (const mirror of this.#mirrors) mirror.data(chunk);
        if (this.#over) return;
        if (this.#writer === undefined) this.#body?.hold(chunk);
        else if (!this.#send(this.#writer, chunk)) this.#exchange.pauseRequest();
    }

    requestEnd(trailers: HeaderList | undefined): void {
        if (this.#mirrors !== undefined) for (const mirror of this.#mirrors) mirror.end();
        if (this.#over) return;
        this.#trailers = trailers;
        if (!this.#tunnel) this.#startTimer();
        if (this.#writer === undefined) return;
        this.#writer.end(this.#trailers);
        if (!this.#tunnel) this.#startTryTimer();
    }

    #send(writer: RequestWriter, chunk: Buffer): boolean {
        if (!this.#tunnel) this.#body?.passing(chunk);
        return writer.data(chunk);
    }

    onRequestWritable(): void {
        if (!this.#over && !this.#request.requestEnded) this.#exchange.resumeRequest();
    }

    // --- connection ------------------------------------------------------------------------------------------------

    #connect(): void {
        this.attempts++;
        this.protocol = "";
        if (this.attempts > 1) {
            tellAttempt(this.#request, this.attempts, this.#policy, this.#timerStart);
            this.#request.trace?.attempt(this.#request.head.headers);
        }
        const waiting = this.cluster.acquire(this, this);
        if (waiting !== undefined) this.#waiting = waiting;
    }

    onConnection(connection: UpstreamConnection): void {
        this.#waiting = undefined;
        if (this.#over) {
            connection.release();
            return;
        }
        const request = this.#request;
        const body = this.#body;
        this.endpoint = connection.endpoint;
        this.localAddress = connection.localAddress;
        this.protocol = connection.protocol;
        this.#reused = connection.reused;
        const whole = request.requestEnded && (body === undefined || body.isEmpty);
        // An HTTP/1.0 backend can't say whether it wants the body (RFC 9110 §10.1.1).
        request.head.expectContinue = this.#waits && !connection.endpoint.http10 && headerAt(request.head.headers, "expect") !== -1;
        const writer = connection.open(request.head, whole, this);
        this.#writer = writer;
        if (whole) this.#startTryTimer();
        else this.#sendHeld(writer);
    }

    #sendHeld(writer: RequestWriter): void {
        const exchange = this.#exchange;
        const request = this.#request;
        let writable = true;
        for (const chunk of this.#body!.release()) writable = this.#send(writer, chunk);
        if (request.requestEnded) {
            writer.end(this.#trailers);
            this.#startTryTimer();
            return;
        }
        if (this.#waits && !request.head.expectContinue) {
            this.#waits = false;
            if (request.bytesReceived === 0) exchange.informational(100, []);
        }
        if (writable) exchange.resumeRequest();
    }

    onNoConnection(failure: ConnectionFailure, endpoint: UpstreamHost | undefined, detail: string): void {
        this.#waiting = undefined;
        // Of what is too much already nobody was asked (Envoy).
        if (failure !== "overflow") this.endpoint = endpoint ?? this.endpoint;
        this.failure = detail;
        if (this.#over) return;
        switch (failure) {
            case "no-endpoint":
                return void this.#exchange.reply(503, "no healthy upstream", "UH", "no_healthy_upstream");
            case "inner-address":
                return void this.#exchange.answer(refuseEgress("inner_address", detail));
            case "unsupported":
                return void this.#exchange.reply(
                    503,
                    "the upstream's protocol is not spoken here",
                    "UF",
                    "upstream_protocol_not_supported",
                );
            case "connect-failure":
            case "connect-timeout":
            case "tls-failure":
            case "overflow":
                return this.#failed(failure, false);
            default:
                return failure satisfies never;
        }
    }

    // --- ResponseReceiver ------------------------------------------------------------------------------------------

    onInformational(status: number, headers: HeaderList): void {
        if (this.#over) return;
        if (status === 100) this.#waits = false;
        // Somebody reads the request: the connection was not a stale one, and the client has heard of it (Envoy).
        this.#reused = false;
        this.#isAnswered = true;
        this.#exchange.informational(status, headers);
    }

    onResponseHead(head: ResponseHead, end: boolean): void {
        const exchange = this.#exchange;
        if (this.#over) return;
        this.endpoint?.outcomes?.answered(head);
        this.#note(head.status, "");
        const next = this.#bounded(afterResponse(this.#policy, this.#retries, this.#isLost, head));
        if (next === AGAIN) return this.#retry();
        if (next !== OVER) exchange.flag(lastFlag(next));
        if (this.endpoint !== undefined) this.endpoint.http10 = head.http10 === true;
        this.upstreamTime = Date.now() - this.#request.start;
        this.failure = "";
        this.#body?.forget();
        this.#clearTryTimer();
        if (head.status === 101) this.#becomeTunnel();
        setHeader(head.headers, "x-envoy-upstream-service-time", String(this.upstreamTime));
        exchange.sendHead(head, end);
        if (this.#tunnel && !this.#join()) setImmediate(() => this.#join());
    }

    #becomeTunnel(): void {
        this.#tunnel = true;
        this.#clearTimers();
    }

    /** Joins the two sockets, where that is possible: what came with the endpoint's answer has to be passed on first. */
    #join(): boolean {
        const writer = this.#writer;
        if (this.#over || writer === undefined || this.#request.requestEnded) return false;
        this.#joined = joinUpgraded(this.#exchange, writer, this.#request.connection.tolerance?.tunnelIdleTimeout, (result) => {
            this.#joined = undefined;
            if (this.#over) return;
            if (result.end === "upstream") this.endpoint?.outcomes?.failed();
            this.#exchange.passed(result.bytesReceived, result.bytesSent);
            this.#exchange.endUpgraded(result.end);
        });
        return this.#joined !== undefined;
    }

    onResponseData(chunk: Buffer): void {
        if (!this.#over && !this.#exchange.sendData(chunk)) this.#writer?.pauseResponse();
    }

    responseWritable(): void {
        if (!this.#over) this.#writer?.resumeResponse();
    }

    onResponseEnd(trailers: HeaderList | undefined): void {
        if (this.#over) return;
        if (this.#tunnel) this.#writer?.end(undefined);
        this.#exchange.sendEnd(trailers);
    }

    onResponseReset(reason: ResetReason, sent: boolean, detail: string): void {
        if (this.#over) return;
        this.#writer = undefined;
        this.failure = detail;
        if (this.#request.responseStarted) {
            this.endpoint?.outcomes?.failed();
            this.#exchange.cut(reason, resetMeaning(reason).flag, resetDetails(reason, true));
            return;
        }
        const unread = !this.fresh && mayBeUnread(this.#reused, reason, sent);
        if (unread && (!sent || isIdempotent(this.#request.head.method)) && !this.#isLost) {
            this.fresh = true;
            this.#rewind();
            this.#connect();
            return;
        }
        this.endpoint?.outcomes?.failed();
        this.#failed(reason, sent);
    }

    /** It can't be sent again. */
    get #isLost(): boolean {
        return this.#isAnswered || this.#body?.lost === true;
    }

    // --- failure and further attempts ------------------------------------------------------------------------------

    #note(status: number, flag: string): void {
        const { trace } = this.#request;
        if (trace?.sampled === true) trace.note(status, flag, this.endpoint?.text ?? "", this.protocol, this.failure);
    }

    #failed(reason: ResetReason, sent: boolean): void {
        this.#note(0, resetMeaning(reason).flag);
        const next = this.#bounded(afterReset(this.#policy, this.#retries, this.#isLost, reason, sent));
        if (next === AGAIN) return this.#retry();
        if (this.failure === LOOP) return void this.#exchange.answer(refuseEgress("loop", LOOP, 508));
        const { flag, status } = resetMeaning(reason);
        const flags = next === OVER ? flag : `${lastFlag(next)},${flag}`;
        const details = resetDetails(reason, false, this.failure);
        if (reason === "connect-failure") this.failure = connectError(this.failure) ?? this.failure;
        this.#exchange.reply(status, resetBody(reason, this.#retries > 0), flags, details);
    }

    /** A request that is sent again is one of those that may be at once, from the first further attempt to what comes of the last. */
    #bounded(next: NextStep): NextStep {
        if (next !== AGAIN && !this.#isRetry) return next;
        const { retries, key, services } = this.cluster;
        if (this.#isRetry) retries.release();
        this.#isRetry = next === AGAIN && retries.take();
        if (next !== AGAIN || this.#isRetry) return next;
        services.events.retrySpared(key);
        return SPARED;
    }

    #retry(): void {
        this.#clearTryTimer();
        this.#writer?.reset("local");
        this.#rewind();
        this.#retries++;
        if (this.endpoint !== undefined) (this.#tried ??= []).push(this.endpoint);
        this.#backoffTimer = setTimeout(() => this.#connect(), timerMs(backoff(this.#policy, this.#retries, this.#exchange.random())));
    }

    #rewind(): void {
        this.#writer = undefined;
        this.#clearTryTimer();
        if (this.#body === undefined) return;
        this.#body.rewind();
        if (!this.#request.requestEnded) this.#exchange.pauseRequest();
    }

    /** The client is gone, or the request is answered otherwise: nothing more is sent, or waited for. */
    abandon(reason: ResetReason): void {
        if (this.#over) return;
        const writer = this.#writer;
        const joined = this.#joined;
        if (joined !== undefined) this.#exchange.passed(joined.bytesReceived, joined.bytesSent);
        if (this.#mirrors !== undefined && !this.#request.requestEnded) for (const mirror of this.#mirrors) mirror.abandon();
        this.close();
        writer?.reset(reason);
        joined?.destroy();
    }

    /** The exchange is over. What still runs upstream is given up; of what ended by itself this is not heard. */
    close(): void {
        if (this.#over) return;
        this.#over = true;
        this.#clearTimers();
        if (this.#isRetry) this.cluster.retries.release();
        if (this.#waiting !== undefined) this.cluster.cancel(this.#waiting);
        this.#waiting = undefined;
        this.#body?.forget();
        this.#body = undefined;
    }

    // --- timeouts --------------------------------------------------------------------------------------------------

    /** The route's timeout runs from the end of the request (Envoy), over all attempts. */
    #startTimer(): void {
        const timeoutMs = timeoutOf(this.#request, this.#action);
        if (timeoutMs <= 0 || this.#timer !== undefined) return;
        this.#timerStart = Date.now();
        this.#timer = setTimeout(Forwarding.#outOfTime, timerMs(timeoutMs), this);
    }

    static #outOfTime(one: Forwarding): void {
        // Of one that has not been asked yet nothing is known, and one that has answered is only slow.
        if (one.#writer !== undefined && !one.#request.responseStarted) one.endpoint?.outcomes?.timedOut();
        one.#giveUp("response_timeout");
    }

    /** An answer that has begun before the request's end is no attempt that may be given up (Envoy). */
    #startTryTimer(): void {
        const policy = this.#policy;
        if (policy.perTryTimeoutMs > 0 && !this.#request.responseStarted)
            this.#tryTimer = setTimeout(Forwarding.#tryTimedOut, timerMs(policy.perTryTimeoutMs), this);
    }

    static #tryTimedOut(one: Forwarding): void {
        one.#tryTimer = undefined;
        one.endpoint?.outcomes?.timedOut();
        one.#note(0, "UT");
        const next = one.#bounded(afterReset(one.#policy, one.#retries, one.#isLost, "timeout", true));
        if (next === AGAIN) return one.#retry();
        if (next !== OVER) one.#exchange.flag(lastFlag(next));
        one.#giveUp("upstream_per_try_timeout");
    }

    #giveUp(details: string): void {
        const exchange = this.#exchange;
        this.abandon("timeout");
        if (this.#request.responseStarted) exchange.cut("timeout", "UT", details);
        else exchange.reply(504, "upstream request timeout", "UT", details);
    }

    #clearTryTimer(): void {
        if (this.#tryTimer !== undefined) clearTimeout(this.#tryTimer);
        this.#tryTimer = undefined;
    }

    #clearTimers(): void {
        this.#clearTryTimer();
        if (this.#timer !== undefined) clearTimeout(this.#timer);
        if (this.#backoffTimer !== undefined) clearTimeout(this.#backoffTimer);
        this.#timer = undefined;
    }
}
