/** Route tables with their virtual hosts. A host that cannot be bound refuses its requests; none is left to a wildcard. */
import { HostIndex, type SharedMap, type Tables, type VirtualHostEntry } from "../tables";
import { attempt, sharedMap, type Changes } from "./changes";
import { bindVirtualHost, lateHost, refusedHost, type HostFault, type VirtualHost } from "./route";
import type { BindFault, RouteTable, Snapshot } from "./snapshot";

/** Where there are more, of most nobody will ask for long. */
const MANY = 512;

/** Hears of what could not be bound when it was asked for. */
export type LateFaults = (entry: VirtualHostEntry, faults: readonly BindFault[]) => void;

export function bindRouteTables(
    previous: Snapshot | undefined,
    entries: Tables,
    changes: Changes,
    faults: BindFault[],
    late: LateFaults | undefined,
): SharedMap<RouteTable> {
    const before = sharedMap(previous?.routeTables);
    const later = changes.virtualHosts.size > MANY ? late : undefined;
    const domains = new Map<string, Map<string, VirtualHost | undefined>>();
    const change = (table: string, domain: string, host: VirtualHost | undefined): void => {
        let changed = domains.get(table);
        if (changed === undefined) domains.set(table, (changed = new Map<string, VirtualHost | undefined>()));
        changed.set(domain, host);
    };
    for (const [key, entry] of changes.virtualHosts) {
        const old = previous?.entries.virtualHosts.get(key);
        if (old !== undefined && (entry === undefined || old.domain !== entry.domain || old.routeTable !== entry.routeTable)) {
            change(old.routeTable, old.domain, undefined);
        }
    }
    for (const [key, entry] of changes.virtualHosts) {
        if (entry === undefined) continue;
        // The same whatever was served before: a worker that was there must answer as one that comes later.
        const known = faults.length;
        attempt("virtualHosts", entry, faults, () => {
            if (later && isEntry(entry)) {
                const told = (all: readonly HostFault[]): void =>
                    later(
                        entry,
                        all.map((one) => ({ table: "virtualHosts", key, ...one })),
                    );
                return change(entry.routeTable, entry.domain, lateHost(entry, told));
            }
            const bound = bindVirtualHost(entry);
            for (const fault of bound.faults) faults.push({ table: "virtualHosts", key, ...fault });
            change(entry.routeTable, entry.domain, bound.host);
        });
        // Left out, it would leave its host to a wildcard's rules.
        const isThere = domains.get(entry.routeTable)?.get(entry.domain) !== undefined;
        if (!isThere && typeof entry.domain === "string")
            change(entry.routeTable, entry.domain, refusedHost(entry, faults[known]?.message ?? ""));
    }
    for (const key of changes.routeTables.keys()) if (!domains.has(key)) domains.set(key, new Map());
    return before.changed(
        [...domains].map(([key, changed]) => {
            const hosts = (before.get(key)?.hosts ?? new HostIndex<VirtualHost>()).changed(changed);
            const entry = entries.routeTables.get(key);
            return [key, entry === undefined && hosts.size === 0 ? undefined : { key, entry, hosts }] as const;
        }),
    );
}

/** What has not even the shape is found out at once. */
function isEntry({ domain, routes, origin }: Partial<VirtualHostEntry>): boolean {
    return typeof domain === "string" && Array.isArray(routes) && origin !== undefined;
}
