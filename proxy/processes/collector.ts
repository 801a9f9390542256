/**
 * V8 collects when it thinks it should, which is of its own heap alone, and keeps for itself what has become free: only what it does
 * before it would give up gives pages back to the system.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

type Collect = (options: { readonly type: "major"; readonly execution: "sync"; readonly flavor: "regular" | "last-resort" }) => void;
let gc: Collect | undefined;

/** Now. V8's flags are left alone until they are needed: compiled code is cached by them. */
export function collectGarbage(givesBack: boolean): void {
    if (gc === undefined) {
        setFlagsFromString("--expose-gc");
        gc = runInNewContext("gc") as Collect;
        setFlagsFromString("--no-expose-gc");
    }
    gc({ type: "major", execution: "sync", flavor: givesBack ? "last-resort" : "regular" });
}

/** What reading and binding so many hosts leaves behind is worth a collection, once. */
export const MANY_HOSTS = 1_000;
