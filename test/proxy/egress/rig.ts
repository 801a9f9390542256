/** A gateway in this process, from its objects to real sockets, with a resolver that says what a test wants. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import { serveHttp } from "../../../proxy/codec";
import { createRequestHandler, createRuntime, reviewTunnels, type ExchangeRuntime } from "../../../proxy/exchange";
import { Acceptor, Connections, Deadlines } from "../../../proxy/listeners";
import { bindSnapshot, mayReach, type Snapshot } from "../../../proxy/snapshot";
import { diffTables, emptyTables, type Tables } from "../../../proxy/tables";
import type { ConnectionRecord, RequestRecord } from "../../../proxy/telemetry";
import { connectTcp, createUpstreamServices, type Resolve } from "../../../proxy/upstream";
import type { CompileInput } from "../../../proxy/compiler";
import { makeSelfSigned } from "../../support/certificates";
import { compileYaml, messagesOf } from "../compiler/support";

/** Names and their addresses, as often as they are asked for: the answers in turn, the last one for good. */
export type Names = Readonly<Record<string, readonly (readonly string[])[]>>;

const GATEWAY_PODS = { labels: { istio: "egress" }, namespace: "istio-egress" } as const;

export class Rig {
    readonly requests: RequestRecord[] = [];
    readonly connections: ConnectionRecord[] = [];
    /** Names that were looked up. */
    readonly asked: string[] = [];
    readonly tables: Tables;
    readonly findings: string;
    #snapshot: Snapshot;
    readonly #pods: Partial<CompileInput>;
    readonly #upstream: ReturnType<typeof createUpstreamServices>;
    readonly runtime: ExchangeRuntime;
    readonly #servers = new Map<string, net.Server>();
    readonly #open = new Connections();
    readonly #sockets = new Set<net.Socket>();
    readonly #acceptor: Acceptor;

    constructor(yaml: string, names: Names = {}, pods: Partial<CompileInput> = GATEWAY_PODS) {
        this.#pods = pods;
        const compilation = compileYaml(yaml, pods);
        this.tables = compilation.tables;
        this.findings = messagesOf(compilation);
        const resolve: Resolve = async (name) => {
            const answers = names[name];
            const turn = this.asked.filter((one) => one === name).length;
            this.asked.push(name);
            const addresses = net.isIP(name) === 0 ? answers?.[Math.min(turn, answers.length - 1)] : [name];
            if (addresses === undefined) return Promise.reject(Object.assign(new Error("not found"), { code: "ENOTFOUND" }));
            return Promise.resolve({ addresses, ttl: 60 });
        };
        const upstream = createUpstreamServices({ resolve });
        const runtime = createRuntime(bindSnapshot(undefined, diffTables(undefined, emptyTables(), 1), upstream), [
            { requestFinished: (record) => void this.requests.push(record) },
        ]);
        this.#acceptor = new Acceptor({
            snapshot: () => this.#snapshot,
            connections: this.#open,
            deadlines: new Deadlines(15_000),
            drainMs: () => 1_000,
            connectTcp: (cluster, options, done) => {
                if (mayReach(this.#snapshot, cluster, options.clientAddress ?? ""))
                    return connectTcp(this.#snapshot.clusters, cluster, options, done);
                done({ kind: "failed", flag: "UH", endpoint: "", detail: "", refusal: "source_not_allowed" });
                return () => {};
            },
            serveHttp: serveHttp({ handler: createRequestHandler(runtime) }),
            observers: [
                {
                    tcpClosed: (record) => void this.connections.push(record),
                    connectionRefused: (record) => void this.connections.push(record),
                },
            ],
        });
        const delta = diffTables(undefined, this.tables, 1);
        this.#snapshot = bindSnapshot(undefined, delta, upstream, { tickets: { keys: randomBytes(48) }, events: this.#acceptor });
        runtime.snapshot = this.#snapshot;
        this.#upstream = upstream;
        this.runtime = runtime;
    }

    /** Other objects, as a worker takes them up. What is to end has so long. */
    change(yaml: string, withinMs: number): void {
        const delta = diffTables(this.#snapshot.entries, compileYaml(yaml, this.#pods).tables, this.#snapshot.version + 1);
        this.#snapshot = bindSnapshot(this.#snapshot, delta, this.#upstream, {
            tickets: { keys: randomBytes(48) },
            events: this.#acceptor,
        });
        this.runtime.snapshot = this.#snapshot;
        reviewTunnels(this.runtime, withinMs);
    }

    async start(): Promise<this> {
        for (const key of this.tables.listeners.keys()) {
            const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#acceptor.accept(key, socket));
            server.listen(0, "127.0.0.1");
            await once(server, "listening");
            this.#servers.set(key, server);
        }
        return this;
    }

    /** Where the declared port is open here. */
    port(declared: number): number {
        const servers = this.#servers;
        const local = `127.0.0.1:${declared}`;
        const server = servers.get(`0.0.0.0:${declared}`) ?? servers.get(local) ?? servers.get(`transparent ${local}`);
        return (server!.address() as net.AddressInfo).port;
    }

    connect(declared = 3128): net.Socket {
        const socket = net.connect({ port: this.port(declared), host: "127.0.0.1", allowHalfOpen: true });
        this.#sockets.add(socket.on("error", () => {}));
        return socket;
    }

