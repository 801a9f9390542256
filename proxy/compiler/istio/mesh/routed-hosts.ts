/**
 * What rules that an application sees lead to is a destination for it, whether its Sidecar shows it or not: it has no Host of
 * its own there (Istio pilot/pkg/model/sidecar.go, collectImportedServices).
 */
import { resolveShortName } from "../../../../istio/semantics";
import type { ImportedHost } from "../../../../istio/semantics/sidecars";
import type { Destination } from "../../../../istio/types";
import type { ObjectContext } from "../../context/objects";
import { importedServices, meshVirtualServices, type VirtualService } from "./mesh-virtual-services";

export function routedHosts(context: ObjectContext, shown: readonly ImportedHost[]): ReadonlySet<string> {
    const { objects, settings } = context;
    const byId = new Map(objects.virtualServices.get().map((one) => [one.id, one]));
    const routed = new Set<string>();
    for (const { one } of importedServices(meshVirtualServices(context), shown)) {
        for (const each of [one, ...delegatesOf(one, byId)])
            for (const { host } of destinationsOf(each)) routed.add(resolveShortName(host, each.ref.namespace, settings.domain));
    }
    return routed;
}

function delegatesOf({ object, ref }: VirtualService, byId: ReadonlyMap<string, VirtualService>): readonly VirtualService[] {
    return (object.spec.http ?? []).flatMap(({ delegate }) =>
        delegate === undefined ? [] : (byId.get(`${delegate.namespace || ref.namespace}/${delegate.name}`) ?? []),
    );
}

function destinationsOf({ object }: VirtualService): readonly Destination[] {
    const { http = [], tls = [], tcp = [] } = object.spec;
    const routed = [...http, ...tls, ...tcp].flatMap(({ route = [] }) => route.map(({ destination }) => destination));
    const mirrored = http.flatMap(({ mirror, mirrors = [] }) => [mirror, ...mirrors.map(({ destination }) => destination)]);
    return [...routed, ...mirrored].filter((one) => one !== undefined);
}
