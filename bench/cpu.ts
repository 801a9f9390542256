/** CPU time of a process and its descendants, from /proc: what a request costs, however much the machine does besides. */
import { readFileSync } from "node:fs";

/** Linux counts in these, whatever its own tick is (USER_HZ). */
const TICKS_PER_SECOND = 100;

/** Microseconds of user and system time so far. */
export function cpuMicroseconds(pid: number): number {
    const ticks = family(pid).reduce((sum, one) => sum + ticksOf(one), 0);
    return ticks * (1_000_000 / TICKS_PER_SECOND);
}

function family(pid: number): number[] {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
    return [pid, ...children.flatMap(family)];
}

function ticksOf(pid: number): number {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command's name, in parentheses, may hold spaces: fields are counted from behind it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
}
