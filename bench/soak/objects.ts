/** The objects of a soak, as files of a folder: each generation leads to other backends, and some bring another certificate. */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { certificateFor } from "../scale/certificates";
import type { FleetCertificate } from "../scale/fleet";
import type { SoakBackends } from "./backends";

export const HOST = "soak.example.com";
const NAMESPACE = "soak";

export interface SoakPorts {
    readonly http: number;
    readonly https: number;
    readonly tcp: number;
}

export class SoakFolder {
    readonly dir: string;
    readonly #ports: SoakPorts;
    readonly #backends: SoakBackends;

    constructor(dir: string, ports: SoakPorts, backends: SoakBackends) {
        this.dir = dir;
        this.#ports = ports;
        this.#backends = backends;
        mkdirSync(dir, { recursive: true });
        this.#write("gateway.yaml", [this.#gateway()]);
        this.#write("services.yaml", this.#services());
        this.rotate();
        this.route(0);
    }

    /** Another pair, and another key with it. */
    rotate(): FleetCertificate {
        const pair = certificateFor(HOST);
        const encoded = (text: string): string => Buffer.from(text).toString("base64");
        const data = { "tls.crt": encoded(pair.certificate), "tls.key": encoded(pair.key) };
        this.#write("secret.yaml", [{ apiVersion: "v1", kind: "Secret", type: "kubernetes.io/tls", metadata: metadata("tls"), data }]);
        return pair;
    }

    route(generation: number): void {
        const at = generation % 2;
        const to = (name: string): object[] => [{ destination: { host: `${name}-${at}`, port: { number: 80 } } }];
        const spec = {
            hosts: [HOST],
            gateways: ["edge"],
            http: [
                { match: [{ uri: { prefix: "/soak.Soak/" } }], route: to("rpc") },
                { route: to("web"), headers: { response: { set: { "x-generation": String(generation) } } } },
            ],
        };
        const tcp = { hosts: ["*"], gateways: ["edge"], tcp: [{ match: [{ port: this.#ports.tcp }], route: to("tcp") }] };
        this.#write("routes.yaml", [virtualService("web", spec), virtualService("tcp", tcp)]);
    }

    #gateway(): object {
        const { http, https, tcp } = this.#ports;
        const servers = [
            { port: { number: http, name: "http", protocol: "HTTP" }, hosts: [HOST] },
            { port: { number: https, name: "https", protocol: "HTTPS" }, hosts: [HOST], tls: { mode: "SIMPLE", credentialName: "tls" } },
            { port: { number: tcp, name: "tcp", protocol: "TCP" }, hosts: ["*"] },
        ];
        return {
            apiVersion: "networking.istio.io/v1",
            kind: "Gateway",
            metadata: metadata("edge"),
            spec: { selector: { istio: "soak" }, servers },
        };
    }

    #services(): object[] {
        const { web, rpc, tcp } = this.#backends;
        const kinds = [
            ["web", "http", web],
            ["rpc", "grpc", rpc],
            ["tcp", "tcp", tcp],
        ] as const;
        return kinds.flatMap(([name, protocol, ports]) => ports.flatMap((port, at) => service(`${name}-${at}`, protocol, port)));
    }

    /** Under a hidden name, and then moved into its place, as tools do it. */
    #write(name: string, objects: readonly object[]): void {
        const hidden = path.join(this.dir, `.${name}`);
        writeFileSync(hidden, objects.map((one) => JSON.stringify(one)).join("\n---\n"));
        renameSync(hidden, path.join(this.dir, name));
    }
}

function metadata(name: string, more: object = {}): object {
    return { name, namespace: NAMESPACE, ...more };
}

function virtualService(name: string, spec: object): object {
    return { apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: metadata(name), spec };
}

function service(name: string, protocol: string, port: number): object[] {
    return [
        { apiVersion: "v1", kind: "Service", metadata: metadata(name), spec: { ports: [{ name: protocol, port: 80, targetPort: port }] } },
        {
            apiVersion: "discovery.k8s.io/v1",
            kind: "EndpointSlice",
            addressType: "IPv4",
            metadata: metadata(`${name}-1`, { labels: { "kubernetes.io/service-name": name } }),
            ports: [{ name: protocol, port, protocol: "TCP" }],
            endpoints: [{ addresses: ["127.0.0.1"], conditions: { ready: true } }],
        },
    ];
}
