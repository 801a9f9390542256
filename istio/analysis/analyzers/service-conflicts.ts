/** GH0453: two objects that define one host and port in other ways. The first that a reader meets wins, without a word. */
import { addTo } from "../../lists-by-key";
import { refText } from "../../types";
import { fullHost } from "../names";
import type { ObjectIndex } from "../object-index";
import type { IndexedObject } from "../indexed-object";
import type { AnalysisReport } from "../report";

interface Definition {
    readonly owner: IndexedObject;
    readonly field: string;
    /** How its addresses are found: two alike may be meant to be joined. */
    readonly way: string;
}

export function serviceConflicts(index: ObjectIndex, report: AnalysisReport): void {
    const byPort = new Map<string, Definition[]>();
    for (const service of index.of("Service")) {
        for (const port of service.usable.spec?.ports ?? []) {
            addTo(byPort, `${fullHost(service.ref.name, service.ref.namespace)} ${port?.port ?? 0}`, {
                owner: service,
                field: "metadata.name",
                way: "the Service",
            });
        }
    }
    for (const entry of index.of("ServiceEntry")) {
        const { spec } = entry.usable;
        const exportTo = (spec?.exportTo ?? []).filter((one) => one !== undefined);
        // What one namespace alone sees may replace for it what the others see.
        if (exportTo.length > 0 && !exportTo.includes("*")) {
            continue;
        }
        (spec?.hosts ?? []).forEach((host, at) => {
            for (const port of host === undefined ? [] : (spec?.ports ?? [])) {
                addTo(byPort, `${host?.toLowerCase()} ${port?.number ?? 0}`, {
                    owner: entry,
                    field: `spec.hosts[${at}]`,
                    way: `resolution ${spec?.resolution ?? "NONE"}`,
                });
            }
        });
    }
    for (const [key, [first, ...others]] of byPort) {
        const [host = "", port = ""] = key.split(" ");
        for (const other of others.filter(({ owner, way }) => first !== undefined && owner !== first.owner && way !== first.way)) {
            report.own(
                "GH0453",
                other.owner,
                other.field,
                `\`${host}\` on port ${port} is also that of ${first ? refText(first.owner.ref) : ""} (${first?.way}; here ${other.way}); only one of them holds`,
                "Leave it to one object.",
            );
        }
    }
}
