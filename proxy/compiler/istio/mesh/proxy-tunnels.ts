/** What clients of an application's HTTP proxy may have bytes passed to: hosts by their ports, as their own rules lead them. */
import { Renewed } from "../../graph/renewed";
import type { PlannedTunnel } from "../../routing/model/servers";
import type { PlannedServers } from "./drafts";
import type { OutboundScope } from "./outbound-scope";
import type { Visible } from "./visible";

type Draft = Omit<PlannedTunnel, "server"> & { readonly server: string | undefined };

export class ProxyTunnels {
    /** Which server has the bytes for a host's port. */
    readonly #servers = new Map<string, string>();
    readonly #drafts: Draft[] = [];

    note({ id }: Visible, server: string): void {
        this.#servers.set(id, server);
    }

    add(routeTable: string, { definition, port, id, names, proxied }: Visible, full: ReadonlySet<string>): void {
        const server = this.#servers.get(id);
        if (server === undefined) return;
        const { host: serverName, subject } = definition;
        const { field } = port;
        const lead = (domain: string): unknown => this.#drafts.push({ routeTable, domain, server, serverName, subject, field });
        lead(proxied.full);
        for (const [at, short] of names.short.entries()) if (!full.has(short)) lead(proxied.short[at] ?? "");
        for (const address of proxied.addresses) lead(address);
    }

    /** Where nobody looks for whom they are. */
    addAny(routeTable: string, { mode, egressProxy, subject, modeField: field }: OutboundScope): void {
        if (mode === "ALLOW_ANY" && egressProxy === undefined)
            this.#drafts.push({ routeTable, domain: "*", server: undefined, serverName: "", subject, field });
    }

    planned(servers: PlannedServers, before: readonly PlannedTunnel[]): readonly PlannedTunnel[] {
        const tunnels = new Renewed(before, isSame);
        for (const { server: name, ...tunnel } of this.#drafts) {
            const server = name === undefined ? undefined : servers.get(name)?.server;
            if (name === undefined || server !== undefined) tunnels.add({ ...tunnel, server });
        }
        return tunnels.list();
    }
}

function isSame(before: PlannedTunnel, now: PlannedTunnel): boolean {
    return (
        before.server === now.server &&
        before.subject === now.subject &&
        before.domain === now.domain &&
        before.routeTable === now.routeTable &&
        before.serverName === now.serverName &&
        before.field === now.field
    );
}
