/** What Gateways claim of the pods that serve them: ports, and hosts on them. */
import { at, entries } from "../values";
import type { Thing } from "../thing";
import type { World } from "../world";
import type { HostClaim } from "./claim";
import { serversOf, type ServerView } from "./gateway";
import { knownLabels, selectedPods } from "./pods";

/** The pods that serve a Gateway, as a key that others who are served by them share; its selector where no pods are known. */
function servedBy(world: World, gateway: Thing): string | undefined {
    const selector = at(gateway.value, "spec", "selector");
    const labels = knownLabels(selector);
    if (labels === undefined || entries(labels).length === 0) return undefined;
    const pods = selectedPods(world, selector) ?? [];
    return pods.length > 0
        ? pods
              .map(({ thing }) => thing.resource.urn)
              .sort()
              .join(" ")
        : JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function claimsOf(thing: Thing, gateway: string, server: ServerView): HostClaim[] {
    const { port, family, field, hosts, tls } = server;
    if (port === undefined || family === undefined) return [];
    const whole: HostClaim = {
        thing,
        field: `${field}.port`,
        key: `port ${gateway} ${port}`,
        what: `port ${port}`,
        // Servers of one family share a port; bytes without a name belong to one alone.
        value: family === "tcp" ? "TCP" : family === "tls" ? "TLS" : "plain HTTP",
        exclusive: family === "tcp",
    };
    if (family === "tcp") return [whole];
    // Redirects of one host are alike, whoever asks for them.
    if (family === "http" && at(tls, "httpsRedirect") === true) return [whole];
    return [
        whole,
        ...hosts.map(
            ({ host, namespace, field: where }): HostClaim => ({
                thing,
                field: where,
                key: `host ${gateway} ${port} ${namespace} ${host}`,
                what: `host ${host} on port ${port}`,
                value: host,
                exclusive: true,
            }),
        ),
    ];
}

export function gatewayClaims(world: World): HostClaim[] {
    return world.of("networking.istio.io", "Gateway").flatMap((gateway) => {
        const key = servedBy(world, gateway);
        return key === undefined ? [] : serversOf(gateway).flatMap((server) => claimsOf(gateway, key, server));
    });
}
