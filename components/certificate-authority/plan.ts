/** What a CertificateAuthority decides before anything is made: how long it lives, and what is wrong with its arguments. */
import { fault, mentionsUnknown, withoutWeaker, type Fault } from "../arguments";
import { hoursFaults } from "../certificate";
import { shapeFaults, type KnownArgs } from "../schema";
import { CERTIFICATE_AUTHORITY, type CertificateAuthorityArgs } from "./schema";

export type CertificateAuthorityData = KnownArgs<CertificateAuthorityArgs>;

export interface CertificateAuthorityPlan {
    readonly commonName: string;
    readonly organization: string | undefined;
    readonly validityHours: number;
    readonly earlyRenewalHours: number;
}

const DEFAULTS = { validityHours: 87_600, earlyRenewalHours: 8760 };
/** RFC 5280 ub-common-name. */
const MAX_COMMON_NAME = 64;

export function planCertificateAuthority(args: CertificateAuthorityData): CertificateAuthorityPlan {
    const { validityHours = DEFAULTS.validityHours, earlyRenewalHours = DEFAULTS.earlyRenewalHours } = args;
    return { commonName: args.commonName, organization: args.organization, validityHours, earlyRenewalHours };
}

export function certificateAuthorityFaults(args: CertificateAuthorityData): Fault[] {
    const { commonName } = args;
    const named =
        mentionsUnknown(commonName) || (typeof commonName === "string" && commonName.trim() !== "" && commonName.length <= MAX_COMMON_NAME)
            ? []
            : [fault("GH0210", "commonName", `${JSON.stringify(commonName)} is not a name; wanted 1 to ${MAX_COMMON_NAME} characters.`)];
    return withoutWeaker([...named, ...shapeFaults(args, CERTIFICATE_AUTHORITY), ...hoursFaults("", args, DEFAULTS)]);
}
