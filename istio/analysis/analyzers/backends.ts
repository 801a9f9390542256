/**
 * GH0454: Services without a selector that routes lead to and that have no addresses. Nobody finds their pods: an
 * EndpointSlice or Endpoints say where they are, or requests get 503.
 */
import { areMirrored } from "../../mirrored-endpoints";
import { isEmptySelector, nameText } from "../../semantics";
import type { EndpointsObject } from "../../types";
import { destinationsOf } from "../destinations";
import type { ObjectIndex } from "../object-index";
import type { IndexedKind } from "../indexed-object";
import type { AnalysisReport } from "../report";

export function backends(index: ObjectIndex, report: AnalysisReport): void {
    const sliced = new Set(
        index
            .of("EndpointSlice")
            .map(({ ref, labels }) => nameText({ namespace: ref.namespace, name: labels["kubernetes.io/service-name"] ?? "" })),
    );
    const routed = new Set(
        index
            .of("VirtualService")
            .flatMap((service) =>
                destinationsOf(service).map(
                    ({ destination }) =>
                        index.hosts.find(destination.host ?? "", service.ref.namespace, service.usable.spec?.exportTo ?? [])?.owner,
                ),
            ),
    );
    for (const service of index.of("Service")) {
        const { spec } = service.usable;
        if (
            routed.has(service) &&
            isEmptySelector(spec?.selector) &&
            spec?.type !== "ExternalName" &&
            !sliced.has(nameText(service.ref)) &&
            !hasEndpoints(service, index)
        ) {
            report.own(
                "GH0454",
                service,
                "spec.selector",
                "there is none, and neither an EndpointSlice nor Endpoints say where its backends are: requests get 503",
                `Add Endpoints named \`${service.ref.name}\`, an EndpointSlice labelled \`kubernetes.io/service-name: ${service.ref.name}\`, or a selector.`,
            );
        }
    }
}

function hasEndpoints(service: IndexedKind<"Service">, index: ObjectIndex): boolean {
    const endpoints = index.find("Endpoints", service.ref.namespace, service.ref.name);
    return endpoints !== undefined && areMirrored(endpoints.object as EndpointsObject, service.usable.spec?.selector);
}
