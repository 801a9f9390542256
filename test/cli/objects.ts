/** Objects for the command's tests: what a small platform and an application make. */
import type { GatewayObject, KubeObject, Server, ServiceObject, VirtualServiceObject } from "../../istio";

interface Deployment extends KubeObject {
    readonly spec: object;
}

/** A Deployment whose pods carry `labels` and, where given, the annotation that makes it run locally. */
export function deployment(
    name: string,
    namespace: string,
    options: {
        readonly run?: string;
        readonly labels?: Record<string, string>;
        readonly annotations?: Record<string, string>;
        readonly pod?: object;
    } = {},
): Deployment {
    const labels = options.labels ?? { app: name };
    return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name, namespace },
        spec: {
            selector: { matchLabels: labels },
            template: {
                metadata: {
                    labels,
                    ...(options.run || options.annotations
                        ? { annotations: { ...(options.run ? { "gatehouse.dev/run": options.run } : {}), ...options.annotations } }
                        : {}),
                },
                spec: options.pod ?? { containers: [{ name }] },
            },
        },
    };
}

export function service(
    name: string,
    namespace: string,
    ports: readonly (
        | number
        | { name?: string; port: number; targetPort?: number | string; appProtocol?: string; protocol?: "TCP" | "UDP" }
    )[],
    selector: Record<string, string> = { app: name },
): ServiceObject {
    return {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name, namespace },
        spec: { selector, ports: ports.map((port) => (typeof port === "number" ? { name: `p-${port}`, port, targetPort: port } : port)) },
    };
}

export function server(number: number, protocol: string, hosts: readonly string[], tls?: Server["tls"]): Server {
    return { port: { number, protocol, name: `${protocol.toLowerCase()}-${number}` }, hosts, ...(tls ? { tls } : {}) };
}

export function gateway(
    name: string,
    namespace: string,
    servers: readonly Server[],
    selector: Record<string, string> = { istio: "public" },
): GatewayObject {
    return { apiVersion: "networking.istio.io/v1", kind: "Gateway", metadata: { name, namespace }, spec: { selector, servers } };
}

export function virtualService(name: string, namespace: string, spec: VirtualServiceObject["spec"]): VirtualServiceObject {
    return { apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: { name, namespace }, spec };
}

export function secret(name: string, namespace: string, values: Record<string, string>): KubeObject {
    return {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name, namespace },
        data: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString("base64")])),
    } as KubeObject;
}

export const forwardTo = (host: string): { route: { destination: { host: string } }[] } => ({ route: [{ destination: { host } }] });
