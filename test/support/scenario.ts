/**
 * A gateway for a test: YAML on a stage, backends in this process, the real proxy before them. The gateway's Service
 * maps the ports that the YAML speaks of (80, 443, 31400) to free ones, as a Service maps to target ports in a cluster.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePorts } from "../../harness/ports";
import { run, startProxy, type Finished, type RunningProxy } from "./gatehouse";
import { stage } from "./stage";

export interface ScenarioOptions {
    /** The ports the Gateways speak of. */
    readonly ports: readonly number[];
    /** File name → text. Written before the proxy starts. */
    readonly files: Readonly<Record<string, string>>;
    readonly args?: readonly string[];
}

export interface Scenario {
    /** What a further proxy of this scenario is started with, beside its labels and namespace. */
    sourceArgs(namespace: string): Promise<readonly string[]>;
    /** The folder of its objects; none in a real cluster. */
    readonly folder: string | undefined;
    /** A folder for `--file-root`. */
    readonly fileRoot: string;
    readonly proxy: RunningProxy;
    /** Where a port of the Gateways is really open. */
    port(declared: number): number;
    /** Puts the objects of a text where the proxy reads them; those that the same name had before and now has no more go away. */
    write(name: string, text: string): Promise<void>;
    remove(name: string): Promise<void>;
    curl(...args: readonly string[]): Promise<Finished>;
    /** What a request for a host on port 80 is answered. */
    status(host: string, target: string, ...args: readonly string[]): Promise<number>;
    stop(): Promise<void>;
}

export const GATEWAY_LABELS = "istio=ingressgateway,app=istio-ingressgateway";

function gatewayService(ports: ReadonlyMap<number, number>): string {
    const rows = [...ports].map(([port, target]) => `    - { name: p-${port}, port: ${port}, targetPort: ${target} }`);
    return `apiVersion: v1
kind: Service
metadata: { name: istio-ingressgateway, namespace: istio-system }
spec:
  selector: { istio: ingressgateway }
  ports:
${rows.join("\n")}
`;
}

export async function play(options: ScenarioOptions): Promise<Scenario> {
    const base = mkdtempSync(path.join(tmpdir(), "gatehouse-scenario-"));
    const fileRoot = path.join(base, "files");
    mkdirSync(fileRoot);
    const free = await freePorts(options.ports.length);
    const ports = new Map(options.ports.map((port, index) => [port, free[index] ?? 0]));
    const setting = await stage().open(base);
    await setting.write("gateway-service.yaml", gatewayService(ports));
    for (const [name, text] of Object.entries(options.files)) await setting.write(name, text);
    const proxy = await startProxy([
        ...(await setting.sourceArgs("istio-system")),
        "--labels",
        GATEWAY_LABELS,
        "--namespace",
        "istio-system",
        "--bind",
        "127.0.0.1",
        "--concurrency",
        "1",
        "--file-root",
        fileRoot,
        ...(options.args ?? []),
    ]);
    const port = (declared: number): number => ports.get(declared) ?? 0;
    const curl = (...args: readonly string[]): Promise<Finished> => run("curl", ["--silent", "--show-error", "--max-time", "10", ...args]);
    return {
        sourceArgs: (namespace) => setting.sourceArgs(namespace),
        folder: setting.folder,
        fileRoot,
        proxy,
        port,
        write: (name, text) => setting.write(name, text),
        remove: (name) => setting.write(name, ""),
        curl,
        status: async (host, target, ...args) => {
            const shown = ["-o", "/dev/null", "-w", "%{http_code}", "-H", `Host: ${host}`];
            return Number((await curl(...shown, ...args, `http://127.0.0.1:${port(80)}${target}`)).stdout);
        },
        stop: async () => {
            await proxy.stop();
            await setting.close();
            rmSync(base, { recursive: true, force: true });
        },
    };
}

// --- backends ------------------------------------------------------------------------------------------------------

export interface Backend {
    readonly port: number;
    stop(): Promise<void>;
}

function listening(server: Server, sockets: Set<Socket>): Promise<Backend> {
    server.on("connection", (socket) => {
        sockets.add(socket);
        socket.on("close", () => sockets.delete(socket));
        socket.on("error", () => socket.destroy());
    });
    return new Promise((resolve) =>
        server.listen(0, stage().backendAddress, () =>
            resolve({
                port: (server.address() as AddressInfo).port,
                stop: () =>
                    new Promise((done) => {
                        for (const socket of sockets) socket.destroy();
                        server.close(() => done());
                    }),
            }),
        ),
    );
}

export function httpBackend(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Backend> {
    return listening(createHttpServer(answer), new Set());
}

/** httpbin's `/status/N`; 200 for every other path. */
export function httpbinBackend(): Promise<Backend> {
    return httpBackend((request, response) => {
        response.statusCode = Number(/^\/status\/(\d+)$/.exec(request.url ?? "")?.[1] ?? 200);
        response.end();
    });
}

export function tcpBackend(accept: (socket: Socket) => void): Promise<Backend> {
    return listening(createTcpServer({ allowHalfOpen: true }, accept), new Set());
}

/** Takes any server that is not listening yet, as a TLS one. */
export function backendOf(server: Server): Promise<Backend> {
    return listening(server, new Set());
}

// --- objects -------------------------------------------------------------------------------------------------------

/** A Gateway for hosts over HTTP, all of whose requests go to the Service `web` beside it, in the namespace `shop`. */
export function edgeYaml(hosts: string): string {
    return `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["${hosts}"] }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: all, namespace: shop }
spec: { hosts: ["${hosts}"], gateways: [edge], http: [{ route: [{ destination: { host: web } }] }] }
`;
}

/** A DENY policy of the gateway's pods; `rules` as YAML in one line or from a new one on. */
export function denyYaml(name: string, rules: string): string {
    return `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: ${name}, namespace: istio-system }
spec:
  selector: { matchLabels: { istio: ingressgateway } }
  action: DENY
  rules: ${rules}
`;
}

/** A Service and its EndpointSlice for a backend of this process. */
export function serviceYaml(
    name: string,
    port: number,
    backendPort: number,
    options: { readonly namespace?: string; readonly portName?: string } = {},
): string {
    const namespace = options.namespace ?? "default";
    const portName = options.portName ?? "http";
    return `apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  selector: { app: ${name} }
  ports: [{ name: ${portName}, port: ${port}, targetPort: ${backendPort} }]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}-local, namespace: ${namespace}, labels: { kubernetes.io/service-name: ${name} } }
addressType: IPv4
ports: [{ name: ${portName}, port: ${backendPort} }]
endpoints: [{ addresses: ["${stage().backendAddress}"] }]
`;
}
