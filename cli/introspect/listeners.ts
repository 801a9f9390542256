/** `proxy-config listeners`: what is open, whom it is for, and where that leads. */
import { compareText } from "../../proxy/resources/text-order";
import type { TableEntries } from "../../proxy/tables";
import { originText, type ConfigDump } from "./config";
import { routeTableNames } from "./route-names";
import type { TextTable } from "./table";

export interface ListenerFilter {
    readonly port?: number;
    readonly address?: string;
    /** HTTP, TCP or HTTP+TCP, in any case. */
    readonly type?: string;
}

/** One filter chain of a listener. */
export interface ListenerRow {
    readonly address: string;
    /** That is open; of one that is not, that was to be. */
    readonly port: number;
    /** `ALL`, or what a ClientHello must say. */
    readonly match: string;
    readonly destination: string;
    readonly type: "HTTP" | "TCP";
    /** That the Gateway declares. */
    readonly gatewayPort: number;
    readonly status: "OPEN" | "NOT OPEN" | "VIRTUAL";
    readonly origin: TableEntries["chains"]["origin"];
}

/** By port, then address, as istioctl; the chains of one by where they lead, backwards. */
export function listenerRows(dump: ConfigDump, open: ReadonlyMap<string, number>, filter: ListenerFilter): ListenerRow[] {
    const names = routeTableNames(dump);
    const chains = new Map<string, TableEntries["chains"][]>();
    for (const chain of dump.chains) {
        const list = chains.get(chain.listener);
        if (list) list.push(chain);
        else chains.set(chain.listener, [chain]);
    }
    const rows = dump.listeners.flatMap(({ key, bind, port, targetPort, capture }) => {
        const bound = open.get(key);
        const status = capture === "virtual" ? "VIRTUAL" : bound === undefined ? "NOT OPEN" : "OPEN";
        return (chains.get(key) ?? []).map(
            (chain): ListenerRow => ({
                address: bind,
                port: bound ?? targetPort,
                match: chain.serverNames.length > 0 ? `SNI: ${chain.serverNames.toSorted().join(",")}` : "ALL",
                destination: destinationText(chain.target, names),
                type: chain.target.kind === "http" ? "HTTP" : "TCP",
                gatewayPort: port,
                status,
                origin: chain.origin,
            }),
        );
    });
    return rows
        .filter((row) => isWanted(row, filter))
        .sort(
            (a, b) =>
                a.port - b.port ||
                compareText(a.address, b.address) ||
                compareText(b.destination, a.destination) ||
                compareText(a.match, b.match),
        );
}

function destinationText(target: TableEntries["chains"]["target"], names: ReadonlyMap<string, string>): string {
    if (target.kind === "http") return `Route: ${names.get(target.routeTable) ?? target.routeTable}`;
    const { clusters } = target.route;
    const [only] = clusters;
    if (only !== undefined && clusters.length === 1) return `Cluster: ${only.cluster}`;
    return `Cluster: ${clusters.map(({ cluster, weight }) => `${cluster} (${weight})`).join(", ")}`;
}

function isWanted(row: ListenerRow, { port, address, type }: ListenerFilter): boolean {
    return (
        (port === undefined || row.port === port || row.gatewayPort === port) &&
        (address === undefined || row.address.toLowerCase() === address.toLowerCase()) &&
        (type === undefined || row.type === type.toUpperCase())
    );
}

export function listenerTable(rows: readonly ListenerRow[]): TextTable {
    return {
        header: ["ADDRESSES", "PORT", "MATCH", "DESTINATION", "GATEWAY PORT", "STATUS", "ORIGIN"],
        rows: rows.map(({ address, port, match, destination, gatewayPort, status, origin }) => [
            address,
            String(port),
            match,
            destination,
            String(gatewayPort),
            status,
            originText(origin),
        ]),
        gap: 1,
    };
}
