/** Faults of Ingresses: each with a configuration that has it, and the same one without it. */
import type { KubeObject } from "../../../istio";
import { service } from "./corpus/objects";

type Objects = readonly KubeObject[];

const NGINX = "nginx.ingress.kubernetes.io";
const CLASS = {
    apiVersion: "networking.k8s.io/v1",
    kind: "IngressClass",
    metadata: { name: "public" },
    spec: { controller: "gatehouse.dev/ingress-controller" },
} as unknown as KubeObject;

function ingress(backend: object, annotations: Readonly<Record<string, string>> = {}, spec: object = {}): KubeObject {
    const rules = [{ host: "a.com", http: { paths: [{ path: "/", pathType: "Prefix", backend: { service: backend } }] } }];
    return {
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        metadata: { name: "web", namespace: "shop", annotations: { "kubernetes.io/ingress.class": "istio", ...annotations } },
        spec: { rules, ...spec },
    } as unknown as KubeObject;
}

const web = service("shop/web", [{ port: 80, name: "http" }]);
const to = (port: object, name = "web"): object => ({ name, port });
const annotated = (name: string, value: string): Objects => [web, ingress(to({ number: 80 }), { [`${NGINX}/${name}`]: value })];
const at = (name: string): string => `Ingress shop/web metadata.annotations["${NGINX}/${name}"]`;
const classed = (name: string): KubeObject => {
    const { metadata, ...rest } = ingress(to({ number: 80 }), {}, { ingressClassName: name });
    return { ...rest, metadata: { ...metadata, annotations: {} } } as KubeObject;
};

interface Specified {
    readonly spec: object;
}

/** Its gateway is the Service that its class names. */
const OWN = {
    ...CLASS,
    spec: {
        ...(CLASS as unknown as Specified).spec,
        parameters: { kind: "Service", scope: "Namespace", namespace: "edge", name: "public" },
    },
} as unknown as KubeObject;
const secret = (namespace: string): KubeObject =>
    ({ apiVersion: "v1", kind: "Secret", metadata: { name: "web-tls", namespace }, type: "kubernetes.io/tls" }) as unknown as KubeObject;
const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "gw", namespace: "istio-system", labels: { istio: "ingressgateway" } },
    spec: { containers: [] },
} as unknown as KubeObject;
const TLS = { tls: [{ hosts: ["a.com"], secretName: "web-tls" }] };
const secured = (of: KubeObject): KubeObject => ({ ...of, spec: { ...(of as unknown as Specified).spec, ...TLS } }) as KubeObject;

export const INGRESS_CASES: readonly (readonly [title: string, line: string, faulty: Objects, sound: Objects])[] = [
    [
        "an annotation of ingress-nginx that keeps somebody out",
        `GH0730 ${at("whitelist-source-range")}`,
        annotated("whitelist-source-range", "10.0.0.0/8"),
        annotated("whitelist-source-range", ""),
    ],
    [
        "a redirect to HTTPS that is asked of ingress-nginx",
        `GH0730 ${at("ssl-redirect")}`,
        annotated("ssl-redirect", "true"),
        annotated("ssl-redirect", "false"),
    ],
    [
        "an annotation of ingress-nginx that something here does",
        `GH0731 ${at("rewrite-target")}`,
        annotated("rewrite-target", "/$2"),
        annotated("rewrite", "/$2"),
    ],
    [
        "an annotation of ingress-nginx that nothing here does",
        `GH0732 ${at("proxy-buffering")}`,
        annotated("proxy-buffering", "on"),
        annotated("proxy-buffering", "off"),
    ],
    [
        "an annotation of ingress-nginx that is misspelt",
        `GH0732 ${at("rewrite-targt")}`,
        annotated("rewrite-targt", "/"),
        annotated("rewrite-target", "/"),
    ],
    [
        "an Ingress whose Service is missing",
        "GH0436 Ingress shop/web spec.rules[0].http.paths[0].backend.service.name",
        [web, ingress(to({ number: 80 }, "gone"))],
        [web, ingress(to({ number: 80 }))],
    ],
    [
        "an Ingress whose port is missing by its number",
        "GH0438 Ingress shop/web spec.rules[0].http.paths[0].backend.service.port",
        [web, ingress(to({ number: 81 }))],
        [web, ingress(to({ number: 80 }))],
    ],
    [
        "an Ingress whose port is missing by its name",
        "GH0438 Ingress shop/web spec.rules[0].http.paths[0].backend.service.port",
        [web, ingress(to({ name: "https" }))],
        [web, ingress(to({ name: "http" }))],
    ],
    [
        "an Ingress whose class is missing",
        "GH0458 Ingress shop/web spec.ingressClassName",
        [web, CLASS, classed("gone")],
        [web, CLASS, classed("public")],
    ],
    [
        "an Ingress of our class whose Secret stands in another namespace than the gateway",
        "GH0420 Ingress shop/web spec.tls[0].secretName",
        [web, OWN, secured(classed("public")), secret("shop")],
        [web, OWN, secured(classed("public")), secret("edge")],
    ],
    [
        "an Ingress of Istio's class whose Secret is missing",
        "GH0420 Ingress shop/web spec.tls[0].secretName",
        [web, pod, secured(ingress(to({ number: 80 })))],
        [web, pod, secured(ingress(to({ number: 80 }))), secret("istio-system")],
    ],
];
