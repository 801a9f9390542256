/** What is served, and by what: the tables, and what workers hold of them. */
import type { AdminView } from "./admin-view";
import { configDump } from "./config-dump";
import { contextsOf, endpointsOf, unresolvedOf } from "./inspection";
import { JSON_TYPE, type AdminRoute } from "./route";

export const CONFIG_ROUTES: readonly AdminRoute<AdminView>[] = [
    {
        method: "GET",
        path: "/config_dump",
        contentType: JSON_TYPE,
        help: "the compiled tables; of secrets, keys and passwords only what tells one from another, and of a rule no header value that may be one",
        answer: ({ tables, version }) => ({ status: 200, body: tables ? { version, ...configDump(tables) } : { version: 0 } }),
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
];
