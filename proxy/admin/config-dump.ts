/** The tables as people may see them: of a secret its name and validity, never key or certificate text. */
import { X509Certificate } from "node:crypto";
import { TABLE_NAMES, type SecretEntry, type TableEntries, type TableName, type Tables } from "../tables";
import { hostDump, limitsDump } from "./route-dump";
import { authenticationDump, keySetDump, policyDump, providerDump } from "./access-dump";
import { REDACTED } from "./redacted";
import { accessLogDump, edgeDump, errorPagesDump, metricsDump } from "./told-dump";
import { tracingDump } from "./tracing-dump";

/** A table that is not named here does not compile. */
const DUMPS: { readonly [T in TableName]: (entry: TableEntries[T], isShared: boolean) => unknown } = {
    listeners: asItIs,
    chains: asItIs,
    routeTables: asItIs,
    virtualHosts: hostDump,
    clusters: asItIs,
    endpoints: asItIs,
    secrets: secretDump,
    accessLogs: accessLogDump,
    metrics: metricsDump,
    access: asItIs,
    authorizations: policyDump,
    authentications: authenticationDump,
    keySets: keySetDump,
    providers: providerDump,
    sources: asItIs,
    errorPages: errorPagesDump,
    edges: edgeDump,
    redirectMaps: asItIs,
    limits: limitsDump,
    tracing: tracingDump,
};

/** `names`: none is all of them. `isShared`: for somebody who does not own the objects. */
export function configDump(tables: Tables, names: readonly TableName[] = [], isShared = false): Record<string, unknown> {
    return Object.fromEntries((names.length === 0 ? TABLE_NAMES : names).map((name) => [name, dumpOf(name, tables, isShared)]));
}

function dumpOf<T extends TableName>(name: T, tables: Tables, isShared: boolean): unknown[] {
    const dump = DUMPS[name];
    return [...tables[name].values()].map((entry) => dump(entry, isShared));
}

function asItIs(entry: object): object {
    return entry;
}

function secretDump(secret: SecretEntry): Record<string, unknown> {
    return {
        key: secret.key,
        fingerprint: secret.fingerprint,
        certificate: validity(secret.certificate),
        privateKey: secret.privateKey === "" ? "none" : REDACTED,
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
