/**
 * One question to a provider over HTTP, as Envoy's ext_authz filter asks it: the request's own method, authority and path, of
 * its headers those that are named, and its body where that is wanted. 200 lets pass, 5xx or no answer is an error, any other
 * answer is the client's. It goes through the cluster's own pool, and is given up where the client is gone.
 */
import { FRAMING_HEADERS } from "../../../istio/framing-headers";
import type { HeaderList, RequestHead, RequestWriter, ResetReason, ResponseHead, ResponseReceiver } from "../../http/doors";
import { headerValue, removeHeader, setHeader } from "../../http/header-list";
import { fitsName, type BoundHttpProvider, type BoundRule } from "../../snapshot";
import {
    mayBeUnread,
    type Cluster,
    type ConnectionWaiter,
    type ConnectionWish,
    type EndpointOutcomes,
    type UpstreamConnection,
    type UpstreamHost,
    type WaitingRequest,
} from "../../upstream";
import type { ExchangeState } from "../exchange-state";
import { templateValue } from "../variables";
import { answer, type Answer, type Next } from "../verdict";
import { ProviderCheck } from "./provider-check";
import { isIdempotent } from "./retries";
import { tellDenied } from "./refusal";
import { gather } from "../../net/gather";

/** Of a denial's body; what is beyond is cut off. An answer that lets pass has none worth reading, and ends by then. */
const MAX_ANSWER_BYTES = 1024 * 1024;
const NO_HEADERS: HeaderList = [];
const NO_BODY: readonly Buffer[] = [];

export class ExternalCheck extends ProviderCheck<BoundHttpProvider> implements ConnectionWaiter, ConnectionWish, ResponseReceiver {
    // ConnectionWish
    readonly http2 = false;
    readonly host: string;
    readonly avoid: readonly UpstreamHost[] | undefined = undefined;
    fresh = false;
    #cluster: Cluster | undefined = undefined;
    #done: ((verdict: Next) => void) | undefined = undefined;
    #head: RequestHead | undefined = undefined;
    #parts = NO_BODY;
    #writer: RequestWriter | undefined = undefined;
    #waiting: WaitingRequest | undefined = undefined;
    #timer: NodeJS.Timeout | undefined = undefined;
    #reused = false;
    #outcomes: EndpointOutcomes | undefined = undefined;
    /** 0: no answer has begun. */
    #status = 0;
    #headers = NO_HEADERS;
    #answered: Buffer[] = [];
    #answeredBytes = 0;

    constructor(state: ExchangeState, provider: BoundHttpProvider, rule: BoundRule, next: () => Next) {
        super(state, provider, rule, next);
        this.host = provider.entry.authority;
    }

    override begin(done: (verdict: Next) => void, body: readonly Buffer[]): () => void {
        const { entry } = this.provider;
        this.#done = done;
        this.#parts = this.body === undefined ? NO_BODY : firstOf(body, this.body.maxBytes);
        this.#head = this.#makeHead();
        this.#cluster = this.state.snapshot.clusters.get(entry.cluster);
        this.#timer = setTimeout(outOfTime, entry.timeoutMs, this);
        if (this.#cluster === undefined) this.#error();
        else this.#connect(this.#cluster);
        return () => this.#giveUp();
    }

    // --- the question ----------------------------------------------------------------------------------------------

    #makeHead(): RequestHead {
        const state = this.state;
        const { entry, requestHeaders, additionalHeaders } = this.provider;
        const headers: HeaderList = [];
        for (let at = 0; at < state.headers.length; at += 2) {
            const name = state.headers[at]!;
            if (fitsName(requestHeaders, name) && !FRAMING_HEADERS.has(name)) headers.push(name, state.headers[at + 1]!);
        }
        for (const { name, value } of additionalHeaders) setHeader(headers, name, templateValue(value, state));
        const length = lengthOf(this.#parts);
        if (this.body !== undefined) headers.push("x-envoy-auth-partial-body", String(!state.requestEnded || state.bytesReceived > length));
        return {
            method: state.method,
            scheme: state.head.scheme,
            authority: state.authority,
            path: entry.pathPrefix === "" ? state.path : entry.pathPrefix + state.path,
            headers,
            contentLength: length,
            upgrade: "",
            expectContinue: false,
            underscored: false,
            protocol: "HTTP/1.1",
        };
    }

    #connect(cluster: Cluster): void {
        const waiting = cluster.acquire(this, this);
        if (waiting !== undefined) this.#waiting = waiting;
    }

