/** `proxy-config routes`: every route in the order in which it is tried, with the object that it is of. */
import { compareText } from "../../proxy/resources/text-order";
import type { RouteActionEntry, RouteEntry, RouteMatchEntry, StringMatchEntry, VirtualHostEntry } from "../../proxy/tables";
import { originText, shortName, type ConfigDump } from "./config";
import { routeTableNames } from "./route-names";
import { GAP, type TextTable } from "./table";

export interface RouteFilter {
    /** Of the route table: as it is shown, or by its key. */
    readonly name?: string;
    readonly port?: number;
    /** A host that is asked for exactly, or a part of it. */
    readonly fqdn?: string;
}

export interface RouteLine {
    readonly name: string;
    readonly virtualHost: string;
    readonly domains: readonly string[];
    /** On the path, as istioctl writes it. */
    readonly match: string;
    /** `cart.shop`; `404` where the host has no route. */
    readonly virtualService: string;
    /** All that a request must have besides the path. */
    readonly conditions: readonly string[];
    readonly action: string;
    /** Of the routes of its host, from 1. 0: there are none. */
    readonly order: number;
    readonly origin: RouteEntry["origin"];
}

/** By the table's name and the host's; the routes of a host in the order in which they are tried. */
export function routeRows(dump: ConfigDump, { name, port, fqdn }: RouteFilter): RouteLine[] {
    const names = routeTableNames(dump);
    const hosts = new Map<string, VirtualHostEntry[]>();
    for (const host of dump.virtualHosts) {
        const list = hosts.get(host.routeTable);
        if (list) list.push(host);
        else hosts.set(host.routeTable, [host]);
    }
    return dump.routeTables
        .map((table) => ({ table, shown: names.get(table.key) ?? table.key }))
        .filter(({ table, shown }) => name === undefined || name === shown || name === table.key)
        .filter(({ table, shown }) => port === undefined || table.port === port || shown === `http.${port}`)
        .sort((a, b) => compareText(a.shown, b.shown))
        .flatMap(({ table, shown }) => {
            const own = (hosts.get(table.key) ?? []).map((host) => ({ host, virtualHost: hostName(host.domain, table.port) }));
            if (own.length === 0 && fqdn === undefined) return [nobody(shown, table)];
            return own
                .filter(({ host }) => fqdn === undefined || host.domain.includes(fqdn.toLowerCase()))
                .sort((a, b) => compareText(a.virtualHost, b.virtualHost))
                .flatMap(({ host, virtualHost }) => rowsOf(shown, virtualHost, host));
        });
}

/** The names of a forward proxy's hosts have the port already. */
function hostName(domain: string, port: number): string {
    return /:\d+$/.test(domain) ? domain : `${domain}:${port}`;
}

function nobody(name: string, table: ConfigDump["routeTables"][number]): RouteLine {
    return {
        name,
        virtualHost: `blackhole:${table.port}`,
        domains: ["*"],
        match: "/*",
        virtualService: "404",
        conditions: [],
        action: "404",
        order: 0,
        origin: table.origin,
    };
}

function rowsOf(name: string, virtualHost: string, host: VirtualHostEntry): RouteLine[] {
    const common = { name, virtualHost, domains: [host.domain] };
    const redirected = host.httpsRedirect ? "301 to https" : undefined;
    if (host.routes.length === 0)
        return [
            { ...common, match: "/*", virtualService: "404", conditions: [], action: redirected ?? "404", order: 0, origin: host.origin },
        ];
    return host.routes.map(({ match, action, origin }, at) => ({
        ...common,
        match: pathText(match),
        virtualService: shortName(origin),
        conditions: conditionsOf(match),
        action: redirected ?? actionText(action),
        order: at + 1,
        origin,
    }));
}

function pathText(match: RouteMatchEntry | undefined): string {
    const path = match?.path;
    if (!path) return "/*";
    switch (path.kind) {
        case "exact":
            return path.value;
        case "prefix":
            return `${path.value}*`;
        case "segment":
            return `PathPrefix:${path.value}`;
        case "regex":
            return `regex ${path.value}`;
        default:
            return path.kind satisfies never;
    }
}

function conditionsOf(match: RouteMatchEntry | undefined): string[] {
    if (!match) return [];
    const { path, scheme, method, authority, headers, queryParams, claims } = match;
    return [
        ...(path?.ignoreCase ? ["path in any case"] : []),
        ...(method ? [`method${textText(method)}`] : []),
        ...(authority ? [`authority${textText(authority)}`] : []),
        ...(scheme ? [`scheme${textText(scheme)}`] : []),
        ...headers.map((one) => `${one.invert ? "not " : ""}${one.name}${textText(one.match)}`),
        ...queryParams.map((one) => `?${one.name}${textText(one.match)}`),
        ...claims.map((one) => `${one.invert ? "not " : ""}claim ${one.path.join(".")}${textText(one.match)}`),
    ];
}

function textText(match: StringMatchEntry): string {
    switch (match.kind) {
        case "present":
            return "";
        case "exact":
            return `=${match.value}`;
        case "prefix":
            return `=${match.value}*`;
        case "regex":
            return `~${match.value}`;
        default:
            return match satisfies never;
    }
}

function actionText(action: RouteActionEntry): string {
    switch (action.kind) {
        case "forward": {
            const [only] = action.clusters;
            if (only !== undefined && action.clusters.length === 1) return only.cluster;
            return action.clusters.map(({ cluster, weight }) => `${weight} ${cluster}`).join(", ");
        }
        case "redirect":
            return `${action.status} redirect`;
        case "direct":
            return `${action.status} direct response`;
        case "refuse":
            return `500: ${action.why}`;
        default:
            return action satisfies never;
    }
}

export function routeTable(rows: readonly RouteLine[]): TextTable {
    return {
        header: ["NAME", "VHOST NAME", "DOMAINS", "MATCH", "VIRTUAL SERVICE", "CONDITIONS", "ACTION", "ORIGIN"],
        rows: rows.map(({ name, virtualHost, domains, match, virtualService, conditions, action, origin }) => [
            name,
            virtualHost,
            domains.join(", "),
            match,
            virtualService,
            conditions.join(", ") || "-",
            action,
            originText(origin),
        ]),
        gap: GAP,
    };
}
