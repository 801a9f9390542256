/** What a CertificateAuthority makes, as plain data. */
import { fault, mentionsUnknown, type Fault } from "../arguments";
import { hoursFaults } from "../certificate/faults";
import type { CertificateAuthorityArgs } from "./args";

export interface CertificateAuthorityData {
    readonly commonName: string;
    readonly organization?: string;
    readonly validityHours?: number;
    readonly earlyRenewalHours?: number;
}

const VALIDITY_HOURS = 87_600;
const EARLY_RENEWAL_HOURS = 8760;
/** RFC 5280 ub-common-name. */
const MAX_COMMON_NAME = 64;

export function authorityWire({ commonName, organization, validityHours, earlyRenewalHours }: CertificateAuthorityArgs): object {
    return { commonName, organization, validityHours, earlyRenewalHours };
}

export function authorityFaults(args: CertificateAuthorityData): Fault[] {
    const { commonName } = args;
    const named =
        mentionsUnknown(commonName) || (typeof commonName === "string" && commonName.trim() !== "" && commonName.length <= MAX_COMMON_NAME)
            ? []
            : [fault("GH0210", "commonName", `${JSON.stringify(commonName)} is not a name; wanted 1 to ${MAX_COMMON_NAME} characters.`)];
    return [...named, ...hoursFaults("", args, { validityHours: VALIDITY_HOURS, earlyRenewalHours: EARLY_RENEWAL_HOURS })];
}

export function buildAuthority({ commonName, organization, validityHours, earlyRenewalHours }: CertificateAuthorityData) {
    return {
        key: { algorithm: "ECDSA", ecdsaCurve: "P256" },
        certificate: {
            subject: { commonName, ...(organization === undefined ? {} : { organization }) },
            validityPeriodHours: validityHours ?? VALIDITY_HOURS,
            earlyRenewalHours: earlyRenewalHours ?? EARLY_RENEWAL_HOURS,
            allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
        },
    };
}
