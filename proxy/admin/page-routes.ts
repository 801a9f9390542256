/** What the page asks for: itself, and parts of lists that are searched here, so that ten thousand hosts are as quick as ten. */
import type { Counts } from "../telemetry";
import type { AdminView } from "./admin-view";
import { endpointsOf, type EndpointAnswer } from "./inspection";
import { builtPage } from "./page/built-page";
import { certificateRow, certificateText, byExpiry } from "./page/certificate-rows";
import { endpointRow, isWell } from "./page/endpoint-rows";
import { gatewayRow, hostRow } from "./page/host-rows";
import { findingRow, findingSearchText, overviewOf, policyRows, sortedFindings } from "./page/overview";
import { partOf } from "./page/part";
import { pictureOf } from "./page/picture";
import { figuresByRoute, routeRow } from "./page/route-rows";
import type { Overview } from "./page/rows";
import { servedHosts } from "./page/served-hosts";
import { shared } from "./page/shared";
import { JSON_TYPE, type AdminAnswer, type AdminRoute } from "./route";

/** What many open pages ask at once is asked of the workers once. */
const FIGURES_MS = 1_000;
const ENDPOINTS_MS = 3_000;

const figures = shared(FIGURES_MS, async (view: AdminView): Promise<Counts> => (await view.stats()).total);
const endpoints = shared(ENDPOINTS_MS, async (view: AdminView): Promise<EndpointAnswer[]> => endpointsOf(await view.inspect()));

const overview = shared(FIGURES_MS, async (view: AdminView): Promise<Overview> => overviewOf(view, await figures(view), Date.now()));

const LISTED = ": ?search=, from=, count=, sort=FIELD, order=descending";

function list(
    name: string,
    help: string,
    answer: (view: AdminView, query: URLSearchParams) => object | Promise<object>,
): AdminRoute<AdminView> {
    return {
        method: "GET",
        path: `/page/${name}`,
        contentType: JSON_TYPE,
        help,
        answer: async (view, query): Promise<AdminAnswer> => ({ status: 200, body: await answer(view, query) }),
    };
}

export const PAGE_ROUTES: readonly AdminRoute<AdminView>[] = [
    {
        method: "GET",
        path: "/page/page.js",
        contentType: "text/javascript; charset=utf-8",
        help: "the program of the page, which stands at / for browsers",
        answer: () => ({ status: 200, body: builtPage().js }),
    },
    {
        method: "GET",
        path: "/page/page.css",
        contentType: "text/css; charset=utf-8",
        help: "its style",
        answer: () => ({ status: 200, body: builtPage().css }),
    },
    list("overview", "what the page shows first: how it stands, how much is served, refusals, certificates that end soon", overview),
    list("gateways", `a part of the servers of Gateways${LISTED}`, ({ tables, version, bound }, query) => {
        const open = new Map(bound.map(({ key, port }) => [key, port]));
        const { chains } = servedHosts(tables);
        return partOf(
            version,
            chains,
            query,
            ({ text }) => text,
            (one) => gatewayRow(one, open),
        );
    }),
    list("hosts", `a part of the hosts, with their certificates${LISTED}`, ({ tables, version }, query) => {
        const now = Date.now();
        const { hosts } = servedHosts(tables);
        return partOf(
            version,
            hosts,
            query,
            ({ text }) => text,
            (one) => hostRow(one, tables!, now),
        );
    }),
    list("routes", `a part of the routes, with their figures${LISTED}`, async (view, query) => {
        const { tables, version } = view;
        const { routes } = servedHosts(tables);
        const byRoute = figuresByRoute(await figures(view));
        return partOf(
            version,
            routes,
            query,
            ({ text }) => text,
            (one) => routeRow(one, byRoute),
        );
    }),
    list("endpoints", `a part of the endpoints, those that are not well first${LISTED}`, async (view, query) => {
        const all = (await endpoints(view)).toSorted((a, b) => Number(isWell(a)) - Number(isWell(b)));
        return partOf(view.version, all, query, ({ cluster, address }) => `${cluster} ${address}`.toLowerCase(), endpointRow);
    }),
    list("certificates", `a part of the certificates, those that end soonest first${LISTED}`, async ({ tables, version }, query) => {
        const now = Date.now();
        return partOf(version, tables ? await byExpiry(tables) : [], query, certificateText, (one) => certificateRow(one, now));
    }),
    list("refusals", `a part of what policies did to requests and connections${LISTED}`, async (view, query) =>
        partOf(
            view.version,
            policyRows(await figures(view)),
            query,
            ({ policy, effect }) => `${policy} ${effect}`.toLowerCase(),
            (one) => one,
        ),
    ),
    list("findings", `a part of what is wrong now, errors first${LISTED}`, ({ findings, version }, query) =>
        partOf(version, sortedFindings(findings), query, findingSearchText, findingRow),
    ),
    {
        method: "GET",
        path: "/page/picture",
        contentType: JSON_TYPE,
        help: "who leads where, of the host with a key: ?host=KEY; without one, of the first",
        answer: async (view, query) => {
            const { hosts } = servedHosts(view.tables);
            const key = query.get("host") ?? "";
            const host = key === "" ? hosts[0] : hosts.find((one) => one.host.key === key);
            if (!view.tables || !host)
                return key === "" ? { status: 200, body: { version: view.version, host: "", nodes: [], edges: [] } } : unknown(key);
            return { status: 200, body: pictureOf(host, view.tables, view.version, await endpoints(view)) };
        },
    },
];

function unknown(key: string): AdminAnswer {
    return {
        status: 404,
        body: `there is no host with the key ${JSON.stringify(key)}: it may be gone; /page/hosts has those that there are\n`,
    };
}
