/** A proxy with something of everything that the page shows, and secrets that nobody may ever see there. */
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { Writable } from "node:stream";
import pino from "pino";
import { freePorts } from "../../harness/ports";
import { runProxy, type RunningProxy } from "../../proxy";
import { makeAuthority } from "./certificates";
import { bundle, type Bundle } from "./worker-bundle";

/** Recognisable wherever they turn up. */
export const SEEDED = {
    header: "seeded-header-password-7Qx",
    hash: "seededhash7Qx",
    bearer: "seeded-bearer-7Qx",
    queryOfPolicy: "seeded-policy-value-7Qx",
} as const;

export interface PageStage {
    readonly admin: string;
    readonly httpPort: number;
    /** Parts of keys that must stand nowhere. */
    readonly secrets: readonly string[];
    readonly proxy: RunningProxy;
    /** Writes a file of objects; an empty text takes it away. */
    write(name: string, text: string): void;
    request(requestPath: string, headers?: Readonly<Record<string, string>>): Promise<number>;
    stop(): Promise<void>;
}

const indent = (text: string, by: number): string => text.trimEnd().replaceAll("\n", `\n${" ".repeat(by)}`);

export async function startPageStage(): Promise<PageStage> {
    const backend = http.createServer((request, response) => {
        response.writeHead(request.url?.startsWith("/broken") ? 503 : 200).end("hello\n");
    });
    backend.listen(0, "127.0.0.1");
    await once(backend, "listening");
    const backendPort = (backend.address() as AddressInfo).port;
    const [httpPort = 0, httpsPort = 0] = await freePorts(2);
    const ca = await makeAuthority("Page CA");
    const soon = new Date(Date.now() + 5 * 24 * 3_600_000);
    const leaf = await ca.issue({ dns: ["shop.example.com"], notAfter: soon });
    const other = await ca.issue({ dns: ["api.example.com"] });
    const dir = mkdtempSync(path.join(os.tmpdir(), "gatehouse-page-"));
    const objects = path.join(dir, "objects");
    mkdirSync(objects);
    const write = (name: string, text: string): void => {
        const file = path.join(objects, name);
        if (text === "") rmSync(file, { force: true });
        else writeFileSync(file, text);
    };
    const secret = (name: string, { cert, key }: { cert: string; key: string }): string =>
        `---\napiVersion: v1\nkind: Secret\nmetadata: { name: ${name}, namespace: edge }\ntype: kubernetes.io/tls\nstringData:\n  tls.crt: |\n    ${indent(cert, 4)}\n  tls.key: |\n    ${indent(key, 4)}\n`;
    write("secrets.yaml", secret("shop-tls", leaf) + secret("api-tls", other));
    write("edge.yaml", edge(httpPort, httpsPort));
    write("shop.yaml", shop(backendPort));
    write("policies.yaml", policies());
    const worker: Bundle = bundle({ entry: "proxy/processes/worker-main.ts" });
    const proxy = await runProxy({
        source: { kind: "directory", dir: objects },
        namespace: "edge",
        bind: "127.0.0.1",
        portOffset: 0,
        concurrency: 1,
        admin: "127.0.0.1:0",
        status: "127.0.0.1:0",
        drainSeconds: 0,
        signals: false,
        worker: { file: worker.file, args: [], execArgv: [] },
        log: pino({ base: null }, new Writable({ write: (_chunk, _encoding, done) => done() })),
    });
    await proxy.ready;
    return {
        admin: `http://${proxy.adminAddress}`,
        httpPort,
        secrets: [...Object.values(SEEDED), ...[leaf.key, other.key].map((key) => key.split("\n")[1]!)],
        proxy,
        write,
        request: async (requestPath, headers = {}) => requestTo(httpPort, requestPath, headers),
        stop: async () => {
            await proxy.drain({ delayMs: 0, drainMs: 0 });
            worker.remove();
            backend.close();
            backend.closeAllConnections();
            rmSync(dir, { recursive: true, force: true });
        },
    };
}

async function requestTo(port: number, requestPath: string, headers: Readonly<Record<string, string>>): Promise<number> {
    return new Promise((resolve, reject) => {
        http.get(
            { host: "127.0.0.1", port, path: requestPath, agent: false, headers: { host: "shop.example.com", ...headers } },
            (response) => {
                response.resume().on("end", () => resolve(response.statusCode ?? 0));
            },
        ).on("error", reject);
    });
}

function edge(httpPort: number, httpsPort: number): string {
    return `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: public, namespace: edge }
spec:
  selector: { istio: ingressgateway }
  servers:
    - port: { number: ${httpPort}, name: http, protocol: HTTP }
      hosts: ["*"]
    - port: { number: ${httpsPort}, name: https-shop, protocol: HTTPS }
      hosts: ["shop/shop.example.com"]
      tls: { mode: SIMPLE, credentialName: shop-tls }
    - port: { number: ${httpsPort}, name: https-api, protocol: HTTPS }
      hosts: ["shop/api.example.com"]
      tls: { mode: SIMPLE, credentialName: api-tls }
`;
}

function shop(port: number): string {
    return `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec:
  ports: [{ name: http, port: 80, targetPort: ${port} }]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: web-1, namespace: shop, labels: { kubernetes.io/service-name: web } }
addressType: IPv4
ports: [{ name: http, port: ${port}, protocol: TCP }]
endpoints: [{ addresses: ["127.0.0.1"], conditions: { ready: true } }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop, namespace: shop }
spec:
  hosts: [shop.example.com]
  gateways: [edge/public]
  http:
    - name: secret-door
      match: [{ uri: { prefix: /door }, headers: { x-door: { exact: ${SEEDED.header} } } }]
      route: [{ destination: { host: web } }]
    - name: old
      match: [{ uri: { exact: /old } }]
      redirect: { uri: /new }
    - name: all
      headers: { request: { set: { x-upstream-password: ${SEEDED.header} } } }
      route: [{ destination: { host: web } }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: api, namespace: shop }
spec:
  hosts: [api.example.com]
  gateways: [edge/public]
  http:
    - route: [{ destination: { host: nowhere } }]
`;
}

function policies(): string {
    return `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: no-admin, namespace: edge }
spec:
  action: DENY
  rules:
    - to: [{ operation: { paths: ["/admin*"] } }]
    - when: [{ key: "request.headers[x-password]", values: ["${SEEDED.queryOfPolicy}"] }]
`;
}