    onConnection(connection: UpstreamConnection): void {
        this.#waiting = undefined;
        if (this.#done === undefined) {
            connection.release();
            return;
        }
        this.#reused = connection.reused;
        this.#outcomes = connection.endpoint.outcomes;
        const whole = this.#parts.length === 0;
        const writer = connection.open(this.#head!, whole, this);
        this.#writer = writer;
        if (whole) return;
        // It is in memory as it is: to wait for room would hold it no shorter.
        for (const part of this.#parts) writer.data(Buffer.from(part));
        writer.end(undefined);
    }

    onNoConnection(): void {
        this.#waiting = undefined;
        this.#error();
    }

    onRequestWritable(): void {}

    // --- the answer ------------------------------------------------------------------------------------------------

    onInformational(): void {
        // Somebody reads the question: the connection was not a stale one.
        this.#reused = false;
    }

    onResponseHead(head: ResponseHead, end: boolean): void {
        if (this.#done === undefined) return;
        this.#outcomes?.answered(head);
        this.#status = head.status;
        this.#headers = head.headers;
        if (end) this.#answer();
    }

    onResponseData(chunk: Buffer): void {
        if (this.#done === undefined) return;
        const room = MAX_ANSWER_BYTES - this.#answeredBytes;
        this.#answeredBytes += chunk.length;
        if (this.#isDenial && room > 0) gather(this.#answered, Buffer.from(chunk.subarray(0, room)));
        if (this.#answeredBytes <= MAX_ANSWER_BYTES) return;
        this.#writer?.reset("local");
        if (this.#isDenial) this.#answer();
        else this.#error();
    }

    onResponseEnd(): void {
        if (this.#done !== undefined) this.#answer();
    }

    onResponseReset(reason: ResetReason, sent: boolean): void {
        this.#writer = undefined;
        if (this.#done === undefined || this.#head === undefined || this.#cluster === undefined) return;
        // A check has no policy of its own: what its server says it has not processed is asked once more.
        const unread = !this.fresh && this.#status === 0 && (!sent || mayBeUnread(this.#reused, reason, sent));
        if (unread && (!sent || isIdempotent(this.#head.method))) {
            this.fresh = true;
            return this.#connect(this.#cluster);
        }
        this.#outcomes?.failed();
        this.#error();
    }

    get #isDenial(): boolean {
        return this.#status > 200 && this.#status < 500;
    }

    #answer(): void {
        if (this.#status === 200) this.#allow();
        else if (this.#isDenial) this.#finish(this.#deny());
        else this.#error();
    }

    #allow(): void {
        const state = this.state;
        const { toUpstream, toDownstreamOnAllow } = this.provider;
        const headers = this.#headers;
        this.settleRoute();
        for (let at = 0; at < headers.length; at += 2) {
            const name = headers[at]!;
            if (fitsName(toUpstream, name) && !FRAMING_HEADERS.has(name)) setHeader(state.headers, name, headers[at + 1]!);
            if (fitsName(toDownstreamOnAllow, name) && !FRAMING_HEADERS.has(name)) {
                if (state.providerHeaders.length === 0) state.providerHeaders = [];
                state.providerHeaders.push(name, headers[at + 1]!);
            }
        }
        const removed = headerValue(headers, "x-envoy-auth-headers-to-remove");
        if (removed !== undefined) {
            for (const name of removed.toLowerCase().split(","))
                if (!FRAMING_HEADERS.has(name.trim())) removeHeader(state.headers, name.trim());
        }
        this.#finish(this.next());
    }

    #deny(): Answer {
        const { toDownstreamOnDeny } = this.provider;
        const headers: HeaderList = [];
        for (let at = 0; at < this.#headers.length; at += 2) {
            const name = this.#headers[at]!;
            if (name === "x-envoy-auth-headers-to-remove" || FRAMING_HEADERS.has(name)) continue;
            if (toDownstreamOnDeny === undefined || fitsName(toDownstreamOnDeny, name)) headers.push(name, this.#headers[at + 1]!);
        }
        tellDenied(this.state, this.rule);
        const body = Buffer.concat(this.#answered);
        return answer(this.#status, body, "UAEX", "ext_authz_denied", headers, false, body.length > 0);
    }

    /** Nobody can say. Who has begun to say no has said it, also where errors let pass. */
    #error(): void {
        const passes = this.provider.entry.failOpen && !this.#isDenial;
        this.#finish(passes ? this.next() : this.refused());
    }

    timedOut(): void {
        if (this.#done === undefined) return;
        this.#abandon();
        this.#error();
    }

    #finish(verdict: Next): void {
        const done = this.#done;
        this.#done = undefined;
        clearTimeout(this.#timer);
        done?.(verdict);
    }

    #giveUp(): void {
        if (this.#done === undefined) return;
        this.#done = undefined;
        clearTimeout(this.#timer);
        this.#abandon();
    }

    #abandon(): void {
        if (this.#waiting !== undefined) this.#cluster?.cancel(this.#waiting);
        this.#waiting = undefined;
        this.#writer?.reset("local");
        this.#writer = undefined;
    }
}

function outOfTime(check: ExternalCheck): void {
    check.timedOut();
}

function lengthOf(parts: readonly Buffer[]): number {
    let length = 0;
    for (const part of parts) length += part.length;
    return length;
}

function firstOf(parts: readonly Buffer[], most: number): readonly Buffer[] {
    const first: Buffer[] = [];
    let room = most;
    for (const part of parts) {
        if (room <= 0) break;
        if (part.length > 0) first.push(part.subarray(0, room));
        room -= part.length;
    }
    return first;
}
