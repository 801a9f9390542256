/** What is served, and by what: the tables, and what workers hold of them. */
import { TABLE_NAMES, type TableName } from "../tables";
import type { AdminView } from "./admin-view";
import { configDump } from "./config-dump";
import { contextsOf, endpointsOf, unresolvedOf } from "./inspection";
import { rejectsOf } from "./rejects";
import { JSON_TYPE, type AdminRoute } from "./route";

export const CONFIG_ROUTES: readonly AdminRoute<AdminView>[] = [
    {
        method: "GET",
        path: "/config_dump",
        contentType: JSON_TYPE,
        help: "the compiled tables, or with ?table=NAME (repeated) those alone; of secrets, keys and passwords only what tells one from another, and no header value that may be one; with ?share=true no header value but of names that are known to be harmless, and no bodies",
        answer: ({ tables, version }, query) => {
            const wanted = query.getAll("table");
            const unknown = wanted.find((name) => !isTableName(name));
            if (unknown !== undefined) return { status: 400, body: `there is no table ${JSON.stringify(unknown)}\n` };
            return {
                status: 200,
                body: tables
                    ? { version, ...configDump(tables, wanted.filter(isTableName), query.get("share") === "true") }
                    : { version: 0 },
            };
        },
    },
    {
        method: "GET",
        path: "/endpoints",
        contentType: JSON_TYPE,
        help: "the endpoints that workers have: health, what is under way, and clusters that have none and why",
        answer: async (view) => {
            const workers = await view.inspect();
            return { status: 200, body: { endpoints: endpointsOf(workers), unresolved: unresolvedOf(workers) } };
        },
    },
    {
        method: "GET",
        path: "/contexts",
        contentType: JSON_TYPE,
        help: "the TLS of filter chains as workers have it: whether handshakes are accepted, and why the certificates of now are not served",
        answer: async (view) => ({ status: 200, body: contextsOf(await view.inspect()) }),
    },
    {
        method: "GET",
        path: "/sync",
        contentType: JSON_TYPE,
        help: "whether what is served is what the source has: the version of each worker, since when one is behind, objects that are not in force and why",
        answer: ({ isReady, draining, version, workers, source, findings }) => ({
            status: 200,
            body: {
                gatehouse: process.env["GATEHOUSE_VERSION"] ?? "",
                node: process.version,
                ready: isReady,
                draining,
                version,
                workers,
                source: source ?? null,
                rejected: rejectsOf(findings),
            },
        }),
    },
];

function isTableName(name: string): name is TableName {
    return TABLE_NAMES.some((one) => one === name);
}
