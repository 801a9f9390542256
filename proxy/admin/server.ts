/** The admin server: for people on this machine. */
import http from "node:http";
import net from "node:net";
import { ADMIN_ROUTES, type AdminView } from "./admin-routes";
import { boundConnections, MOST_CONNECTIONS } from "./bounded-connections";
import { respond, TEXT } from "./route";

/** A question may bring a request's whole head, whose bytes a query may write with three each. */
const MOST_HEAD = 256 * 1024;

const NOT_LOCAL = "the Host header must be an address or localhost\n";

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
export async function startAdminServer(listenOn: string, view: AdminView): Promise<SideServer> {
    const { host, port } = parseHostPort(listenOn);
    const server = http.createServer(
        {
            maxHeaderSize: MOST_HEAD,
            headersTimeout: 5_000,
            requestTimeout: 10_000,
            keepAliveTimeout: 5_000,
            connectionsCheckingInterval: 1_000,
        },
        (request, response) => {
            if (isLocalHost(request.headers.host ?? "")) void respond(request, response, ADMIN_ROUTES, view);
            else
                response
                    .writeHead(403, { "content-type": TEXT, "content-length": NOT_LOCAL.length, "cache-control": "no-store" })
                    .end(NOT_LOCAL);
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

function isLocalHost(header: string): boolean {
    const host = header.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
    return host === "localhost" || net.isIP(host) !== 0;
}
