/** What a CertificateAuthority is given, as a type and as data. */
import type * as pulumi from "@pulumi/pulumi";
import type { ObjectFor } from "../schema";

export interface CertificateAuthorityArgs {
    /** The name that people see where the authority is listed. */
    readonly commonName: pulumi.Input<string>;
    readonly organization?: pulumi.Input<string>;
    /** Default: 87600, ten years. A new authority means new certificates for everything it signed. */
    readonly validityHours?: number;
    /** How long before its end a `pulumi up` makes a new one. Default: 8760, a year. */
    readonly earlyRenewalHours?: number;
}

export const CERTIFICATE_AUTHORITY: ObjectFor<CertificateAuthorityArgs> = {
    type: "object",
    name: "CertificateAuthorityArgs",
    doc: "A key and the certificate of an authority, to sign the certificates of gateways with.",
    fields: {
        commonName: {
            type: "text",
            input: true,
            required: true,
            doc: "The name that people see where the authority is listed.",
        },
        organization: { type: "text", input: true, doc: "The organization in the authority's certificate.", default: "none." },
        validityHours: {
            type: "number",
            least: 1,
            doc: "",
            default: "87600, ten years. A new authority means new certificates for everything it signed.",
        },
        earlyRenewalHours: {
            type: "number",
            least: 0,
            doc: "How long before its end a `pulumi up` makes a new one.",
            default: "8760, a year.",
        },
    },
};
