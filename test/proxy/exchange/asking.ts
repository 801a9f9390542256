/** Requests without sockets: the exchange with a response writer that notes what it is told, and clusters that note what they get. */
import assert from "node:assert/strict";
import { createRequestHandler, createRuntime, ownLimiter, type Limiter, type UnderscorePolicy } from "../../../proxy/exchange";
import type {
    ConnectionInfo,
    HeaderList,
    RequestHead,
    RequestReceiver,
    RequestWriter,
    ResetReason,
    ResponseHead,
    ResponseReceiver,
    ResponseWriter,
} from "../../../proxy/http/doors";
import { Passwords } from "../../../proxy/passwords";
import { bindSnapshot, type Snapshot } from "../../../proxy/snapshot";
import type { HashEntry, TablesDelta, TracingEntry } from "../../../proxy/tables";
import type { RequestObserver, RequestRecord, StartedRequest } from "../../../proxy/telemetry";
import {
    createUpstreamServices,
    Endpoint,
    type Cluster,
    type ConnectionFailure,
    type ConnectionWaiter,
    type ConnectionWish,
} from "../../../proxy/upstream";

export class NotedResponse implements ResponseWriter {
    status = 0;
    headers: HeaderList = [];
    contentLength = 0;
    body = "";
    ended = false;
    trailers: HeaderList | undefined;
    wasReset: ResetReason | undefined;
    informationals: number[] = [];
    /** The headers of the last of them. */
    informationalHeaders: HeaderList = [];
    paused = false;
    /** Answer to each `data`. */
    writable = true;

    informational(status: number, headers: HeaderList): void {
        this.informationals.push(status);
        this.informationalHeaders = headers;
    }
    head(head: ResponseHead, end: boolean): void {
        ({ status: this.status, headers: this.headers, contentLength: this.contentLength } = head);
        this.ended = end;
    }
    data(chunk: Buffer): boolean {
        this.body += chunk.toString("latin1");
        return this.writable;
    }
    end(trailers: HeaderList | undefined): void {
        this.ended = true;
        this.trailers = trailers;
    }
    reset(reason: ResetReason): void {
        this.wasReset = reason;
    }
    pauseRequest(): void {
        this.paused = true;
    }
    resumeRequest(): void {
        this.paused = false;
    }

    header(name: string): string | undefined {
        return valueOf(this.headers, name);
    }
}

export function valueOf(headers: HeaderList, name: string): string | undefined {
    const values = headers.filter((_, at) => at % 2 === 1 && headers[at - 1] === name);
    return values.length === 0 ? undefined : values.join(" | ");
}

/** One request that came to an upstream. */
export class NotedRequest implements RequestWriter {
    readonly head: RequestHead;
    readonly receiver: ResponseReceiver;
    body = "";
    ended: boolean;
    wasReset: ResetReason | undefined;
    paused = false;
    writable = true;
    trailers: HeaderList | undefined;

    constructor(head: RequestHead, end: boolean, receiver: ResponseReceiver) {
        this.head = { ...head, headers: [...head.headers] };
        this.ended = end;
        this.receiver = receiver;
    }
    data(chunk: Buffer): boolean {
        this.body += chunk.toString("latin1");
        return this.writable;
    }
    end(trailers: HeaderList | undefined): void {
        this.ended = true;
        this.trailers = trailers;
    }
    reset(reason: ResetReason): void {
        this.wasReset = reason;
    }
    pauseResponse(): void {
        this.paused = true;
    }
    resumeResponse(): void {
        this.paused = false;
    }

    header(name: string): string | undefined {
        return valueOf(this.head.headers, name);
    }
    answer(status: number, headers: HeaderList = [], body?: string, trailers?: HeaderList): void {
        this.receiver.onResponseHead({ status, headers, contentLength: body?.length ?? 0 }, body === undefined);
        if (body === undefined) return;
        this.receiver.onResponseData(Buffer.from(body));
        this.receiver.onResponseEnd(trailers);
    }
}

/** A cluster that gives out connections at once, or fails as it is told. */
export class NotedCluster {
    readonly key: string;
    entry: { readonly protocol: "http1"; readonly hash?: HashEntry } = { protocol: "http1" };
    mirrors = 0;
    readonly retries = { take: () => true, release: () => undefined };
    readonly services = createUpstreamServices();
    readonly requests: NotedRequest[] = [];
    readonly wishes: { host: string; avoid: string[]; fresh: boolean }[] = [];
    readonly hashes: (number | undefined)[] = [];
    /** Failures of the next attempts. */
    failures: ConnectionFailure[] = [];
    /** Keeps who asks waiting. */
    holds = false;
    reused = false;
    /** Its endpoints have answered in HTTP/1.0. */
    http10 = false;
    waiting: ConnectionWaiter[] = [];
    cancelled = 0;
    released = 0;

