/** Policies over Gateways and the hosts that they serve. */
import { choice, texts, textsByKey } from "../parameters";
import type { PolicyEntry } from "./entry";

const CIPHER_SUITES = [
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
];

export const GATEWAY_POLICIES = {
    "istio-object-valid": {
        enforcementLevel: "mandatory",
        severity: "high",
        description: "An object of Istio's has the fields, types and limits of its kind.",
    },
    "gateway-selector": {
        enforcementLevel: "mandatory",
        severity: "high",
        description: "A Gateway says by its selector which gateways serve it.",
    },
    "gateway-selector-unmatched": {
        enforcementLevel: "advisory",
        severity: "medium",
        description: "A Gateway's selector picks pods that the stack runs.",
        parameters: {
            elsewhere: texts(
                ["istio=ingressgateway", "istio=egressgateway"],
                "Labels, as key=value, of gateways that are deployed by others.",
            ),
        },
    },
    "gateway-tls-minimum-version": {
        enforcementLevel: "mandatory",
        severity: "high",
        description: "A Gateway's servers speak TLS 1.2 or newer.",
        parameters: { minimumVersion: choice(["TLSV1_2", "TLSV1_3"], "TLSV1_2", "The oldest version that may be spoken.") },
        remediation: "Sets `minProtocolVersion` to `minimumVersion`.",
    },
    "gateway-cipher-suites": {
        enforcementLevel: "mandatory",
        severity: "high",
        description: "A Gateway's servers offer no cipher suite without forward secrecy and authenticated encryption.",
        parameters: { allowed: texts(CIPHER_SUITES, "The suites of TLS 1.2 that may be offered.") },
        remediation: "Takes the other suites away; with none left, the defaults hold.",
    },
    "gateway-plain-http": {
        enforcementLevel: "advisory",
        severity: "medium",
        description: "An ingress gateway redirects plain HTTP to HTTPS.",
        parameters: {
            except: texts([], "Hosts that may be served in clear."),
            annotation: choice(
                ["respected", "ignored"],
                "respected",
                "Whether a Gateway may say by the annotation `gatehouse.dev/plain-http: meant` that it does so on purpose.",
            ),
        },
        remediation: "Sets `tls.httpsRedirect` where the same Gateway serves the same hosts over HTTPS, but on no port of gRPC.",
    },
    "gateway-wildcard-hosts": {
        enforcementLevel: "advisory",
        severity: "medium",
        description: "A Gateway or VirtualService does not take hosts that nobody named.",
        parameters: { allowed: texts([], "Wildcards that may be taken, as they are written.") },
    },
    "gateway-secret-namespace": {
        enforcementLevel: "mandatory",
        severity: "high",
        description: "A Gateway's Secret is in the namespace of the gateway that reads it.",
    },
    "gateway-policy-unserved": {
        enforcementLevel: "mandatory",
        severity: "high",
        description: "No policy or extension is for a gateway whose proxy does not do what it says.",
    },
    "host-allowed-domains": {
        enforcementLevel: "mandatory",
        severity: "high",
        description: "A team takes hosts of its own domains only.",
        parameters: {
            domains: textsByKey(
                "Domains by the namespace of the object; `*` stands for the namespaces that are not named. Without an entry a namespace may take any.",
            ),
        },
    },
    "host-claimed-once": {
        enforcementLevel: "mandatory",
        severity: "high",
        description: "A host or port of a gateway is claimed once, in all stacks together.",
    },
} as const satisfies Record<string, PolicyEntry>;
