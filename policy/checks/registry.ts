/** The logic of every policy, by its name in the table. */
import type { Checks } from "../check";
import type { PolicyName } from "../table";
import { certificateCoversHosts } from "./certificate-covers-hosts";
import { certificateLifetime } from "./certificate-lifetime";
import { certificateLoads } from "./certificate-loads";
import { certificateNearExpiry } from "./certificate-near-expiry";
import { certificateRemarks } from "./certificate-remarks";
import { certificateWeakKey } from "./certificate-weak-key";
import { corsCredentials } from "./cors-credentials";
import { destinationExists } from "./destination-exists";
import { destinationStrictMtls } from "./destination-strict-mtls";
import { egressAllowAny } from "./egress-allow-any";
import { egressEveryHost } from "./egress-every-host";
import { egressOnlyWayOut } from "./egress-only-way-out";
import { gatewayCipherSuites } from "./gateway-cipher-suites";
import { gatewayPlainHttp } from "./gateway-plain-http";
import { gatewayPolicyUnserved } from "./gateway-policy-unserved";
import { gatewaySecretNamespace } from "./gateway-secret-namespace";
import { gatewaySelector } from "./gateway-selector";
import { gatewaySelectorUnmatched } from "./gateway-selector-unmatched";
import { gatewayTlsMinimumVersion } from "./gateway-tls-minimum-version";
import { gatewayWildcardHosts } from "./gateway-wildcard-hosts";
import { hostAllowedDomains } from "./host-allowed-domains";
import { hostClaimedOnce } from "./host-claimed-once";
import { istioObjectValid } from "./istio-object-valid";
import { loadBalancerSourceRanges } from "./load-balancer-source-ranges";
import { mirrorLoop } from "./mirror-loop";
import { privateKeyInInputs, privateKeyInOutputs } from "./private-key";
import { regexCost } from "./regex-cost";
import { retryBudget } from "./retry-budget";
import { routeHeaderUnserved } from "./route-header-unserved";
import { routeUnreachable } from "./route-unreachable";
import { routeWeights } from "./route-weights";
import { serviceEntryResolution } from "./service-entry-resolution";
import { subsetDefined } from "./subset-defined";
import { virtualServiceBound } from "./virtual-service-bound";
import { virtualServiceGateway } from "./virtual-service-gateway";
import { hostAccessRequired } from "./host-access-required";
import { accessRuleMet } from "./access-rule-met";
import { accessRuleDetour } from "./access-rule-detour";
import { accessClientAddress } from "./access-client-address";
import { tokenKeys } from "./token-keys";
import { tokenVerified } from "./token-verified";
import { workloadCapabilities } from "./workload-capabilities";
import { workloadDisruptionBudget } from "./workload-disruption-budget";
import { workloadImage } from "./workload-image";
import { workloadLimits } from "./workload-limits";
import { workloadNonroot } from "./workload-nonroot";
import { workloadPrivileged } from "./workload-privileged";
import { workloadRbac } from "./workload-rbac";
import { workloadReplicas } from "./workload-replicas";

export const CHECKS: { readonly [N in PolicyName]: Checks<N> } = {
    "istio-object-valid": istioObjectValid,
    "gateway-selector": gatewaySelector,
    "gateway-selector-unmatched": gatewaySelectorUnmatched,
    "gateway-tls-minimum-version": gatewayTlsMinimumVersion,
    "gateway-cipher-suites": gatewayCipherSuites,
    "gateway-plain-http": gatewayPlainHttp,
    "gateway-wildcard-hosts": gatewayWildcardHosts,
    "gateway-secret-namespace": gatewaySecretNamespace,
    "gateway-policy-unserved": gatewayPolicyUnserved,
    "host-allowed-domains": hostAllowedDomains,
    "host-claimed-once": hostClaimedOnce,
    "host-access-required": hostAccessRequired,
    "access-rule-met": accessRuleMet,
    "access-rule-detour": accessRuleDetour,
    "access-client-address": accessClientAddress,
    "token-keys": tokenKeys,
    "token-verified": tokenVerified,
    "certificate-near-expiry": certificateNearExpiry,
    "certificate-lifetime": certificateLifetime,
    "certificate-weak-key": certificateWeakKey,
    "certificate-loads": certificateLoads,
    "certificate-remarks": certificateRemarks,
    "certificate-covers-hosts": certificateCoversHosts,
    "private-key-in-inputs": privateKeyInInputs,
    "private-key-in-outputs": privateKeyInOutputs,
    "load-balancer-source-ranges": loadBalancerSourceRanges,
    "workload-nonroot": workloadNonroot,
    "workload-privileged": workloadPrivileged,
    "workload-capabilities": workloadCapabilities,
    "workload-limits": workloadLimits,
    "workload-replicas": workloadReplicas,
    "workload-disruption-budget": workloadDisruptionBudget,
    "workload-image": workloadImage,
    "workload-rbac": workloadRbac,
    "virtual-service-bound": virtualServiceBound,
    "virtual-service-gateway": virtualServiceGateway,
    "destination-exists": destinationExists,
    "subset-defined": subsetDefined,
    "route-weights": routeWeights,
    "route-unreachable": routeUnreachable,
    "route-header-unserved": routeHeaderUnserved,
    "regex-cost": regexCost,
    "retry-budget": retryBudget,
    "cors-credentials": corsCredentials,
    "mirror-loop": mirrorLoop,
    "destination-strict-mtls": destinationStrictMtls,
    "egress-allow-any": egressAllowAny,
    "egress-every-host": egressEveryHost,
    "egress-only-way-out": egressOnlyWayOut,
    "service-entry-resolution": serviceEntryResolution,
};
