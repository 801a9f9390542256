/** The hosts that routes may lead to: those of Services and of ServiceEntries. */
import { clusterService, narrowest, serviceHost } from "../../istio";
import type { Thing } from "../thing";
import { at, items, text, texts, UNKNOWN } from "../values";
import type { World } from "../world";

export interface KnownHosts {
    /** Services by `name.namespace.svc.cluster.local`. */
    readonly services: ReadonlyMap<string, Thing>;
    /** ServiceEntries by host; some of these are patterns. */
    readonly external: ReadonlyMap<string, Thing>;
    /** Whether no name among them is unknown. */
    readonly certain: boolean;
}

export function knownHosts(world: World): KnownHosts {
    const services = world.of("", "Service");
    const entries = world.of("networking.istio.io", "ServiceEntry");
    const named = entries.flatMap((entry) => texts(at(entry.value, "spec", "hosts")).map((host) => ({ host: host.toLowerCase(), entry })));
    return {
        services: new Map(services.map((one) => [serviceHost(String(one.name), String(one.namespace)), one])),
        external: new Map(named.map(({ host, entry }) => [host, entry])),
        certain:
            services.every(({ name, namespace }) => name !== UNKNOWN && namespace !== UNKNOWN) &&
            entries.every(
                (entry) => at(entry.value, "spec", "hosts") !== UNKNOWN && !items(at(entry.value, "spec", "hosts")).includes(UNKNOWN),
            ),
    };
}

/** The namespace of a cluster's own host. */
export function namespaceOf(host: string): string | undefined {
    return clusterService(host)?.namespace;
}

/** The Service or ServiceEntry of a full name. */
export function ownerOf({ services, external }: KnownHosts, host: string): Thing | undefined {
    return narrowest(host, (one) => services.get(one) ?? external.get(one));
}

/** What a Service selects; undefined where it selects nothing, or that is not known. */
export function serviceSelector(service: Thing): unknown {
    const selector = at(service.value, "spec", "selector");
    return selector === UNKNOWN ? undefined : selector;
}

/** The names of a Service's ports, by number. */
export function portNames(service: Thing): ReadonlyMap<number, string> {
    return new Map(
        items(at(service.value, "spec", "ports")).flatMap((port) => {
            const number = at(port, "port");
            return typeof number === "number" ? [[number, text(at(port, "name")) ?? ""] as const] : [];
        }),
    );
}
