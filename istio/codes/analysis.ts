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
} as const;
