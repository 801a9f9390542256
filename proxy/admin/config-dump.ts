/** The tables as people may see them: of a secret its name and validity, never key or certificate text. */
import { X509Certificate } from "node:crypto";
import type { SecretEntry, Tables } from "../tables";

export function configDump(tables: Tables): Record<string, unknown> {
    return {
        listeners: [...tables.listeners.values()],
        chains: [...tables.chains.values()],
        routeTables: [...tables.routeTables.values()],
        virtualHosts: [...tables.virtualHosts.values()],
        clusters: [...tables.clusters.values()],
        endpoints: [...tables.endpoints.values()],
        secrets: [...tables.secrets.values()].map(secretDump),
        accessLogs: [...tables.accessLogs.values()],
    };
}

function secretDump(secret: SecretEntry): Record<string, unknown> {
    return {
        key: secret.key,
        fingerprint: secret.fingerprint,
        certificate: validity(secret.certificate),
        privateKey: secret.privateKey === "" ? "none" : "redacted",
        ca: validity(secret.ca),
        origin: secret.origin,
    };
}

function validity(pem: string): unknown {
    if (pem === "") return null;
    try {
        const certificate = new X509Certificate(pem);
        return {
            subject: certificate.subject,
            issuer: certificate.issuer,
            serialNumber: certificate.serialNumber,
            subjectAltName: certificate.subjectAltName ?? "",
            notBefore: certificate.validFromDate.toISOString(),
            notAfter: certificate.validToDate.toISOString(),
        };
    } catch {
        return "unreadable";
    }
}
