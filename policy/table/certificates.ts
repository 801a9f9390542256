/** Policies over certificates and keys. */
import { integer } from "../parameters";
import type { PolicyEntry } from "./entry";

export const CERTIFICATE_POLICIES = {
    "certificate-near-expiry": {
        enforcementLevel: "advisory",
        severity: "high",
        description: "A certificate has enough days left.",
        parameters: { days: integer(30, "How many days it must have left.") },
    },
    "certificate-lifetime": {
        enforcementLevel: "mandatory",
        severity: "medium",
        description: "A server's certificate is valid no longer than browsers accept.",
        parameters: { days: integer(398, "How many days it may be valid.") },
    },
    "certificate-weak-key": {
        enforcementLevel: "mandatory",
        severity: "critical",
        description: "A certificate's key and signature are strong enough.",
        parameters: {
            rsaBits: integer(2048, "The fewest bits of an RSA key."),
            ecBits: integer(256, "The fewest bits of an elliptic curve."),
        },
    },
    "certificate-loads": {
        enforcementLevel: "mandatory",
        severity: "high",
        description: "A Secret's certificate, key and authorities are such as a listener loads.",
    },
    "certificate-remarks": {
        enforcementLevel: "advisory",
        severity: "medium",
        description: "A server's certificate is one for servers, and the lists and OCSP response beside it are used.",
    },
    "certificate-covers-hosts": {
        enforcementLevel: "mandatory",
        severity: "high",
        description: "A server's certificate names the hosts that it serves.",
    },
    "private-key-in-inputs": {
        enforcementLevel: "mandatory",
        severity: "critical",
        description: "No private key stands in clear in a resource's inputs.",
        remediation: "Marks the value as secret.",
    },
    "private-key-in-outputs": {
        enforcementLevel: "mandatory",
        severity: "critical",
        description: "No private key stands in clear in a resource's or the stack's outputs.",
    },
} as const satisfies Record<string, PolicyEntry>;
