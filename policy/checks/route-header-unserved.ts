/** A variable in a header's value that the bundled proxy does not know is left out of it, or stays there as it stands. */
import { notServed } from "../../istio/semantics/value-template";
import type { Checks } from "../check";
import { isServedFromOutside } from "../objects/bundled";
import { rulesOf } from "../objects/virtual-service";
import { fault, type PolicyFault, type Thing } from "../thing";
import { at, items, text, UNKNOWN } from "../values";
import type { World } from "../world";

/** By the name of a delegate, the VirtualServices that hand requests to it. */
function roots(world: World): ReadonlyMap<string, readonly Thing[]> {
    const found = new Map<string, Thing[]>();
    for (const service of world.of("networking.istio.io", "VirtualService")) {
        for (const rule of items(at(service.value, "spec", "http"))) {
            const name = text(at(rule, "delegate", "name"));
            const key = `${text(at(rule, "delegate", "namespace")) || String(service.namespace)}/${String(name)}`;
            if (name !== undefined) found.set(key, [...(found.get(key) ?? []), service]);
        }
    }
    return found;
}

function ofService(service: Thing): PolicyFault[] {
    return rulesOf(service)
        .filter(({ protocol }) => protocol === "http")
        .flatMap(({ field, value }) => {
            const places = [
                [at(value, "headers"), `${field}.headers`] as const,
                ...items(at(value, "route")).map((route, index) => [at(route, "headers"), `${field}.route[${index}].headers`] as const),
            ];
            return places.flatMap(([headers, path]) =>
                notServed(headers === UNKNOWN ? undefined : (headers as Parameters<typeof notServed>[0])).map((one) =>
                    fault(service, `${path}.${one.field}`, `${one.message}.`),
                ),
            );
        });
}

export const routeHeaderUnserved: Checks<"route-header-unserved"> = {
    stack: (world) =>
        world.of("networking.istio.io", "VirtualService").flatMap((service) => {
            const faults = ofService(service);
            if (faults.length === 0) return [];
            const bound = [service, ...(world.derive(roots).get(`${String(service.namespace)}/${String(service.name)}`) ?? [])];
            return bound.some((one) => isServedFromOutside(world, one)) ? faults : [];
        }),
};
