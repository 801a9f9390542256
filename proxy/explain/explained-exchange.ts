/**
 * The data path's own exchange, without a client and without a backend: it runs the same passes over the same snapshot,
 * and what it would send to either side is kept.
 */
import { createRuntime, type UnderscorePolicy } from "../exchange";
import type { ConnectionInfo, HeaderList, RequestHead, ResponseHead, ResponseWriter } from "../http/doors";
import { Exchange } from "../exchange/exchange";
import { DONE } from "../exchange/open-exchange";
import type { ForwardAction, Snapshot } from "../snapshot";

/** Nothing that happens in a part of the requests only happens here: what is certain is more than that. */
const UNLIKELY = 1 - Number.EPSILON;

class Kept implements ResponseWriter {
    response: ResponseHead | undefined;
    informational(): void {}
    head(head: ResponseHead): void {
        this.response = head;
    }
    data(): boolean {
        return true;
    }
    end(): void {}
    reset(): void {}
    pauseRequest(): void {}
    resumeRequest(): void {}
}

export class ExplainedExchange extends Exchange {
    forwarded: ForwardAction | undefined;
    delayMs = 0;
    /** Headers that are not passed on for their names. */
    readonly droppedHeaders: string[];
    readonly #kept: Kept;

    constructor(snapshot: Snapshot, head: RequestHead, connection: ConnectionInfo, underscores: UnderscorePolicy) {
        const kept = new Kept();
        const dropped: string[] = [];
        super(
            createRuntime(
                snapshot,
                { finished: () => {} },
                { random: () => UNLIKELY, underscores, onHeaderDropped: (name) => dropped.push(name) },
            ),
            head,
            true,
            kept,
            connection,
        );
        this.#kept = kept;
        this.droppedHeaders = dropped;
    }

    /** Of the gateway's own answer. */
    get responseFields(): HeaderList {
        return this.#kept.response?.headers ?? [];
    }

    override forward(action: ForwardAction): typeof DONE {
        this.forwarded = action;
        return DONE;
    }

    override hold(milliseconds: number): void {
        this.delayMs += milliseconds;
        this.proceed();
    }
}
