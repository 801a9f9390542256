/**
 * Kubernetes Ingress: whose an Ingress is, and what its paths and hosts mean. By the mesh's class or Istio's controller it is for
 * Istio's own ingress gateway, and read as Istio reads it (pilot/pkg/config/kube/ingress); a class of our own controller names
 * the Service of the gateway that serves it.
 */
import type { IngressClassObject, IngressObject, IngressPath, KubeObject } from "../types";
import type { QualifiedName } from "./names";
import { field, meshOf } from "./root-namespace";
import type { Labels } from "./selectors";

export const ISTIO_INGRESS_CONTROLLER = "istio.io/ingress-controller";
export const INGRESS_CONTROLLER = "gatehouse.dev/ingress-controller";
export const INGRESS_CLASS_ANNOTATION = "kubernetes.io/ingress.class";
export const DEFAULT_CLASS_ANNOTATION = "ingressclass.kubernetes.io/is-default-class";

/** The ports of every Ingress, as the gateway's Service has them. */
export const INGRESS_PORTS = { http: 80, https: 443 } as const;

/** What the mesh's configuration says of Ingresses. */
export interface MeshIngress {
    readonly mode: "OFF" | "STRICT" | "DEFAULT";
    readonly class: string;
    /** The pods of Istio's ingress gateway. */
    readonly selector: Labels;
}

const MODES: Readonly<Record<string, MeshIngress["mode"]>> = { OFF: "OFF", "1": "OFF", false: "OFF", DEFAULT: "DEFAULT", "2": "DEFAULT" };
const DEFAULT_SERVICE = "istio-ingressgateway";

export function meshIngressOf(configMap: KubeObject | undefined): MeshIngress {
    const mesh = meshOf(configMap);
    const text = (name: string): string => {
        const said = field(mesh, name);
        return typeof said === "string" ? said : "";
    };
    const mode = field(mesh, "ingressControllerMode");
    const service = text("ingressService");
    const istio = text("ingressSelector") || (service === "" || service === DEFAULT_SERVICE ? "ingressgateway" : service);
    return {
        // Without quotes OFF is false to YAML.
        mode: (["string", "number", "boolean"].includes(typeof mode) ? MODES[String(mode)] : undefined) ?? "STRICT",
        class: text("ingressClass") || "istio",
        selector: { istio },
    };
}

/** What is known of the classes beside an Ingress. */
export interface KnownClasses {
    named(name: string): IngressClassObject | undefined;
    /** The class of those that name none; only where no API server has given them one. */
    readonly fallback: IngressClassObject | undefined;
}

export type IngressOwner =
    | { readonly kind: "istio" }
    | { readonly kind: "own"; readonly class: IngressClassObject }
    /** Another controller's, or nobody's. */
    | { readonly kind: "other"; readonly why: "class" | "missing-class" | "no-class" | "off" };

/** As Istio's shouldProcessIngressWithClass; a class of ours is meant by its name in the old annotation too. */
export function ingressOwner({ metadata, spec }: IngressObject, classes: KnownClasses, mesh: MeshIngress): IngressOwner {
    const name = spec.ingressClassName;
    const named = name === undefined ? undefined : classes.named(name);
    if (name !== undefined && named === undefined) return { kind: "other", why: "missing-class" };
    const istio: IngressOwner = mesh.mode === "OFF" ? { kind: "other", why: "off" } : { kind: "istio" };
    const annotation = metadata.annotations?.[INGRESS_CLASS_ANNOTATION];
    if (annotation !== undefined) {
        const own = classes.named(annotation);
        if (own?.spec.controller === INGRESS_CONTROLLER) return { kind: "own", class: own };
        return annotation === mesh.class ? istio : { kind: "other", why: "class" };
    }
    const meant = named ?? classes.fallback;
    if (meant === undefined) return mesh.mode === "DEFAULT" ? istio : { kind: "other", why: "no-class" };
    if (meant.spec.controller === INGRESS_CONTROLLER) return { kind: "own", class: meant };
    return meant.spec.controller === ISTIO_INGRESS_CONTROLLER ? istio : { kind: "other", why: "class" };
}

export function isDefaultClass({ metadata }: IngressClassObject): boolean {
    return metadata.annotations?.[DEFAULT_CLASS_ANNOTATION] === "true";
}

/** The Service of the gateway that serves a class of ours; undefined: it names none. */
export function gatewayServiceOf({ spec }: IngressClassObject): QualifiedName | undefined {
    const { apiGroup = "", kind, name, namespace, scope } = spec.parameters ?? {};
    return apiGroup === "" && kind === "Service" && scope === "Namespace" && name && namespace ? { namespace, name } : undefined;
}

/** What a path is compared by; undefined: every path. */
export type IngressPathMatch = { readonly kind: "exact" | "segment"; readonly value: string } | undefined;

/** ImplementationSpecific as Istio reads it (createFallbackStringMatch): a star at the end makes it a prefix by segment. */
export function ingressPathMatch({ path = "", pathType }: Pick<IngressPath, "path" | "pathType">): IngressPathMatch {
    switch (pathType) {
        case "Exact":
            return { kind: "exact", value: path };
        case "Prefix":
            return prefix(path);
        case "ImplementationSpecific":
            if (["", "*", "/*", ".*"].includes(path)) return undefined;
            return path.endsWith(".*") || path.endsWith("/*") ? prefix(path.slice(0, -2)) : { kind: "exact", value: path };
        default:
            return pathType satisfies never;
    }
}

function prefix(path: string): IngressPathMatch {
    return path === "/" || path === "" ? undefined : { kind: "segment", value: path };
}

/** The longest comes first, of two as long the exact one; what matches everything comes last. A slash at the end says nothing. */
export function compareIngressPaths(a: IngressPathMatch, b: IngressPathMatch): number {
    return lengthOf(b) - lengthOf(a) || rankOf(a) - rankOf(b);
}

function lengthOf(match: IngressPathMatch): number {
    if (match === undefined) return 0;
    return match.kind === "segment" && match.value.endsWith("/") ? match.value.length - 1 : match.value.length;
}

function rankOf(match: IngressPathMatch): number {
    return match?.kind === "exact" ? 0 : 1;
}

const LABEL = "[^.:]+";
const END = String.raw`\.?(:\d*)?`;

/** Which Host headers are under `*.suffix` as Kubernetes means it: a star is one label. */
export function underOneLabel(wildcard: string): string {
    return `(?i)${LABEL}${escaped(wildcard.slice(1))}${END}`;
}

/** Those that are further below it. */
export function underMoreLabels(wildcard: string): string {
    return `(?i)${LABEL}(\\.${LABEL})+${escaped(wildcard.slice(1))}${END}`;
}

function escaped(text: string): string {
    return text.replaceAll(".", String.raw`\.`);
}
