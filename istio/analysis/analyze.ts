/** Analyses one configuration: every analyzer over one index of all its objects. Never throws, whatever they hold. */
import type { Finding, Level } from "../findings";
import { refText } from "../types";
import type { AnalysisContext, Analyzer } from "./context";
import { ObjectIndex, type IndexOptions } from "./object-index";
import type { AnalysisInput } from "./indexed-object";
import { AnalysisReport } from "./report";
import { unsuppressed, type Suppression } from "./suppression";
import { clientAddresses } from "./analyzers/access-addresses";
import { detours } from "./analyzers/access-detours";
import { forgottenHosts } from "./analyzers/access-hosts";
import { tokenKeys } from "./analyzers/access-keys";
import { overlaps } from "./analyzers/access-overlaps";
import { providers } from "./analyzers/access-providers";
import { policiesForNobody } from "./analyzers/access-targets";
import { rulesOnTcp } from "./analyzers/access-tcp";
import { unverifiedTokens } from "./analyzers/access-tokens";
import { unmetValues } from "./analyzers/access-values";
import { accessLogs } from "./analyzers/access-logs";
import { meshText } from "./analyzers/mesh-text";
import { annotations } from "./analyzers/annotations";
import { authorizationPolicies } from "./analyzers/authorization-policies";
import { backends } from "./analyzers/backends";
import { brokenClaims } from "./analyzers/broken-claims";
import { claimRoutes } from "./analyzers/claim-routes";
import { credentials } from "./analyzers/credentials";
import { delegates } from "./analyzers/delegates";
import { deprecations } from "./analyzers/deprecations";
import { destinationRuleSubsets, unverifiedTls } from "./analyzers/destination-rules";
import { doubles } from "./analyzers/doubles";
import { envoyFilters } from "./analyzers/envoy-filters";
import { conflictingGateways, sharedCertificates } from "./analyzers/gateway-conflicts";
import { gatewayPolicies } from "./analyzers/gateway-policies";
import { grpcBackends } from "./analyzers/grpc-backends";
import { headerVariables } from "./analyzers/header-variables";
import { forwardProxies } from "./analyzers/forward-proxies";
import { gatewayWorkloads } from "./analyzers/gateway-workloads";
import { originCredentials } from "./analyzers/origin-credentials";
import { applicationUsers, ineffectiveSelectors, unrestrictedKeyFetches } from "./analyzers/pods";
import { ingressBackends, ingressSecrets, nginxAnnotations } from "./analyzers/ingresses";
import { mergedRoutes } from "./analyzers/merged-routes";
import { doubledSlashes, redirectPorts } from "./analyzers/rewrites";
import { hiddenFromGateways, rulesWithoutServer, serversWithoutRule } from "./analyzers/routing";
import { hostsOutOfSight, rulesOutOfSight } from "./analyzers/rule-visibility";
import { schemaFaults } from "./analyzers/schema";
import { conflictingProtocols, missingAddresses, severalHosts } from "./analyzers/service-entries";
import { serviceConflicts } from "./analyzers/service-conflicts";
import { portNames, sharedPods } from "./analyzers/services";
import { upstreams } from "./analyzers/upstreams";
import { virtualServiceDestinations } from "./analyzers/virtual-service-destinations";
import { virtualServiceGateways } from "./analyzers/virtual-service-gateways";
import { meshHostConflicts, subsetsPastGateways } from "./analyzers/virtual-service-hosts";
import { unreachableRules } from "./analyzers/virtual-service-rules";
import { sidecarSelectors, telemetrySelectors } from "./analyzers/workload-selectors";

export interface AnalysisOptions extends IndexOptions, AnalysisContext {
    readonly suppressions?: readonly Suppression[];
}

/** Who may pass. */
const ACCESS_ANALYZERS: readonly Analyzer[] = [
    policiesForNobody,
    tokenKeys,
    unverifiedTokens,
    providers,
    unmetValues,
    detours,
    overlaps,
    forgottenHosts,
    rulesOnTcp,
    clientAddresses,
];

const ANALYZERS: readonly Analyzer[] = [
    doubles,
    schemaFaults,
    gatewayWorkloads,
    conflictingGateways,
    sharedCertificates,
    virtualServiceGateways,
    virtualServiceDestinations,
    meshHostConflicts,
    subsetsPastGateways,
    unreachableRules,
    claimRoutes,
    unverifiedTls,
    destinationRuleSubsets,
    missingAddresses,
    conflictingProtocols,
    severalHosts,
    portNames,
    sharedPods,
    sidecarSelectors,
    telemetrySelectors,
    accessLogs,
    meshText,
    annotations,
    authorizationPolicies,
    deprecations,
    envoyFilters,
    applicationUsers,
    ineffectiveSelectors,
    unrestrictedKeyFetches,
    // What Istio has no code for.
    credentials,
    originCredentials,
    rulesWithoutServer,
    serversWithoutRule,
    hiddenFromGateways,
    mergedRoutes,
    delegates,
    upstreams,
    grpcBackends,
    rulesOutOfSight,
    hostsOutOfSight,
    serviceConflicts,
    doubledSlashes,
    redirectPorts,
    backends,
    gatewayPolicies,
    brokenClaims,
    headerVariables,
    nginxAnnotations,
    ingressBackends,
    ingressSecrets,
    forwardProxies,
    ...ACCESS_ANALYZERS,
];

export function analyze(objects: readonly AnalysisInput[], options: AnalysisOptions): Finding[] {
    return analyzeIndex(new ObjectIndex(objects, options), options);
}

/** Of who may pass alone, whatever is suppressed. */
export function analyzeAccess(index: ObjectIndex, context: AnalysisContext): readonly Finding[] {
    const report = new AnalysisReport();
    for (const analyzer of ACCESS_ANALYZERS) {
        analyzer(index, report, context);
    }
    return report.findings;
}

export function analyzeIndex(index: ObjectIndex, options: AnalysisOptions): Finding[] {
    const report = new AnalysisReport();
    for (const analyzer of ANALYZERS) {
        analyzer(index, report, options);
    }
    return unsuppressed(report.findings, index, options.suppressions ?? []).sort(bySeverity);
}

const RANK: Readonly<Record<Level, number>> = { Error: 0, Warning: 1, Info: 2 };

/** The worst first, as istioctl: by level, then code, then object. */
export function bySeverity(a: Finding, b: Finding): number {
    return (
        RANK[a.level] - RANK[b.level] ||
        compare(a.code, b.code) ||
        compare(nameOf(a), nameOf(b)) ||
        compare(a.field, b.field) ||
        compare(a.message, b.message)
    );
}

function nameOf({ object, place }: Finding): string {
    return object ? refText(object) : (place?.file ?? "");
}

function compare(a: string, b: string): number {
    return a < b ? -1 : a > b ? 1 : 0;
}
