/** The schema of what says who may pass. */
import { istioTable } from "../destination";
import type { FieldFor, IstioField, ObjectFor, TextArgument } from "../schema";
import type {
    AccessArgs,
    AccessRuleArgs,
    BasicAuthArgs,
    ExtAuthzBodyArgs,
    ExtAuthzHttpArgs,
    ExtensionProviderArgs,
    ExternalArgs,
    IpsArgs,
    JwtArgs,
} from "./args";

const TEXT = { type: "text", input: true, doc: "" } as const satisfies TextArgument;
const texts = (doc: string, otherwise?: string) =>
    ({ type: "list", doc, ...(otherwise === undefined ? {} : { default: otherwise }), of: TEXT }) as const;

const RULE: IstioField<AccessRuleArgs> = {
    type: "istio",
    name: "AuthorizationRule",
    table: istioTable("AuthorizationPolicy", "spec", "rules"),
    doc: "",
};
const rules = (doc: string, otherwise?: string) =>
    ({ type: "list", doc, ...(otherwise === undefined ? {} : { default: otherwise }), of: RULE }) as const;

/** Addresses of those who may pass. */
export const IP_BLOCKS = texts("Addresses, alone or as CIDR blocks.", "anybody's.");

export const IPS: ObjectFor<IpsArgs> = {
    type: "object",
    name: "IpsArgs",
    doc: "Addresses, alone or as CIDR blocks.",
    fields: {
        allow: texts("Who may pass.", "whoever is not in `deny`."),
        deny: texts("Who may not, whatever else holds."),
        from: {
            type: "text",
            known: true,
            words: {
                forwarded: "The client's, as trusted hops tell it (the gateway's `numTrustedProxies`); without such hops the peer's.",
                peer: "Who opened the connection: a load balancer or a proxy in between.",
            },
            doc: "Whose address is compared.",
            default: "`forwarded`, which without trusted hops is the peer's too.",
        },
    },
};

const NAMED_HEADER: ObjectFor<NonNullable<JwtArgs["fromHeaders"]>[number]> = {
    type: "object",
    name: "JwtHeaderArgs",
    doc: "A header that has the token.",
    fields: { name: { ...TEXT, required: true, doc: "Of the header." }, prefix: { ...TEXT, doc: "What stands before the token." } },
};
const NAMED_CLAIM: ObjectFor<NonNullable<JwtArgs["outputClaimToHeaders"]>[number]> = {
    type: "object",
    name: "JwtClaimHeaderArgs",
    doc: "A header that backends get a claim in.",
    fields: { header: { ...TEXT, required: true, doc: "Its name." }, claim: { ...TEXT, required: true, doc: "The claim." } },
};

const JWT: ObjectFor<JwtArgs> = {
    type: "object",
    name: "JwtArgs",
    doc: "Tokens of an issuer: Istio's JwtRule, and what a token has to say.",
    fields: {
        issuer: { ...TEXT, required: true, doc: "Compared letter by letter with the token's `iss`." },
        audiences: texts("Of which the token's `aud` names one, letter by letter.", "any."),
        claims: {
            type: "map",
            doc: "Of each claim the values of which it has one: `groups`, or `[realm_access][roles]` for one inside another.",
            of: texts("The values."),
        },
        required: {
            type: "flag",
            doc: "`false`: who brings no token passes too; one that is brought still has to be good.",
            default: "true.",
        },
        jwksUri: { ...TEXT, doc: "Where the issuer's keys are." },
        jwks: { ...TEXT, doc: "The issuer's public keys themselves, as a JSON Web Key Set." },
        fromHeaders: { type: "list", doc: "Headers that have the token.", default: "`Authorization`, behind `Bearer `.", of: NAMED_HEADER },
        fromParams: texts("Query parameters that have the token."),
        fromCookies: texts("Cookies that have the token."),
        forwardOriginalToken: { type: "flag", input: true, doc: "Backends get the token too.", default: "false." },
        outputPayloadToHeader: { ...TEXT, doc: "A header that backends get the token's payload in, in base64." },
        outputClaimToHeaders: { type: "list", doc: "Headers that backends get claims in.", of: NAMED_CLAIM },
        spaceDelimitedClaims: texts("Claims whose values are split at spaces.", "`scope` and `permission`."),
        timeout: { ...TEXT, doc: "How long fetching the keys may take." },
    },
};

const BODY: ObjectFor<ExtAuthzBodyArgs> = {
    type: "object",
    name: "ExtAuthzBodyArgs",
    doc: "How much of a request's body is sent along.",
    fields: {
        maxRequestBytes: { type: "number", least: 1, input: true, required: true, doc: "At most so much." },
        allowPartialMessage: { type: "flag", input: true, doc: "Ask with what fits.", default: "a longer body is answered 413." },
    },
};

