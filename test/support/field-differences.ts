/** Fields that the bundled proxy acts on otherwise than Istio's, by kind and path, for docs/fields.md. docs/proxy.md has every case. */

export const FIELD_DIFFERENCES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    Gateway: {
        "spec.servers[].hosts": "a host that an earlier server has is left out alone, not the server; the case of letters says nothing",
        "spec.servers[].tls.credentialName": "where the Secret is missing its hosts are refused, and the listener's others go on",
        "spec.servers[].tls.subjectAltNames":
            "certificates are verified as [these lines](certificates.md#how-certificates-are-verified) say",
    },
    VirtualService: {
        "spec.hosts": "the case of letters says nothing; where the VirtualService never was good its hosts get 500",
        "spec.http[].match[].uri": "compared in its normal form, so that no other spelling walks around a rule",
        "spec.http[].match[].scheme": "over HTTP/2 too the connection's own, not what the client says",
        "spec.http[].route[].destination.host":
            "the case of letters says nothing; a host that only a wildcard's ServiceEntry covers has its endpoints",
        "spec.http[].rewrite.uri": "`/` before `/a` becomes `/h/a`; what no path may have is escaped; dot segments are refused",
        "spec.http[].rewrite.uriRegexRewrite": "414 for paths over 8 KiB",
        "spec.http[].redirect.port": "the scheme's own port is left out",
        "spec.http[].directResponse": "no `location` of itself; no body behind 204 and 304",
        "spec.http[].corsPolicy": "applied beside `redirect` and `directResponse` too",
        "spec.http[].route[].headers.request.add": "a line of its own where Envoy joins with a comma",
    },
    DestinationRule: {
        "spec.host": "the case of letters says nothing",
        "spec.trafficPolicy.connectionPool.http.maxConcurrentStreams": "100 where nothing is said; then another connection is made",
        "spec.trafficPolicy.connectionPool.http.http2KeepAlive": "looked at each second",
        "spec.trafficPolicy.tls.subjectAltNames":
            "certificates are verified as [these lines](certificates.md#how-certificates-are-verified) say",
        "spec.trafficPolicy.outlierDetection":
            "a request whose endpoint can't be reached, and is ejected for it, goes to another one; each worker judges by itself",
        "spec.trafficPolicy.outlierDetection.maxEjectionPercent":
            "where that is less than one endpoint, one may be out, if another is well",
        "spec.trafficPolicy.outlierDetection.minHealthPercent": "where it is not said and all are out, 503 until one comes back",
        "spec.trafficPolicy.outlierDetection.outlierDetectionHttpErrorCodes": "Istio's proxy passes it over",
    },
    ServiceEntry: {
        "spec.hosts": "the case of letters says nothing; what only a wildcard covers has its endpoints as a destination too",
        "spec.endpoints": "one without an address is left out and named, and the others stay",
    },
    Sidecar: {
        "spec.egress[].port": "a host whose one port is another than the listener's is shown with its own",
        "spec.outboundTrafficPolicy.mode":
            "`REGISTRY_ONLY` in place of `ALLOW_ANY` ends open WebSockets and tunnels too; HTTP in clear on a port of TLS gets 502",
    },
    AuthorizationPolicy: {
        "spec.rules[].from[].source.namespaces": "of a certificate's names only URIs count",
        "spec.rules[].from[].source.ipBlocks": "IPv4 in IPv6 is IPv4",
        "spec.rules[].when[].key": "conditions on Envoy's metadata: left out of a DENY, which then matches more; never met in an ALLOW",
        "spec.action": "CUSTOM that names what a token says is refused as a policy that can't be read",
        "spec.targetRefs": "a Gateway of Istio's binds too",
    },
    RequestAuthentication: {
        "spec.jwtRules[].jwks": "keys that can't be used are left out; without one that can be, 403",
        "spec.jwtRules[].jwksUri": "no way from https to http; the last good keys stay",
        "spec.jwtRules[].fromHeaders": "of two lines with a token each, one bad one is refused",
    },
};
