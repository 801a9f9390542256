/**
 * Has a worker leave undone what it has no memory or no time for, and tells it. A worker that cannot give memory back although it
 * has left everything undone for long makes place for another: the system would end all of them.
 */
import type { Logger } from "pino";
import type { Shedding } from "../exchange";
import type { Connections } from "../listeners";
import { collectGarbage } from "./collector";
import {
    ACTION_NAMES,
    ACTIONS,
    COLLECT_FROM,
    FULL_FROM,
    OverloadMonitor,
    type ActionValues,
    type OverloadEffects,
    type Pressures,
    type PressureSource,
} from "../overload";
import type { LimitFigures } from "../telemetry";

/** At each look, of those on which nothing is under way. */
const IDLE_SHARE = 0.1;
/** At each look, of connections that hold so much at least. */
const CUT_AT_ONCE = 10;
const CUT_BYTES = 16 * 1024;
/** Before anything else is done: what looks used may be garbage. Collecting it stops the worker for up to some tenths of a second. */
const COLLECT_MS = 10_000;
/** Of a larger heap it would be seconds. */
const COLLECTED_BYTES = 1024 * 1024 * 1024;
/** Others may be in the same state: each waits a while of its own beyond. */
const RENEW_MS = 60_000;

export interface GuardedWorker {
    readonly connections: Pick<Connections, "closeIdle" | "cutLargest">;
    readonly overload: Shedding;
    readonly figures: LimitFigures;
    readonly log: Logger;
    /** In [0, 1). */
    readonly random: () => number;
    /** It makes place for another one. */
    renew(reason: string): void;
}

export class OverloadGuard implements OverloadEffects {
    readonly #worker: GuardedWorker;
    readonly #monitor: OverloadMonitor;
    readonly #renewMs: number;
    readonly #collect: (givesBack: boolean) => void;
    #rejects = false;
    #isOn = false;
    #collectedAt = -COLLECT_MS;
    /** Since when everything is refused for want of memory; 0: it is not. */
    #fullSince = 0;

    constructor(worker: GuardedWorker, source?: PressureSource, collect: (givesBack: boolean) => void = collectSmall) {
        this.#worker = worker;
        this.#collect = collect;
        this.#renewMs = RENEW_MS * (1 + worker.random());
        this.#monitor = new OverloadMonitor(this, source);
        for (const name of ACTION_NAMES) worker.figures.overload.of(name);
    }

    start(): void {
        this.#monitor.start();
    }

    /** Now, and not only when it is time. */
    look(): void {
        this.#monitor.look();
    }

    /** Whether a new connection is closed at once; then it is counted. */
    readonly turnsAway = (): boolean => {
        this.#monitor.arrived();
        if (this.#rejects) this.#worker.figures.reached.of(ACTIONS.reject_incoming_connections.counter).add();
        return this.#rejects;
    };

    changed(values: ActionValues, pressures: Pressures): void {
        const { overload, figures, log } = this.#worker;
        overload.shed = values.stop_accepting_requests;
        overload.closes = values.disable_http_keepalive > 0;
        this.#rejects = values.reject_incoming_connections > 0;
        for (const name of ACTION_NAMES) figures.overload.of(name).set(Math.round(values[name] * 100) / 100);
        const isOn = ACTION_NAMES.some((name) => values[name] > 0);
        if (isOn === this.#isOn) return;
        this.#isOn = isOn;
        const told = { memory: percent(pressures.memory), heap: percent(pressures.heap), loop: percent(pressures.loop) };
        if (isOn) log.warn(told, "overloaded: new work is refused, idle connections close");
        else log.info(told, "no longer overloaded");
    }

    collected(pressures: Pressures, now: number): boolean {
        if (!isAbove(pressures, COLLECT_FROM) || now - this.#collectedAt <= COLLECT_MS) return false;
        this.#collectedAt = now;
        this.#collect(pressures.memory >= COLLECT_FROM.memory);
        return true;
    }

    looked(values: ActionValues, pressures: Pressures, now: number): void {
        const { connections, figures, overload } = this.#worker;
        overload.arrived = this.#monitor.isClose ? this.#monitor.arrived : undefined;
        if (values.disable_http_keepalive > 0) {
            count(figures, ACTIONS.disable_http_keepalive.counter, connections.closeIdle(IDLE_SHARE));
        }
        if (values.reset_high_memory_stream > 0)
            count(figures, ACTIONS.reset_high_memory_stream.counter, connections.cutLargest(CUT_AT_ONCE, CUT_BYTES));
        this.#renewIfFull(pressures, now);
    }

    /** Memory that requests need is given back with them: what is left after that is what they have left behind. */
    #renewIfFull(pressures: Pressures, now: number): void {
        if (!isAbove(pressures, FULL_FROM)) {
            this.#fullSince = 0;
            return;
        }
        if (this.#fullSince === 0) this.#fullSince = now;
        else if (now - this.#fullSince > this.#renewMs) {
            this.#fullSince = now;
            this.#worker.renew(
                `memory did not come back: ${percent(pressures.memory)} of memory and ${percent(pressures.heap)} of the heap are in use`,
            );
        }
    }
}

function count(figures: LimitFigures, name: string, times: number): void {
    if (times > 0) figures.reached.of(name).add(times);
}

function isAbove({ memory, heap }: Pressures, bounds: { readonly memory: number; readonly heap: number }): boolean {
    return memory >= bounds.memory || heap >= bounds.heap;
}

function percent(part: number): string {
    return `${Math.round(part * 100)} %`;
}

/** A larger heap takes longer than requests may wait. */
function collectSmall(givesBack: boolean): void {
    if (process.memoryUsage().heapUsed <= COLLECTED_BYTES) collectGarbage(givesBack);
}
