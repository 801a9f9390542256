/** What Kubernetes Ingresses at a gateway are made of, with Services that they lead to. */
import type { KubeObject } from "../../../istio";
import { echoBackend, type EchoBackend } from "./backend";
import { GATEWAY_SELECTOR, istioObject, type Ask, type Play, type Setting } from "./case";

type PathType = "Prefix" | "Exact" | "ImplementationSpecific";

interface More {
    readonly annotations?: Readonly<Record<string, string>>;
    readonly namespace?: string;
}

export const ISTIO = { "kubernetes.io/ingress.class": "istio" };

export function ingress(name: string, spec: object, { annotations = ISTIO, namespace = "shop" }: More = {}): KubeObject {
    return {
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        metadata: { name, namespace, annotations },
        spec,
    } as unknown as KubeObject;
}

export function ingressClass(name: string, controller: string): KubeObject {
    return { apiVersion: "networking.k8s.io/v1", kind: "IngressClass", metadata: { name }, spec: { controller } } as unknown as KubeObject;
}

export const backend = (name: string, port: object = { number: 80 }): object => ({ service: { name, port } });
export const path = (text: string, pathType: PathType = "Prefix", name = "web"): object => ({
    path: text,
    pathType,
    backend: backend(name),
});
export const rule = (host: string | undefined, ...paths: readonly object[]): object => ({
    ...(host === undefined ? {} : { host }),
    http: { paths },
});

/** The ports of an Ingress are 80 and 443, which the gateway's Service leads to those of the play. */
function gatewayService({ ports }: Setting): KubeObject {
    return istioObject(
        "Service",
        "ingressgateway",
        {
            selector: GATEWAY_SELECTOR,
            ports: [
                { name: "http2", port: 80, targetPort: ports.http },
                { name: "https", port: 443, targetPort: ports.https },
            ],
        },
        { apiVersion: "v1" },
    );
}

/** A backend that says its name, as the Service of that name. */
async function service(name: string): Promise<{ readonly object: KubeObject; readonly server: EchoBackend }> {
    const server = await echoBackend(name);
    const object = istioObject(
        "ServiceEntry",
        name,
        {
            hosts: [`${name}.shop.svc.cluster.local`],
            location: "MESH_INTERNAL",
            resolution: "STATIC",
            ports: [{ number: 80, name: "http", protocol: "HTTP" }],
            endpoints: [{ address: "127.0.0.1", ports: { http: server.port } }],
        },
        { namespace: "shop" },
    );
    return { object, server };
}

/** With the Services `web` and `api`. */
export async function ingressed(setting: Setting, objects: readonly KubeObject[], asks: Readonly<Record<string, Ask>>): Promise<Play> {
    const services = [await service("web"), await service("api")];
    return {
        objects: [gatewayService(setting), ...services.map(({ object }) => object), ...objects],
        asks,
        servers: services.map(({ server }) => server),
        stop: async () => {
            for (const { server } of services) await server.stop();
        },
    };
}
