/** Rules that never see a request: the server speaks another protocol, or the gateway never gets the object. */
import { EVERYWHERE, isExportedTo, MESH_GATEWAY, nameText, scopesOf, type RuleFamily } from "../../semantics";
import { gatewaysOf, rulesOfServer, serversFor } from "../bindings";
import type { RuleAudience } from "../destinations";
import type { ObjectIndex } from "../object-index";
import type { IndexedKind } from "../indexed-object";
import type { AnalysisReport } from "../report";

type Service = IndexedKind<"VirtualService">;

const NEEDS: Readonly<Record<RuleFamily, string>> = {
    http: "a server of HTTP, or of HTTPS that ends TLS here",
    tls: "a server of TLS or HTTPS with `mode: PASSTHROUGH`",
    tcp: "a server of TCP, or of TLS that ends TLS here",
};

export function rulesWithoutServer(index: ObjectIndex, report: AnalysisReport): void {
    for (const service of index.of("VirtualService")) {
        const gateways = gatewaysOf(service, index);
        const servers = gateways.flatMap((gateway) => serversFor(service, gateway));
        // Without any, Istio has said it already; the mesh takes rules of every kind.
        if (servers.length === 0 || (service.usable.spec?.gateways ?? []).includes(MESH_GATEWAY)) {
            continue;
        }
        const kinds = new Set(servers.map(({ server }) => rulesOfServer(server)));
        for (const kind of ["http", "tls", "tcp"] as const) {
            if ((service.usable.spec?.[kind]?.length ?? 0) > 0 && !kinds.has(kind)) {
                const there = [...kinds]
                    .filter((one) => one !== undefined)
                    .map((one) => `\`${one}\``)
                    .join(" and ");
                report.own(
                    "GH0702",
                    service,
                    `spec.${kind}`,
                    `no server of ${gateways.map(({ ref }) => nameText(ref)).join(", ")} for these hosts takes \`${kind}\` rules`,
                    `They need ${NEEDS[kind]}; the servers that are there take ${there === "" ? "none" : there}.`,
                );
            }
        }
    }
}

/** A TCP or passthrough server without a rule opens no listener at all. */
export function serversWithoutRule(index: ObjectIndex, report: AnalysisReport): void {
    const ruled = new Map<unknown, Set<RuleFamily>>();
    for (const service of index.of("VirtualService")) {
        const kinds = (["http", "tls", "tcp"] as const).filter((kind) => (service.usable.spec?.[kind]?.length ?? 0) > 0);
        const gateways = gatewaysOf(service, index).filter((gateway) => !isHiddenFrom(service, gateway, index));
        for (const { server } of gateways.flatMap((gateway) => serversFor(service, gateway))) {
            ruled.set(server, new Set([...(ruled.get(server) ?? []), ...kinds]));
        }
    }
    for (const gateway of index.of("Gateway")) {
        (gateway.usable.spec?.servers ?? []).forEach((server, at) => {
            const kind = server ? rulesOfServer(server) : undefined;
            // Connections of other clusters need no rule.
            if (server && (kind === "tcp" || kind === "tls") && server.tls?.mode !== "AUTO_PASSTHROUGH" && !ruled.get(server)?.has(kind)) {
                report.own(
                    "GH0414",
                    gateway,
                    `spec.servers[${at}]`,
                    `no VirtualService has a \`${kind}\` rule for it, so that no connection is accepted`,
                    `Add one with \`${kind}\` rules for its hosts.`,
                );
            }
        });
    }
}

/** Whether none of a Gateway's pods, as far as they are known, is in a namespace that the VirtualService is exported to. */
function isHiddenFrom(service: Service, gateway: IndexedKind<"Gateway">, index: ObjectIndex): boolean {
    const pods = index.pods.selected(gateway.usable.spec?.selector ?? {});
    return pods.length > 0 && !pods.some(({ namespace }) => isExportedTo(service.usable.spec?.exportTo, service.ref.namespace, namespace));
}

/** A gateway's pods see what is exported to their namespace, not to that of the Gateway. */
export function hiddenFromGateways(index: ObjectIndex, report: AnalysisReport): void {
    for (const service of index.of("VirtualService")) {
        const seen = new Set(scopesOf(service.usable.spec?.exportTo, service.ref.namespace));
        if (seen.has(EVERYWHERE)) {
            continue;
        }
        const where = new Set(
            gatewaysOf(service, index).flatMap(({ usable }) =>
                index.pods.selected(usable.spec?.selector ?? {}).map(({ namespace }) => namespace),
            ),
        );
        const missing = [...where].filter((namespace) => !seen.has(namespace)).sort();
        if (where.size > 0 && missing.length === where.size) {
            report.own(
                "GH0703",
                service,
                "spec.exportTo",
                `the gateway's pods are in namespace ${missing.join(", ")}, to which this is not exported: it never reaches them`,
                `Add \`${missing[0]}\`, or leave \`exportTo\` out.`,
            );
        }
    }
}

/** Whether a rule is one for a gateway, or for the mesh alone. */
export function isForGateways(service: Service, rule: RuleAudience | undefined): boolean {
    const named = (service.usable.spec?.gateways ?? []).some((name) => name !== undefined && name !== MESH_GATEWAY);
    const matches = rule?.match ?? [];
    return (
        named &&
        (matches.length === 0 || matches.some((match) => !match?.gateways?.length || match.gateways.some((name) => name !== MESH_GATEWAY)))
    );
}
