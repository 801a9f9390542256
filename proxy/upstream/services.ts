/** What all clusters of a worker share. */
import { CODECS, type Codecs } from "../codec";
import { resolveBySystem, type Resolve } from "./dns";
import { IdleSweep } from "./idle-sweep";

export interface UpstreamServices {
    /** In [0, 1). */
    readonly random: () => number;
    readonly resolve: Resolve;
    readonly sweep: IdleSweep;
    readonly codecs: Codecs;
}

export function createUpstreamServices(options: Partial<UpstreamServices> = {}): UpstreamServices {
    return { random: Math.random, resolve: resolveBySystem, sweep: new IdleSweep(), codecs: CODECS, ...options };
}
