/** The admin server: for people on this machine. */
import http from "node:http";
import net from "node:net";
import { ADMIN_ROUTES } from "./admin-routes";
import type { AdminView } from "./admin-view";
import { boundConnections, MOST_CONNECTIONS } from "./bounded-connections";
import { refusalOf } from "./guard";
import { PAGE_PATH, servePage, wantsPage } from "./page/document";
import { respond, TEXT } from "./route";

/** A question may bring a request's whole head, whose bytes a query may write with three each. */
const MOST_HEAD = 256 * 1024;

/** A browser takes no answer for what it is not, shows none in a frame, and lets no other origin embed one. */
const HEADERS: readonly (readonly [string, string])[] = [
    ["content-security-policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"],
    ["cross-origin-opener-policy", "same-origin"],
    ["cross-origin-resource-policy", "same-origin"],
    ["referrer-policy", "no-referrer"],
    ["x-content-type-options", "nosniff"],
];

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

export async function startAdminServer(listenOn: string, view: AdminView): Promise<SideServer> {
    const server = http.createServer(
        {
            maxHeaderSize: MOST_HEAD,
            headersTimeout: 5_000,
            requestTimeout: 10_000,
            keepAliveTimeout: 5_000,
            connectionsCheckingInterval: 1_000,
        },
        (request, response) => {
            for (const [name, value] of HEADERS) response.setHeader(name, value);
            const { method = "GET", url = "/", headers } = request;
            const path = url.split("?", 1)[0]!;
            const refusal = refusalOf({ method, path, headers }, PAGE_PATH);
            if (refusal === undefined && wantsPage(path, request)) return servePage(request, response);
            if (refusal === undefined)
                return void respond(request, response, ADMIN_ROUTES, view).then(() => {
                    // A stream of events stays open for as long as somebody reads; those who watch are bounded by themselves.
                    if (!response.writableEnded) uncounted(request.socket);
                });
            response
                .writeHead(403, { "content-type": TEXT, "content-length": Buffer.byteLength(refusal), "cache-control": "no-store" })
                .end(refusal);
        },
    );
    const uncounted = boundConnections(server, MOST_CONNECTIONS);
    return listening(server, "admin", listenOn);
}

/** Opens it. Rejects when the address can't be opened. */
export async function listening(server: http.Server, name: string, listenOn: string): Promise<SideServer> {
    const { host, port } = parseHostPort(listenOn);
    await new Promise<void>((resolve, reject) => {
        server.once("error", (error: NodeJS.ErrnoException) => reject(listenFault(name, listenOn, error.code ?? error.message)));
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