    /** Sends this and gives all that comes until the other side ends, or what there is as soon as `until` holds. */
    async ask(text: string, until?: (answer: string) => boolean, declared = 3128): Promise<string> {
        const socket = this.connect(declared);
        socket.write(text);
        return read(socket, until);
    }

    /** Resolves when no connection is left; those that stay are cut then. */
    async drain(milliseconds: number): Promise<void> {
        await this.#open.drain(milliseconds);
    }

    close(): void {
        for (const server of this.#servers.values()) server.close();
        for (const socket of this.#sockets) socket.destroy();
        void this.#open.drain(0);
    }
}

export async function read(socket: net.Socket, until?: (answer: string) => boolean): Promise<string> {
    let answer = "";
    return new Promise((resolve) => {
        const settle = (): void => {
            socket.off("data", onData).off("end", settle).off("close", settle);
            resolve(answer);
        };
        const onData = (chunk: Buffer): void => {
            answer += chunk.toString("latin1");
            if (until?.(answer) === true) settle();
        };
        socket.on("data", onData).on("end", settle).on("close", settle);
    });
}

/** A whole answer of the proxy's own. */
export function isWhole(answer: string): boolean {
    const end = answer.indexOf("\r\n\r\n");
    const length = /content-length: (\d+)/.exec(answer)?.[1];
    return end !== -1 && (length === undefined || answer.length - end - 4 >= Number(length));
}

/** A server that counts who comes, and does what it is told with each. */
export class Outside {
    readonly port: number;
    connections = 0;
    readonly sockets: net.Socket[] = [];
    readonly #server: net.Server;

    private constructor(server: net.Server, serve: (socket: net.Socket) => void) {
        this.#server = server;
        this.port = (server.address() as net.AddressInfo).port;
        server.on("connection", (socket) => {
            this.connections++;
            this.sockets.push(socket.on("error", () => {}));
            serve(socket);
        });
    }

    static async open(serve: (socket: net.Socket) => void): Promise<Outside> {
        const server = net.createServer({ allowHalfOpen: true });
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        return new Outside(server, serve);
    }

    close(): void {
        this.#server.close();
        for (const socket of this.sockets) socket.destroy();
    }
}

export const GATEWAY = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: proxy, namespace: istio-egress, annotations: { gatehouse.dev/forward-proxy: http-proxy } }
spec:
  selector: { istio: egress }
  servers:
    - port: { number: 3128, name: http-proxy, protocol: HTTP }
      hosts: ["*"]
`;

/** The port of a proxy that is spoken to over TLS. */
export const SECURE_PORT = 3129;

/** A forward proxy over TLS, and its Secret; `plain`: on 3128 in the clear too. */
export async function secureGateway({ plain = false } = {}): Promise<string> {
    const pair = await makeSelfSigned({ dns: ["proxy.test"], commonName: "proxy.test" });
    const servers = [
        ...(plain ? [{ port: { number: 3128, name: "plain", protocol: "HTTP" }, hosts: ["*"] }] : []),
        {
            port: { number: SECURE_PORT, name: "secure", protocol: "HTTPS" },
            hosts: ["*"],
            tls: { mode: "SIMPLE", credentialName: "proxy" },
        },
    ];
    const gateway = {
        apiVersion: "networking.istio.io/v1",
        kind: "Gateway",
        metadata: {
            name: "proxy",
            namespace: "istio-egress",
            annotations: { "gatehouse.dev/forward-proxy": servers.map(({ port }) => port.name).join() },
        },
        spec: { selector: { istio: "egress" }, servers },
    };
    const secret = {
        apiVersion: "v1",
        kind: "Secret",
        type: "kubernetes.io/tls",
        metadata: { name: "proxy", namespace: "istio-egress" },
        data: { "tls.crt": Buffer.from(pair.cert).toString("base64"), "tls.key": Buffer.from(pair.key).toString("base64") },
    };
    return document(gateway) + document(secret);
}

/** One more document of a file. */
export function document(object: object): string {
    return `---\n${JSON.stringify(object)}\n`;
}

export interface EntrySettings {
    readonly name?: string;
    readonly hosts: readonly string[];
    /** `name/PROTOCOL/number`, with `:target` behind it where that is another. */
    readonly ports: readonly string[];
    readonly resolution?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly endpoints?: readonly object[];
}

/** A ServiceEntry that leads through the forward proxy. */
export function entry({ name, hosts, ports, resolution, annotations, endpoints }: EntrySettings): string {
    const object = {
        apiVersion: "networking.istio.io/v1",
        kind: "ServiceEntry",
        metadata: {
            name: name ?? hosts[0]!.replace("*.", "any-"),
            namespace: "shop",
            annotations: { "gatehouse.dev/forward-proxy": "istio-egress/proxy", ...annotations },
        },
        spec: {
            hosts,
            location: "MESH_EXTERNAL",
            resolution: resolution ?? (hosts[0]!.startsWith("*") ? "DYNAMIC_DNS" : "DNS"),
            ports: ports.map((text) => {
                const [named = "", protocol = "", number = ""] = text.split("/");
                const [declared = "", target] = number.split(":");
                return { name: named, protocol, number: Number(declared), ...(target ? { targetPort: Number(target) } : {}) };
            }),
            ...(endpoints ? { endpoints } : {}),
        },
    };
    return document(object);
}
