/** Gateways of one process for peers of HTTP/2, with and without TLS, before one backend; and a backend that echoes. */
import { once } from "node:events";
import http from "node:http";
import type net from "node:net";
import { serveHttp } from "../../../proxy/codec";
import { createRequestHandler, createRuntime } from "../../../proxy/exchange";
import { bindSnapshot } from "../../../proxy/snapshot";
import type { PortProtocol } from "../../../proxy/http/protocols";
import type { TablesDelta } from "../../../proxy/tables";
import { createUpstreamServices } from "../../../proxy/upstream";
import { makeAuthority } from "../../support/certificates";
import { Front, httpChain, listenerEntry, secretEntry, terminated } from "../../support/front";
import { startProxy } from "../../proxy/exchange/harness";
import { cluster, delta, endpoints, forwardTo, route, virtualHost } from "../../proxy/snapshot/entries";

export interface Gateway {
    readonly port: number;
    close(): Promise<void>;
}

function tables(backend: number, protocol: PortProtocol, routeTable: string): TablesDelta {
    return delta(1, {
        virtualHosts: [virtualHost("*", [route(forwardTo("c"))], { routeTable })],
        clusters: [cluster("c", { protocol })],
        endpoints: [endpoints("c", backend)],
    });
}

export function plainGateway(backend: number, protocol: PortProtocol = "http1"): Promise<Gateway> {
    return startProxy(tables(backend, protocol, "http.80"));
}

/** Offers `h2` and `http/1.1` for gateway.test. */
export async function tlsGateway(backend: number, protocol: PortProtocol = "http1"): Promise<Gateway> {
    const services = createUpstreamServices();
    const snapshot = bindSnapshot(undefined, tables(backend, protocol, "table A"), services);
    const pair = await (await makeAuthority()).issue({ dns: ["gateway.test"] });
    const front = new Front({ serveHttp: serveHttp({ handler: createRequestHandler(createRuntime(snapshot, [])) }) });
    await front.start({
        listeners: [listenerEntry("tls")],
        chains: [httpChain("A", ["*"], terminated("a"))],
        secrets: [secretEntry("a", pair)],
    });
    return {
        port: front.port,
        close: async () => {
            bindSnapshot(snapshot, { version: 0, full: true, set: {}, remove: {} }, services);
            front.close();
        },
    };
}

/** Answers with what was asked, and a kilobyte if that was nothing. */
export async function echoBackend(): Promise<Gateway> {
    const server = http.createServer({ maxHeaderSize: 65_536 }, (request, response) => {
        const parts: Buffer[] = [];
        request.on("data", (part: Buffer) => parts.push(part));
        request.on("end", () => {
            const body = parts.length > 0 ? Buffer.concat(parts) : Buffer.alloc(1024, "e");
            const headers: http.OutgoingHttpHeaders = { "x-method": request.method, "x-target": request.url };
            if (Object.keys(request.trailers).length > 0) headers["x-trailers"] = JSON.stringify(request.trailers);
            response.writeHead(200, { ...headers, "content-length": body.length }).end(body);
        });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return {
        port: (server.address() as net.AddressInfo).port,
        close: async () => {
            server.closeAllConnections();
            server.close();
            await once(server, "close");
        },
    };
}
