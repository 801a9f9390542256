/**
 * How much memory a process takes beyond what it holds. V8 lets the space of young objects grow to tens of megabytes as
 * soon as much is allocated at once, as at every start, and seldom gives them back. It costs time to do without: the
 * primary has it, and a worker as long as it serves nobody.
 */
import { flushCompileCache } from "node:module";
import { setFlagsFromString } from "node:v8";

/** The space stays as it is. */
export function keepYoungSpace(): void {
    // Compiled code is stored under the flags of its time, and is good for nothing under others.
    flushCompileCache();
    setFlagsFromString("--semi-space-growth-factor=1");
}

/** The space grows when it fills up, as V8 has it. */
export function growYoungSpace(): void {
    setFlagsFromString("--semi-space-growth-factor=2");
}
