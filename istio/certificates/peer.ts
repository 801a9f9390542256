/** What is wrong with the certificate of a client or a backend that OpenSSL has verified, by what BoringSSL looks at and OpenSSL does not. */
import type { X509Certificate } from "node:crypto";
import { maySign } from "./distinguished-names";
import { isWellFormed } from "./shape";
import { hasTrivialExponent } from "./strength";

/** Longer chains are not verified either. */
const MAX_CHAIN = 32;

/** Empty: nothing. Nothing in it makes this throw. */
export function peerFault(certificate: X509Certificate): string {
    try {
        if (!maySign(certificate)) return "key usage allows no signatures";
        let one: X509Certificate | undefined = certificate;
        for (let depth = 0; one !== undefined && depth < MAX_CHAIN; depth++) {
            if (!isWellFormed(one.raw)) return "malformed certificate";
            // Whoever knows such a key makes its signatures.
            if (hasTrivialExponent(one)) return "an RSA key that everybody can sign with";
            one = one.issuerCertificate;
        }
        return "";
    } catch {
        return "its key can't be read";
    }
}
