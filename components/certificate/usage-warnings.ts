/**
 * Warns of a given certificate that says it is not for servers: it is served, and clients refuse it. No message holds a
 * word of it, for it may be secret.
 */
import * as pulumi from "@pulumi/pulumi";
import { certificatesIn, usageRemarks } from "../../istio";
import type { TlsArgs } from "./tls";

/** Once the certificate is there; `at` is where the arguments have the TLS settings. */
export function warnOfUsage(component: pulumi.Resource, at: string, { certificate }: Pick<TlsArgs, "certificate">): void {
    if (certificate.kind !== "fromPem") return;
    pulumi.output(certificate.certificatePem).apply(async (pem) => {
        const [leaf] = typeof pem === "string" ? (certificatesIn(pem) ?? []) : [];
        for (const { code, message, fix } of leaf ? usageRemarks(leaf) : []) {
            await pulumi.log.warn(`${code}: ${at}.certificate.certificatePem: the certificate ${message}. ${fix}`, component);
        }
    });
}
