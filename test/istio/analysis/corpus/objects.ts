/** Makes the objects of the corpus: whole enough for an API server, short enough to be read. */
import type { KubeObject } from "../../../../istio";

/** One configuration. */
export interface Configuration {
    /** What is in it, in words; a configuration is known by them. */
    readonly title: string;
    readonly objects: readonly KubeObject[];
}

type Labels = Readonly<Record<string, string>>;
interface Meta {
    readonly labels?: Labels;
    readonly annotations?: Labels;
}

const object = (apiVersion: string, kind: string, namespace: string | undefined, name: string, rest: object, meta: Meta = {}): KubeObject =>
    ({ apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }), ...meta }, ...rest }) as KubeObject;

/** `name` or `namespace/name`; without a namespace it is `shop`. */
function split(text: string): [namespace: string, name: string] {
    const [first = "", second] = text.split("/");
    return second === undefined ? ["shop", first] : [first, second];
}
const networking =
    (kind: string) =>
    (name: string, spec: object, meta: Meta = {}): KubeObject =>
        object("networking.istio.io/v1", kind, ...split(name), { spec }, meta);

export const gateway = networking("Gateway");
export const virtualService = networking("VirtualService");
export const destinationRule = networking("DestinationRule");
export const serviceEntry = networking("ServiceEntry");
export const sidecar = networking("Sidecar");
export const telemetry = (name: string, spec: object): KubeObject => object("telemetry.istio.io/v1", "Telemetry", ...split(name), { spec });
export const requestAuthentication = (name: string, spec: object): KubeObject =>
    object("security.istio.io/v1", "RequestAuthentication", ...split(name), { spec });
export const authorizationPolicy = (name: string, spec: object): KubeObject =>
    object("security.istio.io/v1", "AuthorizationPolicy", ...split(name), { spec });
export const wasmPlugin = (name: string, spec: object): KubeObject =>
    object("extensions.istio.io/v1alpha1", "WasmPlugin", ...split(name), { spec });
export const envoyFilter = (name: string, spec: object): KubeObject =>
    object("networking.istio.io/v1alpha3", "EnvoyFilter", ...split(name), { spec });
export const namespace = (name: string, labels: Labels): KubeObject => object("v1", "Namespace", undefined, name, {}, { labels });
export const node = (name: string, labels: Labels): KubeObject => object("v1", "Node", undefined, name, {}, { labels });
export const secret = (name: string, stringData: Labels): KubeObject =>
    object("v1", "Secret", ...split(name), { type: "Opaque", stringData });

/** The configuration of the mesh. */
export const meshConfig = (mesh: string): KubeObject => object("v1", "ConfigMap", "istio-system", "istio", { data: { mesh } });

const CONTAINERS = [{ name: "app", image: "app:1" }];

export const pod = (name: string, labels: Labels, spec: object = {}, annotations: Labels = {}): KubeObject =>
    object("v1", "Pod", ...split(name), { spec: { containers: CONTAINERS, ...spec } }, { labels, annotations });

export const deployment = (
    name: string,
    labels: Labels,
    template: { readonly annotations?: Labels; readonly labels?: Labels; readonly containers?: readonly object[] } = {},
    meta: Meta = {},
): KubeObject =>
    object(
        "apps/v1",
        "Deployment",
        ...split(name),
        {
            spec: {
                selector: { matchLabels: labels },
                template: {
                    metadata: { labels: { ...labels, ...template.labels }, annotations: template.annotations ?? {} },
                    spec: { containers: template.containers ?? CONTAINERS },
                },
            },
        },
        meta,
    );

export interface Port {
    readonly port: number;
    readonly name?: string;
    readonly protocol?: string;
    readonly appProtocol?: string;
    readonly targetPort?: number | string;
}

export const service = (
    name: string,
    ports: readonly (number | Port)[],
    selector: Labels | undefined = undefined,
    rest: { readonly spec?: object; readonly meta?: Meta } = {},
): KubeObject =>
    object(
        "v1",
        "Service",
        ...split(name),
        {
            spec: {
                ports: ports.map((port) => (typeof port === "number" ? { port, name: `http-${port}` } : port)),
                ...(selector === undefined ? {} : { selector }),
                ...rest.spec,
            },
        },
        rest.meta,
    );

/** A Gateway's server: `80`, or with what differs. */
export const server = (number: number, hosts: readonly string[], change: object = {}, protocol = "HTTP"): object => ({
    port: { number, name: `${protocol.toLowerCase()}-${number}`, protocol },
    hosts,
    ...change,
});

export const secure = (credentialName: string, hosts: readonly string[], number = 443): object =>
    server(number, hosts, { tls: { mode: "SIMPLE", credentialName } }, "HTTPS");

export const to = (host: string, rest: object = {}): object => ({ destination: { host, ...rest } });

/** The pods and Service of a gateway. */
export const workload = (ports: readonly number[] = [80, 443], where = "ingress"): KubeObject[] => [
    pod(`${where}/gw`, { istio: "gw", app: "gw" }),
    service(`${where}/gw`, ports, { istio: "gw" }),
];
export const SELECTOR = { istio: "gw" };

/** A backend that is there. */
export const WEB = [service("web", [80], { app: "web" }), pod("web-1", { app: "web" })];
