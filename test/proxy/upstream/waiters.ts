/** Who asks clusters for connections in tests, and notes what comes of it. */
import type { RequestHead, ResetReason, ResponseHead, ResponseReceiver, RequestWriter } from "../../../proxy/http/doors";
import type {
    ConnectionFailure,
    ConnectionWaiter,
    ConnectionWish,
    Cluster,
    UpstreamConnection,
    WaitingRequest,
} from "../../../proxy/upstream";

export class NotedWaiter implements ConnectionWaiter, ResponseReceiver {
    connection: UpstreamConnection | undefined;
    failure: ConnectionFailure | undefined;
    detail = "";
    status = 0;
    wasReset: ResetReason | undefined;
    /** Each with whether the endpoint may have acted on the request. */
    readonly resets: { readonly reason: ResetReason; readonly sent: boolean }[] = [];
    waiting: WaitingRequest | undefined;
    writer: RequestWriter | undefined;
    readonly #changes: (() => void)[] = [];

    constructor(cluster: Cluster, wish: Partial<ConnectionWish> = {}) {
        this.waiting = cluster.acquire(this, { host: "", avoid: undefined, fresh: false, http2: false, ...wish });
    }

    onConnection(connection: UpstreamConnection): void {
        this.connection = connection;
        this.#changed();
    }
    onNoConnection(failure: ConnectionFailure, _endpoint: unknown, detail: string): void {
        this.failure = failure;
        this.detail = detail;
        this.#changed();
    }
    onInformational(): void {}
    onResponseHead(head: ResponseHead, end: boolean): void {
        this.status = head.status;
        if (end) this.onResponseEnd();
        else this.#changed();
    }
    onResponseData(): void {}
    onResponseEnd(): void {
        setImmediate(() => this.#changed());
    }
    onResponseReset(reason: ResetReason, sent: boolean): void {
        this.wasReset = reason;
        this.resets.push({ reason, sent });
        this.#changed();
    }
    onRequestWritable(): void {}

    get settled(): boolean {
        return this.connection !== undefined || this.failure !== undefined;
    }

    /** A connection or none. */
    async answered(): Promise<this> {
        while (!this.settled) await this.#change();
        return this;
    }

    /** Sends a GET on the connection it got, and waits for the response. */
    async get(): Promise<this> {
        await this.answered();
        if (this.connection === undefined) throw new Error(`no connection: ${this.failure} ${this.detail}`);
        this.send();
        while (this.status === 0 && this.wasReset === undefined) await this.#change();
        return this;
    }

    send(path = "/"): void {
        const head: RequestHead = {
            method: "GET",
            scheme: "http",
            authority: "h",
            path,
            headers: [],
            contentLength: 0,
            upgrade: "",
            expectContinue: false,
            underscored: false,
            protocol: "HTTP/1.1",
        };
        this.writer = this.connection!.open(head, true, this);
    }

    #change(): Promise<void> {
        return new Promise((resolve) => this.#changes.push(resolve));
    }
    #changed(): void {
        for (const resolve of this.#changes.splice(0)) resolve();
    }
}