const EXT_AUTHZ_HTTP: ObjectFor<ExtAuthzHttpArgs> = {
    type: "object",
    name: "ExtAuthzHttpArgs",
    doc: "Istio's EnvoyExternalAuthorizationHttpProvider.",
    fields: {
        service: {
            ...TEXT,
            required: true,
            doc: "The host of the Service that is asked: `login.auth.svc.cluster.local`, or `namespace/host`.",
        },
        port: { type: "number", least: 1, input: true, required: true, doc: "Of the Service." },
        timeout: { ...TEXT, doc: "How long is waited for its answer.", default: "Istio's 600s." },
        pathPrefix: { ...TEXT, doc: "Put before the path of each request.", default: "none." },
        failOpen: { type: "flag", input: true, doc: "Let in whoever comes while the provider does not answer.", default: "false." },
        clearRouteCache: { type: "flag", input: true, doc: "Choose the route anew once headers were added.", default: "false." },
        statusOnError: { ...TEXT, doc: "What is answered where the provider does not.", default: "403." },
        includeRequestHeadersInCheck: texts(
            "Names of request headers that it is sent, `x-*` and `*-id` among them.",
            "Istio's: Host, Method, Path and Content-Length.",
        ),
        includeAdditionalHeadersInCheck: { type: "map", doc: "Headers that it is sent beside.", of: TEXT },
        includeRequestBodyInCheck: { ...BODY, default: "none of it." },
        headersToUpstreamOnAllow: texts("Names of its answer's headers that backends get."),
        headersToDownstreamOnAllow: texts("Names of its answer's headers that clients get with the backend's answer."),
        headersToDownstreamOnDeny: texts("Names of its answer's headers that clients get with a denial.", "all of them."),
    },
};

export const EXTENSION_PROVIDER: ObjectFor<ExtensionProviderArgs> = {
    type: "object",
    name: "ExtensionProviderArgs",
    doc: "Who is asked, over HTTP: Istio's ExtensionProvider.",
    fields: {
        name: { type: "text", required: true, doc: "By which policies name it." },
        envoyExtAuthzHttp: { ...EXT_AUTHZ_HTTP, required: true, doc: "Istio's EnvoyExternalAuthorizationHttpProvider." },
    },
};

const PROVIDER: FieldFor<ExternalArgs["provider"]> = {
    type: "union",
    name: "ProviderChoice",
    doc: "The name of one of the gateway's `extensionProviders` or of the mesh configuration's, or a provider of this component's own.",
    members: {
        text: { as: "name", field: { type: "text", doc: "Of a provider that is there." } },
        object: { as: "own", field: EXTENSION_PROVIDER },
    },
};

const EXTERNAL: ObjectFor<ExternalArgs> = {
    type: "object",
    name: "ExternalArgs",
    doc: "Asks a provider about each request.",
    fields: {
        provider: { ...PROVIDER, required: true },
        rules: rules("Which requests it is asked about: Istio's rules.", "all."),
    },
};

export const BASIC_AUTH: ObjectFor<BasicAuthArgs> = {
    type: "object",
    name: "BasicAuthArgs",
    doc: "Names and passwords: one of `secretName` and `htpasswd`. Of the bundled proxy alone.",
    fields: {
        secretName: { ...TEXT, doc: "A Secret in the gateway's namespace, with such lines under the key `auth` or `htpasswd`." },
        htpasswd: {
            ...TEXT,
            apart: true,
            secret: true,
            doc: "Lines `name:hash` with hashes of bcrypt, as `htpasswd -B` writes them. Kept secret wherever it goes.",
        },
        realm: { ...TEXT, doc: "What browsers show.", default: "the proxy's own." },
        userHeader: { ...TEXT, doc: "A header that backends get the user's name in.", default: "none." },
    },
};

export const ACCESS: ObjectFor<AccessArgs> = {
    type: "object",
    name: "AccessArgs",
    doc: "Who may pass. Where several are given, a request needs all of them.",
    fields: {
        allow: rules("Istio's rules: who matches none of them may not pass.", "anybody."),
        deny: rules("Istio's rules: who matches one of them may not pass."),
        ips: {
            type: "union",
            name: "IpsChoice",
            doc: "Addresses, alone or as CIDR blocks. A list is of those who may pass.",
            default: "anybody's.",
            members: { list: { as: "allow", field: IP_BLOCKS }, object: { as: "lists", field: IPS } },
        },
        jwt: {
            type: "union",
            name: "JwtChoice",
            doc: "Tokens that are demanded. Of several issuers a token of one is enough.",
            default: "none.",
            members: { list: { as: "issuers", field: { type: "list", doc: "", of: JWT } }, object: { as: "issuer", field: JWT } },
        },
        external: { ...EXTERNAL, default: "nobody is asked." },
        basicAuth: { ...BASIC_AUTH, default: "no password." },
    },
};
