/** The proxy of this package, started by its own command over resources in a folder, with one worker. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { startServer, type Running } from "../tools";
import type { Peer, PeerSetting } from "./peer";

const launcher = path.join(__dirname, "..", "..", "cli", "gatehouse.js");

type Setting = Pick<PeerSetting, "folder" | "backendPort" | "httpPort" | "httpsPort" | "http2" | "workers"> &
    Partial<Pick<PeerSetting, "certificate" | "key">> & {
        /** Where the backend is, if not on 127.0.0.1 alone. */
        readonly addresses?: readonly string[];
    };

const meta = (name: string, more: object = {}): object => ({ name, namespace: "bench", ...more });

/** A Service, and the endpoints behind it: one, where nothing is said. */
export function serviceOf(
    name: string,
    port: number,
    protocol: "http" | "grpc" | "tcp" = "http",
    addresses: readonly string[] = ["127.0.0.1"],
): object[] {
    return [
        { apiVersion: "v1", kind: "Service", metadata: meta(name), spec: { ports: [{ name: protocol, port: 80, targetPort: port }] } },
        {
            apiVersion: "discovery.k8s.io/v1",
            kind: "EndpointSlice",
            addressType: "IPv4",
            metadata: meta(`${name}-1`, { labels: { "kubernetes.io/service-name": name } }),
            ports: [{ name: protocol, port, protocol: "TCP" }],
            endpoints: addresses.map((one) => ({ addresses: [one], conditions: { ready: true } })),
        },
    ];
}

function httpsServer({ httpsPort, certificate, key }: Setting): { readonly server: object; readonly secret: object } | undefined {
    if (certificate === undefined || key === undefined) return undefined;
    const data = (file: string): string => readFileSync(file).toString("base64");
    return {
        server: {
            port: { number: httpsPort, name: "https", protocol: "HTTPS" },
            hosts: ["*"],
            tls: { mode: "SIMPLE", credentialName: "bench-tls" },
        },
        secret: {
            apiVersion: "v1",
            kind: "Secret",
            type: "kubernetes.io/tls",
            metadata: meta("bench-tls"),
            data: { "tls.crt": data(certificate), "tls.key": data(key) },
        },
    };
}

function resources(setting: Setting, hosts: readonly string[]): object[] {
    const https = httpsServer(setting);
    return [
        ...(https ? [https.secret] : []),
        {
            apiVersion: "networking.istio.io/v1",
            kind: "Gateway",
            metadata: meta("bench"),
            spec: {
                selector: { istio: "bench" },
                servers: [
                    { port: { number: setting.httpPort, name: "http", protocol: "HTTP" }, hosts: ["*"] },
                    ...(https ? [https.server] : []),
                ],
            },
        },
        {
            apiVersion: "networking.istio.io/v1",
            kind: "VirtualService",
            metadata: meta("bench"),
            spec: {
                hosts,
                gateways: ["bench"],
                http: [{ match: [{ uri: { prefix: "/" } }], route: [{ destination: { host: "backend", port: { number: 80 } } }] }],
            },
        },
        ...serviceOf("backend", setting.backendPort, setting.http2 === "to http2" ? "grpc" : "http", setting.addresses),
    ];
}

/** For these hosts, with further objects in its folder. */
export function startGatehouse(setting: Setting, hosts: readonly string[], objects: readonly object[]): Promise<Running> {
    const ports = setting.certificate === undefined ? [setting.httpPort] : [setting.httpPort, setting.httpsPort];
    return startGatehouseOver(setting.folder, [...resources(setting, hosts), ...objects], ports, [], setting.workers);
}

/** Over these objects alone, until these ports answer. */
export function startGatehouseOver(
    folder: string,
    objects: readonly object[],
    ports: readonly number[],
    more: readonly string[] = [],
    workers = 1,
): Promise<Running> {
    const config = path.join(folder, "resources");
    mkdirSync(config, { recursive: true });
    writeFileSync(path.join(config, "resources.yaml"), objects.map((one) => JSON.stringify(one)).join("\n---\n"));
    const options = ["--namespace", "bench", "--bind", "127.0.0.1", "--concurrency", String(workers), "--drain-seconds", "0"];
    const addresses = ["--admin", "127.0.0.1:0", "--status", "127.0.0.1:0", "--metrics", "127.0.0.1:0"];
    return startServer(process.execPath, [launcher, "proxy", "--config", config, ...options, ...addresses, ...more], ports);
}

export const gatehouse: Peer = {
    name: "Gatehouse",
    tools: [],
    start: (setting) => startGatehouse(setting, ["*"], []),
};
