/**
 * The data path's own exchange, without a client and without a backend: it runs the same passes over the same snapshot,
 * and what it would send to either side is kept.
 */
import { createRuntime, type UnderscorePolicy } from "../exchange";
import type { ConnectionInfo, HeaderList, RequestHead, ResponseWriter } from "../http/doors";
import { Exchange } from "../exchange/exchange";
import { ExchangeState } from "../exchange/exchange-state";
import type { Suspend } from "../exchange/verdict";
import type { ForwardAction, Snapshot } from "../snapshot";
import type { TunnelRouteEntry } from "../tables";

/** Nothing that happens in a part of the requests only happens here: what is certain is more than that. */
const UNLIKELY = 1 - Number.EPSILON;

const NOBODY: ResponseWriter = {
    informational: () => undefined,
    head: () => undefined,
    data: () => true,
    end: () => undefined,
    reset: () => undefined,
    pauseRequest: () => undefined,
    resumeRequest: () => undefined,
};

export class ExplainedExchange extends ExchangeState {
    forwarded: ForwardAction | undefined;
    /** What CONNECT would lead to. */
    tunnel: TunnelRouteEntry | undefined;
    /** Somebody else would be asked whether the request may pass; what follows holds where the answer is yes. */
    isAsked = false;
    /** Before anything was taken out of it. */
    readonly arrived: { readonly path: string; readonly headers: HeaderList };
    /** Headers that are not passed on for their names. */
    readonly droppedHeaders: string[];

    constructor(snapshot: Snapshot, head: RequestHead, connection: ConnectionInfo, underscores: UnderscorePolicy) {
        const dropped: string[] = [];
        super(
            createRuntime(snapshot, [], { random: () => UNLIKELY, underscores, onHeaderDropped: (name) => dropped.push(name) }),
            head,
            true,
            connection,
        );
        this.droppedHeaders = dropped;
        this.arrived = { path: head.path, headers: [...head.headers] };
    }

    proceed(): void {
        new Driver(this, NOBODY).proceed();
    }
}

class Driver extends Exchange {
    declare readonly state: ExplainedExchange;

    protected override forward(action: ForwardAction): void {
        this.state.forwarded = action;
    }

    protected override openTunnel(route: TunnelRouteEntry): void {
        this.state.tunnel = route;
    }

    protected override wait(): void {
        this.proceed();
    }

    /** Nobody is asked: it goes on as if it were let in. */
    protected override suspend(verdict: Suspend): void {
        this.state.isAsked = true;
        this.goOn(verdict.allowed());
    }
}
