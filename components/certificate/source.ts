/** Where a server's certificate and key come from. Each kind is plain data; `Certificate` has a factory for each. */
import type * as pulumi from "@pulumi/pulumi";

/** Who signs: a CertificateAuthority, or the PEMs of one that exists already. */
export interface AuthorityKeys {
    readonly certificatePem: pulumi.Input<string>;
    /** Kept secret wherever it goes. */
    readonly privateKeyPem: pulumi.Input<string>;
    /** The authorities above this one, where it is not a root itself. */
    readonly chainPem?: pulumi.Input<string>;
}

/** How a certificate of our own making is made. */
export interface IssueArgs {
    /** Default: `ECDSA`, on curve P-256. */
    readonly algorithm?: "ECDSA" | "RSA";
    /** At most 398 days, which is what browsers accept. Default: 8760, a year. */
    readonly validityHours?: number;
    /** How long before its end a `pulumi up` makes a new one. Default: 720, thirty days. */
    readonly earlyRenewalHours?: number;
}

export interface SelfSigned extends IssueArgs {
    readonly kind: "selfSigned";
}
export interface SignedBy extends IssueArgs {
    readonly kind: "signedBy";
    readonly ca: AuthorityKeys;
}

export interface PemArgs {
    /** The server's certificate, first; those that signed it may follow. */
    readonly certificatePem: pulumi.Input<string>;
    /** Kept secret wherever it goes. */
    readonly privateKeyPem: pulumi.Input<string>;
    /** Put after the certificate. */
    readonly chainPem?: pulumi.Input<string>;
}
export interface FromPem extends PemArgs {
    readonly kind: "fromPem";
}

export interface FromSecret {
    readonly kind: "fromSecret";
    /** A Secret in the gateway's namespace, with `tls.crt` and `tls.key`. */
    readonly name: pulumi.Input<string>;
}

export interface FilesArgs {
    /** Absolute path in the proxy's container; see the gateway's `secretVolumes`. */
    readonly certificate: string;
    readonly privateKey: string;
    /** The authorities of client certificates, for mutual TLS. */
    readonly clientCa?: string;
}
export interface FromFiles extends FilesArgs {
    readonly kind: "fromFiles";
}

export interface IssuerArgs {
    readonly name: pulumi.Input<string>;
    /** Default: `Issuer`. */
    readonly kind?: "Issuer" | "ClusterIssuer";
    /** Default: `cert-manager.io`. */
    readonly group?: pulumi.Input<string>;
}
export interface FromCertManager {
    readonly kind: "fromCertManager";
    readonly issuer: IssuerArgs;
}

export type CertificateSource = SelfSigned | SignedBy | FromPem | FromSecret | FromFiles | FromCertManager;

/**
 * A source without what is secret in it: what the state keeps of it, and what the builders read. The PEMs and the
 * authority go straight to the resources that need them.
 */
export type CertificateData =
    | ({ readonly kind: "selfSigned" | "signedBy" } & IssueArgs)
    | { readonly kind: "fromPem" }
    | { readonly kind: "fromSecret"; readonly name: string }
    | FromFiles
    | { readonly kind: "fromCertManager"; readonly issuer: { readonly name: string; readonly kind?: string; readonly group?: string } };
