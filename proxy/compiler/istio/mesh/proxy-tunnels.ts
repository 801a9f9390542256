/** What clients of an application's HTTP proxy may have bytes passed to: hosts by their ports, as their own rules lead them. */
import type { CompilerSettings } from "../../context/context";
import type { PlannedServer, PlannedTunnel } from "../../routing/model/servers";
import { domainsOf } from "./domains";
import type { Visible } from "./families";
import type { OutboundScope } from "./outbound-scope";

type Draft = Omit<PlannedTunnel, "server"> & { readonly server: string | undefined };

export class ProxyTunnels {
    /** Which server has the bytes for a host's port. */
    readonly #servers = new Map<string, string>();
    readonly #drafts: Draft[] = [];

    note({ definition, port }: Visible, server: string): void {
        this.#servers.set(`${definition.host} ${port.number}`, server);
    }

    add(routeTable: string, { definition, port }: Visible, full: ReadonlySet<string>, settings: CompilerSettings): void {
        const server = this.#servers.get(`${definition.host} ${port.number}`);
        if (server === undefined) return;
        const { host, subject } = definition;
        const names = domainsOf(definition, settings.namespace, settings.domain);
        for (const name of [names.full, ...names.short.filter((short) => !full.has(short)), ...names.addresses])
            this.#drafts.push({ routeTable, domain: `${name}:${port.number}`, server, serverName: host, subject, field: port.field });
    }

    /** Where nobody looks for whom they are. */
    addAny(routeTable: string, { mode, egressProxy, subject, modeField: field }: OutboundScope): void {
        if (mode === "ALLOW_ANY" && egressProxy === undefined)
            this.#drafts.push({ routeTable, domain: "*", server: undefined, serverName: "", subject, field });
    }

    planned(servers: ReadonlyMap<string, PlannedServer>): readonly PlannedTunnel[] {
        return this.#drafts.flatMap(({ server: key, ...tunnel }): PlannedTunnel[] => {
            const server = key === undefined ? undefined : servers.get(key);
            return key !== undefined && server === undefined ? [] : [{ ...tunnel, server }];
        });
    }
}
