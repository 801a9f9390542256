/**
 * Names of route tables as Istio writes them: of plain HTTP by the port that is opened (`http.8080`), as Envoy's RDS has it,
 * where the tables themselves go by the port that the Gateway declares.
 */
import type { ConfigDump } from "./config";

/** By the table's key. */
export function routeTableNames({ listeners, chains }: Pick<ConfigDump, "listeners" | "chains">): ReadonlyMap<string, string> {
    const byKey = new Map(listeners.map((one) => [one.key, one]));
    return new Map(
        chains.flatMap(({ listener, target }): [string, string][] => {
            if (target.kind !== "http") return [];
            const open = byKey.get(listener);
            const isPlain = open !== undefined && target.routeTable === `http.${open.port}`;
            return [[target.routeTable, isPlain ? `http.${open.targetPort}` : target.routeTable]];
        }),
    );
}
