/** GH0474 and GH0719: whom policies with action CUSTOM ask, where nobody is there or several are. */
import { bundledPods } from "../bundled-gateways";
import { isGatewayMeshConfig, meshOf } from "../../semantics/root-namespace";
import { shownText } from "../../shown";
import { isDeciding, readProviders, type GivenProvider } from "../../extension-providers";
import { accessOf, type GatewayGroup } from "../access/access-index";
import type { ObjectIndex } from "../object-index";
import { undefinedProvider, wrongProvider } from "../provider-faults";
import { nameList, type AnalysisReport } from "../report";

export function providers(index: ObjectIndex, report: AnalysisReport): void {
    const asking = accessOf(index).policies.filter(({ action, provider }) => action === "CUSTOM" && provider);
    if (asking.length === 0) return;
    const mesh = readProviders(meshOf(index.meshConfigMap)).providers;
    const own = ownProviders(index);
    for (const policy of asking) {
        const groups = accessOf(index).groupsOf(policy);
        const known = [...mesh, ...groups.flatMap((group) => providersOf(group, own))];
        const found = known.filter(({ name }) => name === policy.provider).at(-1);
        const why =
            found === undefined
                ? undefinedProvider(
                      policy.provider ?? "",
                      known.map(({ name }) => name),
                  )
                : (faultIn(found) ?? unservedBy(found, groups, index));
        if (why !== undefined) {
            report.own(
                "GH0474",
                policy.object,
                "spec.provider.name",
                `${why}: whatever its rules are about gets 403`,
                "Define it in `extensionProviders` of the mesh's configuration (ConfigMap istio), or of the gateway.",
            );
        }
    }
    for (const group of accessOf(index).groups) reportSeveral(group, report);
}

/** Of the ConfigMaps that configure the gateways of one namespace alone. */
function ownProviders(index: ObjectIndex): (namespace: string) => readonly GivenProvider[] {
    const maps = index.others("", "ConfigMap").filter(({ object }) => isGatewayMeshConfig(object, undefined));
    return (namespace) =>
        maps.filter(({ ref }) => ref.namespace === namespace).flatMap(({ object }) => readProviders(meshOf(object)).providers);
}

function providersOf({ pods, gateways }: GatewayGroup, own: (namespace: string) => readonly GivenProvider[]): GivenProvider[] {
    const namespaces = pods.length > 0 ? pods.map(({ namespace }) => namespace) : gateways.map(({ ref }) => ref.namespace);
    return [...new Set(namespaces)].flatMap(own);
}

/** Of one that is wrong nothing is asked, and one that decides nothing can't be. */
function faultIn(provider: GivenProvider): string | undefined {
    const { name, settings } = provider;
    const wrong = wrongProvider(name, provider);
    if (wrong !== undefined) return wrong;
    return settings === undefined || !isDeciding(settings)
        ? `the provider ${shownText(name)} is of a kind that decides nothing`
        : undefined;
}

/** What one of the two data planes knows alone. */
function unservedBy({ name, settings }: GivenProvider, groups: readonly GatewayGroup[], index: ObjectIndex): string | undefined {
    const isBundled = (group: GatewayGroup): boolean => group.gateways.some((gateway) => bundledPods(gateway, index) !== undefined);
    return settings?.kind === "basic-auth" && groups.some((group) => !isBundled(group))
        ? `the provider ${shownText(name)} is of Gatehouse's own kind, which Envoy does not know`
        : undefined;
}

function reportSeveral(group: GatewayGroup, report: AnalysisReport): void {
    const asking = group.policies.filter(({ action, isDryRun, provider }) => action === "CUSTOM" && !isDryRun && provider);
    const names = [...new Set(asking.map(({ provider }) => provider ?? ""))].sort();
    if (names.length < 2) return;
    for (const policy of asking) {
        report.own(
            "GH0719",
            policy.object,
            "spec.provider.name",
            `at ${nameList(group.names, ", ")} policies ask several providers: ${nameList(names, ", ")}. Istio denies what they are about, unless istiod has PILOT_ENABLE_MULTIPLE_CUSTOM_AUTHZ_PROVIDERS`,
            "Ask one provider, or give the hosts gateways of their own.",
        );
    }
}
