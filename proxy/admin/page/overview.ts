/** What stands at the top of the page: how the proxy is, how much it serves, and what somebody should look at first. */
import { findingText, type Finding } from "../../../istio/findings";
import { refText } from "../../../istio/types";
import type { Counts } from "../../telemetry";
import type { AdminView } from "../admin-view";
import { byExpiry, certificateRow } from "./certificate-rows";
import type { FindingRow, Overview, PolicyRow } from "./rows";
import { servedHosts } from "./served-hosts";

const FIRST = 5;

export async function overviewOf(view: AdminView, counts: Counts, now: number): Promise<Overview> {
    const { tables, version, isReady, draining, findings } = view;
    const served = servedHosts(tables);
    const certificates = tables ? await byExpiry(tables) : [];
    const count = (name: string): number => numberOf(counts, name);
    return {
        version,
        standing: draining ? "draining" : isReady ? "ready" : "not in sync",
        counts: {
            gateways: new Set(served.chains.map(({ chain }) => refText(chain.origin))).size,
            hosts: served.hosts.length,
            routes: served.routes.length,
            services: tables?.clusters.size ?? 0,
            endpoints: [...(tables?.endpoints.values() ?? [])].reduce((sum, { endpoints }) => sum + endpoints.length, 0),
            certificates: certificates.length,
        },
        workers: view.workers as Overview["workers"],
        findings: {
            Error: findings.filter(({ level }) => level === "Error").length,
            Warning: findings.filter(({ level }) => level === "Warning").length,
            Info: findings.filter(({ level }) => level === "Info").length,
        },
        requests: count("requests"),
        clientErrors: count("responses_4xx"),
        serverErrors: count("responses_5xx"),
        active: count("requests_active"),
        connections: count("connections_active"),
        refusals: policyRows(counts).slice(0, FIRST),
        expiring: certificates.slice(0, FIRST).map((secret) => certificateRow(secret, now)),
    };
}

function numberOf(counts: Counts, name: string): number {
    return counts.find((family) => family.name === name)?.series.reduce((sum, [, [value = 0]]) => sum + value, 0) ?? 0;
}

/** Those that did most stand first. */
export function policyRows(counts: Counts): PolicyRow[] {
    const family = counts.find(({ name }) => name === "authorization_policies");
    return (family?.series ?? [])
        .map(([[effect = "", policy = ""], [count = 0]]) => ({ policy, effect, count }))
        .sort((a, b) => b.count - a.count);
}

/** Errors stand first. */
export function sortedFindings(findings: readonly Finding[]): readonly Finding[] {
    const rank = { Error: 0, Warning: 1, Info: 2 } as const;
    return [...findings].sort((a, b) => rank[a.level] - rank[b.level]);
}

export function findingRow({ level, code, object, field, message, fix }: Finding): FindingRow {
    return { level, code, object: object ? refText(object) : "", field, message, fix };
}

export function findingSearchText(one: Finding): string {
    return findingText(one).toLowerCase();
}
