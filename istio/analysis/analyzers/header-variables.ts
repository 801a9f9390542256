/** GH0447: variables in header values that the bundled proxy does not serve, at the gateways that it runs. */
import { nameText } from "../../semantics";
import { notServed } from "../../semantics/value-template";
import { bundledPods } from "../bundled-gateways";
import { gatewaysOf } from "../bindings";
import type { ObjectIndex } from "../object-index";
import type { AnalysisReport } from "../report";
import { rootsByDelegate } from "./broken-claims";

export function headerVariables(index: ObjectIndex, report: AnalysisReport): void {
    const services = index.of("VirtualService");
    const found = services
        .flatMap((service) =>
            (service.usable.spec?.http ?? []).flatMap((rule, at) => [
                { service, at: `spec.http[${at}].headers`, faults: notServed(rule?.headers) },
                ...(rule?.route ?? []).map((route, routeAt) => ({
                    service,
                    at: `spec.http[${at}].route[${routeAt}].headers`,
                    faults: notServed(route?.headers),
                })),
            ]),
        )
        .filter(({ faults }) => faults.length > 0);
    const roots = found.length === 0 ? undefined : rootsByDelegate(services);
    for (const { service, at, faults } of found) {
        const bound = [service, ...(roots?.get(nameText(service.ref)) ?? [])].flatMap((one) => gatewaysOf(one, index));
        if (bound.some((gateway) => bundledPods(gateway, index) !== undefined)) {
            for (const { field, message } of faults) report.own("GH0447", service, `${at}.${field}`, message);
        }
    }
}
