/** What a CertificateAuthority makes, as plain data: a key, and what stands in its certificate. */
import type { CertificateAuthorityPlan } from "./plan";

export function buildAuthority({ commonName, organization, validityHours, earlyRenewalHours }: CertificateAuthorityPlan) {
    return {
        key: { algorithm: "ECDSA", ecdsaCurve: "P256" },
        certificate: {
            subject: { commonName, ...(organization === undefined ? {} : { organization }) },
            validityPeriodHours: validityHours,
            earlyRenewalHours,
            allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
        },
    };
}
