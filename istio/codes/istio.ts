/**
 * Istio's own messages, by Istio's own codes: what `istioctl analyze` says, so that whoever reads or parses its output
 * reads ours. A template's `%s` are filled in order. The codes that are not here concern what a folder does not hold or
 * Gatehouse does not read: webhooks, injection, control planes, what a cluster says of its objects.
 */
export const ISTIO_CODES = {
    IST0002: {
        level: "Warning",
        name: "Deprecated",
        when: "A field, or a provider that a field names, is one that Istio will give up.",
        template: "Deprecated: %s",
    },
    IST0101: {
        level: "Error",
        name: "ReferencedResourceNotFound",
        when: "Something that an object refers to is not there: a gateway, host, port, subset, Secret, or the pods of a selector.",
        template: "Referenced %s not found: %s",
    },
    IST0106: {
        level: "Error",
        name: "SchemaValidationError",
        when: "Istio refuses the object as it stands.",
        template: "Schema validation error: %s",
    },
    IST0107: {
        level: "Warning",
        name: "MisplacedAnnotation",
        when: "An annotation of Istio stands at an object of a kind for which it means nothing.",
        template: "Misplaced annotation: %s can only be applied to %s",
    },
    IST0108: {
        level: "Warning",
        name: "UnknownAnnotation",
        when: "Istio knows no annotation of this name.",
        template: "Unknown annotation: %s",
    },
    IST0109: {
        level: "Error",
        name: "ConflictingMeshGatewayVirtualServiceHosts",
        when: "Two VirtualServices for the mesh have one host in common.",
        template:
            "The VirtualServices %s associated with mesh gateway define the same host %s which can lead to undefined behavior. This can be fixed by merging the conflicting VirtualServices into a single resource.",
    },
    IST0110: {
        level: "Error",
        name: "ConflictingSidecarWorkloadSelectors",
        when: "Two Sidecars select one pod.",
        template: "The Sidecars %s in namespace %s select the same workload pod %s, which can lead to undefined behavior.",
    },
    IST0111: {
        level: "Error",
        name: "MultipleSidecarsWithoutWorkloadSelectors",
        when: "Two Sidecars of one namespace have no selector.",
        template: "The Sidecars %s in namespace %s have no workload selector, which can lead to undefined behavior.",
    },
    IST0112: {
        level: "Error",
        name: "VirtualServiceDestinationPortSelectorRequired",
        when: "A destination names no port, and its host has several.",
        template:
            "This VirtualService routes to a service %s that exposes multiple ports %s. Specifying a port in the destination is required to disambiguate.",
    },
    IST0116: {
        level: "Warning",
        name: "DeploymentAssociatedToMultipleServices",
        when: "Services of one Deployment in the mesh have a port in common, with other transports.",
        template: "This deployment %s is associated with multiple services using port %s but different protocols: %s",
    },
    IST0118: {
        level: "Info",
        name: "PortNameIsNotUnderNamingConvention",
        when: "Neither the name nor the appProtocol of a Service's port says what is spoken on it.",
        template: "Port name %s (port: %s, targetPort: %s) doesn't follow the naming convention of Istio port.",
    },
    IST0125: {
        level: "Warning",
        name: "InvalidAnnotation",
        when: "Istio cannot read the value of an annotation.",
        template: "Invalid annotation %s: %s",
    },
    IST0127: {
        level: "Warning",
        name: "NoMatchingWorkloadsFound",
        when: "An AuthorizationPolicy is for no pod of the mesh.",
        template: "No matching workloads for this resource with the following labels: %s",
    },
    IST0128: {
        level: "Warning",
        name: "NoServerCertificateVerificationDestinationLevel",
        when: "A DestinationRule speaks TLS to a host and names no authority to check its certificate with.",
        template:
            "DestinationRule %s in namespace %s has TLS mode set to %s but no caCertificates are set to validate server identity for host: %s",
    },
    IST0129: {
        level: "Warning",
        name: "NoServerCertificateVerificationPortLevel",
        when: "The same, in the settings of one port.",
        template:
            "DestinationRule %s in namespace %s has TLS mode set to %s but no caCertificates are set to validate server identity for host: %s at port %s",
    },
    IST0130: {
        level: "Warning",
        name: "VirtualServiceUnreachableRule",
        when: "A rule of a VirtualService is never reached: those before it take everything.",
        template: "VirtualService rule %s not used (%s).",
    },
    IST0131: {
        level: "Info",
        name: "VirtualServiceIneffectiveMatch",
        when: "A match of a VirtualService is there before, or is covered by one before it.",
        template: "VirtualService rule %s match %s is not used (duplicate/overlapping match in rule %s).",
    },
    IST0132: {
        level: "Warning",
        name: "VirtualServiceHostNotFoundInGateway",
        when: "None of a VirtualService's hosts is served by the Gateway that it names.",
        template: "one or more host %s defined in VirtualService %s not found in Gateway %s.",
    },
    IST0133: {
        level: "Warning",
        name: "SchemaWarning",
        when: "Istio takes the object and warns of it.",
        template: "Schema validation warning: %s",
    },
    IST0134: {
        level: "Warning",
        name: "ServiceEntryAddressesRequired",
        when: "A ServiceEntry has a TCP port and no addresses.",
        template: "ServiceEntry addresses are required for this protocol.",
    },
    IST0135: {
        level: "Info",
        name: "DeprecatedAnnotation",
        when: "An annotation is one that Istio will give up.",
        template: "Annotation %s has been deprecated%s and may not work in future Istio versions.",
    },
    IST0137: {
        level: "Warning",
        name: "DeploymentConflictingPorts",
        when: "Services of one Deployment in the mesh lead to one port of its pods from other ports.",
        template: "This deployment %s is associated with multiple services %s using targetPort %s but different ports: %s.",
    },
    IST0138: {
        level: "Warning",
        name: "GatewayDuplicateCertificate",
        when: "Two Gateways of one workload serve one certificate, so that browsers reuse the connection of the one for the other.",
        template: "Duplicate certificate in multiple gateways %s may cause 404s if clients re-use HTTP2 connections.",
    },
    IST0140: {
        level: "Warning",
        name: "IngressRouteRulesNotAffected",
        when: "A VirtualService routes a host by subset, but a gateway's VirtualService goes to that host without one.",
        template: "Subset in virtual service %s has no effect on ingress gateway %s requests",
    },
    IST0144: {
        level: "Warning",
        name: "InvalidApplicationUID",
        when: "A container of the application runs as the user of the sidecar, whose traffic is not captured.",
        template: "User ID (UID) 1337 is reserved for the sidecar proxy.",
    },
    IST0145: {
        level: "Error",
        name: "ConflictingGateways",
        when: "Two Gateways of one workload have a port and a host in common.",
        template: "Conflict with gateways %s (workload selector %s, port %s, hosts %s).",
    },
    IST0149: {
        level: "Error",
        name: "JwtClaimBasedRoutingWithoutRequestAuthN",
        when: "A route depends on a claim of a token that the gateway's pods do not verify.",
        template:
            "The virtual service uses the JWT claim based routing (key: %s) but found no request authentication for the gateway (%s) pod (%s). The request authentication must first be applied for the gateway pods to validate the JWT token and make the claims available for routing.",
    },
    IST0150: {
        level: "Warning",
        name: "ExternalNameServiceTypeInvalidPortName",
        when: "A port of an ExternalName Service is named so that it may catch other TCP traffic.",
        template:
            "Port name for ExternalName service is invalid. Proxy may prevent tcp named ports and unmatched traffic for ports serving TCP protocol from being forwarded correctly",
    },
    IST0151: {
        level: "Warning",
        name: "EnvoyFilterUsesRelativeOperation",
        when: "A patch of an EnvoyFilter depends on others, and the EnvoyFilter has no priority.",
        template:
            "This EnvoyFilter does not have a priority and has a relative patch operation set which can cause the EnvoyFilter not to be applied. Using the INSERT_FIRST of ADD option or setting the priority may help in ensuring the EnvoyFilter is applied correctly.",
    },
    IST0152: {
        level: "Error",
        name: "EnvoyFilterUsesReplaceOperationIncorrectly",
        when: "A patch replaces what only may be merged.",
        template: "The REPLACE operation is only valid for HTTP_FILTER and NETWORK_FILTER.",
    },
    IST0153: {
        level: "Error",
        name: "EnvoyFilterUsesAddOperationIncorrectly",
        when: "A patch adds a route table or a route, which is left out.",
        template: "The ADD operation will be ignored when applyTo is set to ROUTE_CONFIGURATION, or HTTP_ROUTE.",
    },
    IST0154: {
        level: "Error",
        name: "EnvoyFilterUsesRemoveOperationIncorrectly",
        when: "A patch removes a route table or a route, which stays.",
        template: "The REMOVE operation will be ignored when applyTo is set to ROUTE_CONFIGURATION, or HTTP_ROUTE.",
    },
    IST0155: {
        level: "Warning",
        name: "EnvoyFilterUsesRelativeOperationWithProxyVersion",
        when: "The same as IST0151, and a patch of the same name is for one version of the proxy.",
        template:
            "This EnvoyFilter does not have a priority and has a relative patch operation (NSTERT_BEFORE/AFTER, REPLACE, MERGE, DELETE) and proxyVersion set which can cause the EnvoyFilter not to be applied during an upgrade. Using the INSERT_FIRST or ADD option or setting the priority may help in ensuring the EnvoyFilter is applied correctly.",
    },
    IST0157: {
        level: "Warning",
        name: "InvalidTelemetryProvider",
        when: "An access log of a Telemetry names no provider, and the mesh has no default one.",
        template: "The Telemetry %s in namespace %s with empty providers will be ignored.",
    },
    IST0159: {
        level: "Error",
        name: "ConflictingTelemetryWorkloadSelectors",
        when: "Two Telemetries select one pod.",
        template: "The Telemetries %s in namespace %s select the same workload pod %s, which can lead to undefined behavior.",
    },
    IST0160: {
        level: "Error",
        name: "MultipleTelemetriesWithoutWorkloadSelectors",
        when: "Two Telemetries of one namespace have no selector.",
        template: "The Telemetries %s in namespace %s have no workload selector, which can lead to undefined behavior.",
    },
    IST0161: {
        level: "Error",
        name: "InvalidGatewayCredential",
        when: "The Secret that a Gateway names holds no certificate and key, or a certificate out of its time.",
        template:
            "The credential referenced by the Gateway %s in namespace %s is invalid, which can cause the traffic not to work as expected.",
    },
    IST0162: {
        level: "Warning",
        name: "GatewayPortNotDefinedOnService",
        when: "No Service of the gateway's pods has the port of a Gateway's server.",
        template:
            "The gateway is listening on a target port (port %s) that is not defined in the Service associated with its workload instances (Pod selector %s). If you need to access the gateway port through the gateway Service, it will not be available.",
    },
    IST0165: {
        level: "Warning",
        name: "MultiClusterInconsistentService",
        when: "A Service differs between clusters. One configuration is one cluster, so that it is never reported here.",
        template:
            "The service %s in namespace %s is inconsistent across clusters %s, which can lead to undefined behaviors. The inconsistent behaviors are: %s.",
    },
    IST0166: {
        level: "Warning",
        name: "IneffectiveSelector",
        when: "A policy selects the pods of a Gateway of Kubernetes' Gateway API, for which only references count.",
        template: "Ineffective selector on Kubernetes Gateway %s. Use the TargetRef field instead.",
    },
    IST0173: {
        level: "Error",
        name: "DestinationRuleSubsetNotSelectPods",
        when: "A subset of a DestinationRule selects no pod.",
        template: "The Subset %s defined in the DestinationRule does not select any pods. Which may lead to 503 UH (NoHealthyUpstream).",
    },
    IST0174: {
        level: "Warning",
        name: "UnknownDestinationRuleHost",
        when: "A DestinationRule's host is that of no Service and no ServiceEntry.",
        template: "The host %s defined in the DestinationRule does not match any services in the mesh.",
    },
    IST0175: {
        level: "Warning",
        name: "JwksUriFetchUnrestricted",
        when: "istiod fetches the keys of RequestAuthentications from any address.",
        template:
            "BLOCKED_CIDRS_IN_JWKS_URIS is not configured but %s RequestAuthentication resource(s) exist (%s). Consider configuring it to restrict JWKS URI fetches to trusted networks.",
    },
    IST0177: {
        level: "Warning",
        name: "ConflictingServiceEntryProtocol",
        when: "Two ServiceEntries have a host and port in common, with other protocols.",
        template: "Multiple ServiceEntries (%s) define the same host %s and port %s with conflicting protocols (%s).",
    },
} as const;
