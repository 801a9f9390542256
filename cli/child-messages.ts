/** What a proxy or a sample tells the `up` that started it, over the channel whose end also ends the child. */
import type { Finding } from "../istio";
import type { ReadyReport } from "../proxy";

export type ChildMessage =
    | { readonly type: "proxy-ready"; readonly report: ReadyReport; readonly findings: readonly Finding[] }
    /** After a reload: everything that is wrong now. */
    | { readonly type: "proxy-findings"; readonly findings: readonly Finding[] }
    | { readonly type: "sample-ready"; readonly port: number };

/** Sends if there is a parent that listens. */
export function tellParent(message: ChildMessage): void {
    if (process.connected) process.send?.(message);
}

/** Calls `end` once the parent is gone, however it went. Nothing happens for a process that was not forked. */
export function whenParentGoes(end: () => void): void {
    if (process.channel) process.once("disconnect", end);
}
