/**
 * How many CPUs this process may use: in a container the quota of its control group, not what the machine has.
 * A proxy with more workers than CPUs only adds waiting.
 */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** What the control group's files say, whichever of them exist. */
export interface CpuFiles {
    /** cgroup v2 `cpu.max`: `max 100000` or `150000 100000`. */
    readonly max?: string;
    /** cgroup v1 `cpu.cfs_quota_us` and `cpu.cfs_period_us`. */
    readonly quota?: string;
    readonly period?: string;
}

function ratio(quota: string | undefined, period: string | undefined): number | undefined {
    const share = Number(quota) / Number(period);
    return share > 0 && Number.isFinite(share) ? share : undefined;
}

/** The quota in CPUs, a part of one counted as one; undefined without a limit. */
export function cpuQuota(files: CpuFiles): number | undefined {
    const [quota, period] = (files.max ?? "").trim().split(/\s+/);
    const share = ratio(quota, period) ?? ratio(files.quota, files.period);
    return share === undefined ? undefined : Math.ceil(share);
}

function read(file: string): string | undefined {
    try {
        return readFileSync(file, "utf8");
    } catch {
        return undefined;
    }
}

/** At least 1. */
export function cpuLimit(): number {
    const quota = cpuQuota({
        max: read("/sys/fs/cgroup/cpu.max"),
        quota: read("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
        period: read("/sys/fs/cgroup/cpu/cpu.cfs_period_us"),
    });
    return Math.max(1, Math.min(availableParallelism(), quota ?? Infinity));
}
