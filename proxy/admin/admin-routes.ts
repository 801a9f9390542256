/** What the admin server answers, route by route. What is not read only is POST. */
import { findingText } from "../../istio/findings";
import { explain, parseQuestion } from "../explain";
import type { AdminView } from "./admin-view";
import { CONFIG_ROUTES } from "./config-routes";
import { LIVE_ROUTES } from "./live-routes";
import { LOG_ROUTES } from "./log-routes";
import { HEALTH_ROUTES } from "./health-routes";
import { METRICS_ROUTES } from "./metrics-routes";
import { PAGE_ROUTES } from "./page-routes";
import { JSON_TYPE, TEXT, type AdminAnswer, type AdminRoute } from "./route";

/** What the page asks for: it may be looked at by many. */
const CONCEALED = "concealed";

export const ADMIN_ROUTES: readonly AdminRoute<AdminView>[] = [
    {
        method: "GET",
        path: "/ready",
        contentType: TEXT,
        help: "200 while it serves, 503 before that and while it drains",
        answer: ({ isReady, draining }) =>
            isReady ? { status: 200, body: "ready\n" } : { status: 503, body: draining ? "draining\n" : "not in sync\n" },
    },
    ...CONFIG_ROUTES,
    ...LOG_ROUTES,
    {
        method: "GET",
        path: "/findings",
        contentType: JSON_TYPE,
        help: "all that is wrong now, each with its code, object and field",
        answer: ({ findings }) => ({ status: 200, body: findings.map((one) => ({ ...one, text: findingText(one) })) }),
    },
    {
        method: "GET",
        path: "/explain",
        contentType: JSON_TYPE,
        help: "what would be done with a request: ?url=URL, and method=, http2=true, grpc=true, header= (repeated), sni=, token=, client= (an address), principal= (repeated); values=concealed leaves out what may be a password",
        answer: explained,
    },
    {
        method: "GET",
        path: "/source",
        contentType: JSON_TYPE,
        help: "how it stands with the source of the objects; null while it begins",
        answer: ({ source }) => ({ status: 200, body: source ?? null }),
    },
    {
        method: "GET",
        path: "/listeners",
        contentType: JSON_TYPE,
        help: "the open addresses, each with the port that the Gateway declares",
        answer: ({ bound }) => ({ status: 200, body: bound }),
    },
    {
        method: "GET",
        path: "/workers",
        contentType: JSON_TYPE,
        help: "the worker processes: pid, restarts, the version that each serves",
        answer: ({ workers }) => ({ status: 200, body: workers }),
    },
    ...METRICS_ROUTES,
    ...LIVE_ROUTES,
    ...PAGE_ROUTES,
    ...HEALTH_ROUTES,
];

function explained({ tables, bound, underscores }: AdminView, query: URLSearchParams): AdminAnswer {
    if (!tables) return { status: 503, body: "not in sync\n" };
    try {
        const method = query.get("method");
        const serverName = query.get("sni");
        const token = query.get("token");
        const clientAddress = query.get("client");
        const proxyPort = query.get("proxy");
        const question = parseQuestion(query.get("url") ?? "", {
            ...(method === null ? {} : { method }),
            ...(query.get("http2") === "true" ? { http2: true } : {}),
            ...(query.get("grpc") === "true" ? { grpc: true } : {}),
            headers: query.getAll("header"),
            ...(serverName === null ? {} : { serverName }),
            ...(token === null ? {} : { token }),
            ...(clientAddress === null ? {} : { clientAddress }),
            ...(proxyPort === null ? {} : { proxyPort: Number(proxyPort) }),
            ...(query.has("principal") ? { clientPrincipals: query.getAll("principal") } : {}),
        });
        return {
            status: 200,
            body: explain(question, tables, {
                open: new Map(bound.map(({ port, key }) => [port, key])),
                underscores,
                isConcealed: query.get("values") === CONCEALED,
            }),
        };
    } catch (error) {
        return { status: 400, body: `${error instanceof Error ? error.message : String(error)}\n` };
    }
}
