/** `proxy-config policies`: who may pass, by which object, and for which servers that holds. */
import { compareText } from "../../proxy/resources/text-order";
import type { AccessEntry } from "../../proxy/tables";
import { originText, shortName, type ConfigDump } from "./config";
import { routeTableNames } from "./route-names";
import { GAP, type TextTable } from "./table";

export interface PolicyFilter {
    /** A part of the policy's name. */
    readonly name?: string;
    readonly port?: number;
    readonly fqdn?: string;
}

export interface PolicyLine {
    /** As `istioctl x authz check` has it; TOKEN: a RequestAuthentication. REFUSE: it can't be served, and nobody is let in. */
    readonly action: "ALLOW" | "DENY" | "AUDIT" | "CUSTOM" | "TOKEN" | "REFUSE";
    readonly policy: string;
    /** Of a RequestAuthentication its issuers' rules. */
    readonly rules: number;
    readonly dryRun: boolean;
    /** Issuers of tokens, the provider of CUSTOM, or why nothing is let in. */
    readonly detail: string;
    /** Route tables, hosts of them, and chains of TCP. */
    readonly appliesTo: readonly string[];
    readonly origin: ConfigDump["authorizations"][number]["origin"];
}

/** In the order in which Istio asks them. */
const ORDER: readonly PolicyLine["action"][] = ["REFUSE", "CUSTOM", "TOKEN", "AUDIT", "DENY", "ALLOW"];

export function policyRows(dump: ConfigDump, { name, port, fqdn }: PolicyFilter): PolicyLine[] {
    const { places, refusals } = placesOf(dump, port, fqdn);
    const users = usersOf(dump.access, places);
    const isNarrowed = port !== undefined || fqdn !== undefined;
    const rows: PolicyLine[] = [
        ...refusals,
        ...dump.authorizations.map((policy) => ({
            action: policy.action,
            policy: shortName(policy),
            rules: policy.rules.length,
            dryRun: policy.dryRun,
            detail: policy.provider ?? "",
            appliesTo: users.get(policy.key) ?? [],
            origin: policy.origin,
        })),
        ...dump.authentications.map((one) => ({
            action: "TOKEN" as const,
            policy: shortName(one.origin),
            rules: one.rules.length,
            dryRun: false,
            detail: one.rules.map(({ issuer }) => issuer).join(", "),
            appliesTo: users.get(one.key) ?? [],
            origin: one.origin,
        })),
    ];
    return rows
        .filter((row) => name === undefined || row.policy.includes(name))
        .filter((row) => !isNarrowed || row.appliesTo.length > 0)
        .sort((a, b) => ORDER.indexOf(a.action) - ORDER.indexOf(b.action) || compareText(a.policy, b.policy));
}

/** By AccessEntry key, where it holds. */
function placesOf(
    dump: ConfigDump,
    port: number | undefined,
    fqdn: string | undefined,
): { readonly places: Map<string, string[]>; readonly refusals: PolicyLine[] } {
    const places = new Map<string, string[]>();
    const refusals = new Map<string, PolicyLine & { appliesTo: string[] }>();
    const names = routeTableNames(dump);
    const listenerPort = new Map(dump.listeners.map((one) => [one.key, one.port]));
    const tablePort = new Map(dump.routeTables.map((one) => [one.key, one.port]));
    const note = (
        { access, refusal }: Pick<ConfigDump["chains"][number], "access" | "refusal">,
        where: string,
        at: number | undefined,
        hosts: readonly string[],
    ): void => {
        if (port !== undefined && at !== port) return;
        if (fqdn !== undefined && hosts.length > 0 && !hosts.some((host) => host.includes(fqdn.toLowerCase()))) return;
        if (access !== undefined) {
            const list = places.get(access);
            if (list) list.push(where);
            else places.set(access, [where]);
        }
        if (refusal === undefined) return;
        const key = originText(refusal.origin);
        const row = refusals.get(key);
        if (row) row.appliesTo.push(where);
        else
            refusals.set(key, {
                action: "REFUSE",
                policy: shortName(refusal.origin),
                rules: 0,
                dryRun: false,
                detail: refusal.detail,
                appliesTo: [where],
                origin: refusal.origin,
            });
    };
    for (const table of dump.routeTables) note(table, names.get(table.key) ?? table.key, table.port, []);
    for (const host of dump.virtualHosts)
        note(host, `${names.get(host.routeTable) ?? host.routeTable} ${host.domain}`, tablePort.get(host.routeTable), [host.domain]);
    for (const chain of dump.chains) note(chain, chain.key, listenerPort.get(chain.listener), chain.serverNames);
    return { places, refusals: [...refusals.values()] };
}

/** By the policy's key. */
function usersOf(access: readonly AccessEntry[], places: ReadonlyMap<string, readonly string[]>): Map<string, string[]> {
    const users = new Map<string, Set<string>>();
    for (const { key, authentications, custom, audit, deny, allow } of access) {
        const where = places.get(key) ?? [];
        for (const policy of [...authentications, ...custom, ...audit, ...deny, ...allow.flat()]) {
            let all = users.get(policy);
            if (!all) users.set(policy, (all = new Set()));
            for (const one of where) all.add(one);
        }
    }
    return new Map([...users].map(([policy, all]) => [policy, [...all]]));
}

export function policyTable(rows: readonly PolicyLine[]): TextTable {
    return {
        header: ["ACTION", "POLICY", "RULES", "APPLIES TO", "DETAIL", "ORIGIN"],
        rows: rows.map(({ action, policy, rules, dryRun, detail, appliesTo, origin }) => [
            dryRun ? `${action} (dry run)` : action,
            policy,
            String(rules),
            appliesTo.join(", ") || "-",
            detail || "-",
            originText(origin),
        ]),
        gap: GAP,
    };
}
