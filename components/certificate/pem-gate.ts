/**
 * Checks the PEMs that a program gives, for themselves and against the hosts they are to serve. They are secrets and
 * stay out of everything else: what comes out of the check is that it was passed.
 */
import * as pulumi from "@pulumi/pulumi";
import { checkedLater, fault, isLater, knownPart, PATHS_ARE_OURS, type Fault } from "../arguments";
import { pemFaults, type GivenPems } from "./pem-faults";
import type { AuthorityKeys, CertificateSource } from "./source";
import type { TlsArgs } from "./tls";

function givenPems({ certificate, clientCaPem }: Pick<TlsArgs, "certificate" | "clientCaPem">): { readonly [K in keyof GivenPems]: pulumi.Input<string> | undefined } {
    const pair = certificate.kind === "fromPem" ? certificate : undefined;
    return { certificatePem: pair?.certificatePem, privateKeyPem: pair?.privateKeyPem, chainPem: pair?.chainPem, clientCaPem };
}

/** What a source cannot do without, and what is not among the arguments that are checked, for it is secret. */
function missingFaults(path: string, certificate: CertificateSource): Fault[] {
    const needed = (owner: object | undefined, at: string): Fault[] => (["certificatePem", "privateKeyPem"] as const)
        .filter((field) => (owner as Partial<Record<typeof field, unknown>> | undefined)?.[field] === undefined)
        .map((field) => fault("GH0207", `${at}.${field}`, "there is no PEM."));
    if (certificate.kind === "fromPem") return needed(certificate, `${path}.certificate`);
    if (certificate.kind !== "signedBy") return [];
    const ca = certificate.ca as AuthorityKeys | undefined;
    return typeof ca === "object" ? needed(ca, `${path}.certificate.ca`)
        : [fault("GH0207", `${path}.certificate.ca`, "there is no authority.", "Give a CertificateAuthority, or { certificatePem, privateKeyPem }.")];
}

export interface PemCheck {
    /** What is wrong with what is plain. */
    readonly faults: readonly Fault[];
    /** There once the rest has passed. */
    readonly gate: pulumi.Output<boolean>;
}

export function checkPems(owner: string, path: string, tls: Pick<TlsArgs, "certificate" | "clientCaPem">, hosts: readonly pulumi.Input<string>[]): PemCheck {
    const passed = pulumi.output(true);
    if (typeof tls.certificate !== "object" || tls.certificate === null) return { faults: [], gate: passed };
    const pems = givenPems(tls);
    const names = Array.isArray(hosts) ? hosts : [];
    const missing = missingFaults(path, tls.certificate);
    const faults = missing.length > 0 ? missing : pemFaults(path, knownPart(pems) as GivenPems, knownPart(names) as string[], Date.now());
    if (faults.length > 0 || ![...Object.values(pems), ...names].some(isLater)) return { faults, gate: passed };
    const check = (there: { readonly pems: GivenPems; readonly names: readonly string[] }): Fault[] => pemFaults(path, there.pems, there.names, Date.now());
    // No message holds any part of a key, so that the check may say what it says of the key.
    const open = { ...pems, privateKeyPem: pulumi.unsecret(pulumi.output(pems.privateKeyPem)) };
    const gate = pulumi.unsecret(checkedLater(owner, { pems: open, names: [...names] }, check, true, PATHS_ARE_OURS).apply(() => true));
    return { faults, gate };
}
