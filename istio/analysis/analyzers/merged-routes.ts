/**
 * Several VirtualServices of one gateway and host are merged, the older one first; nothing sorts them by how narrow they
 * are. Where the order decides, a later edit or a new cluster changes what is served.
 */
import { nameText } from "../../semantics";
import { gatewaysOf } from "../bindings";
import type { ObjectIndex } from "../object-index";
import type { IndexedKind } from "../indexed-object";
import type { AnalysisReport } from "../report";
import { addTo } from "../../lists-by-key";

type Service = IndexedKind<"VirtualService">;

interface Taking {
    readonly service: Service;
    readonly field: string;
    /** What its requests' paths begin with; everything where it is empty. */
    readonly prefix: string;
}

/** VirtualServices of one host that are compared with each other. */
const MAX_COMPARED = 50;

export function mergedRoutes(index: ObjectIndex, report: AnalysisReport): void {
    const sharing = new Map<string, Service[]>();
    for (const service of index.of("VirtualService")) {
        for (const gateway of new Set(gatewaysOf(service, index))) {
            for (const host of service.usable.spec?.hosts ?? []) {
                const key = `${nameText(gateway.ref)} ${(host ?? "").toLowerCase()}`;
                addTo(sharing, key, service);
            }
        }
    }
    for (const services of sharing.values()) {
        compare(services.slice(0, MAX_COMPARED), report);
    }
}

/** The rules that a path alone decides about; with other conditions nobody can say which comes first. */
function takings(service: Service): Taking[] {
    return (service.usable.spec?.http ?? []).flatMap((rule, at): Taking[] => {
        const field = `spec.http[${at}]`;
        if (!rule?.match?.length) {
            return rule ? [{ service, field, prefix: "" }] : [];
        }
        return rule.match.flatMap((match) => {
            const conditions = Object.keys(match ?? {}).filter((key) => key !== "name" && key !== "gateways");
            const prefix = match?.uri?.prefix;
            return prefix !== undefined && conditions.length === 1 ? [{ service, field, prefix: prefix === "/" ? "" : prefix }] : [];
        });
    });
}

function compare(services: readonly Service[], report: AnalysisReport): void {
    if (services.length < 2) {
        return;
    }
    const all = services.flatMap(takings);
    const byPrefix = new Map<string, Taking[]>();
    for (const one of all) {
        addTo(byPrefix, one.prefix, one);
    }
    for (const one of all) {
        const rival = wider(one, byPrefix);
        if (rival) {
            report.own(
                "GH0704",
                one.service,
                one.field,
                rival.prefix === one.prefix
                    ? `takes the same requests as ${rival.field} of VirtualService ${nameText(rival.service.ref)}; the older object gets them`
                    : `takes part of what ${rival.field} of VirtualService ${nameText(rival.service.ref)} takes; it is reached only if this object is older`,
                "Put the rules of one host into one VirtualService.",
            );
        }
    }
}

/** A rule of another object for the same prefix or a shorter one. Rules for everything go last by themselves. */
function wider(one: Taking, byPrefix: ReadonlyMap<string, readonly Taking[]>): Taking | undefined {
    for (let length = one.prefix.length; length >= 0; length -= 1) {
        const prefix = one.prefix.slice(0, length);
        if (prefix === "" && one.prefix !== "") {
            return undefined;
        }
        const rival = (byPrefix.get(prefix) ?? []).find(({ service }) => service !== one.service);
        if (rival) {
            return rival;
        }
    }
    return undefined;
}
