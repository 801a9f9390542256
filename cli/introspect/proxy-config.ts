/** `gatehouse proxy-config`: what a proxy serves, part by part. */
import { CommandError, EXIT, type ExitCode } from "../exit";
import type { Terminal } from "../terminal";
import type { AdminSource } from "./admin-source";
import { clusterRows, clusterTable } from "./clusters";
import { configOf, contextsOf, endpointsOf, findingsOf, openPorts } from "./config";
import { endpointRows, endpointTable } from "./endpoints";
import { listenerRows, listenerTable } from "./listeners";
import { logSection, type LogChange } from "./log-levels";
import { printSections, type Format, type Section } from "./output";
import { policyRows, policyTable } from "./policies";
import { findOneOrPods, type ProxyChoice } from "./proxies";
import { routeRows, routeTable } from "./routes";
import { secretRows, secretTable } from "./secrets";

export const PARTS = ["listeners", "routes", "clusters", "endpoints", "secrets", "policies"] as const;
export type ConfigPart = (typeof PARTS)[number];

/** What is left out is not filtered by. */
export interface Filters {
    readonly port?: number;
    readonly address?: string;
    readonly type?: string;
    readonly name?: string;
    readonly fqdn?: string;
    readonly direction?: string;
    readonly subset?: string;
    readonly cluster?: string;
    readonly status?: string;
}

export async function proxyConfig(
    part: ConfigPart | "all",
    filters: Filters,
    options: ProxyChoice & { readonly output: Format },
    terminal: Terminal,
): Promise<ExitCode> {
    return eachProxy(options, terminal, (proxy) => (part === "all" ? allOf(proxy, filters) : partOf(part, proxy, filters)));
}

/** Shows levels, after changing them where that is asked. */
export async function proxyLog(
    change: LogChange,
    options: ProxyChoice & { readonly output: Format },
    terminal: Terminal,
): Promise<ExitCode> {
    return eachProxy(options, terminal, (proxy) => logSection(proxy, change));
}

async function eachProxy(
    options: ProxyChoice & { readonly output: Format },
    terminal: Terminal,
    section: (proxy: AdminSource) => Promise<Omit<Section, "proxy">>,
): Promise<ExitCode> {
    const { proxies, close } = await findOneOrPods(options);
    try {
        const sections: Section[] = [];
        const isMany = options.gateway !== undefined || proxies.length > 1;
        const faults: CommandError[] = [];
        for (const proxy of proxies)
            try {
                sections.push({ proxy: proxy.name, ...(await section(proxy)) });
            } catch (error) {
                // Of several pods one may just be ending: the others are shown all the same.
                if (!isMany || !(error instanceof CommandError)) throw error;
                faults.push(error);
            }
        const [first] = faults;
        if (first !== undefined && sections.length === 0)
            throw new CommandError(first.exitCode, faults.map(({ message }) => message).join("; "));
        printSections(sections, isMany, options.output, terminal);
        for (const { message } of faults) terminal.fault(message);
        return first === undefined ? EXIT.ok : EXIT.failure;
    } finally {
        close();
    }
}

async function partOf(part: ConfigPart, proxy: AdminSource, filters: Filters): Promise<Omit<Section, "proxy">> {
    switch (part) {
        case "listeners": {
            const [dump, open] = await Promise.all([configOf(proxy, ["listeners", "chains"]), openPorts(proxy)]);
            const rows = listenerRows(dump, open, filters);
            return { tables: [listenerTable(rows)], document: rows };
        }
        case "routes": {
            const rows = routeRows(await configOf(proxy, ["listeners", "chains", "routeTables", "virtualHosts"]), filters);
            return { tables: [routeTable(rows)], document: rows };
        }
        case "clusters": {
            const rows = clusterRows(await configOf(proxy, ["clusters"]), filters);
            return { tables: [clusterTable(rows)], document: rows };
        }
        case "endpoints": {
            const rows = endpointRows(await endpointsOf(proxy), filters);
            return { tables: [endpointTable(rows)], document: rows };
        }
        case "secrets": {
            const [dump, contexts, findings] = await Promise.all([
                configOf(proxy, ["secrets", "chains", "clusters"]),
                contextsOf(proxy),
                findingsOf(proxy),
            ]);
            const rows = secretRows(dump, contexts, findings, Date.now(), filters);
            return { tables: [secretTable(rows)], document: rows };
        }
        case "policies": {
            const tables = ["listeners", "chains", "routeTables", "virtualHosts", "access", "authorizations", "authentications"] as const;
            const rows = policyRows(await configOf(proxy, tables), filters);
            return { tables: [policyTable(rows)], document: rows };
        }
        default:
            return part satisfies never;
    }
}

async function allOf(proxy: AdminSource, filters: Filters): Promise<Omit<Section, "proxy">> {
    const parts: (readonly [ConfigPart, Omit<Section, "proxy">])[] = [];
    for (const part of PARTS) parts.push([part, await partOf(part, proxy, filters)]);
    return {
        tables: parts.flatMap(([, { tables }]) => tables),
        document: Object.fromEntries(parts.map(([part, { document }]) => [part, document])),
    };
}
