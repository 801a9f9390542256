/** The provider's words for what a certificate may be used for, and what X.509 has for them. */
import { InvalidInputs } from "../provider";

/** Bits of KeyUsage as the library numbers them (RFC 5280 §4.2.1.3, first bit lowest). */
const KEY_USES: Readonly<Record<string, number>> = {
    digital_signature: 1,
    content_commitment: 2,
    key_encipherment: 4,
    data_encipherment: 8,
    key_agreement: 16,
    cert_signing: 32,
    crl_signing: 64,
    encipher_only: 128,
    decipher_only: 256,
};

/** OIDs of ExtendedKeyUsage. */
const EXTENDED_USES: Readonly<Record<string, string>> = {
    any_extended: "2.5.29.37.0",
    server_auth: "1.3.6.1.5.5.7.3.1",
    client_auth: "1.3.6.1.5.5.7.3.2",
    code_signing: "1.3.6.1.5.5.7.3.3",
    email_protection: "1.3.6.1.5.5.7.3.4",
    ipsec_end_system: "1.3.6.1.5.5.7.3.5",
    ipsec_tunnel: "1.3.6.1.5.5.7.3.6",
    ipsec_user: "1.3.6.1.5.5.7.3.7",
    timestamping: "1.3.6.1.5.5.7.3.8",
    ocsp_signing: "1.3.6.1.5.5.7.3.9",
    microsoft_server_gated_crypto: "1.3.6.1.4.1.311.10.3.3",
    netscape_server_gated_crypto: "2.16.840.1.113730.4.1",
    microsoft_commercial_code_signing: "1.3.6.1.4.1.311.2.1.22",
    microsoft_kernel_code_signing: "1.3.6.1.4.1.311.61.1.1",
};

export function checkUses(uses: readonly string[]): void {
    const unknown = uses.find((use) => !(use in KEY_USES) && !(use in EXTENDED_USES));
    if (unknown !== undefined) {
        throw new InvalidInputs(
            `allowedUses has ${JSON.stringify(unknown)}; known are ${[...Object.keys(KEY_USES), ...Object.keys(EXTENDED_USES)].join(", ")}`,
        );
    }
}

export function keyUsageBits(uses: readonly string[]): number {
    return uses.reduce((bits, use) => bits | (KEY_USES[use] ?? 0), 0);
}

/** In the order they were given. */
export function extendedUses(uses: readonly string[]): string[] {
    return uses.map((use) => EXTENDED_USES[use]).filter((oid) => oid !== undefined);
}
