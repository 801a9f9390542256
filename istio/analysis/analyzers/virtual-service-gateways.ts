/** IST0101 and IST0132: the Gateways that a VirtualService names, and whether they serve its hosts. */
import { admitsNamespace, gatewayName, isSubsetOf, MESH_GATEWAY, nameText, parseServerHost, referredName } from "../../semantics";
import type { ObjectIndex } from "../object-index";
import type { IndexedKind } from "../indexed-object";
import { goList, goQuoted, type AnalysisReport } from "../report";

export function virtualServiceGateways(index: ObjectIndex, report: AnalysisReport): void {
    for (const service of index.of("VirtualService")) {
        (service.usable.spec?.gateways ?? []).forEach((name, at) => {
            if (name !== undefined && name !== MESH_GATEWAY) {
                checkGateway(name, `spec.gateways[${at}]`, service, index, report);
            }
        });
    }
}

function checkGateway(
    text: string,
    field: string,
    service: IndexedKind<"VirtualService">,
    index: ObjectIndex,
    report: AnalysisReport,
): void {
    const { namespace } = service.ref;
    const wanted = referredName(text, namespace);
    const gateway = index.find("Gateway", wanted.namespace, wanted.name);
    if (!gateway) {
        report.istio("IST0101", service, field, ["gateway", goQuoted(text)], elsewhere(text, namespace, index));
    }
    const hosts = (service.usable.spec?.hosts ?? []).filter((host) => host !== undefined);
    const served = gateway ? servedHosts(gateway, namespace) : [];
    if (!hosts.some((host) => served.some((one) => isSubsetOf(host, one) || isSubsetOf(one, host)))) {
        const fix = gateway ? `Its hosts for this namespace are ${served.length > 0 ? served.slice(0, 5).join(", ") : "none"}.` : "";
        report.istio("IST0132", service, field, [goList(hosts), nameText(service.ref), nameText(wanted)], fix);
    }
}

/** The hosts that a Gateway lets VirtualServices of a namespace bind. */
function servedHosts(gateway: IndexedKind<"Gateway">, namespace: string): string[] {
    return (gateway.usable.spec?.servers ?? []).flatMap((server) =>
        (server?.hosts ?? []).flatMap((text) => {
            const host = parseServerHost(text ?? "");
            return admitsNamespace(host, gateway.ref.namespace, namespace) ? [host.host] : [];
        }),
    );
}

/** Where the gateway is that a short or old name may mean. */
function elsewhere(text: string, namespace: string, index: ObjectIndex): string {
    const meant = referredName(gatewayName(text, namespace), namespace);
    const found = index.find("Gateway", meant.namespace, meant.name) ?? index.of("Gateway").find(({ ref }) => ref.name === meant.name);
    if (!found) {
        return "";
    }
    return found.ref.namespace === namespace
        ? `Write \`${found.ref.name}\`.`
        : `Write \`${nameText(found.ref)}\`: a name alone is looked up in the VirtualService's namespace.`;
}
