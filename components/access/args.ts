/** The types of what says who may pass. Names and shapes are those of Istio's AuthorizationPolicy and RequestAuthentication. */
import type * as pulumi from "@pulumi/pulumi";
import type { AuthorizationRule, JwtRule } from "../../istio";
import type { Inputs } from "../arguments";

/** Istio's rule: one of `from`, one of `to` and all of `when` hold. */
export type AccessRuleArgs = Inputs<AuthorizationRule>;

/** Addresses, alone or as CIDR blocks. */
export interface IpsArgs {
    /** Who may pass. Default: whoever is not in `deny`. */
    readonly allow?: readonly pulumi.Input<string>[];
    /** Who may not, whatever else holds. */
    readonly deny?: readonly pulumi.Input<string>[];
    /** Whose address is compared. Default: `forwarded`, which without trusted hops is the peer's too. */
    readonly from?: "forwarded" | "peer";
}

/** Tokens of an issuer: Istio's JwtRule, and what a token has to say. */
export interface JwtArgs extends Omit<Inputs<JwtRule>, "issuer" | "jwks_uri" | "audiences"> {
    /** Compared letter by letter with the token's `iss`. */
    readonly issuer: pulumi.Input<string>;
    /** Of which the token's `aud` names one, letter by letter. Default: any. */
    readonly audiences?: readonly pulumi.Input<string>[];
    /** Of each claim the values of which it has one: `groups`, or `[realm_access][roles]` for one inside another. */
    readonly claims?: Readonly<Record<string, readonly pulumi.Input<string>[]>>;
    /** `false`: who brings no token passes too; one that is brought still has to be good. Default: true. */
    readonly required?: boolean;
}

/** Istio's EnvoyExternalAuthorizationHttpProvider. */
export interface ExtAuthzHttpArgs {
    /** The host of the Service that is asked: `login.auth.svc.cluster.local`, or `namespace/host`. */
    readonly service: pulumi.Input<string>;
    readonly port: pulumi.Input<number>;
    /** How long is waited for its answer. Default: Istio's 600s. */
    readonly timeout?: pulumi.Input<string>;
    /** Put before the path of each request. Default: none. */
    readonly pathPrefix?: pulumi.Input<string>;
    /** Let in whoever comes while the provider does not answer. Default: false. */
    readonly failOpen?: pulumi.Input<boolean>;
    /** Choose the route anew once headers were added. Default: false. */
    readonly clearRouteCache?: pulumi.Input<boolean>;
    /** What is answered where the provider does not. Default: 403. */
    readonly statusOnError?: pulumi.Input<string>;
    /** Names of request headers that it is sent, `x-*` and `*-id` among them. Default: Istio's: Host, Method, Path and Content-Length. */
    readonly includeRequestHeadersInCheck?: readonly pulumi.Input<string>[];
    readonly includeAdditionalHeadersInCheck?: Readonly<Record<string, pulumi.Input<string>>>;
    readonly includeRequestBodyInCheck?: ExtAuthzBodyArgs;
    readonly headersToUpstreamOnAllow?: readonly pulumi.Input<string>[];
    readonly headersToDownstreamOnAllow?: readonly pulumi.Input<string>[];
    readonly headersToDownstreamOnDeny?: readonly pulumi.Input<string>[];
}
export interface ExtAuthzBodyArgs {
    readonly maxRequestBytes: pulumi.Input<number>;
    /** Ask with what fits. Default: a longer body is answered 413. */
    readonly allowPartialMessage?: pulumi.Input<boolean>;
}

/** Who is asked, over HTTP: Istio's ExtensionProvider. */
export interface ExtensionProviderArgs {
    readonly name: string;
    readonly envoyExtAuthzHttp: ExtAuthzHttpArgs;
}

/** Asks a provider about each request. */
export interface ExternalArgs {
    /** The name of one of the gateway's `extensionProviders` or of the mesh configuration's, or a provider of this component's own. */
    readonly provider: string | ExtensionProviderArgs;
    /** Which requests it is asked about: Istio's rules. Default: all. */
    readonly rules?: readonly AccessRuleArgs[];
}

/** Names and passwords: one of `secretName` and `htpasswd`. */
export interface BasicAuthArgs {
    /** A Secret in the gateway's namespace, with such lines under the key `auth` or `htpasswd`. */
    readonly secretName?: pulumi.Input<string>;
    /** Lines `name:hash` with hashes of bcrypt, as `htpasswd -B` writes them. Kept secret wherever it goes. */
    readonly htpasswd?: pulumi.Input<string>;
    /** What browsers show. Default: the proxy's own. */
    readonly realm?: pulumi.Input<string>;
    /** A header that backends get the user's name in. Default: none. */
    readonly userHeader?: pulumi.Input<string>;
}

/** Who may pass. Where several are given, a request needs all of them. */
export interface AccessArgs {
    /** Istio's rules: who matches none of them may not pass. Default: anybody. */
    readonly allow?: readonly AccessRuleArgs[];
    /** Istio's rules: who matches one of them may not pass. */
    readonly deny?: readonly AccessRuleArgs[];
    /** Addresses, alone or as CIDR blocks. A list is of those who may pass. Default: anybody's. */
    readonly ips?: readonly pulumi.Input<string>[] | IpsArgs;
    /** Tokens that are demanded. Of several issuers a token of one is enough. Default: none. */
    readonly jwt?: JwtArgs | readonly JwtArgs[];
    readonly external?: ExternalArgs;
    /** Names and passwords: one of `secretName` and `htpasswd`. Of the bundled proxy alone. Default: no password. */
    readonly basicAuth?: BasicAuthArgs;
}
