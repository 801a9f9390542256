/**
 * Ingresses: what their annotations of ingress-nginx become, and what is missing that they lead to. Of those that another controller
 * serves only the annotations are judged: whoever moves wants to know before.
 */
import { didYouMean } from "../../did-you-mean";
import { childPath } from "../../paths";
import { ingressOwner, meshIngressOf, type IngressOwner } from "../../semantics/ingress";
import { refOfKind, type IngressBackend, type IngressClassObject, type IngressObject } from "../../types";
import type { Loose } from "../../validation";
import type { IndexedKind } from "../indexed-object";
import { asksForNothing, NGINX_ANNOTATIONS, NGINX_CODES, NGINX_PREFIX } from "../nginx-annotations";
import type { ObjectIndex } from "../object-index";
import type { AnalysisReport } from "../report";

type Ingress = IndexedKind<"Ingress">;

export function nginxAnnotations(index: ObjectIndex, report: AnalysisReport): void {
    for (const ingress of index.of("Ingress")) {
        for (const [key, value] of Object.entries(ingress.annotations)) {
            if (!key.startsWith(NGINX_PREFIX)) continue;
            const name = key.slice(NGINX_PREFIX.length);
            const field = childPath("metadata.annotations", key);
            const known = NGINX_ANNOTATIONS.get(name);
            if (known === undefined) {
                const near = didYouMean(name, [...NGINX_ANNOTATIONS.keys()]);
                report.own(
                    "GH0732",
                    ingress,
                    field,
                    `${name} is no annotation of ingress-nginx that is known`,
                    near ? `Did you mean ${near}?` : "",
                );
            } else if (!asksForNothing(name, value)) {
                const lost =
                    known.kind === "guard" ? `${name} is not done here, and what it kept away is let through` : `${name} is not done here`;
                report.own(NGINX_CODES[known.kind], ingress, field, lost, `It becomes ${known.becomes}.`);
            }
        }
    }
}

/** Of those that a gateway serves. */
export function ingressBackends(index: ObjectIndex, report: AnalysisReport): void {
    for (const ingress of index.of("Ingress")) {
        const owner = ownerOf(ingress, index);
        if (owner?.kind === "other" && owner.why === "missing-class") {
            const name = ingress.usable.spec?.ingressClassName;
            report.own(
                "GH0458",
                ingress,
                "spec.ingressClassName",
                `there is no IngressClass ${name}, so that nobody serves this Ingress`,
                "Make the class, or name another.",
            );
        }
        if (owner === undefined || owner.kind === "other") continue;
        for (const { backend, field } of backendsOf(ingress)) checkBackend(ingress, backend, field, index, report);
    }
}

/** Looked up where the gateway's pods are; of a gateway that is not part of the configuration nobody knows where that is. */
export function ingressSecrets(index: ObjectIndex, report: AnalysisReport): void {
    for (const ingress of index.of("Ingress")) {
        const namespace = gatewayNamespace(ownerOf(ingress, index), index);
        if (namespace === undefined) continue;
        const { ref, usable } = ingress;
        (usable.spec?.tls ?? []).forEach((entry, at) => {
            const name = entry?.secretName ?? "";
            if (name === "" || index.find("Secret", namespace, name)) return;
            const fix = index.find("Secret", ref.namespace, name) ? `The one in ${ref.namespace} is not read: put it there.` : "";
            report.own(
                "GH0420",
                ingress,
                `spec.tls[${at}].secretName`,
                `there is no Secret ${name} in namespace ${namespace}, where the gateway's pods are; handshakes for its hosts are refused`,
                fix,
                refOfKind("Secret", namespace, name),
            );
        });
    }
}

function gatewayNamespace(owner: IngressOwner | undefined, index: ObjectIndex): string | undefined {
    if (owner?.kind === "istio") return index.pods.selected(meshIngressOf(index.meshConfigMap).selector)[0]?.namespace;
    return owner?.kind === "own" ? owner.class.spec.parameters?.namespace : undefined;
}

/** A configuration without any class says nothing of those that the cluster has. */
function ownerOf({ object, usable }: Ingress, index: ObjectIndex): IngressOwner | undefined {
    const classes = index.of("IngressClass");
    const { ingressClassName } = usable.spec ?? {};
    if (ingressClassName !== undefined && classes.length === 0) return undefined;
    const whole = { ...object, spec: ingressClassName === undefined ? {} : { ingressClassName } } as IngressObject;
    const known = {
        named: (name: string) => {
            const one = classes.find(({ ref }) => ref.name === name)?.object as Partial<IngressClassObject> | undefined;
            return one && ({ ...one, spec: one.spec ?? {} } as IngressClassObject);
        },
        fallback: undefined,
    };
    return ingressOwner(whole, known, meshIngressOf(index.meshConfigMap));
}

interface Backend {
    readonly backend: Loose<IngressBackend>;
    readonly field: string;
}

function backendsOf({ usable: { spec } }: Ingress): readonly Backend[] {
    const paths = (spec?.rules ?? []).flatMap((rule, at) =>
        (rule?.http?.paths ?? []).flatMap((path, pathAt) =>
            path?.backend ? [{ backend: path.backend, field: `spec.rules[${at}].http.paths[${pathAt}].backend` }] : [],
        ),
    );
    return [...(spec?.defaultBackend ? [{ backend: spec.defaultBackend, field: "spec.defaultBackend" }] : []), ...paths];
}

function checkBackend(
    ingress: Ingress,
    { service }: Loose<IngressBackend>,
    field: string,
    index: ObjectIndex,
    report: AnalysisReport,
): void {
    const { name, port } = service ?? {};
    if (name === undefined) return;
    const { namespace } = ingress.ref;
    const found = index.find("Service", namespace, name);
    if (found === undefined) {
        // A ServiceEntry may have the host too.
        if (index.hosts.find(`${name}.${namespace}.svc.cluster.local`, namespace) === undefined)
            report.own(
                "GH0436",
                ingress,
                `${field}.service.name`,
                `there is no Service ${name} in namespace ${namespace}; requests get 503`,
            );
        return;
    }
    const ports = found.usable.spec?.ports ?? [];
    const has = ports.some((one) => (port?.name === undefined ? one?.port === port?.number : one?.name === port.name));
    if (port === undefined || has || ports.length === 0) return;
    report.own(
        "GH0438",
        ingress,
        `${field}.service.port`,
        `Service ${namespace}/${name} has no port ${port.name ?? port.number}; requests get 503`,
        `Its ports: ${ports.map((one) => (one?.name === undefined ? one?.port : `${one.name} (${one.port})`)).join(", ")}.`,
    );
}
