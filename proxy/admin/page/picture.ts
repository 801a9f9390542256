/** Who leads where, of one host: its gateways, its routes, the Services they lead to, and where those are. Bounded: a person looks at it. */
import { refText } from "../../../istio/types";
import type { RouteEntry, Tables } from "../../tables";
import type { EndpointAnswer } from "../inspection";
import { healthWord, isWell } from "./endpoint-rows";
import { actionText, clusterName, clusterText, matchText } from "./route-rows";
import type { Picture, PictureNode } from "./rows";
import type { ServedHost } from "./served-hosts";

const MOST_GATEWAYS = 6;
const MOST_ROUTES = 12;
const MOST_SERVICES = 12;
const MOST_ENDPOINTS = 6;

export function pictureOf({ host, chains }: ServedHost, tables: Tables, version: number, endpoints: readonly EndpointAnswer[]): Picture {
    const drawing = new Drawing();
    const hostNode = drawing.node("host", host.key, host.domain, refText(host.origin), host.refusal ? "bad" : "plain");
    for (const { chain, listener } of first(drawing, chains, MOST_GATEWAYS, "gateway", hostNode)) {
        const gateway = drawing.node(
            "gateway",
            `${refText(chain.origin)} ${listener?.port}`,
            refText(chain.origin),
            `port ${listener?.port ?? "?"}`,
        );
        drawing.edge(gateway, hostNode);
    }
    const services = new Set<string>();
    first(drawing, host.routes, MOST_ROUTES, "route", hostNode).forEach((route, at) => {
        const node = drawing.node(
            "route",
            String(at),
            matchText(route),
            routeDetail(route),
            route.action.kind === "refuse" ? "bad" : "plain",
        );
        drawing.edge(hostNode, node);
        if (route.action.kind !== "forward") return;
        const sum = route.action.clusters.reduce((all, { weight }) => all + weight, 0);
        for (const { cluster, weight } of route.action.clusters) {
            if (!services.has(cluster) && services.size >= MOST_SERVICES) continue;
            const { service, port, subset } = clusterName(cluster);
            const detail = `${port === "" ? "" : `port ${port}`}${subset === "" ? "" : `, subset ${subset}`}`;
            const there = tables.clusters.has(cluster);
            const target = drawing.node("service", cluster, service, there ? detail : "there is no such Service", there ? "plain" : "bad");
            drawing.edge(node, target, route.action.clusters.length > 1 && sum > 0 ? `${Math.round((100 * weight) / sum)}%` : "");
            if (!services.has(cluster))
                endpointsOf(
                    drawing,
                    cluster,
                    target,
                    endpoints.filter((one) => one.cluster === cluster),
                );
            services.add(cluster);
        }
    });
    return { version, host: host.domain, nodes: drawing.nodes, edges: drawing.edges };
}

function routeDetail({ action, origin }: RouteEntry): string {
    // Where it leads to stands beside it.
    return action.kind === "forward" ? `${refText(origin)} ${origin.field}` : actionText(action);
}

function endpointsOf(drawing: Drawing, cluster: string, target: string, all: readonly EndpointAnswer[]): void {
    if (all.length === 0) drawing.edge(target, drawing.node("endpoint", `${cluster} none`, "no endpoints", clusterText(cluster), "bad"));
    for (const endpoint of first(drawing, all, MOST_ENDPOINTS, "endpoint", target)) {
        const { address, active } = endpoint;
        const node = drawing.node(
            "endpoint",
            `${cluster} ${address}`,
            address,
            `${healthWord(endpoint)}, ${active} active`,
            isWell(endpoint) ? "good" : "bad",
        );
        drawing.edge(target, node);
    }
}

/** So many of them, and one node that says how many more there are. */
function first<Item>(drawing: Drawing, all: readonly Item[], most: number, column: PictureNode["column"], beside: string): readonly Item[] {
    if (all.length <= most) return all;
    const more = drawing.node(column, `${beside} more`, `${all.length - most} more`, "");
    if (column === "gateway") drawing.edge(more, beside);
    else drawing.edge(beside, more);
    return all.slice(0, most);
}

class Drawing {
    readonly nodes: PictureNode[] = [];
    readonly edges: { from: string; to: string; label: string }[] = [];
    readonly #known = new Set<string>();
    readonly #drawn = new Set<string>();

    node(column: PictureNode["column"], name: string, title: string, detail: string, state: PictureNode["state"] = "plain"): string {
        const id = `${column} ${name}`;
        if (!this.#known.has(id)) this.nodes.push({ id, column, title, detail, state });
        this.#known.add(id);
        return id;
    }

    edge(from: string, to: string, label = ""): void {
        const id = `${from}\n${to}`;
        if (!this.#drawn.has(id)) this.edges.push({ from, to, label });
        this.#drawn.add(id);
    }
}
