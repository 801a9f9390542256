/**
 * How full JavaScript's heap is: what V8 ends a process for is the space of old objects, whose bound it tells only together with
 * that of the young ones.
 */
import { getHeapSpaceStatistics, getHeapStatistics } from "node:v8";

const MIB = 1024 * 1024;
/** The young ones have three times `--max-semi-space-size`, which is 64 MiB for large heaps, and less for small ones. */
const MOST_YOUNG = 192 * MIB;
const YOUNG_SHARE = 0.25;

export interface HeapReading {
    readonly used: number;
    readonly limit: number;
}

/** `options`: those of the process, `--max-old-space-size=96`. */
export function oldLimit(heapSizeLimit: number, options: readonly string[]): number {
    const said = options.map((one) => /^--max[-_]old[-_]space[-_]size=(\d+)$/.exec(one)?.[1]).findLast((one) => one !== undefined);
    if (said !== undefined) return Number(said) * MIB;
    return heapSizeLimit - Math.min(MOST_YOUNG, heapSizeLimit * YOUNG_SHARE);
}

/** Of a process the bound stays what it is. */
export function heapReader(): () => HeapReading {
    const options = [...(process.env.NODE_OPTIONS ?? "").split(/\s+/), ...process.execArgv];
    const limit = oldLimit(getHeapStatistics().heap_size_limit, options);
    return () => ({ used: oldUsed(), limit });
}

function oldUsed(): number {
    let used = 0;
    for (const { space_name: name, space_used_size: size } of getHeapSpaceStatistics())
        if (name !== "new_space" && name !== "new_large_object_space") used += size;
    return used;
}
