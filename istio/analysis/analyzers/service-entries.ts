/** IST0133, IST0134 and IST0177: ServiceEntries with TCP and no address, or that differ about the protocol of a host's port. */
import { meshConfigOf } from "../mesh-config";
import { nameText, scopesOf } from "../../semantics";
import type { ObjectIndex } from "../object-index";
import type { IndexedKind } from "../indexed-object";
import { goQuoted, nameList, type AnalysisReport } from "../report";

type Entry = IndexedKind<"ServiceEntry">;

export function missingAddresses(index: ObjectIndex, report: AnalysisReport): void {
    if (meshConfigOf(index.meshConfigMap).givesAddresses) {
        return;
    }
    for (const entry of index.of("ServiceEntry")) {
        const { spec } = entry.usable;
        if (spec?.addresses?.length) {
            continue;
        }
        (spec?.ports ?? []).forEach((port, at) => {
            if (port && (!port.protocol || port.protocol.toUpperCase() === "TCP")) {
                report.istio(
                    "IST0134",
                    entry,
                    `spec.ports[${at}]`,
                    [],
                    "Add `addresses`: without them every connection to this port's number is taken for this host.",
                );
            }
        });
    }
}

/** What Istio's validation warns of where addresses are missing, or tell nothing apart. */
export function severalHosts(index: ObjectIndex, report: AnalysisReport): void {
    for (const entry of index.of("ServiceEntry")) {
        const { spec } = entry.usable;
        const resolution = spec?.resolution ?? "NONE";
        const addressed = (spec?.addresses?.length ?? 0) > 0;
        const first = (protocols: readonly string[]): number =>
            (spec?.ports ?? []).findIndex((port) => port !== undefined && protocols.includes((port.protocol ?? "").toUpperCase()));
        const plain = resolution === "NONE" && !addressed ? first(["", "TCP"]) : -1;
        if (plain >= 0) {
            report.istio(
                "IST0133",
                entry,
                `spec.ports[${plain}]`,
                [`spec.ports[${plain}] is a port of plain TCP, on which addresses alone tell a host from others`],
                "Add `addresses`.",
            );
        }
        const shared = resolution.startsWith("DNS") && addressed && (spec?.hosts?.length ?? 0) > 1 ? first(CONNECTIONS) : -1;
        if (shared >= 0) {
            report.istio(
                "IST0133",
                entry,
                `spec.ports[${shared}]`,
                [`spec.ports[${shared}] several hosts share addresses and a port whose connections nothing else tells apart`],
                "Write a ServiceEntry for each host.",
            );
        }
    }
}

/** Protocols that are connections to Istio, not requests. */
const CONNECTIONS: readonly string[] = ["TCP", "HTTPS", "TLS", "MONGO", "REDIS", "MYSQL"];

interface Claim {
    readonly entry: Entry;
    readonly protocol: string;
    readonly field: string;
}
interface Claimed {
    readonly scope: string;
    readonly host: string;
    readonly port: number;
    readonly claims: Claim[];
}

export function conflictingProtocols(index: ObjectIndex, report: AnalysisReport): void {
    const byPort = new Map<string, Claimed>();
    for (const entry of index.of("ServiceEntry")) {
        const { spec } = entry.usable;
        for (const scope of scopesOf(spec?.exportTo, entry.ref.namespace)) {
            for (const host of spec?.hosts ?? []) {
                (spec?.ports ?? []).forEach((port, at) => {
                    const key = `${scope} ${host ?? ""} ${port?.number ?? 0}`;
                    const known = byPort.get(key) ?? { scope, host: host ?? "", port: port?.number ?? 0, claims: [] };
                    known.claims.push({ entry, protocol: (port?.protocol ?? "").toUpperCase(), field: `spec.ports[${at}].protocol` });
                    byPort.set(key, known);
                });
            }
        }
    }
    const reported = new Set<Entry>();
    for (const { scope, host, port, claims } of [...byPort.values()]) {
        const all = scope === "*" ? claims : [...claims, ...(byPort.get(`* ${host} ${port}`)?.claims ?? [])];
        const protocols = [...new Set(all.map(({ protocol }) => protocol))].sort();
        if (protocols.length > 1) {
            const names = nameList([...new Set(all.map(({ entry }) => nameText(entry.ref)))].sort(), ", ");
            for (const { entry, field } of all.filter((claim) => !reported.has(claim.entry))) {
                reported.add(entry);
                report.istio("IST0177", entry, field, [names, goQuoted(host), port, protocols.join(", ")]);
            }
        }
    }
}
