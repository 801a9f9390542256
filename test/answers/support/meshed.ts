/** Applications with an outbound proxy of their own, and what they reach through it. */
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { stringify } from "yaml";
import type { KubeObject } from "../../../istio";
import { backendOf } from "../../support/scenario";
import { echo, type EchoBackend } from "./backend";
import { ask, istioObject, type Answer, type Ask, type Case, type PortName, type Received, type Setting, type Workload } from "./case";

/** The application that asks. */
export const WEB: Workload = { namespace: "apps", labels: { app: "web" } };

/** The mesh's configuration, with a port for clients that speak to an HTTP proxy. */
export function meshed({ ports }: Setting, more: object = {}): KubeObject {
    return {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "istio", namespace: "istio-system" },
        data: { mesh: stringify({ proxyHttpPort: ports.proxy, ...more }) },
    } as unknown as KubeObject;
}

export const REGISTRY_ONLY = { outboundTrafficPolicy: { mode: "REGISTRY_ONLY" } };

/** An entry of one HTTP port whose endpoint is the first backend of the setting, or the second. */
export function entryOf(
    setting: Setting,
    name: string,
    hosts: readonly string[],
    more: object = {},
    which: 0 | 1 = 0,
    namespace = "apps",
): KubeObject {
    return istioObject(
        "ServiceEntry",
        name,
        {
            hosts,
            location: "MESH_EXTERNAL",
            resolution: "STATIC",
            ports: [{ number: setting.ports.http, name: "http", protocol: "HTTP" }],
            endpoints: [{ address: "127.0.0.1", ports: { http: setting.backendPorts[which] } }],
            ...more,
        },
        { namespace },
    );
}

/** Listeners on loopback of these ports for these hosts. */
export function sidecar(
    setting: Setting,
    ports: Readonly<Partial<Record<PortName, string>>>,
    more: object = {},
    hosts: readonly string[] = ["*/*"],
): KubeObject {
    return istioObject(
        "Sidecar",
        "web",
        {
            workloadSelector: { labels: WEB.labels },
            egress: Object.entries(ports).map(([name, protocol]) => ({
                port: { number: setting.ports[name as PortName], name, protocol },
                bind: "127.0.0.1",
                captureMode: "NONE",
                hosts,
            })),
            ...more,
        },
        { namespace: WEB.namespace },
    );
}

/** A VirtualService of gateway `mesh`, in the application's namespace. */
export function routed(name: string, hosts: readonly string[], http: readonly object[], more: object = {}, namespace = "apps"): KubeObject {
    return istioObject("VirtualService", name, { hosts, http, ...more }, { namespace });
}

export const destined = (host: string, port?: number, more: object = {}): object => ({
    destination: { host, ...(port === undefined ? {} : { port: { number: port } }), ...more },
});

/** What a client of an HTTP proxy sends: the absolute form. */
export function proxied(url: string, method = "GET", headers: readonly string[] = [], more: Partial<Ask> = {}): Ask {
    const { host } = new URL(url);
    return ask(host, `${method} ${url}`, headers, { port: "proxy", ...more });
}

/** `CONNECT`, and then a request inside. */
export function tunnelled(authority: string, more: Partial<Ask> = {}): Ask {
    return {
        port: "proxy",
        sends: [
            `CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n\r\n`,
            /^HTTP\/1\.1 200[^]*\r\n\r\n/,
            `GET /in HTTP/1.1\r\nhost: ${authority}\r\nconnection: close\r\n\r\n`,
        ],
        waitMs: 300,
        ...more,
    };
}

/** No connection ends between two requests. */
const KEPT = { keepAliveTimeout: 60_000 };

/** A backend of the case's own; with a certificate it speaks TLS. `status`: what it answers to everything. */
export async function extraBackend(
    name: string,
    { certificate, status }: { readonly certificate?: { readonly cert: string; readonly key: string }; readonly status?: number } = {},
): Promise<EchoBackend> {
    let received: Received[] = [];
    const listener = echo(name, (one) => received.push(one), status);
    const backend = await backendOf(certificate ? createTlsServer({ ...certificate, ...KEPT }, listener) : createServer(KEPT, listener));
    return {
        ...backend,
        take: () => {
            const taken = received;
            received = [];
            return taken;
        },
    };
}

/** A case of an application with its own proxy. */
export function side(
    title: string,
    objects: (setting: Setting) => readonly KubeObject[],
    asks: (setting: Setting) => Readonly<Record<string, Ask>>,
    more: Partial<Case> = {},
): Case {
    return { title, sidecar: WEB, make: (setting) => ({ objects: objects(setting), asks: asks(setting) }), ...more };
}

/** What an answer of the first backend is, or of the second. */
export function answeredBy(which: 0 | 1, request: string, host: string, headers: Readonly<Record<string, string>> = {}): Partial<Answer> {
    const at = (["one.backends.test", "two.backends.test"] as const)[which];
    return {
        status: 200,
        ended: undefined as never,
        headers: { "content-type": "text/plain", "x-backend": at },
        body: undefined as never,
        backend: [{ at, request: `${request} HTTP/1.1`, headers: { host, "x-forwarded-proto": "http", ...headers } }],
    };
}

/** An answer of ours without a body. */
export const refused = (status: number): Partial<Answer> => ({
    status,
    headers: { "content-length": "0" },
    body: undefined as never,
    backend: undefined as never,
});
