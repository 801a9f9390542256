/** GH0447 and GH0448: matches that begin as one on a token's claim does and name none, at gateways of the bundled proxy. */
import { isBrokenClaim, neverMet, notUnderstood } from "../../semantics";
import { bundledPods } from "../bundled-gateways";
import { gatewaysOf } from "../bindings";
import { addTo } from "../../lists-by-key";
import type { ObjectIndex } from "../object-index";
import type { IndexedKind } from "../indexed-object";
import type { AnalysisReport } from "../report";

type Service = IndexedKind<"VirtualService">;

interface Claims {
    readonly service: Service;
    readonly field: string;
    readonly wanted: readonly string[];
    readonly unwanted: readonly string[];
}

export function brokenClaims(index: ObjectIndex, report: AnalysisReport): void {
    const services = index.of("VirtualService");
    const found = services.flatMap(claimsOf);
    const roots = found.length === 0 ? new Map<string, Service[]>() : rootsByDelegate(services);
    for (const { service, field, wanted, unwanted } of found) {
        const { namespace, name } = service.ref;
        const gateways = [service, ...(roots.get(`${namespace}/${name}`) ?? [])].flatMap((one) => gatewaysOf(one, index));
        if (!gateways.some((gateway) => bundledPods(gateway, index) !== undefined)) {
            continue;
        }
        const [claim] = wanted;
        if (claim !== undefined) {
            report.own("GH0447", service, `${field}.headers`, neverMet(claim));
        } else {
            report.own(
                "GH0448",
                service,
                field,
                notUnderstood(unwanted.map((name) => `withoutHeaders.${name}`).join(", "), unwanted.length),
            );
        }
    }
}

function claimsOf(service: Service): Claims[] {
    return (service.usable.spec?.http ?? []).flatMap((rule, at) =>
        (rule?.match ?? []).flatMap((match, matchAt): Claims[] => {
            const wanted = Object.keys(match?.headers ?? {}).filter(isBrokenClaim);
            const unwanted = Object.keys(match?.withoutHeaders ?? {}).filter(isBrokenClaim);
            return wanted.length + unwanted.length === 0
                ? []
                : [{ service, field: `spec.http[${at}].match[${matchAt}]`, wanted, unwanted }];
        }),
    );
}

/** Who delegates to whom. */
export function rootsByDelegate(services: readonly Service[]): Map<string, Service[]> {
    const roots = new Map<string, Service[]>();
    for (const service of services) {
        for (const rule of service.usable.spec?.http ?? []) {
            const delegate = rule?.delegate;
            if (delegate?.name !== undefined) {
                addTo(roots, `${delegate.namespace || service.ref.namespace}/${delegate.name}`, service);
            }
        }
    }
    return roots;
}
