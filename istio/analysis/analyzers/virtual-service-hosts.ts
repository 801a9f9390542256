/** IST0109 and IST0140: VirtualServices that have a host in common, of the mesh or of a gateway and a subset. */
import { namesMesh, nameText, scopesOf } from "../../semantics";
import { fullHost } from "../names";
import type { ObjectIndex } from "../object-index";
import type { IndexedKind } from "../indexed-object";
import { nameList, type AnalysisReport } from "../report";

type Services = IndexedKind<"VirtualService">;

/** Two VirtualServices of the mesh for one host: which of them holds is left open. */
export function meshHostConflicts(index: ObjectIndex, report: AnalysisReport): void {
    const byHost = new Map<string, Claimed>();
    for (const service of index.of("VirtualService").filter(({ usable }) => namesMesh(usable.spec?.gateways))) {
        for (const scope of scopesOf(service.usable.spec?.exportTo, service.ref.namespace)) {
            (service.usable.spec?.hosts ?? []).forEach((text, at) => {
                const host = fullHost(text ?? "", service.ref.namespace);
                const known = byHost.get(`${scope}/${host}`) ?? { scope, host, owners: [] };
                known.owners.push({ service, field: `spec.hosts[${at}]` });
                byHost.set(`${scope}/${host}`, known);
            });
        }
    }
    for (const { scope, host, owners } of byHost.values()) {
        // What is there for every namespace is there for this one too.
        const all = scope === "*" ? owners : [...owners, ...(byHost.get(`*/${host}`)?.owners ?? [])];
        const names = [...new Set(all.map(({ service }) => nameText(service.ref)))].sort();
        if (names.length > 1) {
            all.forEach(({ service, field }) => report.istio("IST0109", service, field, [nameList(names), `${scope}/${host}`]));
        }
    }
}

interface Claimed {
    readonly scope: string;
    readonly host: string;
    readonly owners: { readonly service: Services; readonly field: string }[];
}

/** VirtualServices that one route is compared with. */
const MOST = 20;

/** A subset that is chosen for the mesh is not chosen for those who come through a gateway. */
export function subsetsPastGateways(index: ObjectIndex, report: AnalysisReport): void {
    const bySubset = new Map<string, Set<string>>();
    for (const service of index.of("VirtualService")) {
        const hosts = new Set(service.usable.spec?.hosts ?? []);
        for (const route of (service.usable.spec?.http ?? []).flatMap((rule) => rule?.route ?? [])) {
            const host = route?.destination?.host;
            if (host !== undefined && route?.destination?.subset && hosts.has(host)) {
                bySubset.set(host, (bySubset.get(host) ?? new Set()).add(nameText(service.ref)));
            }
        }
    }
    for (const service of index.of("VirtualService").filter(({ usable }) => (usable.spec?.gateways?.length ?? 0) > 0)) {
        (service.usable.spec?.http ?? []).forEach((rule, ruleAt) =>
            (rule?.route ?? []).forEach((route, at) => {
                if (route?.destination && !route.destination.subset) {
                    const field = `spec.http[${ruleAt}].route[${at}].destination`;
                    const owners = [...(bySubset.get(route.destination.host ?? "") ?? [])].slice(0, MOST);
                    owners.forEach((owner) => report.istio("IST0140", service, field, [owner, nameText(service.ref)]));
                }
            }),
        );
    }
}
