/**
 * Drives one request and its response, on the downstream side: runs the passes over what is known of them, answers by
 * itself or forwards, and gives the finished record to the observers exactly once. Hot path: two objects a request, this one
 * and its state; what most requests do not need is not made.
 */
import type { Socket } from "node:net";
import type { HeaderList, RequestReceiver, ResetReason, ResponseHead, ResponseWriter, SocketReading } from "../http/doors";
import { UPLOAD_RATE } from "../http/limit-names";
import { FIRST_ERROR, type ForwardAction } from "../snapshot";
import type { TunnelRouteEntry } from "../tables";
import { CompressingWriter, type CompressedOwner } from "./compressing-writer";
import { destinationOf } from "./destination";
import type { ExchangeState } from "./exchange-state";
import { compressHead } from "./features/compression";
import { egressDetails, sourceRefusal, tunnelRefusal } from "./features/egress";
import { isLong, tooLarge, TOO_LARGE } from "./features/body-limit";
import { endPermits } from "./features/rate-limit";
import { choosePage, replaceHead, withPage, type ChosenPage } from "./features/error-pages";
import { changeInformationalHeaders } from "./features/header-ops";
import { startMirrors } from "./features/mirror";
import { readableAnswer } from "./features/own-answers";
import { BAD_BASE64, badGrpcWeb, type GrpcWebFlow } from "./grpc-web-flow";
import { prepareHead } from "./forwarded-head";
import { Forwarding } from "./forwarding";
import type { ForwardedRequest, ForwardingHost } from "./forwarding-host";
import { resetDetails } from "./resets";
import { REQUEST_PARTS, RESPONSE_PARTS } from "./passes";
import { MAX_DROPPED_TIME, PageWriter } from "./page-writer";
import { recordOf } from "./record-of";
import type { OpenTunnel } from "./runtime";
import { requestTrailers, responseTrailers } from "./trailers";
import { Tunnel, tunnelDestination, type TunnelHost } from "./tunnel";
import { isWatched, mayStayUpgraded } from "./upgraded";
import { answer, ON, type Answer, type BodyWish, type Next, type Suspend, type Wait } from "./verdict";
import { pickCluster, type SpliceEnd } from "../tcp";
import { gather } from "../net/gather";
import { timerMs } from "../net/timer";

const NO_BODY: readonly Buffer[] = [];

export class Exchange implements RequestReceiver, ForwardingHost, TunnelHost, OpenTunnel, CompressedOwner {
    readonly state: ExchangeState;
    #writer: ResponseWriter;
    #forwarding: Forwarding | Tunnel | undefined = undefined;
    /** Of a body that goes out smaller. */
    #smaller: CompressingWriter | undefined = undefined;
    /** The backend has said all, and the last of it is being made smaller. */
    #isEnding = false;
    /** Where it goes on after it has waited. */
    #pass = 0;
    #timer: NodeJS.Timeout | undefined = undefined;
    /** Gives up what is waited for. */
    #suspended: (() => void) | undefined = undefined;
    /** It waits for a part of its body. */
    #collecting: Suspend | undefined = undefined;
    /** Body that came before it was known what becomes of it. */
    #early: Buffer[] | undefined = undefined;
    #earlyTrailers: HeaderList | undefined = undefined;

    constructor(state: ExchangeState, writer: ResponseWriter) {
        this.state = state;
        this.#writer = writer;
    }

    /** From the pass where it stands. A fault of ours is one client's 500, not a worker's end. */
    proceed(): void {
        try {
            this.#run();
        } catch (error) {
            this.#fail(error);
        }
    }

