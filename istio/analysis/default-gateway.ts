/**
 * Istio's own ingress gateway, which an analysis takes for granted unless the configuration brings one: folders hold the
 * routes of a cluster more often than its gateway. Pod, Service and ports are those that istioctl assumes over files
 * (pkg/config/analysis/local/defaults.go).
 */
import { groupOf, podMaker, selects, type Labels } from "../semantics";
import type { KubeObject } from "../types";
import { textAt, textsAt } from "./loose";
import { meshConfigOf } from "./mesh-config";
import type { AnalysisInput } from "./indexed-object";

const NAMESPACE = "istio-system";
const LABELS: Labels = { istio: "ingressgateway" };
const PORTS: readonly (readonly [name: string, port: number])[] = [
    ["http2", 80],
    ["https", 443],
    ["tcp", 31400],
    ["tls", 15443],
];

function pod(namespace: string, name: string, labels: Labels): KubeObject {
    return {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace, labels },
        spec: { containers: [{ name: "istio-proxy" }] },
    } as KubeObject;
}

/** What an object's pods are labelled with; undefined where it makes none. */
function podLabels(object: KubeObject): Labels | undefined {
    const maker = podMaker(groupOf(object.apiVersion), object.kind);
    return maker && textsAt(object, ...maker.template, "metadata", "labels");
}

/**
 * What is added to a configuration: nothing where it has such pods; the pods alone where it has a Service for them; nothing
 * either where its mesh's configuration turns the ingress gateway off.
 */
export function defaultGateway(inputs: readonly AnalysisInput[], defaultNamespace = "default"): AnalysisInput[] {
    const objects = inputs.map(({ object }) => object);
    const namespaceOf = (object: KubeObject): string => textAt(object, "metadata", "namespace") || defaultNamespace;
    const { hasIngress, ingressService } = meshConfigOf(
        objects.find(
            (one) =>
                one.apiVersion === "v1" &&
                one.kind === "ConfigMap" &&
                namespaceOf(one) === NAMESPACE &&
                textAt(one, "metadata", "name") === "istio",
        ),
    );
    if (!hasIngress || objects.some((object) => selects(LABELS, podLabels(object) ?? {}))) {
        return [];
    }
    const services = objects.filter(
        (object) => object.apiVersion === "v1" && object.kind === "Service" && selects(LABELS, textsAt(object, "spec", "selector")),
    );
    const made =
        services.length > 0
            ? services.map((service) =>
                  pod(namespaceOf(service), `${textAt(service, "metadata", "name") ?? ""}-pod`, textsAt(service, "spec", "selector")),
              )
            : [
                  pod(NAMESPACE, `${ingressService}-pod`, LABELS),
                  {
                      apiVersion: "v1",
                      kind: "Service",
                      metadata: { name: ingressService, namespace: NAMESPACE },
                      spec: { selector: LABELS, ports: PORTS.map(([name, port]) => ({ name, port, protocol: "TCP", targetPort: port })) },
                  } as KubeObject,
              ];
    for (const object of made) {
        assumed.add(object);
    }
    return made.map((object) => ({ object, context: true }));
}

const assumed = new WeakSet<KubeObject>();

/** Whether nobody has said that there is such an object: it was taken for granted. */
export function isAssumed(object: KubeObject): boolean {
    return assumed.has(object);
}
