/** What a certificate says that it is for, where that is no server: it loads, and clients refuse it. */
import type { X509Certificate } from "node:crypto";
import type { Code } from "../codes";
import { maySign } from "./distinguished-names";

const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const ANY = "2.5.29.37.0";

/** Each message goes on behind a name for the certificate. */
export function usageRemarks(leaf: X509Certificate): { readonly code: Code; readonly message: string; readonly fix: string }[] {
    // RFC 8446 §4.4.2.2: whatever its key, a handshake is signed with it. With an ECDSA key it does not load.
    const signs =
        maySign(leaf) || leaf.publicKey.asymmetricKeyType === "ec"
            ? []
            : [
                  {
                      code: "GH0146" as const,
                      message: "has a keyUsage without digitalSignature, for which clients refuse it",
                      fix: "Get one with digitalSignature, or without a keyUsage.",
                  },
              ];
    const serves = purposesOf(leaf)?.length === 0 || mayServe(leaf);
    return serves
        ? signs
        : [
              ...signs,
              {
                  code: "GH0146",
                  message: "has an extendedKeyUsage without serverAuth, for which clients refuse it",
                  fix: "Get one with serverAuth.",
              },
          ];
}

/** Whether its extended key usage lets a certificate, or what an authority signs, be a server's. */
export function mayServe(certificate: X509Certificate): boolean {
    const purposes = purposesOf(certificate);
    return purposes === undefined || purposes.includes(SERVER_AUTH) || purposes.includes(ANY);
}

/** Node has the extended key usage under another name. */
function purposesOf({ keyUsage }: X509Certificate): readonly string[] | undefined {
    return keyUsage;
}
