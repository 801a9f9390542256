/** `CertificateAuthority`: a key and the certificate of an authority, to sign the certificates of gateways with. */
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { ownerText, settle } from "../arguments";
import { demandArguments, wireOf } from "../schema";
import { buildAuthority } from "./objects";
import { certificateAuthorityFaults, planCertificateAuthority, type CertificateAuthorityData } from "./plan";
import { CERTIFICATE_AUTHORITY, type CertificateAuthorityArgs } from "./schema";

export class CertificateAuthority extends pulumi.ComponentResource {
    /** What clients are told to trust. */
    readonly certificatePem: pulumi.Output<string>;
    /** A secret: `Certificate.signedBy` signs with it. */
    readonly privateKeyPem: pulumi.Output<string>;

    constructor(name: string, args: CertificateAuthorityArgs, opts?: pulumi.ComponentResourceOptions) {
        const owner = ownerText("CertificateAuthority", name);
        demandArguments(owner, CERTIFICATE_AUTHORITY, args);
        const wire = wireOf(CERTIFICATE_AUTHORITY, args);
        const data = settle<CertificateAuthorityData>(owner, wire, certificateAuthorityFaults);
        super("gatehouse:index:CertificateAuthority", name, wire, opts);

        const { key: algorithm, certificate: built } = data.tree((all) => buildAuthority(planCertificateAuthority(all)));
        const key = new tls.PrivateKey(`${name}-key`, algorithm, data.options({ parent: this }));
        const certificate = new tls.SelfSignedCert(
            `${name}-cert`,
            {
                privateKeyPem: key.privateKeyPem,
                ...built,
                isCaCertificate: true,
                setSubjectKeyId: true,
                setAuthorityKeyId: true,
            },
            data.options({ parent: this }),
        );

        this.certificatePem = certificate.certPem;
        this.privateKeyPem = pulumi.secret(key.privateKeyPem);
        this.registerOutputs({ certificatePem: this.certificatePem, privateKeyPem: this.privateKeyPem });
    }
}