    #run(): void {
        const { state } = this;
        for (let at = this.#pass; at < REQUEST_PARTS.length; at++) {
            const verdict = REQUEST_PARTS[at]!(state);
            if (verdict === ON) continue;
            this.#pass = at;
            if (verdict.kind === "answer") return this.#answer(verdict);
            if (verdict.kind === "tunnel") return this.openTunnel(state.virtualHost!.entry.connect!);
            return verdict.kind === "wait" ? this.wait(verdict) : this.suspend(verdict);
        }
        const action = state.route?.action;
        if (action?.kind !== "forward") throw new Error("no pass has answered");
        this.forward(action);
    }

    #fail(error: unknown): void {
        this.#forwarding?.abandon("local");
        const text = error instanceof Error ? error.message.replaceAll(/\s+/g, "_") : "unknown";
        if (this.state.responseStarted) this.cut("local", "", "internal_error");
        else this.#answer(answer(500, "", "", `internal_error{${text}}`, [], true));
    }

    /** Then it goes on from the pass it is in. */
    protected wait({ milliseconds, flag }: Wait): void {
        const { state } = this;
        this.flag(flag);
        if (!state.requestEnded) this.#writer.pauseRequest();
        this.#timer = setTimeout(() => {
            if (state.finished) return;
            if (!state.requestEnded) this.#writer.resumeRequest();
            this.proceed();
        }, timerMs(milliseconds));
    }

    /** Then it goes on behind the pass it is in. */
    protected suspend(verdict: Suspend): void {
        const { state } = this;
        if (verdict.body !== undefined) return this.#collect(verdict, verdict.body);
        if (!state.requestEnded) this.#writer.pauseRequest();
        this.#begin(verdict);
    }

    #begin(verdict: Suspend): void {
        const { state } = this;
        let over = false;
        const giveUp = verdict.begin((next) => {
            if (over || state.finished) return;
            over = true;
            this.#suspended = undefined;
            if (!state.requestEnded) this.#writer.resumeRequest();
            this.goOn(next);
        }, this.#early ?? NO_BODY);
        if (!over) this.#suspended = giveUp;
    }

    /** What was waited for is there. */
    protected goOn(next: Next): void {
        if (next === ON) {
            this.#pass++;
            this.proceed();
        } else if (next.kind === "answer") this.#answer(next);
        else this.suspend(next);
    }

    /** Waits until of the body there is what is wanted. */
    #collect(verdict: Suspend, { maxBytes, allowPartial }: BodyWish): void {
        const { state } = this;
        this.#collecting = undefined;
        if (!allowPartial && Math.max(state.bytesReceived, state.head.contentLength) > maxBytes) return this.#answer(verdict.tooLarge());
        if (state.requestEnded || (allowPartial && state.bytesReceived >= maxBytes)) {
            if (!state.requestEnded) this.#writer.pauseRequest();
            return this.#begin(verdict);
        }
        this.#collecting = verdict;
        if (!state.head.expectContinue) return;
        // Whoever waits for a word before it sends the body must have it from us.
        state.head.expectContinue = false;
        this.#writer.informational(100, []);
    }

    protected forward(action: ForwardAction): void {
        const { state } = this;
        const destination = destinationOf(action, state.runtime.random);
        state.destination = destination;
        const cluster = state.snapshot.clusters.get(destination.cluster);
        if (cluster === undefined) return this.#answer(answer(503, "", "NC", "cluster_not_found"));
        const refused = sourceRefusal(state, destination.cluster);
        if (refused !== undefined) return this.#answer(refused);
        if (state.grpcWeb !== undefined && !this.#readEarly(state.grpcWeb)) return this.#answer(badGrpcWeb());
        const forwarding = new Forwarding(this, action, cluster);
        this.#forwarding = forwarding;
        state.forwarding = forwarding;
        const host = prepareHead(state, destination);
        const mirrors = startMirrors(state, action, host, this.#early);
        const trailers = this.#earlyTrailers;
        if (state.messages !== undefined) for (const chunk of this.#early ?? NO_BODY) state.messages.requests.read(chunk);
        forwarding.begin(host, this.#early, trailers && requestTrailers(state, trailers), mirrors);
    }

    protected openTunnel(given: TunnelRouteEntry): void {
        const { state } = this;
        const { clusters } = state.snapshot;
        const { weighted } = given;
        const route = weighted ? { ...given, cluster: pickCluster({ clusters: weighted }, state.runtime.random) } : given;
        const cluster = clusters.get(route.cluster);
        if (cluster === undefined) return this.#answer(answer(503, "", "NC", "cluster_not_found"));
        const refused = sourceRefusal(state, route.cluster) ?? tunnelRefusal(state);
        if (refused !== undefined) return this.#answer(refused);
        state.destination = tunnelDestination(route.cluster);
        const { host, port, start, connection } = state;
        const { routeTable, remoteAddress: client } = connection;
        const tunnel = new Tunnel(this, { clusters, cluster, route, host, port, start, routeTable, client, ends: connection });
        this.#forwarding = tunnel;
        state.forwarding = tunnel;
        state.runtime.tunnels.add(tunnel);
        tunnel.begin(this.#early);
        this.#early = undefined;
    }

    /** What came of the body before it was known where it goes. */
    #readEarly(web: GrpcWebFlow): boolean {
        const early: Buffer[] = [];
        for (const chunk of this.#early ?? []) {
            const bytes = web.requestData(chunk);
            if (bytes === undefined) return false;
            if (bytes.length > 0) early.push(bytes);
        }
        if (this.#early !== undefined) this.#early = early;
        return !this.state.requestEnded || web.isRequestWhole;
    }

    /** The body of a call in gRPC-Web is none. */
    #breakOff(): void {
        this.#forwarding?.abandon("local");
        if (this.state.responseStarted) this.cut("local", "", BAD_BASE64);
        else this.#answer(badGrpcWeb());
    }

    /** The client is told, if nothing was told it yet; what the backend has got of it is not whole, and it sees that. */
    #refuseBody(): void {
        this.#forwarding?.abandon("local");
        if (this.state.responseStarted) this.cut("local", "", TOO_LARGE);
        else this.#answer(tooLarge());
    }

    #answer(given: Answer): void {
        const { state } = this;
        if (state.finished || state.responseStarted) return;
        const { status, body, flag, details, headers } = withPage(state, readableAnswer(state, given));
        const bytes = typeof body === "string" ? Buffer.from(body, "latin1") : body;
        this.flag(flag);
        state.details = details;
        state.answer = given;
        const hasBody = bytes.length > 0 && state.method !== "HEAD";
        const isLast = details === TOO_LARGE && isLong(state);
        this.#startResponse({ status, headers, contentLength: bytes.length, isLast }, !hasBody);
        this.#tellDestination();
        if (hasBody) {
            state.bytesSent = bytes.length;
            this.#writer.data(bytes);
            this.#letEnd();
            this.#writer.end(undefined);
        }
        if (this.#smaller === undefined) this.#finish();
    }

    /** What becomes smaller ends a little later: until then nothing else is to come of the request. */
    #letEnd(): void {
        if (this.#smaller === undefined) return;
        this.#isEnding = true;
        this.#forwarding?.close();
        this.#suspended?.();
        this.#suspended = undefined;
        this.#collecting = undefined;
    }

    /** Where it would have gone, for logs and figures: a rule was found, and something else answered first. */
    #tellDestination(): void {
        const { state } = this;
        const action = state.route?.action;
        if (state.destination === undefined && action?.kind === "forward") state.destination = destinationOf(action, state.runtime.random);
    }

    #startResponse(head: ResponseHead, end: boolean): void {
        const { state } = this;
        state.status = head.status;
        state.responseHeaders = head.headers;
        for (let at = 0; at < RESPONSE_PARTS.length; at++) RESPONSE_PARTS[at]!(state, head);
        state.responseStarted = true;
        if (state.compression !== undefined && state.pageBytes === -1) this.#compress(head, end);
        if (state.runtime.overload.closes) head.isLast = true;
        if (state.grpcWeb !== undefined) this.#writer = state.grpcWeb.over(this.#writer);
        this.#writer.head(head, end);
    }

    #compress(head: ResponseHead, end: boolean): void {
        const compressor = compressHead(this.state, head, end);
        if (compressor === undefined) return;
        this.#smaller = new CompressingWriter(this.#writer, compressor, this);
        this.#writer = this.#smaller;
    }

    /** The exchange is over, however it went. */
    #finish(): void {
        const { state } = this;
        if (state.finished) return;
        state.finished = true;
        if (state.permits !== undefined) endPermits(state);
        if (this.#timer !== undefined) clearTimeout(this.#timer);
        this.#suspended?.();
        this.#suspended = undefined;
        this.#collecting = undefined;
        this.#forwarding?.close();
        if (this.#forwarding instanceof Tunnel) state.runtime.tunnels.delete(this.#forwarding);
        if (state.status === 101) state.runtime.upgraded.delete(this);
        this.#early = undefined;
        if (state.pageBytes !== -1) state.bytesSent = state.pageBytes;
        if (this.#smaller !== undefined) {
            this.#smaller.close();
            state.bytesSent = this.#smaller.bytesOut;
        }
        state.runtime.observers.requestFinished(recordOf(state), state);
    }

    // --- ForwardingHost --------------------------------------------------------------------------------------------

    get request(): ForwardedRequest {
        return this.state;
    }

    random(): number {
        return this.state.runtime.random();
    }

    pauseRequest(): void {
        this.#writer.pauseRequest();
    }

    resumeRequest(): void {
        this.#writer.resumeRequest();
    }

    informational(status: number, headers: HeaderList): void {
        changeInformationalHeaders(this.state, headers);
        this.#writer.informational(status, headers);
    }

    sendHead(head: ResponseHead, end: boolean): void {
        const { state } = this;
        state.details = "via_upstream";
        // From here on what comes of the client is one flow of bytes, which ends by itself.
        if (head.status === 101 || state.method === "CONNECT") state.requestEnded = false;
        if (head.status === 101 && isWatched(state)) state.runtime.upgraded.add(this);
        const page = head.status >= FIRST_ERROR ? choosePage(state, head.status, false) : undefined;
        if (page !== undefined) this.#replace(head, page, end);
        this.#startResponse(head, end);
        if (end) this.#finish();
    }

    /** The head becomes the page's, and what comes of the backend's body makes place for it. */
    #replace(head: ResponseHead, chosen: ChosenPage, end: boolean): void {
        const { state } = this;
        const page = replaceHead(state, head, chosen);
        const isHeadOnly = state.method === "HEAD";
        const enough = (): void => {
            this.#forwarding?.abandon("local");
            writer.finish();
            this.#finish();
        };
        const writer = new PageWriter(this.#writer, page, isHeadOnly, enough);
        this.#writer = writer;
        state.pageBytes = isHeadOnly ? 0 : page.length;
        if (!end) this.#timer = setTimeout(enough, MAX_DROPPED_TIME);
    }

    sendData(chunk: Buffer): boolean {
        const { state } = this;
        state.bytesSent += chunk.length;
        if (state.messages !== undefined) state.messages.responses.read(chunk);
        return this.#writer.data(chunk);
    }

    sendEnd(trailers: HeaderList | undefined): void {
        this.state.responseTrailers = trailers;
        // The backend has done its part, and its connection is free.
        this.#letEnd();
        this.#writer.end(trailers && responseTrailers(trailers, this.state.destination!.response));
        if (this.#smaller === undefined) this.#finish();
    }

    flag(flag: string): void {
        const { state } = this;
        if (flag !== "") state.flags = state.flags === "" ? flag : `${state.flags},${flag}`;
    }

    reply(status: number, body: string, flag: string, details: string): void {
        this.#answer(answer(status, body, flag, details));
    }

    cut(reason: ResetReason, flag: string, details: string): void {
        const { state } = this;
        if (state.finished) return;
        this.flag(flag);
        state.details = details;
        this.#writer.reset(reason);
        this.#finish();
    }

    // --- CompressedOwner -------------------------------------------------------------------------------------------

    bodyWritable(): void {
        this.#forwarding?.responseWritable();
    }

    bodyEnded(): void {
        this.#finish();
    }

    bodyFailed(message: string): void {
        this.#forwarding?.abandon("local");
        this.cut("local", "", `compression_failed{${message.replaceAll(/\s+/g, "_")}}`);
    }

    // --- OpenTunnel: the connection that a request has become ------------------------------------------------------

    mayStay(): boolean {
        return mayStayUpgraded(this.state);
    }

    end(): void {
        this.#forwarding?.abandon("local");
        this.cut("local", "", egressDetails("host_not_allowed"));
    }

    // --- TunnelHost ------------------------------------------------------------------------------------------------

    answer(given: Answer): void {
        this.#answer(given);
    }

    endResponse(): void {
        this.#writer.end(undefined);
    }

    takeSocket(reading: SocketReading): Socket | undefined {
        return this.#writer.takeSocket?.(reading);
    }

    finishTunnel(flag: string, bytesReceived: number, bytesSent: number): void {
        this.flag(flag);
        this.passed(bytesReceived, bytesSent);
        this.#finish();
    }

    passed(bytesReceived: number, bytesSent: number): void {
        this.state.bytesReceived += bytesReceived;
        this.state.bytesSent += bytesSent;
    }

    endUpgraded(end: SpliceEnd): void {
        switch (end) {
            case "finished":
                return this.#finish();
            case "client":
            case "local":
                return this.onRequestReset("client-gone");
            case "upstream":
                return this.cut("connection-closed", "UC", resetDetails("connection-closed", true));
            case "idle":
            case "age":
                return this.cut("timeout", "SI", "stream_idle_timeout");
            default:
                return end satisfies never;
        }
    }

    // --- RequestReceiver -------------------------------------------------------------------------------------------

    onRequestData(chunk: Buffer): void {
        const { state } = this;
        if (state.finished || this.#isEnding) return;
        state.bytesReceived += chunk.length;
        if (state.bytesReceived > state.maxBodyBytes) return this.#refuseBody();
        if (this.#forwarding !== undefined) {
            const bytes = state.grpcWeb === undefined ? chunk : state.grpcWeb.requestData(chunk);
            if (bytes === undefined) this.#breakOff();
            else if (bytes.length > 0) {
                if (state.messages !== undefined) state.messages.requests.read(bytes);
                this.#forwarding.requestData(bytes);
            }
        } else {
            gather((this.#early ??= []), chunk);
            this.#collectMore();
        }
    }

    #collectMore(): void {
        const verdict = this.#collecting;
        if (verdict?.body !== undefined) this.#collect(verdict, verdict.body);
    }

    onRequestEnd(trailers: HeaderList | undefined): void {
        const { state } = this;
        if (state.finished || this.#isEnding) return;
        // Half a request is none that has ended: its mirrors do not get it as a whole one either.
        if (this.#forwarding !== undefined && state.grpcWeb?.isRequestWhole === false) return this.#breakOff();
        state.requestEnded = true;
        state.requestTime = Date.now();
        if (this.#forwarding !== undefined) this.#forwarding.requestEnd(trailers && requestTrailers(state, trailers));
        else {
            this.#earlyTrailers = trailers;
            this.#collectMore();
        }
    }

    /** The client is gone, or its codec has already answered and closed: a timeout, or a body that was none. */
    onRequestReset(reason: ResetReason, codecError = ""): void {
        const { state } = this;
        if (state.finished) return;
        this.#forwarding?.abandon(reason === "remote-reset" ? "client-gone" : reason);
        if (reason === "timeout")
            this.#lost("SI", codecError === UPLOAD_RATE ? UPLOAD_RATE : "stream_idle_timeout", state.requestEnded ? 504 : 408);
        else if (reason === "protocol-error") this.#lost("DPE", codecError, 400);
        else if (reason === "remote-reset") this.#lost("DR", "http2.remote_reset", state.status);
        else this.#lost("DC", "downstream_remote_disconnect", state.status);
    }

    #lost(flag: string, details: string, status: number): void {
        const { state } = this;
        this.flag(flag);
        state.details = details;
        if (!state.responseStarted) state.status = status;
        this.#finish();
    }

    onResponseWritable(): void {
        if (this.#smaller !== undefined) this.#smaller.writable();
        else this.#forwarding?.responseWritable();
    }
}
