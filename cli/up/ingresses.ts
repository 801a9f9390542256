/** Which Ingresses a gateway that runs here serves, as the proxy decides it, and on which ports. */
import { nameText, readKind, refOf, selects, type KubeObject } from "../../istio";
import {
    gatewayServiceOf,
    INGRESS_PORTS,
    ingressOwner,
    isDefaultClass,
    meshIngressOf,
    type KnownClasses,
} from "../../istio/semantics/ingress";
import { isMeshConfigMap } from "../../istio/semantics/root-namespace";
import type { IngressClassObject, IngressObject } from "../../istio/types";
import { isService, selectsPods } from "./endpoints";
import type { LocalWorkload } from "./workloads";

const isIngress = (object: KubeObject): object is IngressObject => readKind(object) === "Ingress";
const isIngressClass = (object: KubeObject): object is IngressClassObject => readKind(object) === "IngressClass";

export function ingressesOf(objects: readonly KubeObject[], workload: LocalWorkload): IngressObject[] {
    const ingresses = objects.filter(isIngress);
    if (ingresses.length === 0) return [];
    const known = classesAmong(objects);
    const mesh = meshIngressOf(objects.find(isMeshConfigMap));
    const own = new Set(
        objects
            .filter(isService)
            .filter((service) => selectsPods(service, workload))
            .map((service) => nameText(refOf(service))),
    );
    return ingresses.filter((one) => {
        const owner = ingressOwner(one, known, mesh);
        if (owner.kind === "istio") return selects(mesh.selector, workload.labels);
        const service = owner.kind === "own" ? gatewayServiceOf(owner.class) : undefined;
        return service !== undefined && own.has(nameText(service));
    });
}

/** Those that Ingresses open on it. */
export function ingressPorts(objects: readonly KubeObject[], workload: LocalWorkload): number[] {
    const all = ingressesOf(objects, workload);
    const secure = all.some(({ spec }) => (spec.tls ?? []).some(({ secretName }) => secretName));
    return [...(all.length > 0 ? [INGRESS_PORTS.http] : []), ...(secure ? [INGRESS_PORTS.https] : [])];
}

/** No API server gives an Ingress the default class here. */
function classesAmong(objects: readonly KubeObject[]): KnownClasses {
    const classes = objects.filter(isIngressClass);
    const [fallback, ...others] = classes.filter(isDefaultClass);
    return {
        named: (name) => classes.find(({ metadata }) => metadata.name === name),
        fallback: others.length === 0 ? fallback : undefined,
    };
}
