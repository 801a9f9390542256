/** What exchanges share: the snapshot of the moment, who watches them, and the sources of chance that tests replace. */
import type { Snapshot } from "../snapshot";
import type { ConnectionInfo } from "../http/doors";
import type { TracingEntry } from "../tables";
import { Passwords } from "../passwords";
import { RequestObservers, type RequestObserver } from "../telemetry";
import type { UnderscorePolicy } from "./features/underscore-policy";
import { ownLimiter, type Limiter } from "./limiter";

/** What CONNECT has led to. */
export interface OpenTunnel {
    /** Whether who has it could still have it. */
    mayStay(snapshot: Snapshot): boolean;
    end(): void;
}

/** What a worker leaves undone, as it is at the moment. */
export interface Shedding {
    /** Part of new requests that are refused, 0 to 1. */
    shed: number;
    /** Connections end with the response. */
    closes: boolean;
    /** Is told of each request where little memory is left. */
    arrived: (() => void) | undefined;
}

export interface ExchangeRuntime {
    /** Read once at the beginning of each request; swapping it changes nothing for requests that are under way. */
    snapshot: Snapshot;
    readonly observers: RequestObservers;
    /** As `snapshot`; undefined: nothing is traced. */
    tracing: TracingEntry | undefined;
    /** In [0, 1). */
    readonly random: () => number;
    /** Of the `server` header in responses. */
    readonly serverName: string;
    /** HTTP/1.0 is answered 426 unless it is accepted (Istio's default). */
    acceptHttp10: boolean;
    /** How much of new work is refused, for want of memory or time. */
    readonly overload: Shedding;
    /** Of header names with underscores; said before the first request. */
    underscores: UnderscorePolicy;
    readonly passwords: Passwords;
    readonly limits: Limiter;
    readonly tunnels: Set<OpenTunnel>;
    /** WebSockets to the outside. */
    readonly upgraded: Set<OpenTunnel>;
    /** Told of each header of a client that is not passed on for its name. */
    readonly onHeaderDropped?: (name: string, connection: ConnectionInfo) => void;
}

export function createRuntime(
    snapshot: Snapshot,
    observers: readonly Partial<RequestObserver>[],
    options: Partial<Omit<ExchangeRuntime, "snapshot" | "observers">> = {},
): ExchangeRuntime {
    return {
        snapshot,
        observers: new RequestObservers(observers),
        tracing: undefined,
        random: Math.random,
        serverName: "gatehouse",
        acceptHttp10: false,
        overload: { shed: 0, closes: false, arrived: undefined },
        underscores: "forward",
        passwords: new Passwords(),
        limits: ownLimiter(),
        tunnels: new Set(),
        upgraded: new Set(),
        ...options,
    };
}

/** What leads to where nothing leads any more, or is whose who may not have it any more, ends within the time of a drain. */
export function reviewTunnels(runtime: ExchangeRuntime, withinMs: number): void {
    const { tunnels, upgraded, snapshot } = runtime;
    const leaving = [...tunnels, ...upgraded].filter((one) => !one.mayStay(snapshot));
    if (leaving.length === 0) return;
    setTimeout(() => {
        for (const one of leaving) if (tunnels.has(one) || upgraded.has(one)) one.end();
    }, withinMs).unref();
}
