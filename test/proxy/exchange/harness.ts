/** A proxy of one process for tests: a real listener with the real codec, an exchange, pools; records are collected. */
import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import { CODECS, serveHttp, type HttpService } from "../../../proxy/codec";
import { createRequestHandler, createRuntime, type ExchangeRuntime } from "../../../proxy/exchange";
import type { ConnectionInfo } from "../../../proxy/http/doors";
import { bindSnapshot } from "../../../proxy/snapshot";
import type { TablesDelta } from "../../../proxy/tables";
import type { RequestObserver, RequestRecord } from "../../../proxy/telemetry";
import { createUpstreamServices, type UpstreamServices } from "../../../proxy/upstream";

/** Clients that left before they were accepted stay in the queue: there is to be room for hundreds of them. */
const BACKLOG = 4096;

export interface TestProxy {
    readonly port: number;
    readonly runtime: ExchangeRuntime;
    readonly records: RequestRecord[];
    /** Resolves once so many records are there. */
    recorded(count: number): Promise<readonly RequestRecord[]>;
    apply(delta: TablesDelta): void;
    close(): Promise<void>;
}

export interface TestProxyOptions {
    readonly services?: Partial<UpstreamServices>;
    readonly random?: () => number;
    readonly connection?: Partial<ConnectionInfo>;
    /** Clients speak TLS. */
    readonly tls?: { readonly cert: string; readonly key: string };
    /** One more that is told of requests. */
    readonly observer?: Partial<RequestObserver>;
    /** Told of what codecs refuse. */
    readonly onRefused?: HttpService["onRefused"];
}

export async function startProxy(delta: TablesDelta, options: TestProxyOptions = {}): Promise<TestProxy> {
    const services = createUpstreamServices(options.services);
    const records: RequestRecord[] = [];
    const waiting: { count: number; done: () => void }[] = [];
    const observer = {
        requestFinished(record: RequestRecord) {
            records.push(record);
            for (const one of waiting) if (records.length >= one.count) one.done();
        },
    };
    const observers = options.observer ? [observer, options.observer] : [observer];
    const runtime = createRuntime(bindSnapshot(undefined, delta, services), observers, options.random ? { random: options.random } : {});
    const serve = serveHttp(
        { handler: createRequestHandler(runtime), ...(options.onRefused && { onRefused: options.onRefused }) },
        options.services?.codecs ?? CODECS,
    );
    const sockets = new Set<net.Socket>();
    const take = (socket: net.Socket): void => {
        sockets.add(socket);
        socket.on("close", () => sockets.delete(socket));
        serve(socket, connectionInfo(socket, { ...(options.tls ? { scheme: "https" } : {}), ...options.connection }));
    };
    const server = options.tls
        ? tls.createServer({ ...options.tls, allowHalfOpen: true, noDelay: true }, take)
        : net.createServer({ allowHalfOpen: true, noDelay: true }, take);
    server.listen({ port: 0, host: "127.0.0.1", backlog: BACKLOG });
    await once(server, "listening");
    return {
        port: (server.address() as net.AddressInfo).port,
        runtime,
        records,
        recorded: async (count) => {
            if (records.length < count) await new Promise<void>((done) => waiting.push({ count, done }));
            return records;
        },
        apply: (next) => {
            runtime.snapshot = bindSnapshot(runtime.snapshot, next, services);
        },
        close: async () => {
            runtime.snapshot = bindSnapshot(runtime.snapshot, { version: 0, full: true, set: {}, remove: {} }, services);
            for (const socket of sockets) socket.destroy();
            server.close();
            await once(server, "close");
        },
    };
}

function connectionInfo(socket: net.Socket, more: Partial<ConnectionInfo> = {}): ConnectionInfo {
    return {
        remoteAddress: socket.remoteAddress ?? "",
        remotePort: socket.remotePort ?? 0,
        localAddress: socket.localAddress ?? "",
        localPort: socket.localPort ?? 0,
        port: 80,
        scheme: "http",
        serverName: "",
        routeTable: "http.80",
        chain: "",
        forwardedClientCert: "",
        ...more,
    };
}

export interface Backend {
    readonly port: number;
    readonly sockets: Set<net.Socket>;
    /** How many connections were ever accepted. */
    readonly accepted: () => number;
    close(): Promise<void>;
}

/** A backend that does with its sockets what the test says. */
export async function backend(serve: (socket: net.Socket, count: number) => void): Promise<Backend> {
    const sockets = new Set<net.Socket>();
    let accepted = 0;
    const server = net.createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
        sockets.add(socket);
        socket.on("error", () => {});
        socket.on("close", () => sockets.delete(socket));
        serve(socket, ++accepted);
    });
    server.listen({ port: 0, host: "127.0.0.1", backlog: BACKLOG });
    await once(server, "listening");
    return {
        port: (server.address() as net.AddressInfo).port,
        sockets,
        accepted: () => accepted,
        close: async () => {
            for (const socket of sockets) socket.destroy();
            server.close();
            await once(server, "close");
        },
    };
}
