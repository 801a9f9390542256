/** The proxy of this package, started by its own command over resources in a folder, with one worker. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { startServer } from "../tools";
import type { Peer, PeerSetting } from "./peer";

const launcher = path.join(__dirname, "..", "..", "cli", "gatehouse.js");

function resources({ backendPort, httpPort, httpsPort, certificate, key }: PeerSetting): object[] {
    const meta = (name: string, more: object = {}): object => ({ name, namespace: "bench", ...more });
    const data = (file: string): string => readFileSync(file).toString("base64");
    return [
        {
            apiVersion: "v1",
            kind: "Secret",
            type: "kubernetes.io/tls",
            metadata: meta("bench-tls"),
            data: { "tls.crt": data(certificate), "tls.key": data(key) },
        },
        {
            apiVersion: "networking.istio.io/v1",
            kind: "Gateway",
            metadata: meta("bench"),
            spec: {
                selector: { istio: "bench" },
                servers: [
                    { port: { number: httpPort, name: "http", protocol: "HTTP" }, hosts: ["*"] },
                    {
                        port: { number: httpsPort, name: "https", protocol: "HTTPS" },
                        hosts: ["*"],
                        tls: { mode: "SIMPLE", credentialName: "bench-tls" },
                    },
                ],
            },
        },
        {
            apiVersion: "networking.istio.io/v1",
            kind: "VirtualService",
            metadata: meta("bench"),
            spec: {
                hosts: ["*"],
                gateways: ["bench"],
                http: [{ match: [{ uri: { prefix: "/" } }], route: [{ destination: { host: "backend", port: { number: 80 } } }] }],
            },
        },
        {
            apiVersion: "v1",
            kind: "Service",
            metadata: meta("backend"),
            spec: { ports: [{ name: "http", port: 80, targetPort: backendPort }] },
        },
        {
            apiVersion: "discovery.k8s.io/v1",
            kind: "EndpointSlice",
            addressType: "IPv4",
            metadata: meta("backend-1", { labels: { "kubernetes.io/service-name": "backend" } }),
            ports: [{ name: "http", port: backendPort, protocol: "TCP" }],
            endpoints: [{ addresses: ["127.0.0.1"], conditions: { ready: true } }],
        },
    ];
}

export const gatehouse: Peer = {
    name: "Gatehouse",
    tools: [],
    start: (setting) => {
        const folder = path.join(setting.folder, "resources");
        mkdirSync(folder);
        writeFileSync(
            path.join(folder, "resources.yaml"),
            resources(setting)
                .map((one) => JSON.stringify(one))
                .join("\n---\n"),
        );
        const args = [
            launcher,
            "proxy",
            "--config",
            folder,
            "--namespace",
            "bench",
            "--bind",
            "127.0.0.1",
            "--concurrency",
            "1",
            "--admin",
            "127.0.0.1:0",
            "--status",
            "127.0.0.1:0",
            "--drain-seconds",
            "0",
        ];
        return startServer(process.execPath, args, [setting.httpPort, setting.httpsPort]);
    },
};
