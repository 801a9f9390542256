/** What VirtualServices, ServiceEntries and Services claim. */
import { at, items, number, text, texts, UNKNOWN } from "../values";
import { gatewayNames, scopesOf } from "../../istio";
import type { World } from "../world";
import type { HostClaim } from "./claim";

/** A host at a Gateway: the rules of two VirtualServices are merged in an order that nobody chose. */
export function routeClaims(world: World): HostClaim[] {
    return world.of("networking.istio.io", "VirtualService").flatMap((thing) => {
        const protocols = (["http", "tls"] as const).filter((protocol) => items(at(thing.value, "spec", protocol)).length > 0);
        if (thing.namespace === UNKNOWN) return [];
        const gateways = gatewayNames(texts(at(thing.value, "spec", "gateways")), thing.namespace);
        return texts(at(thing.value, "spec", "hosts")).flatMap((written, index) =>
            gateways.flatMap((gateway) =>
                protocols.map((protocol): HostClaim => {
                    const host = written.toLowerCase();
                    return {
                        thing,
                        field: `spec.hosts[${index}]`,
                        key: `route ${gateway} ${protocol} ${host}`,
                        what: `host ${host} on Gateway ${gateway}`,
                        value: host,
                        exclusive: true,
                    };
                }),
            ),
        );
    });
}

/** A host outside: what two ServiceEntries say of one is not joined. */
export function externalClaims(world: World): HostClaim[] {
    return world.of("networking.istio.io", "ServiceEntry").flatMap((thing) => {
        const visible = texts(at(thing.value, "spec", "exportTo"));
        const scopes = scopesOf(visible, String(thing.namespace));
        const ports = items(at(thing.value, "spec", "ports")).flatMap((port) => number(at(port, "number")) ?? []);
        return texts(at(thing.value, "spec", "hosts")).flatMap((host, index) =>
            ports.flatMap((port) =>
                scopes.map(
                    (scope): HostClaim => ({
                        thing,
                        field: `spec.hosts[${index}]`,
                        key: `external ${scope} ${host.toLowerCase()} ${port}`,
                        what: `host ${host}:${port}`,
                        value: host,
                        exclusive: true,
                    }),
                ),
            ),
        );
    });
}

export function nodePortClaims(world: World): HostClaim[] {
    return world.of("", "Service").flatMap((thing) =>
        items(at(thing.value, "spec", "ports")).flatMap((port, index): HostClaim[] => {
            const nodePort = number(at(port, "nodePort"));
            if (nodePort === undefined || nodePort === 0) return [];
            const transport = text(at(port, "protocol")) ?? "TCP";
            return [
                {
                    thing,
                    field: `spec.ports[${index}].nodePort`,
                    key: `node ${nodePort} ${transport}`,
                    what: `port ${nodePort} of every node`,
                    value: String(nodePort),
                    exclusive: true,
                },
            ];
        }),
    );
}
