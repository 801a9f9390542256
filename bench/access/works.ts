/** What is asked of both proxies: who may pass, in Istio's words, and in those that istiod gives Envoy for it. */
import type { KeyObject } from "node:crypto";

export interface Work {
    readonly name: string;
    readonly hosts: readonly string[];
    /** Of requests, which are for this host. */
    readonly host: string;
    /** For the first; absent: none. */
    readonly objects: readonly object[];
    readonly filters: readonly object[];
    readonly token: "none" | "one" | "many";
    readonly isExternal?: true;
}

const SECURITY = "security.istio.io/v1";
const RBAC = "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC";
const JWT = "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication";
const EXT_AUTHZ = "type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz";

export const ISSUER = "https://issuer.bench.example";
const ONE_HOST = { hosts: ["bench.example"], host: "bench.example" };
const MANY_HOSTS = Array.from({ length: 1_000 }, (_, at) => `host-${at}.bench.example`);

/** The last of its rules is the one that matches. */
const RULES = Array.from({ length: 20 }, (_, at) => ({
    network: at === 19 ? "127.0.0.0" : `10.${at}.0.0`,
    path: at === 19 ? "/" : `/api-${at}/`,
}));

export function works(key: KeyObject): readonly Work[] {
    const jwks = JSON.stringify({ keys: [{ ...key.export({ format: "jwk" }), kid: "bench", alg: "ES256" }] });
    const tokens = { ...ONE_HOST, objects: [authentication(jwks)], filters: [verification(jwks)] };
    return [
        { name: "one ALLOW policy of 20 rules", ...ONE_HOST, objects: [allowPolicy()], filters: [allowFilter()], token: "none" },
        {
            name: "1,000 policies on 1,000 hosts",
            hosts: MANY_HOSTS,
            host: MANY_HOSTS[500]!,
            objects: MANY_HOSTS.map(denyPolicy),
            filters: [denyFilter()],
            token: "none",
        },
        { name: "a token that was seen before", ...tokens, token: "one" },
        { name: "a token that was not", ...tokens, token: "many" },
        { name: "an external check", ...ONE_HOST, objects: externalCheck(), filters: [externalFilter()], token: "none", isExternal: true },
    ];
}

function policy(name: string, spec: object): object {
    return { apiVersion: SECURITY, kind: "AuthorizationPolicy", metadata: { name, namespace: "bench" }, spec };
}

function allowPolicy(): object {
    return policy("allow", {
        action: "ALLOW",
        rules: RULES.map(({ network, path }) => ({
            from: [{ source: { ipBlocks: [`${network}/16`] } }],
            to: [{ operation: { methods: ["GET"], paths: [`${path}*`] } }],
        })),
    });
}

function denyPolicy(host: string): object {
    return policy(host.replaceAll(".", "-"), {
        action: "DENY",
        rules: [{ to: [{ operation: { hosts: [host, `${host}:*`], paths: ["/admin*"] } }] }],
    });
}

function externalCheck(): object[] {
    return [
        policy("external", { action: "CUSTOM", provider: { name: "check" }, rules: [{}] }),
        {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: "istio", namespace: "istio-system" },
            data: {
                mesh: JSON.stringify({
                    extensionProviders: [
                        {
                            name: "check",
                            envoyExtAuthzHttp: {
                                service: "check.bench.svc.cluster.local",
                                port: 80,
                                includeRequestHeadersInCheck: ["cookie"],
                                headersToUpstreamOnAllow: ["x-user"],
                            },
                        },
                    ],
                }),
            },
        },
    ];
}

function authentication(jwks: string): object {
    return {
        apiVersion: SECURITY,
        kind: "RequestAuthentication",
        metadata: { name: "tokens", namespace: "bench" },
        spec: { jwtRules: [{ issuer: ISSUER, jwks }] },
    };
}

// --- the same for Envoy --------------------------------------------------------------------------------------------

const rbac = (action: "ALLOW" | "DENY", policies: object): object => ({
    name: "envoy.filters.http.rbac",
    typed_config: { "@type": RBAC, rules: { action, policies } },
});
const anyOf = (kind: "or_rules" | "or_ids", key: "rules" | "ids", list: readonly object[]): object => ({ [kind]: { [key]: list } });
const header = (name: string, match: object): object => ({ header: { name, string_match: match } });
const pathPrefix = (prefix: string): object => ({ url_path: { path: { prefix } } });

function allowFilter(): object {
    const policies = RULES.map(({ network, path }, at) => [
        `ns[bench]-policy[allow]-rule[${at}]`,
        {
            permissions: [
                {
                    and_rules: {
                        rules: [
                            anyOf("or_rules", "rules", [header(":method", { exact: "GET" })]),
                            anyOf("or_rules", "rules", [pathPrefix(path)]),
                        ],
                    },
                },
            ],
            principals: [
                { and_ids: { ids: [anyOf("or_ids", "ids", [{ direct_remote_ip: { address_prefix: network, prefix_len: 16 } }])] } },
            ],
        },
    ]);
    return rbac("ALLOW", Object.fromEntries(policies));
}

function denyFilter(): object {
    const policies = MANY_HOSTS.map((host) => [
        `ns[bench]-policy[${host.replaceAll(".", "-")}]-rule[0]`,
        {
            permissions: [
                {
                    and_rules: {
                        rules: [
                            anyOf("or_rules", "rules", [
                                header(":authority", { exact: host, ignore_case: true }),
                                header(":authority", { prefix: `${host}:`, ignore_case: true }),
                            ]),
                            anyOf("or_rules", "rules", [pathPrefix("/admin")]),
                        ],
                    },
                },
            ],
            principals: [{ and_ids: { ids: [{ any: true }] } }],
        },
    ]);
    return rbac("DENY", Object.fromEntries(policies));
}

function verification(jwks: string): object {
    return {
        name: "envoy.filters.http.jwt_authn",
        typed_config: {
            "@type": JWT,
            providers: {
                "origins-0": { issuer: ISSUER, local_jwks: { inline_string: jwks }, payload_in_metadata: ISSUER, forward: false },
            },
            rules: [
                {
                    match: { prefix: "/" },
                    requires: { requires_any: { requirements: [{ provider_name: "origins-0" }, { allow_missing: {} }] } },
                },
            ],
        },
    };
}

function externalFilter(): object {
    return {
        name: "envoy.filters.http.ext_authz",
        typed_config: {
            "@type": EXT_AUTHZ,
            transport_api_version: "V3",
            http_service: {
                server_uri: { uri: "http://check.bench.svc.cluster.local", cluster: "check", timeout: "600s" },
                authorization_response: { allowed_upstream_headers: { patterns: [{ exact: "x-user", ignore_case: true }] } },
            },
            allowed_headers: { patterns: [{ exact: "cookie", ignore_case: true }] },
        },
    };
}
