/** GH07xx, istio/analysis: what is wrong between the objects of a configuration and Istio has no word for. */
export const ANALYSIS_CODES = {
    GH0701: {
        level: "Error",
        name: "ObjectTwice",
        when: "A configuration has two objects of one kind, namespace and name: kubectl keeps the last one, and other readers may keep the first.",
    },
    GH0702: {
        level: "Warning",
        name: "RulesOfOtherProtocol",
        when: "A VirtualService has rules that none of its Gateway's servers takes: `http` needs a server of HTTP or terminated HTTPS, `tls` one of PASSTHROUGH, `tcp` one of TCP or terminated TLS.",
    },
    GH0703: {
        level: "Warning",
        name: "NotExportedToGateway",
        when: "A VirtualService is not exported to the namespace of the gateway's pods, which never see it.",
    },
    GH0704: {
        level: "Warning",
        name: "OrderAcrossObjects",
        when: "Two VirtualServices share a gateway and host, and which of two rules takes a request depends on which object is older.",
    },
    GH0705: {
        level: "Warning",
        name: "PlainToTls",
        when: "An http rule leads to a port of TLS, and no DestinationRule makes the connection TLS.",
    },
    GH0706: {
        level: "Warning",
        name: "TlsInTls",
        when: "A tls rule passes TLS through to a host whose DestinationRule wraps it in TLS again.",
    },
    GH0707: {
        level: "Warning",
        name: "RewriteDoublesSlash",
        when: "A prefix without a slash at its end is rewritten to `/`, which turns the rest of the path into one with two slashes.",
    },
    GH0708: {
        level: "Warning",
        name: "RedirectKeepsPort",
        when: "A server on a port other than 80 redirects to HTTPS, and the redirect keeps the port that the client asked on.",
    },
    GH0709: {
        level: "Warning",
        name: "RuleNotSeenByGateway",
        when: "A gateway routes to a host whose DestinationRule stands where the gateway does not look: neither in the namespace of its pods, nor in that of the Service, nor in the root namespace; or it is not exported there.",
    },
    GH0710: {
        level: "Warning",
        name: "SettingsForMissingPort",
        when: "A DestinationRule has settings for a port that its host does not have: they hold for nothing.",
    },
    GH0711: {
        level: "Warning",
        name: "HostNotSeenByGateway",
        when: "A gateway routes to a host whose Service or ServiceEntry is not exported to the namespace of the gateway's pods: requests get 503.",
    },

    // Who may pass.
    GH0712: {
        level: "Warning",
        name: "AllowsNobody",
        when: "Whatever a rule of an ALLOW policy allows, a DENY policy for the same gateway denies: the rule lets nobody in.",
    },
    GH0713: {
        level: "Info",
        name: "RuleAddsNothing",
        when: "A rule of an AuthorizationPolicy changes nothing at its gateway: another one says as much, or what it denies no ALLOW policy lets in.",
    },
    GH0714: {
        level: "Warning",
        name: "HostsAllowedToNobody",
        when: "A gateway has ALLOW policies, which deny all that they do not name, and serves hosts that none of them names.",
    },
    GH0715: {
        level: "Warning",
        name: "PolicyForNobody",
        when: "A RequestAuthentication, WasmPlugin, TrafficExtension, EnvoyFilter, ProxyConfig or PeerAuthentication selects no pod, or a policy refers to objects that are not there.",
    },
    GH0716: {
        level: "Error",
        name: "IssuerWithoutKeys",
        when: "A rule of a RequestAuthentication has no key that could verify a token: its set is empty or holds none that serves, or nothing says where its keys are.",
    },
    GH0717: {
        level: "Warning",
        name: "KeysInClear",
        when: "The keys of a RequestAuthentication are fetched over plain HTTP: whoever is between can put in others, and sign tokens.",
    },
    GH0718: {
        level: "Warning",
        name: "TokenNotVerified",
        when: "A rule of an AuthorizationPolicy is about a token, and no RequestAuthentication for its gateway verifies any, or any of that issuer.",
    },
    GH0719: {
        level: "Warning",
        name: "SeveralProviders",
        when: "AuthorizationPolicies with action CUSTOM ask several providers for one gateway, which Istio denies unless it is told otherwise.",
    },
    GH0720: {
        level: "Warning",
        name: "ClientAddressHidden",
        when: "A rule goes by the address of the client, and what stands before the gateway hides that address, or lets clients say it themselves.",
    },
    GH0721: {
        level: "Warning",
        name: "ValueNeverMet",
        when: "A value in an AuthorizationPolicy is one that no request has, so that a rule matches nothing or a condition demands nothing.",
    },
    GH0722: {
        level: "Warning",
        name: "RulePassedBy",
        when: "What a rule forbids by its path, host or method passes under another spelling, which a backend may take for the same.",
    },
    GH0723: {
        level: "Warning",
        name: "RequestRuleOnTcp",
        when: "A rule about requests is for a gateway with servers of TCP: of DENY the rest of the rule holds there, and an ALLOW rule matches nothing.",
    },
    GH0724: {
        level: "Warning",
        name: "PrivateKeyInKeySet",
        when: "The `jwks` of a RequestAuthentication holds a private or secret key, for everybody to read who may read the object.",
    },

    // What routes lead to.
    GH0725: {
        level: "Warning",
        name: "GrpcToHttp1",
        when: "A rule for calls of gRPC, by its path, its content type or the servers that it is on, leads to a port that does not say that it speaks HTTP/2, and neither a DestinationRule nor the mesh says so.",
    },

    // Ingresses that come from elsewhere.
    GH0730: {
        level: "Warning",
        name: "NginxGuardNotKept",
        when: "An annotation of ingress-nginx keeps somebody out or something in, and is not done here; the fix says what it becomes.",
    },
    GH0731: {
        level: "Warning",
        name: "NginxAnnotation",
        when: "An annotation of ingress-nginx is not done here; the fix says what does the same.",
    },
    GH0732: {
        level: "Info",
        name: "NginxAnnotationWithoutEqual",
        when: "An annotation of ingress-nginx has nothing of its kind here, needs nothing, or is none that is known.",
    },
} as const;
