/** GH04xx, proxy/: faults between objects and at run time. */
export const PROXY_CODES = {
    // Files and versions of objects.
    GH0401: {
        level: "Error",
        name: "FileUnreadable",
        when: "A file or folder of the configuration can't be read, or is larger than the bound.",
    },
    GH0402: { level: "Error", name: "DuplicateObject", when: "The same object stands in two files; the first by file name is in force." },
    GH0403: {
        level: "Warning",
        name: "LastGoodVersionKept",
        when: "An object or file went bad, so that its last good version stays in force.",
    },
    GH0404: {
        level: "Error",
        name: "ObjectAbsent",
        when: "An object was bad from its first version on, so that none is in force; the hosts of a VirtualService are refused with 500, that of a DestinationRule with `tls` with 503.",
    },

    // Gateways and their servers.
    GH0410: {
        level: "Warning",
        name: "GatewayWithoutSelector",
        when: "A Gateway has no selector, so that every gateway workload serves it.",
    },
    GH0411: {
        level: "Error",
        name: "PortConflict",
        when: "Two Gateway servers want one port with protocols that can't share it; the later one is not served.",
    },
    GH0412: {
        level: "Error",
        name: "HostTaken",
        when: "A host of a Gateway's TLS server is already taken on its port; it is skipped there, the server's other hosts are served.",
    },
    GH0413: {
        level: "Error",
        name: "ServerNotSupported",
        when: "A Gateway server asks for something that the bundled proxy can't do; it is not served, rather than served in another way.",
    },
    GH0414: {
        level: "Warning",
        name: "ServerWithoutRoute",
        when: "A TCP or TLS server has no route that applies to it, so that no connection is accepted for it.",
    },
    GH0415: {
        level: "Info",
        name: "NamedTargetPort",
        when: "A Service's targetPort is a name, which only the pod could resolve; the port number itself is used.",
    },
    GH0416: { level: "Info", name: "ServerWithoutVirtualService", when: "No VirtualService applies to an HTTP server, which answers 404." },
    GH0417: { level: "Warning", name: "CipherSuiteIgnored", when: "A cipher suite is unknown, repeated, or not one of TLS 1.2 and below." },
    GH0418: {
        level: "Warning",
        name: "ErrorPagesShadowed",
        when: "Two Services in front of one gateway have error pages: those of the older are given.",
    },
    GH0421: {
        level: "Warning",
        name: "GatewaySettingShadowed",
        when: "Two Services in front of one gateway say the same setting, as security headers: what the older says holds.",
    },
    GH0422: {
        level: "Warning",
        name: "RedirectsMissing",
        when: "The annotation `gatehouse.dev/redirects` names a ConfigMap that is not in the gateway's namespace, or not labelled; its redirects are not made.",
    },
    GH0423: {
        level: "Warning",
        name: "RedirectLeftOut",
        when: "A line of a ConfigMap of redirects is none, is there twice, or leads back to itself; it is left out, and the others are made.",
    },
    GH0424: {
        level: "Error",
        name: "RedirectsBroken",
        when: "A key of a ConfigMap of redirects can't be read at all; the last good version of the ConfigMap holds.",
    },
    GH0419: {
        level: "Warning",
        name: "GatewayOptionsShadowed",
        when: "Two Services in front of one gateway have options of it: those of the older are in force.",
    },

    // Certificates. What is wrong with one by itself has the codes of istio's checks, GH0118 to GH0125.
    GH0420: {
        level: "Error",
        name: "CredentialMissing",
        when: "A Secret that a credentialName refers to does not exist in the proxy's namespace.",
    },
    GH0425: { level: "Error", name: "CertificateFileMissing", when: "A mounted certificate or key file can't be read." },
    GH0426: {
        level: "Error",
        name: "CredentialReference",
        when: "A credentialName has a form or names a namespace that the proxy may not read.",
    },

    // Routes.
    GH0430: {
        level: "Warning",
        name: "LegacyGatewayName",
        when: "A VirtualService names a Gateway by a DNS name, the form of early Istio.",
    },
    GH0431: { level: "Error", name: "GatewayMissing", when: "A VirtualService names a Gateway that does not exist." },
    GH0432: {
        level: "Warning",
        name: "HostNotOnGateway",
        when: "No server of the Gateway has a host that a host of the VirtualService could be served by.",
    },
    GH0433: {
        level: "Warning",
        name: "UnreachableRule",
        when: "A rule stands after one that matches every request, so that it is never reached.",
    },
    GH0434: {
        level: "Error",
        name: "DelegateMissing",
        when: "A rule delegates to a VirtualService that does not exist, is not visible, or has hosts; requests of the rule get 500.",
    },
    GH0435: {
        level: "Error",
        name: "DelegateConflict",
        when: "A delegate delegates on, or a match of its rule lies within none of the delegating rule's; requests that the rule may be about get 500.",
    },
    GH0436: {
        level: "Warning",
        name: "DestinationUnknown",
        when: "No Service or ServiceEntry has the host of a destination; requests get 503.",
    },
    GH0437: { level: "Error", name: "DestinationPortNeeded", when: "A destination without a port names a Service that has several." },
    GH0438: {
        level: "Warning",
        name: "DestinationPortUnknown",
        when: "A destination names a port that its Service does not have; requests get 503.",
    },
    GH0439: { level: "Error", name: "SubsetUndefined", when: "No DestinationRule defines the subset of a destination; requests get 503." },
    GH0440: {
        level: "Warning",
        name: "SubsetPodsUnknown",
        when: "A subset selects pods by labels, and the Pod objects behind the endpoints are not there.",
    },
    GH0441: {
        level: "Warning",
        name: "AliasLoop",
        when: "A Service of type ExternalName names another one, and that another, without end; requests get 503.",
    },
    GH0442: {
        level: "Warning",
        name: "DestinationRuleOverruled",
        when: "Two DestinationRules for one host both have a policy, or a subset of one name; the older one's is in force.",
    },
    GH0445: {
        level: "Error",
        name: "SniTaken",
        when: "A server name of a TLS route is already routed on its port; the later rule does not get it.",
    },
    GH0446: {
        level: "Warning",
        name: "RouteNotUsed",
        when: "A TCP or TLS rule can never apply, because an earlier one has taken its port or its names are not on the Gateway.",
    },
    GH0447: {
        level: "Warning",
        name: "FieldNotApplied",
        when: "A field of a Gateway, VirtualService or DestinationRule, or of the mesh's configuration, is valid but not applied by the bundled proxy.",
    },
    GH0448: {
        level: "Error",
        name: "MatchNotUnderstood",
        when: "A match has a condition that the bundled proxy does not know; requests that may meet it get 500, and no later rule.",
    },

    // Upstreams.
    GH0451: {
        level: "Warning",
        name: "ResolutionUseless",
        when: "A ServiceEntry's resolution or selector gives a gateway no address to connect to; requests get 503.",
    },
    GH0452: {
        level: "Error",
        name: "MeshMutualRefused",
        when: "A DestinationRule asks for ISTIO_MUTUAL, for which the bundled proxy has no mesh certificate; requests get 503.",
    },
    GH0453: { level: "Warning", name: "ServiceConflict", when: "Two objects define the same host; the first is in force." },
    GH0454: {
        level: "Info",
        name: "ServiceWithoutEndpoints",
        when: "A Service that is routed to has no EndpointSlice, nor Endpoints where it has no selector; requests get 503.",
    },
    GH0455: {
        level: "Warning",
        name: "EndpointIgnored",
        when: "An endpoint can't be connected to: a unix socket, no address, or a name that nobody looks up.",
    },

    // The rest.
    GH0456: {
        level: "Warning",
        name: "TelemetryConflict",
        when: "Two Telemetry objects apply at the same level; the older one is in force.",
    },
    GH0457: {
        level: "Warning",
        name: "TelemetryProvider",
        when: "An entry of a Telemetry's `accessLogging` does nothing: its provider is nobody, takes no logs or is wrong, it names none, or it is for the server's side.",
    },
    GH0458: {
        level: "Warning",
        name: "IngressNotServed",
        when: "An Ingress is served by nobody: it has no class, its class does not exist, or the class names no gateway.",
    },
    GH0459: {
        level: "Error",
        name: "NotCompiled",
        when: "The proxy failed on an object by a fault of its own; that object is left out, and requests for the hosts of a VirtualService get 500.",
    },

    // Policies, and what else changes a proxy.
    GH0460: {
        level: "Error",
        name: "PolicyRefuses",
        when: "A WasmPlugin or TrafficExtension of phase AUTHN or AUTHZ, or a policy that can't be read is for a Gateway; the bundled proxy does not evaluate it, so HTTP requests there get 403 and TCP connections are closed.",
    },
    GH0461: {
        level: "Warning",
        name: "PolicyIgnored",
        when: "A policy that restricts a Gateway is not enforced, because `--ignore-security-policies` is given.",
    },
    GH0462: {
        level: "Error",
        name: "ExtensionNotServed",
        when: "An EnvoyFilter, WasmPlugin or TrafficExtension is for a Gateway; the bundled proxy does nothing of it and serves without.",
    },
    GH0463: { level: "Warning", name: "ProxyConfigNotRead", when: "A ProxyConfig is for a Gateway; the bundled proxy does not read it." },
    GH0464: {
        level: "Info",
        name: "PolicyWithoutEffect",
        when: "A policy is for a Gateway and restricts nothing there: it audits, is a dry run, or lets every request pass.",
    },
    GH0465: {
        level: "Error",
        name: "PolicyUnreadable",
        when: "A policy has been bad from its first version on; whom it could be for refuses everything.",
    },
    GH0466: {
        level: "Warning",
        name: "PolicyConditionNotMet",
        when: "A condition of an AuthorizationPolicy is about what only a filter of Envoy's could know: ALLOW allows nobody by its rule, other actions are applied without the condition.",
    },
    GH0467: {
        level: "Error",
        name: "IssuerWithoutKeys",
        when: "The keys that tokens of an issuer are verified by could never be fetched: they are asked for again and again. Requests with such a token get 401.",
    },
    GH0468: {
        level: "Warning",
        name: "IssuerKeysOld",
        when: "The keys of an issuer could not be fetched again: tokens are verified by those that were fetched last.",
    },

    // Who decides for CUSTOM policies.
    GH0469: {
        level: "Warning",
        name: "MetricsPartlyServed",
        when: "What a Telemetry says of metrics can't be done here in a part: an unknown provider or metric, or a tag that can't be read. The rest of it holds.",
    },
    GH0470: {
        level: "Error",
        name: "IngressBackendNotServed",
        when: "A backend of an Ingress is an object that is no Service; its requests get 500.",
    },
    GH0471: {
        level: "Warning",
        name: "IngressTlsNotServed",
        when: "An entry of an Ingress's `tls` names no Secret, or none of this gateway's; it brings no certificate.",
    },
    GH0472: {
        level: "Warning",
        name: "IngressPathTaken",
        when: "Two Ingresses, or two rules of one, have the same path of the same host; the older one, then the first, is in force.",
    },
    GH0473: {
        level: "Warning",
        name: "IngressRuleWithoutPaths",
        when: "A rule of an Ingress has no paths, and routes nothing.",
    },
    GH0474: {
        level: "Error",
        name: "ProviderNotServed",
        when: "A CUSTOM policy's extension provider is not there or has a wrong setting; what the policy is about gets 403.",
    },
    GH0475: {
        level: "Warning",
        name: "ProviderDoubtful",
        when: "An extension provider has a field that is not read, or its name is that of another one, in whose place it is asked.",
    },
    GH0476: {
        level: "Error",
        name: "PasswordLineRefused",
        when: "A line of a Secret with names and passwords is not of the form that `htpasswd -B` writes; that user is not let in.",
    },
    GH0477: {
        level: "Error",
        name: "LeadsToItself",
        when: "A rule leads what comes to a port of the gateway to that port again; requests get 503, connections are closed.",
    },
    GH0478: {
        level: "Warning",
        name: "ForwardProxyWithRoutes",
        when: "A VirtualService is bound to a Gateway whose servers for it are forward proxies, which have no routes: none of it is served there.",
    },

    // Listeners and processes.
    GH0479: {
        level: "Warning",
        name: "AccessLogFormat",
        when: "The format of an access log can't be read, so that nothing is logged by it, or has an operator that is written as `-`.",
    },
    GH0480: {
        level: "Error",
        name: "ChainWithoutCertificate",
        when: "A TLS server has no certificate that can be used, so that handshakes for its hosts are refused; others are served.",
    },
    GH0481: {
        level: "Error",
        name: "CertificateNotTaken",
        when: "A changed certificate can't be used, so that the one before it is served on.",
    },
    GH0482: {
        level: "Error",
        name: "PortUnavailable",
        when: "A listener's port can't be opened: it is in use, not permitted or out of range; it is tried again.",
    },
    GH0483: {
        level: "Error",
        name: "PortTaken",
        when: "Two listeners come out at the same address and port; the later one is not opened.",
    },
    GH0484: {
        level: "Error",
        name: "NotBound",
        when: "A worker could not bind an entry that was compiled; what it restricts lets nobody in (the requests of a route get 500), of anything else the version before it is served.",
    },
    GH0485: {
        level: "Warning",
        name: "FilterNotUnderstood",
        when: "The filter of an access log is no CEL expression that Envoy would take, and every request is logged; or it names an attribute that nothing is called, and what comes to it is not logged.",
    },
    GH0486: {
        level: "Error",
        name: "WorkerFails",
        when: "A worker fails before it serves, again after its replacement; with no other worker, connections wait.",
    },
    GH0487: {
        level: "Error",
        name: "EntryRefused",
        when: "A worker failed on an entry that was compiled, by a fault of its own; the entry's last good version is served, or none, and all other changes are.",
    },
    GH0488: {
        level: "Warning",
        name: "CollectorFails",
        when: "A collector of traces or logs can't be reached, or does not take what it is sent; it is kept for a while, then dropped and counted, and requests are served as before.",
    },
    GH0489: {
        level: "Warning",
        name: "AccessLogNotWritten",
        when: "Lines of an access log are lost: its file can't be opened or written, or nobody reads it. Traffic goes on.",
    },

    // Traces.
    GH0497: {
        level: "Warning",
        name: "TracingNotServed",
        when: "What a Telemetry or the mesh's configuration says of traces can't be served: there is no such provider, it is wrong, its service is not there, or a tag is a format.",
    },

    // The way to a cluster.
    GH0490: {
        level: "Error",
        name: "ApiServerUnreachable",
        when: "The API server does not answer, or answers with a fault of its own; what was read last is served on.",
    },
    GH0491: {
        level: "Error",
        name: "CredentialsRefused",
        when: "The API server does not take the proxy's token or certificate; what was read last is served on.",
    },
    GH0492: { level: "Error", name: "AccessForbidden", when: "The proxy's account may not list or watch a kind of object that it reads." },
    GH0493: {
        level: "Warning",
        name: "KindAbsent",
        when: "The cluster does not know a kind of object, as its CustomResourceDefinition is not installed.",
    },
} as const;
