/**
 * A route of a server for people and probes, and how a request finds its own. It is not on the data path, so node:http
 * serves.
 */
import type { IncomingMessage, ServerResponse } from "node:http";

export interface AdminAnswer {
    readonly status: number;
    /** As JSON where the route says JSON and the status is 2xx; otherwise it is text. */
    readonly body: unknown;
}

export const TEXT = "text/plain; charset=utf-8";
export const JSON_TYPE = "application/json";

interface RouteBase {
    readonly method: "GET" | "POST";
    readonly path: string;
    /** Of answers with 2xx; all others are text. */
    readonly contentType: string;
    /** What it answers, and the query that it takes, for people. */
    readonly help: string;
}

/** `View` is all that its answers may read. */
export interface AnsweringRoute<View> extends RouteBase {
    /** `query`: what follows the question mark. */
    readonly answer: (view: View, query: URLSearchParams) => AdminAnswer | Promise<AdminAnswer>;
}

/** It writes its answer itself, as its reader takes it. */
export interface ServingRoute<View> extends RouteBase {
    readonly serve: (view: View, request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

export type AdminRoute<View> = AnsweringRoute<View> | ServingRoute<View>;

/**
 * Answers one request: by its route, by the list of them at `/`, 404 for another path, 405 for another method. Stands alone:
 * its text is run in a thread of its own too.
 */
export async function respond<View>(
    request: IncomingMessage,
    response: ServerResponse,
    routes: readonly AdminRoute<View>[],
    view: View,
): Promise<void> {
    const text = "text/plain; charset=utf-8";
    const send = (status: number, contentType: string, body: string, more: Readonly<Record<string, string>> = {}): void => {
        response.writeHead(status, {
            "content-type": contentType,
            "content-length": Buffer.byteLength(body),
            "cache-control": "no-store",
            ...more,
        });
        response.end(request.method === "HEAD" ? undefined : body);
    };
    // A query may have a question mark in it, as a URL that is asked about has.
    const [path = "/", ...behind] = (request.url ?? "/").split("?");
    const query = behind.join("?");
    const width = Math.max(...routes.map((one) => one.path.length));
    const list = routes.map((one) => `${one.method} ${one.path.padEnd(width)}  ${one.help}\n`).join("");
    const root: AdminRoute<View> = { method: "GET", path: "/", contentType: text, help: "", answer: () => ({ status: 200, body: list }) };
    const here = [root, ...routes].filter((one) => one.path === path);
    if (here.length === 0) return send(404, text, `wanted one of ${[...new Set(routes.map((one) => one.path))].join(", ")}\n`);
    const method = request.method === "HEAD" ? "GET" : request.method;
    const route = here.find((one) => one.method === method);
    if (!route) {
        const methods = here.map((one) => one.method);
        const allow = methods.flatMap((one) => (one === "GET" ? ["GET", "HEAD"] : [one])).join(", ");
        return send(405, text, `only ${methods.join(", ")}\n`, { allow });
    }
    try {
        if ("serve" in route) return await route.serve(view, request, response);
        const { status, body } = await route.answer(view, new URLSearchParams(query));
        if (status < 200 || status > 299) return send(status, text, String(body));
        const isJson = route.contentType === "application/json";
        return send(status, route.contentType, isJson ? `${JSON.stringify(body, null, 2)}\n` : String(body));
    } catch (error) {
        return send(500, text, `${error instanceof Error ? error.message : String(error)}\n`);
    }
}
