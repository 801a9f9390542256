/** CPU time of a process and its descendants, from /proc: what a request costs, however much the machine does besides. */
import { readdirSync, readFileSync } from "node:fs";

/** Linux counts in these, whatever its own tick is (USER_HZ). */
const TICKS_PER_SECOND = 100;

/** Microseconds of user and system time so far. */
export function cpuMicroseconds(pid: number): number {
    return family(pid).reduce((sum, one) => sum + (microsecondsOfThreads(one) ?? ticksOf(one) * (1_000_000 / TICKS_PER_SECOND)), 0);
}

/** As the scheduler counts them, a hundred thousand times finer, of threads that live; undefined: this kernel does not tell. */
function microsecondsOfThreads(pid: number): number | undefined {
    try {
        const threads = readdirSync(`/proc/${pid}/task`);
        return (
            threads.reduce((sum, thread) => sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]), 0) /
            1_000
        );
    } catch {
        return undefined;
    }
}

/** The same with the descendants that have ended by now, as far as those who started them have waited for them. */
export function cpuMicrosecondsInAll(pid: number): number {
    const ticks = family(pid).reduce((sum, one) => sum + ticksOf(one, 4), 0);
    return ticks * (1_000_000 / TICKS_PER_SECOND);
}

/** A process and its descendants. */
export function family(pid: number): number[] {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
    return [pid, ...children.flatMap(family)];
}

/** User and system time, and of children that were waited for with `fields` 4. */
function ticksOf(pid: number, fields = 2): number {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command's name, in parentheses, may hold spaces: fields are counted from behind it.
    return stat
        .slice(stat.lastIndexOf(")") + 2)
        .split(" ")
        .slice(11, 11 + fields)
        .reduce((sum, one) => sum + Number(one), 0);
}
