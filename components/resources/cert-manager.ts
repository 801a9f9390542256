/** cert-manager's Certificate, which asks an issuer in the cluster for the Secret that a gateway then reads. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

export interface CertManagerSpec {
    readonly secretName: string;
    readonly dnsNames?: readonly string[];
    readonly ipAddresses?: readonly string[];
    readonly issuerRef: { readonly name: string; readonly kind: string; readonly group: string };
    readonly privateKey: { readonly algorithm: string; readonly size: number; readonly rotationPolicy: string };
    readonly usages: readonly string[];
}

export interface CertManagerCertificateArgs {
    readonly metadata: pulumi.Input<k8s.types.input.meta.v1.ObjectMeta>;
    readonly spec: pulumi.Input<CertManagerSpec>;
}

export class CertManagerCertificate extends k8s.apiextensions.CustomResource {
    static readonly __pulumiType = "kubernetes:cert-manager.io/v1:Certificate";
    constructor(name: string, args: CertManagerCertificateArgs, opts?: pulumi.CustomResourceOptions) {
        super(name, { apiVersion: "cert-manager.io/v1", kind: "Certificate", ...args }, opts);
    }
}
