/** IST0101 and IST0112: whether a VirtualService's destinations exist, with their port and subset. */
import { nameText } from "../../semantics";
import { fullHost, serviceOfHost } from "../names";
import { destinationsOf, type PlacedDestination } from "../destinations";
import type { ObjectIndex } from "../object-index";
import type { IndexedKind } from "../indexed-object";
import { goList, goQuoted, type AnalysisReport } from "../report";
import type { KnownHost } from "../service-hosts";
import { addTo } from "../../lists-by-key";

export function virtualServiceDestinations(index: ObjectIndex, report: AnalysisReport): void {
    const subsets = subsetsOf(index);
    for (const service of index.of("VirtualService")) {
        for (const placed of destinationsOf(service)) {
            checkHost(placed, service, index, report);
            checkSubset(placed, service, subsets, report);
        }
    }
}

function checkHost(placed: PlacedDestination, service: IndexedKind<"VirtualService">, index: ObjectIndex, report: AnalysisReport): void {
    const { destination, field, mirror } = placed;
    const host = destination.host ?? "";
    const known = index.hosts.find(host, service.ref.namespace, service.usable.spec?.exportTo ?? []);
    if (!known) {
        report.istio(
            "IST0101",
            service,
            `${field}.host`,
            [mirror ? "mirror host" : "host", goQuoted(host)],
            elsewhere(host, service.ref.namespace, index),
        );
        return;
    }
    checkPort(placed, known, service, report);
}

function checkPort(
    { destination, field }: PlacedDestination,
    known: KnownHost,
    service: IndexedKind<"VirtualService">,
    report: AnalysisReport,
): void {
    const host = destination.host ?? "";
    const numbers = known.ports.map(({ number }) => number ?? 0);
    if (destination.port === undefined) {
        if (numbers.length > 1) {
            report.istio(
                "IST0112",
                service,
                field,
                [goQuoted(host), goList(numbers)],
                `Add \`port: { number: ${numbers[0]} }\`, or another of them.`,
            );
        }
        return;
    }
    const wanted = destination.port.number ?? 0;
    if (!numbers.includes(wanted)) {
        const fix = numbers.length > 0 ? `Its ports are ${numbers.slice(0, 20).join(", ")}.` : "It has no ports.";
        report.istio("IST0101", service, `${field}.port.number`, ["host:port", goQuoted(`${host}:${wanted}`)], fix);
    }
}

/** A short name is looked up in the VirtualService's own namespace, which is not always where the Service is. */
function elsewhere(host: string, namespace: string, index: ObjectIndex): string {
    if (host.includes(".") || host.startsWith("*")) {
        return "";
    }
    const others = index
        .of("Service")
        .filter(({ ref }) => ref.name === host && ref.namespace !== namespace)
        .map(({ ref }) => fullHost(host, ref.namespace));
    return others.length > 0
        ? `A short name means one of namespace ${namespace}; there is ${others
              .slice(0, 3)
              .map((one) => `\`${one}\``)
              .join(" and ")}.`
        : "";
}

/** `namespace/service subset` of every DestinationRule. */
function subsetsOf(index: ObjectIndex): ReadonlyMap<string, readonly string[]> {
    const subsets = new Map<string, string[]>();
    for (const rule of index.of("DestinationRule")) {
        const { spec } = rule.usable;
        const host = nameText(serviceOfHost(fullHost(spec?.host ?? "", rule.ref.namespace), rule.ref.namespace));
        const names = (spec?.subsets ?? []).flatMap((subset) => (subset?.name === undefined ? [] : [subset.name]));
        names.forEach((name) => addTo(subsets, host, name));
    }
    return subsets;
}

function checkSubset(
    { destination, field, mirror }: PlacedDestination,
    service: IndexedKind<"VirtualService">,
    subsets: ReadonlyMap<string, readonly string[]>,
    report: AnalysisReport,
): void {
    const { host = "", subset = "" } = destination;
    if (subset === "") {
        return;
    }
    const names = subsets.get(nameText(serviceOfHost(host, service.ref.namespace))) ?? [];
    if (!names.includes(subset)) {
        const fix =
            names.length > 0
                ? `Its subsets are ${[...new Set(names)].slice(0, 20).join(", ")}.`
                : "No DestinationRule of that host has subsets.";
        report.istio(
            "IST0101",
            service,
            `${field}.subset`,
            [`${mirror ? "mirror" : "host"}+subset in destinationrule`, goQuoted(`${host}+${subset}`)],
            fix,
        );
    }
}
