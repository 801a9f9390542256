/** `proxy-config endpoints`: where requests go, and how the workers find it there. */
import type { EndpointAnswer } from "../../proxy/admin/inspection";
import { compareText } from "../../proxy/resources/text-order";
import type { LiveEndpoints } from "./config";
import { GAP, type TextTable } from "./table";

export interface EndpointFilter {
    readonly port?: number;
    readonly address?: string;
    readonly cluster?: string;
    /** Of the cluster's host, a part. */
    readonly fqdn?: string;
    readonly status?: string;
    readonly subset?: string;
    readonly direction?: string;
}

export interface EndpointLine extends Omit<EndpointAnswer, "address" | "ejected" | "failing"> {
    /** `10.0.0.1:8080`; of a cluster that has none `-`. */
    readonly endpoint: string;
    /** UNHEALTHY: its active health check fails. NONE: there is no endpoint. */
    readonly status: "HEALTHY" | "UNHEALTHY" | "NONE";
    /** FAILED: put aside for what it answered. */
    readonly outlierCheck: "OK" | "FAILED";
    /** Why there is none, or which workers leave it out. */
    readonly note: string;
}

/** As istioctl: by address, port, cluster; last the clusters that have no endpoint. */
export function endpointRows({ endpoints, unresolved }: LiveEndpoints, filter: EndpointFilter): EndpointLine[] {
    const some = endpoints.map(endpointRow).map((row) => ({ row, place: placeOf(row.endpoint) }));
    some.sort(
        (a, b) => compareText(a.place.address, b.place.address) || a.place.port - b.place.port || compareText(a.row.cluster, b.row.cluster),
    );
    const none = unresolved.map(
        ({ cluster, why }): EndpointLine => ({
            endpoint: "-",
            status: "NONE",
            outlierCheck: "OK",
            cluster,
            weight: 0,
            priority: 0,
            locality: "",
            active: 0,
            connections: 0,
            workers: [],
            note: why,
        }),
    );
    return [...some.map(({ row }) => row), ...none].filter((row) => isWanted(row, filter));
}

function endpointRow({ address, ejected, failing, ...rest }: EndpointAnswer): EndpointLine {
    const out = rest.workers.filter((one) => one.ejected || one.failing).map(({ worker }) => worker);
    const isPart = out.length > 0 && out.length < rest.workers.length;
    return {
        ...rest,
        endpoint: address,
        status: failing ? "UNHEALTHY" : "HEALTHY",
        outlierCheck: ejected ? "FAILED" : "OK",
        note: isPart ? `left out by worker ${out.join(", ")} of ${rest.workers.length}` : "",
    };
}

function placeOf(endpoint: string): { readonly address: string; readonly port: number } {
    const at = endpoint.lastIndexOf(":");
    return { address: endpoint.slice(0, at), port: Number(endpoint.slice(at + 1)) };
}

function isWanted(row: EndpointLine, { port, address, cluster, fqdn, status, subset, direction }: EndpointFilter): boolean {
    const place = placeOf(row.endpoint);
    const [way = "", , part = "", host = row.cluster] = row.cluster.split("|");
    return (
        (port === undefined || place.port === port) &&
        (address === undefined || place.address.replace(/^\[(.*)\]$/, "$1") === address.toLowerCase()) &&
        (cluster === undefined || row.cluster === cluster) &&
        (fqdn === undefined || host.includes(fqdn.toLowerCase())) &&
        (subset === undefined || part.includes(subset)) &&
        (direction === undefined || way === direction.toLowerCase()) &&
        (status === undefined || row.status === status.toUpperCase())
    );
}

export function endpointTable(rows: readonly EndpointLine[]): TextTable {
    return {
        header: ["ENDPOINT", "STATUS", "OUTLIER CHECK", "CLUSTER", "LOCALITY", "PRIORITY", "WEIGHT", "ACTIVE", "NOTE"],
        rows: rows.map(({ endpoint, status, outlierCheck, cluster, locality, priority, weight, active, note }) => [
            endpoint,
            status,
            outlierCheck,
            cluster,
            locality || "-",
            String(priority),
            String(weight),
            String(active),
            note || "-",
        ]),
        gap: GAP,
    };
}
