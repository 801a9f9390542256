/**
 * A bound port as a bare handle. The primary makes and keeps it, workers listen on copies: the kernel's queue of new
 * connections then belongs to no worker, and connections wait in it while one is replaced. This file is the one that
 * uses `net._createServerHandle`, which Node's own cluster module shares handles with: a public Server would begin to
 * accept in the primary.
 */
import net from "node:net";
import { getSystemErrorName } from "node:util";

interface NativeHandle {
    getsockname(out: { address?: string; port?: number }): number;
    close(): void;
}

export interface ListenHandle {
    /** What `ChildProcess.send` takes as its handle. */
    readonly native: unknown;
    readonly port: number;
    close(): void;
}

/** The bound handle, or the code of what went wrong: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`. */
export function openHandle(address: string, port: number): ListenHandle | string {
    const create = (net as unknown as { _createServerHandle(address: string, port: number, family: 4 | 6): NativeHandle | number })
        ._createServerHandle;
    const native = create(address, port, net.isIPv6(address) ? 6 : 4);
    if (typeof native === "number") return getSystemErrorName(native);
    const name: { address?: string; port?: number } = {};
    // libuv keeps the error of a failed bind until the handle is used.
    const error = native.getsockname(name);
    if (error !== 0) {
        native.close();
        return getSystemErrorName(error);
    }
    return { native, port: name.port ?? port, close: () => native.close() };
}
