/**
 * Which ciphers a terminated chain offers. Node's own default still holds CBC, DHE and static RSA; ours are the
 * ECDHE-AEAD suites alone. TLS 1.3 suites are always named: without one Node lowers the highest version to 1.2.
 */
import type { TlsTermination } from "../tables";

const TLS13 = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];
const AEAD = [
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
];
/** The OpenSSL cipher string of a chain. Before TLS 1.2 there is no AEAD: as in Istio, who allows that names its suites too. */
export function cipherString(tls: Pick<TlsTermination, "cipherSuites" | "minVersion">): string {
    const old = tls.cipherSuites.length > 0 && (tls.minVersion === "TLSv1" || tls.minVersion === "TLSv1.1");
    const chosen = tls.cipherSuites.length > 0 ? tls.cipherSuites : AEAD;
    // OpenSSL 3 allows the SHA-1 signatures of TLS before 1.2 at security level 0 only.
    return [...TLS13, ...chosen, ...(old ? ["@SECLEVEL=0"] : [])].join(":");
}