    constructor(key: string) {
        this.key = key;
    }
    acquire(waiter: ConnectionWaiter, wish: ConnectionWish): unknown {
        this.hashes.push(wish.hash);
        this.wishes.push({ host: wish.host, avoid: (wish.avoid ?? []).map((one) => one.text), fresh: wish.fresh });
        if (this.holds) {
            this.waiting.push(waiter);
            return { waiter };
        }
        this.give(waiter);
        return undefined;
    }
    give(waiter: ConnectionWaiter): void {
        const endpoint = new Endpoint("10.0.0.1", 8000 + this.wishes.length, 1);
        endpoint.http10 = this.http10;
        const failure = this.failures.shift();
        if (failure !== undefined) {
            waiter.onNoConnection(failure, endpoint, "told so");
            return;
        }
        waiter.onConnection({
            endpoint,
            reused: this.reused,
            protocol: "HTTP/1.1",
            localAddress: "10.0.0.9:5",
            open: (head, end, receiver) => {
                const request = new NotedRequest(head, end, receiver);
                this.requests.push(request);
                return request;
            },
            release: () => {
                this.released++;
            },
        });
    }
    cancel(): void {
        this.cancelled++;
    }
    get last(): NotedRequest {
        return this.requests[this.requests.length - 1]!;
    }
}

export interface Asked {
    readonly response: NotedResponse;
    readonly receiver: RequestReceiver;
    readonly records: RequestRecord[];
    /** Names of headers that were told to be dropped. */
    readonly dropped: readonly string[];
    readonly record: () => RequestRecord;
}

export class Gateway {
    readonly snapshot: Snapshot;
    readonly clusters = new Map<string, NotedCluster>();
    readonly passwords = new Passwords();
    limits: Limiter = ownLimiter();
    /** What is traced, and who watches besides. */
    tracing: TracingEntry | undefined = undefined;
    observers: readonly Partial<RequestObserver>[] = [];
    /** What chance says next; 0 when there is nothing. */
    chances: number[] = [];

    constructor(tables: TablesDelta, ...clusters: readonly string[]) {
        for (const key of clusters) this.clusters.set(key, new NotedCluster(key));
        this.snapshot = {
            ...bindSnapshot(undefined, tables, createUpstreamServices()),
            clusters: this.clusters as unknown as ReadonlyMap<string, Cluster>,
        };
    }

    cluster(key = "c"): NotedCluster {
        return this.clusters.get(key)!;
    }

    /** `body`: undefined for a request that is whole with its head; otherwise the test sends it. */
    ask(
        target: string,
        more: Partial<RequestHead> & { readonly end?: boolean; readonly underscores?: UnderscorePolicy } = {},
        connection: Partial<ConnectionInfo> = {},
    ): Asked {
        const slash = target.indexOf("/");
        const { end = true, underscores = "forward", ...head } = more;
        const dropped: string[] = [];
        const response = new NotedResponse();
        const records: RequestRecord[] = [];
        const started: StartedRequest[] = [];
        const runtime = createRuntime(
            this.snapshot,
            [
                {
                    requestStarted: (request) => void started.push(request),
                    requestFinished: (record, request) => {
                        assert.deepEqual([started.length, started[0] === request, records.length], [1, true, 0], "one start, then one end");
                        records.push(record);
                    },
                },
                ...this.observers,
            ],
            {
                tracing: this.tracing,
                random: () => this.chances.shift() ?? 0,
                passwords: this.passwords,
                limits: this.limits,
                underscores,
                onHeaderDropped: (name) => void dropped.push(name),
            },
        );
        const info: ConnectionInfo = {
            remoteAddress: "192.0.2.7",
            remotePort: 40000,
            localAddress: "192.0.2.1",
            localPort: 8080,
            port: 80,
            scheme: "http",
            serverName: "",
            routeTable: "http.80",
            chain: "",
            forwardedClientCert: "",
            ...connection,
        };
        const request: RequestHead = {
            method: "GET",
            scheme: info.scheme,
            authority: target.slice(0, slash),
            path: target.slice(slash),
            headers: [],
            contentLength: end ? 0 : -1,
            upgrade: "",
            expectContinue: false,
            underscored: (more.headers ?? []).some((text, at) => at % 2 === 0 && text.includes("_")),
            protocol: "HTTP/1.1",
            ...head,
        };
        const receiver = createRequestHandler(runtime)(request, end, response, info);
        assert.equal(started.length, 1, "every request has a start");
        return { response, receiver, records, dropped, record: () => records[0]! };
    }
}
