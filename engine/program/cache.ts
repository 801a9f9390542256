/** Where what can be made again is kept from run to run. */
import { getCompileCacheDir } from "node:module";
import path from "node:path";

/**
 * The command's own, which knows the SDK from any stack; undefined without one. Node names the folder of its own version
 * below the one it was given.
 */
export function cacheFolder(): string | undefined {
    const own = getCompileCacheDir();
    return own === undefined ? undefined : path.dirname(own);
}
