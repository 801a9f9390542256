/** What is done to whole hosts beside their routes, as bound: of each host its own objects' settings, then the gateway's. */
import { EVERY_HOST, type EdgeEntry, type VirtualHostEntry } from "../tables";
import type { BoundCompression } from "./features/compression";
import type { BoundMaintenance } from "./features/maintenance";
import type { BoundRedirects } from "./features/redirects";
import type { BoundSecurityHeaders } from "./features/security-headers";

export interface BoundEdge {
    readonly securityHeaders?: BoundSecurityHeaders;
    /** Undefined, also where it is said: the host is served. */
    readonly maintenance?: BoundMaintenance | undefined;
    readonly redirects?: BoundRedirects;
    readonly compression?: BoundCompression | undefined;
}

export interface BoundEntry {
    readonly entry: EdgeEntry;
    readonly bound: BoundEdge;
}

export class BoundEdges {
    /** By EdgeEntry key. */
    readonly entries: ReadonlyMap<string, BoundEntry>;
    readonly #gateway: BoundEdge | undefined;
    /** Made for a host when it is first asked for. */
    readonly #hosts = new WeakMap<VirtualHostEntry, BoundEdge>();

    constructor(entries: ReadonlyMap<string, BoundEntry>) {
        this.entries = entries;
        this.#gateway = entries.get(EVERY_HOST)?.bound;
    }

    /** Undefined: nothing is done. */
    of(host: VirtualHostEntry | undefined): BoundEdge | undefined {
        if (host?.edge === undefined) return this.#gateway;
        let edge = this.#hosts.get(host);
        if (edge === undefined) this.#hosts.set(host, (edge = this.#joined(host.edge)));
        return edge;
    }

    #joined(keys: readonly string[]): BoundEdge {
        const own = keys.flatMap((key) => this.entries.get(key)?.bound ?? []);
        // What is said first holds.
        return Object.assign({}, this.#gateway, ...own.reverse()) as BoundEdge;
    }
}
