/** What a CertificateAuthority is given. */
import type * as pulumi from "@pulumi/pulumi";

export interface CertificateAuthorityArgs {
    /** The name that people see where the authority is listed. */
    readonly commonName: pulumi.Input<string>;
    readonly organization?: pulumi.Input<string>;
    /** Default: 87600, ten years. A new authority means new certificates for everything it signed. */
    readonly validityHours?: number;
    /** How long before its end a `pulumi up` makes a new one. Default: 8760, a year. */
    readonly earlyRenewalHours?: number;
}
