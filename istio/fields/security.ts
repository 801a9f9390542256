/** The kinds of security.istio.io that are read. */
import type {
    AuthorizationCondition,
    AuthorizationOperation,
    AuthorizationPolicy,
    AuthorizationRule,
    AuthorizationSource,
    JwtRule,
    RequestAuthentication,
} from "../types";
import { attachment, ONE_ATTACHMENT } from "./attachment";
import { flag, list, object, outdated, required, span, text, words, type ListField } from "./field";

const texts = (doc: string): ListField => list(doc, text("a value"));
const named = (doc: string): ListField => list(doc, text("a value", { minLength: 1 }));
const accounts = (doc: string): ListField => list(doc, text("an account, as `namespace/name` or `name`", { maxLength: 320 }), { max: 16 });

const source = object<AuthorizationSource>("who asks", {
    principals: texts("identities of client certificates"),
    notPrincipals: texts("identities it is not for"),
    requestPrincipals: texts("identities of tokens, as `issuer/subject`"),
    notRequestPrincipals: texts("identities of tokens it is not for"),
    namespaces: texts("namespaces of the client's identity"),
    notNamespaces: texts("namespaces it is not for"),
    ipBlocks: texts("addresses of the peer, alone or as CIDR"),
    notIpBlocks: texts("addresses of the peer it is not for"),
    remoteIpBlocks: texts("addresses of the client as trusted proxies tell it"),
    notRemoteIpBlocks: texts("addresses of the client it is not for"),
    serviceAccounts: accounts("service accounts"),
    notServiceAccounts: accounts("service accounts it is not for"),
    trustDomains: texts("trust domains of the client's identity"),
    notTrustDomains: texts("trust domains it is not for"),
});

const operation = object<AuthorizationOperation>("what is asked", {
    hosts: texts("hosts"),
    notHosts: texts("hosts it is not for"),
    ports: texts("ports"),
    notPorts: texts("ports it is not for"),
    methods: texts("methods"),
    notMethods: texts("methods it is not for"),
    paths: texts("paths"),
    notPaths: texts("paths it is not for"),
});

export const authorizationPolicyFields = object<AuthorizationPolicy>(
    "who may pass",
    {
        ...attachment(),
        action: words("what happens to a request that a rule matches; ALLOW where nothing is said", ["ALLOW", "DENY", "AUDIT", "CUSTOM"]),
        rules: list(
            "rules",
            object<AuthorizationRule>("a rule; one without conditions matches every request", {
                from: list("who asks", object("an alternative", { source }), { max: 512 }),
                to: list("what is asked", object("an alternative", { operation })),
                when: list(
                    "further conditions",
                    object<AuthorizationCondition>("a condition", {
                        key: required(text("the attribute")),
                        values: texts("values that it may have"),
                        notValues: texts("values that it may not have"),
                    }),
                ),
            }),
            { max: 512 },
        ),
        provider: object("who decides, for CUSTOM", { name: text("its name in the mesh configuration") }),
    },
    { atMostOne: [ONE_ATTACHMENT] },
);

export const requestAuthenticationFields = object<RequestAuthentication>(
    "which tokens are taken",
    {
        ...attachment(),
        jwtRules: list(
            "issuers",
            object<JwtRule>(
                "an issuer",
                {
                    issuer: text("who issues the tokens", { minLength: 1 }),
                    audiences: named("audiences, of which a token needs one"),
                    jwksUri: text("where the keys are", { minLength: 1, maxLength: 2048 }),
                    jwks_uri: outdated("Write `jwksUri`.", text("where the keys are", { minLength: 1, maxLength: 2048 })),
                    jwks: text("the keys themselves"),
                    fromHeaders: list(
                        "headers with a token",
                        object("a header", {
                            name: required(text("its name", { minLength: 1 })),
                            prefix: text("what stands before the token"),
                        }),
                    ),
                    fromParams: named("query parameters with a token"),
                    fromCookies: named("cookies with a token"),
                    outputPayloadToHeader: text("a header that backends get the payload in"),
                    forwardOriginalToken: flag("backends get the token too"),
                    outputClaimToHeaders: list(
                        "claims that backends get as headers",
                        object("a claim", {
                            header: required(text("the header", { minLength: 1 })),
                            claim: required(text("the claim", { minLength: 1 })),
                        }),
                    ),
                    spaceDelimitedClaims: list("claims that hold several values", text("a claim", { minLength: 1 }), { max: 64 }),
                    timeout: span("how long fetching the keys may take"),
                },
                { atMostOne: [["jwksUri", "jwks_uri", "jwks"]] },
            ),
            { max: 4096 },
        ),
    },
    { atMostOne: [ONE_ATTACHMENT] },
);
