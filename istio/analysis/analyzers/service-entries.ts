/** IST0134 and IST0177: ServiceEntries with TCP and no address, or that differ about the protocol of a host's port. */
import { meshConfigOf } from "../mesh-config";
import { nameText, scopesOf } from "../../semantics";
import type { IndexedKind, ObjectIndex } from "../object-index";
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
                report.istio("IST0134", entry, `spec.ports[${at}]`, [], "Add `addresses`: without them every connection to this port's number is taken for this host.");
            }
        });
    }
}

/** Istio takes several hosts on a port of plain TCP only where nothing has to tell them apart, and warns even then. */
export function severalHosts(index: ObjectIndex, report: AnalysisReport): void {
    for (const entry of index.of("ServiceEntry")) {
        const { spec } = entry.usable;
        const at = (spec?.ports ?? []).findIndex((port) => ["", "TCP"].includes(port?.protocol?.toUpperCase() ?? ""));
        if (at < 0 || (spec?.hosts?.length ?? 0) < 2) {
            continue;
        }
        const field = `spec.ports[${at}]`;
        const none = (spec?.resolution ?? "NONE") === "NONE";
        if (none && !spec?.addresses?.length) {
            report.istio("IST0133", entry, field, [`${field} several hosts share a port of plain TCP without addresses`], "Add `addresses`.");
        } else if (!none && spec?.addresses?.length) {
            report.istio("IST0133", entry, field, [`${field} several hosts share addresses and a port of plain TCP, on which nothing tells them apart`], "Write a ServiceEntry for each host.");
        }
    }
}

interface Claim { readonly entry: Entry; readonly protocol: string; readonly field: string }
interface Claimed { readonly scope: string; readonly host: string; readonly port: number; readonly claims: Claim[] }

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
