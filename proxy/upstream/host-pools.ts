/** The pools of an endpoint where its TLS is for the host of the request: one a host, and no more of them than are of use. */
import type { ConnectionPool } from "./connection";

/** So many hosts of an endpoint may keep idle connections. */
export const MAX_HOSTS = 64;

/**
 * Host names are the clients' to invent. Pools that nothing uses any more go, and while there are too many also the idle
 * ones that were used longest ago.
 */
export function forgetHosts(pools: Map<string, ConnectionPool>): void {
    const idle: { readonly name: string; readonly pool: ConnectionPool; readonly since: number }[] = [];
    for (const [name, pool] of pools) {
        const since = pool.idleSince;
        if (pool.isEmpty) pools.delete(name);
        else if (since !== undefined) idle.push({ name, pool, since });
    }
    // Some more than needed, so that it is not done for every new name.
    const most = Math.floor(MAX_HOSTS * 0.75);
    for (const { name, pool } of idle.sort((a, b) => a.since - b.since)) {
        if (pools.size <= most) return;
        pools.delete(name);
        pool.retire();
    }
}
