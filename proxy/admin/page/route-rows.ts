/** Routes as rows of the page's list: what each is for and does, in a line, and how it fares. */
import { refText } from "../../../istio/types";
import type { RouteActionEntry, RouteEntry, RouteMatchEntry } from "../../tables";
import type { Counts } from "../../telemetry";
import type { RouteSums, RouteRow } from "./rows";
import type { ServedRoute } from "./served-hosts";

/** The figures of all routes, by their label. */
export type FiguresByRoute = ReadonlyMap<string, RouteSums>;

export function figuresByRoute(counts: Counts): FiguresByRoute {
    const all = new Map<string, RouteSums>();
    const durations = counts.find(({ name }) => name === "gatehouse_route_duration_seconds");
    const buckets = new Map(durations?.series.map(([[route = ""], numbers]) => [route, numbers]));
    for (const [labels, numbers] of counts.find(({ name }) => name === "gatehouse_route_requests_total")?.series ?? []) {
        const [route = "", code = ""] = labels;
        const requests = numbers[0] ?? 0;
        const before = all.get(route) ?? { requests: 0, clientErrors: 0, serverErrors: 0, ...bucketsOf(durations, buckets.get(route)) };
        all.set(route, {
            ...before,
            requests: before.requests + requests,
            clientErrors: before.clientErrors + (code.startsWith("4") ? requests : 0),
            serverErrors: before.serverErrors + (code.startsWith("5") ? requests : 0),
        });
    }
    return all;
}

/** What stands behind the buckets is their sum. */
function bucketsOf(family: Counts[number] | undefined, numbers: readonly number[] | undefined): Pick<RouteSums, "bounds" | "counts"> {
    const bounds = family?.bounds ?? [];
    return { bounds, counts: numbers?.slice(0, bounds.length + 1) ?? [] };
}

export function routeRow({ of: { host }, route, at }: ServedRoute, figures: FiguresByRoute): RouteRow {
    const object = refText(route.origin);
    return {
        key: `${host.key} ${at}`,
        host: host.domain,
        hostKey: host.key,
        name: route.name,
        match: matchText(route),
        action: actionText(route.action),
        object,
        field: route.origin.field,
        figures: figures.get(`${object} ${route.origin.field}`) ?? null,
    };
}

export function matchText({ match }: RouteEntry): string {
    if (!match) return "every request";
    const { path, method, scheme, authority, headers, queryParams, claims } = match;
    const parts = [
        ...(path ? [pathText(path)] : []),
        ...named("method", method),
        ...named("scheme", scheme),
        ...named("authority", authority),
        ...headers.map(({ name, invert }) => `${invert ? "without " : ""}header ${name}`),
        ...queryParams.map(({ name }) => `parameter ${name}`),
        ...claims.map(({ path: claim, invert }) => `${invert ? "without " : ""}claim ${claim.join(".")}`),
    ];
    return parts.length === 0 ? "every request" : parts.join(", ");
}

function pathText({ kind, value, ignoreCase }: NonNullable<RouteMatchEntry["path"]>): string {
    const text = kind === "exact" ? value : kind === "regex" ? `~ ${value}` : kind === "segment" ? `${value}/…` : `${value}*`;
    return ignoreCase ? `${text} (any case)` : text;
}

function named(name: string, match: RouteMatchEntry["method"]): string[] {
    if (!match) return [];
    return [match.kind === "present" ? `any ${name}` : `${name} ${match.kind === "exact" ? "" : `${match.kind} `}${match.value}`];
}

export function actionText(action: RouteActionEntry): string {
    switch (action.kind) {
        case "forward":
            return forwardText(action.clusters);
        case "redirect":
            return `redirect with ${action.status}`;
        case "direct":
            return `answer with ${action.status}`;
        case "refuse":
            return `refused: ${action.why}`;
        default:
            return action satisfies never;
    }
}

function forwardText(clusters: readonly { readonly cluster: string; readonly weight: number }[]): string {
    const sum = clusters.reduce((all, { weight }) => all + weight, 0);
    return clusters
        .map(({ cluster, weight }) => `${clusterText(cluster)}${clusters.length > 1 && sum > 0 ? ` ${percent(weight, sum)}%` : ""}`)
        .join(", ");
}

function percent(weight: number, sum: number): number {
    return Math.round((1000 * weight) / sum) / 10;
}

export interface ClusterName {
    readonly service: string;
    readonly port: string;
    readonly subset: string;
}

/** `outbound|80|v1|web.shop.svc.cluster.local`; what is named otherwise is its own name. */
export function clusterName(key: string): ClusterName {
    const parts = key.split("|");
    return parts.length === 4 ? { service: parts[3]!, port: parts[1]!, subset: parts[2]! } : { service: key, port: "", subset: "" };
}

export function clusterText(key: string): string {
    const { service, port, subset } = clusterName(key);
    return `${service}${port === "" ? "" : `:${port}`}${subset === "" ? "" : ` (${subset})`}`;
}
