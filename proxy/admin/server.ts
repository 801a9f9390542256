/** A small HTTP server for people. It is not on the data path, so node:http serves. */
import http from "node:http";
import net from "node:net";
import { boundConnections, MOST_CONNECTIONS } from "./bounded-connections";

export interface Answer {
    readonly status: number;
    /** A string is sent as text, anything else as JSON. */
    readonly body: unknown;
}

/** `query`: what follows the question mark. */
export type Routes = Readonly<Record<string, (query: URLSearchParams) => Answer | Promise<Answer>>>;

export interface SideServer {
    /** `127.0.0.1:15000`, as it was bound. */
    readonly address: string;
    close(): void;
}

/** `host:port`, `[::1]:port`. */
export function parseHostPort(text: string): { host: string; port: number } {
    const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(text);
    if (!match || Number(match[3]) > 65_535) throw new Error(`got address ${JSON.stringify(text)}, wanted host:port`);
    return { host: match[1] ?? (match[2] === "" ? "0.0.0.0" : match[2]!), port: Number(match[3]) };
}

export function listenFault(name: string, listenOn: string, reason: string): Error {
    return new Error(`the ${name} server can't listen on ${listenOn}: ${reason}`);
}

/** The Host header must be an address or localhost, so that no web page reaches it by a name of its own. */
export async function startAdminServer(listenOn: string, routes: Routes): Promise<SideServer> {
    const { host, port } = parseHostPort(listenOn);
    const server = http.createServer(
        { headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 5_000, connectionsCheckingInterval: 1_000 },
        (request, response) => {
            void answer(request, routes).then(({ status, body }) => {
                const text = typeof body === "string" ? body : `${JSON.stringify(body, null, 2)}\n`;
                response.writeHead(status, {
                    "content-type": typeof body === "string" ? "text/plain; charset=utf-8" : "application/json",
                    "content-length": Buffer.byteLength(text),
                    "cache-control": "no-store",
                });
                response.end(request.method === "HEAD" ? undefined : text);
            });
        },
    );
    boundConnections(server, MOST_CONNECTIONS);
    await new Promise<void>((resolve, reject) => {
        server.once("error", (error: NodeJS.ErrnoException) => reject(listenFault("admin", listenOn, error.code ?? error.message)));
        server.listen(port, host, resolve);
    });
    server.on("error", () => {});
    const bound = server.address() as net.AddressInfo;
    return {
        address: `${bound.family === "IPv6" ? `[${bound.address}]` : bound.address}:${bound.port}`,
        close: () => {
            server.close();
            server.closeAllConnections();
        },
    };
}

async function answer(request: http.IncomingMessage, routes: Routes): Promise<Answer> {
    if (request.method !== "GET" && request.method !== "HEAD") return { status: 405, body: "only GET\n" };
    if (!isLocalHost(request.headers.host ?? "")) return { status: 403, body: "the Host header must be an address or localhost\n" };
    const [path = "/", query = ""] = (request.url ?? "/").split("?", 2);
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (!route) return { status: 404, body: `wanted one of ${Object.keys(routes).join(", ")}\n` };
    try {
        return await route(new URLSearchParams(query));
    } catch (error) {
        return { status: 500, body: `${error instanceof Error ? error.message : String(error)}\n` };
    }
}

function isLocalHost(header: string): boolean {
    const host = header.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
    return host === "localhost" || net.isIP(host) !== 0;
}
