/** `proxy-config clusters`: where requests can be sent, and which DestinationRules say how. */
import { compareText } from "../../proxy/resources/text-order";
import type { ClusterEntry } from "../../proxy/tables";
import { originText, type ConfigDump } from "./config";
import { GAP, type TextTable } from "./table";

export interface ClusterFilter {
    readonly port?: number;
    /** Parts of it. */
    readonly fqdn?: string;
    readonly subset?: string;
    readonly direction?: string;
}

export interface ClusterRow {
    readonly key: string;
    readonly fqdn: string;
    /** Absent: the cluster's name says none. */
    readonly port?: number;
    readonly subset: string;
    readonly direction: string;
    readonly type: string;
    /** DestinationRules that hold, the first one's policy and the subsets of all: `reviews.shop`. */
    readonly destinationRules: readonly string[];
    /** Those for its host that do not hold. */
    readonly lost: readonly { readonly rule: string; readonly why: string }[];
    readonly origin: ClusterEntry["origin"];
}

/** As istioctl: by host, subset, port. */
export function clusterRows({ clusters }: Pick<ConfigDump, "clusters">, filter: ClusterFilter): ClusterRow[] {
    return clusters
        .map(clusterRow)
        .filter((row) => isWanted(row, filter))
        .sort((a, b) => compareText(a.fqdn, b.fqdn) || compareText(a.subset, b.subset) || (a.port ?? 0) - (b.port ?? 0));
}

function clusterRow({ key, discovery, rules, origin }: ClusterEntry): ClusterRow {
    const parts = key.split("|");
    const isNamed = parts.length === 4 && /^\d+$/.test(parts[1] ?? "");
    const [direction = "", port = "", subset = "", host = ""] = parts;
    return {
        key,
        ...(isNamed ? { fqdn: host, port: Number(port), subset, direction } : { fqdn: key, subset: "", direction: "" }),
        type: typeText(discovery, isNamed),
        destinationRules: (rules?.applied ?? []).map(shortRule),
        lost: (rules?.lost ?? []).map(({ rule, why }) => ({ rule: shortRule(rule), why })),
        origin,
    };
}

/** Envoy's words; endpoints of services come to it by EDS. */
function typeText(discovery: ClusterEntry["discovery"], isNamed: boolean): string {
    switch (discovery) {
        case "static":
            return isNamed ? "EDS" : "STATIC";
        case "dns":
            return "STRICT_DNS";
        case "logicalDns":
            return "LOGICAL_DNS";
        case "original":
            return "ORIGINAL_DST";
        case "dynamic":
            return "DYNAMIC";
        default:
            return discovery satisfies never;
    }
}

/** `DestinationRule shop/reviews`, `shop/reviews` → `reviews.shop`. */
function shortRule(text: string): string {
    const [, namespace, name] = /(?:^| )([^ /]+)\/([^ /]+)$/.exec(text) ?? [];
    return namespace === undefined ? text : `${name}.${namespace}`;
}

function isWanted(row: ClusterRow, { port, fqdn, subset, direction }: ClusterFilter): boolean {
    return (
        (port === undefined || row.port === port) &&
        (fqdn === undefined || row.fqdn.toLowerCase().includes(fqdn.toLowerCase())) &&
        (subset === undefined || row.subset.includes(subset)) &&
        (direction === undefined || row.direction === direction.toLowerCase())
    );
}

export function clusterTable(rows: readonly ClusterRow[]): TextTable {
    return {
        header: ["SERVICE FQDN", "PORT", "SUBSET", "DIRECTION", "TYPE", "DESTINATION RULE", "NOT APPLIED", "ORIGIN"],
        rows: rows.map(({ fqdn, port, subset, direction, type, destinationRules, lost, origin }) => [
            fqdn,
            port === undefined ? "-" : String(port),
            subset || "-",
            direction || "-",
            type,
            destinationRules.join(", "),
            lost.map(({ rule, why }) => `${rule} (${why})`).join(", ") || "-",
            originText(origin),
        ]),
        gap: GAP,
    };
}
