/**
 * Why a TLS handshake with an endpoint failed, in Envoy's words where it has some, which people search their logs for. Envoy's TLS
 * is BoringSSL, whose numbers and names are others than those of OpenSSL (openssl/err.h, openssl/ssl.h).
 */

/** ERR_LIB_SSL, in the upper byte. */
const LIBRARY = 16 * 2 ** 24;

/** By what OpenSSL says, in capitals with underscores: BoringSSL's number, and its name where that is another. */
const REASONS: Readonly<Record<string, readonly [number: number, name?: string]>> = {
    WRONG_VERSION_NUMBER: [247],
    PACKET_LENGTH_TOO_LONG: [247, "WRONG_VERSION_NUMBER"],
    HTTP_REQUEST: [155],
    UNSUPPORTED_PROTOCOL: [240],
    WRONG_SIGNATURE_TYPE: [250],
    UNEXPECTED_MESSAGE: [225],
    NO_SHARED_CIPHER: [184],
    DECRYPTION_FAILED_OR_BAD_RECORD_MAC: [139],
    "SSL/TLS_ALERT_UNEXPECTED_MESSAGE": [1010, "SSLV3_ALERT_UNEXPECTED_MESSAGE"],
    "SSL/TLS_ALERT_BAD_RECORD_MAC": [1020, "SSLV3_ALERT_BAD_RECORD_MAC"],
    "SSL/TLS_ALERT_HANDSHAKE_FAILURE": [1040, "SSLV3_ALERT_HANDSHAKE_FAILURE"],
    "SSL/TLS_ALERT_BAD_CERTIFICATE": [1042, "SSLV3_ALERT_BAD_CERTIFICATE"],
    "SSL/TLS_ALERT_UNSUPPORTED_CERTIFICATE": [1043, "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE"],
    "SSL/TLS_ALERT_CERTIFICATE_REVOKED": [1044, "SSLV3_ALERT_CERTIFICATE_REVOKED"],
    "SSL/TLS_ALERT_CERTIFICATE_EXPIRED": [1045, "SSLV3_ALERT_CERTIFICATE_EXPIRED"],
    "SSL/TLS_ALERT_CERTIFICATE_UNKNOWN": [1046, "SSLV3_ALERT_CERTIFICATE_UNKNOWN"],
    "SSL/TLS_ALERT_ILLEGAL_PARAMETER": [1047, "SSLV3_ALERT_ILLEGAL_PARAMETER"],
    TLSV1_ALERT_UNKNOWN_CA: [1048],
    TLSV1_ALERT_ACCESS_DENIED: [1049],
    TLSV1_ALERT_DECODE_ERROR: [1050],
    TLSV1_ALERT_DECRYPT_ERROR: [1051],
    TLSV1_ALERT_PROTOCOL_VERSION: [1070],
    TLSV1_ALERT_INSUFFICIENT_SECURITY: [1071],
    TLSV1_ALERT_INTERNAL_ERROR: [1080],
    TLSV1_UNRECOGNIZED_NAME: [1112],
    TLSV1_ALERT_NO_APPLICATION_PROTOCOL: [1120],
    TLSV13_ALERT_CERTIFICATE_REQUIRED: [1116],
};
/** OpenSSL before 3.5 has the names of SSLv3 for alerts. */
const OLD_ALERT = /^SSLV3_ALERT_/;

const VERIFY_FAILED = `${LIBRARY + 125}:SSL_routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify_cert_failed:`;

/** What Node calls by a code, in the words of X509_verify_cert_error_string. */
const VERIFY: Readonly<Record<string, string>> = {
    CERT_HAS_EXPIRED: "certificate has expired",
    CERT_NOT_YET_VALID: "certificate is not yet valid",
    DEPTH_ZERO_SELF_SIGNED_CERT: "self signed certificate",
    SELF_SIGNED_CERT_IN_CHAIN: "self signed certificate in certificate chain",
    UNABLE_TO_GET_ISSUER_CERT: "unable to get issuer certificate",
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "unable to get local issuer certificate",
    // With an issuer that is not trusted and not shown, which OpenSSL says after the other, and is told last.
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: "unable to get local issuer certificate",
    CERT_REVOKED: "certificate revoked",
    CERT_SIGNATURE_FAILURE: "certificate signature failure",
    INVALID_CA: "invalid CA certificate",
    INVALID_PURPOSE: "unsupported certificate purpose",
    PATH_LENGTH_EXCEEDED: "path length constraint exceeded",
};

/** Of a failed handshake, as Envoy writes it, without blanks; undefined: it has no words for it. */
export function tlsError(error: NodeJS.ErrnoException & { readonly reason?: string }): string | undefined {
    const { code = "", reason = "" } = error;
    // Names are compared here: which was wanted is told, where Envoy tells which were shown.
    if (code === "" || code === "ERR_TLS_CERT_ALTNAME_INVALID") return told(`${VERIFY_FAILED}_${error.message}`);
    const verify = VERIFY[code];
    if (verify !== undefined) return told(`${VERIFY_FAILED}_X509_verify_cert:_certificate_verification_error_at_depth_0:_${verify}`);
    const said = reason.toUpperCase().replaceAll(" ", "_");
    const found = REASONS[said] ?? REASONS[said.replace(OLD_ALERT, "SSL/TLS_ALERT_")];
    if (found === undefined) return reason === "" ? undefined : told(`SSL_routines:${said}`);
    return told(`${LIBRARY + found[0]}:SSL_routines:OPENSSL_internal:${found[1] ?? said}`);
}

const PREFIX = "TLS_error:|";
const told = (text: string): string => `${PREFIX}${text.replaceAll(" ", "_")}:TLS_error_end`;

export const isTlsError = (detail: string): boolean => detail.startsWith(PREFIX);
