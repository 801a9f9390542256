/** What all clusters of a worker share. */
import { CODECS, type Codecs } from "../codec";
import { NO_EVENTS, type UpstreamEvents } from "./events";
import { resolveBySystem, type Resolve } from "./dns";
import { IdleSweep } from "./idle-sweep";
import { nameCount, type NameCount } from "./named-clusters";
import { boundedResolve } from "./questions";

export interface UpstreamServices {
    /** In [0, 1). */
    readonly random: () => number;
    readonly resolve: Resolve;
    /** Of names that clients choose. */
    readonly resolveNamed: Resolve;
    readonly names: NameCount;
    readonly sweep: IdleSweep;
    readonly codecs: Codecs;
    readonly events: UpstreamEvents;
    /** Milliseconds, of a clock that never goes back. */
    readonly now: () => number;
}

export function createUpstreamServices(options: Partial<UpstreamServices> = {}): UpstreamServices {
    const resolve = options.resolve ?? resolveBySystem;
    return {
        random: Math.random,
        resolveNamed: boundedResolve(resolve),
        names: nameCount(),
        sweep: new IdleSweep(),
        codecs: CODECS,
        events: NO_EVENTS,
        now: monotonic,
        ...options,
        resolve,
    };
}

function monotonic(): number {
    return performance.now();
}
