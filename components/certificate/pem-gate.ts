/**
 * Checks the PEMs that a program gives, for themselves and against the hosts they are to serve. They are secrets and
 * stay out of everything else: what comes out of the check is that it was passed.
 */
import * as pulumi from "@pulumi/pulumi";
import { checkedLater, fault, isLater, knownPart, PATHS_ARE_OURS, type Fault } from "../arguments";
import { VALIDITY_HOURS } from "./issue";
import { authorityPemFaults, pemFaults, type GivenAuthority, type GivenPems } from "./pem-faults";
import { signerOf } from "./signer";
import type { AuthorityKeys, CertificateSource, SignedBy } from "./source";
import type { TlsArgs } from "./tls";

function givenPems({ certificate, clientCaPem }: Pick<TlsArgs, "certificate" | "clientCaPem">): {
    readonly [K in keyof GivenPems]: pulumi.Input<string> | undefined;
} {
    const pair = certificate.kind === "fromPem" ? certificate : undefined;
    return { certificatePem: pair?.certificatePem, privateKeyPem: pair?.privateKeyPem, chainPem: pair?.chainPem, clientCaPem };
}

/** What a source cannot do without, and what is not among the arguments that are checked, for it is secret. */
function missingFaults(path: string, certificate: CertificateSource): Fault[] {
    const needed = (owner: object | undefined, at: string): Fault[] =>
        (["certificatePem", "privateKeyPem"] as const)
            .filter((field) => {
                const value = (owner as Partial<Record<typeof field, unknown>> | undefined)?.[field];
                return typeof value !== "string" && !isLater(value);
            })
            .map((field) => fault("GH0207", `${at}.${field}`, "there is no PEM."));
    if (certificate.kind === "fromPem") return needed(certificate, `${path}.certificate`);
    if (certificate.kind !== "signedBy") return [];
    const ca = certificate.ca as AuthorityKeys | undefined;
    return typeof ca === "object"
        ? needed(ca, `${path}.certificate.ca`)
        : [
              fault(
                  "GH0207",
                  `${path}.certificate.ca`,
                  "there is no authority.",
                  "Give a CertificateAuthority, or { certificatePem, privateKeyPem }.",
              ),
          ];
}

export interface PemCheck {
    /** What is wrong with what is plain. */
    readonly faults: readonly Fault[];
    /** There once the rest has passed; undefined where there is none. */
    readonly gate: pulumi.Output<boolean> | undefined;
    /** The same of who signs, apart: an authority is often made beside what it signs, and the rest does not wait for it. */
    readonly authority: pulumi.Output<boolean> | undefined;
}

const PASSED = (): PemCheck => ({ faults: [], gate: undefined, authority: undefined });

export function checkPems(
    owner: string,
    path: string,
    tls: Pick<TlsArgs, "certificate" | "clientCaPem">,
    hosts: readonly pulumi.Input<string>[],
): PemCheck {
    if (typeof tls.certificate !== "object" || tls.certificate === null) return PASSED();
    const missing = missingFaults(path, tls.certificate);
    if (missing.length > 0) return { ...PASSED(), faults: missing };
    const pair = checkGiven(owner, path, tls, hosts);
    const { certificate } = tls;
    if (certificate.kind !== "signedBy") return { ...PASSED(), ...pair };
    const signer = checkAuthorityKeys(owner, path, certificate);
    return { faults: [...pair.faults, ...signer.faults], gate: pair.gate, authority: signer.gate };
}

function checkGiven(
    owner: string,
    path: string,
    tls: Pick<TlsArgs, "certificate" | "clientCaPem">,
    hosts: readonly pulumi.Input<string>[],
): Pick<PemCheck, "faults" | "gate"> {
    const names = Array.isArray(hosts) ? ([...hosts] as pulumi.Input<string>[]) : [];
    const check = (there: { readonly pems: GivenPems; readonly names: readonly string[] }): Fault[] =>
        pemFaults(path, there.pems, there.names, Date.now());
    return checked(owner, { pems: givenPems(tls), names }, check);
}

function checkAuthorityKeys(
    owner: string,
    path: string,
    { ca, validityHours = VALIDITY_HOURS }: SignedBy,
): Pick<PemCheck, "faults" | "gate"> {
    // One of our own is made anew a while before its end, and all that it signed with it.
    const signing = { hours: validityHours, isRenewed: pulumi.Resource.isInstance(ca) };
    const { certificatePem, privateKeyPem, chainPem } = ca;
    const check = (there: { readonly pems: GivenAuthority }): Fault[] => authorityPemFaults(path, there.pems, signing, Date.now());
    return checked(owner, { pems: { certificatePem, privateKeyPem, chainPem } }, check, () => signerOf(ca));
}

interface Pems {
    readonly pems: { readonly [K in keyof GivenPems]: pulumi.Input<string> | undefined };
    readonly names?: readonly pulumi.Input<string>[];
}

interface Opened {
    readonly open: object;
    readonly there?: pulumi.Output<unknown>;
}

/** No message holds any part of a key, so that the check may say what it says of the key. */
function opened(wire: Pems): Opened {
    return { open: { ...wire, pems: { ...wire.pems, privateKeyPem: pulumi.unsecret(pulumi.output(wire.pems.privateKeyPem)) } } };
}

/** Now where all is plain or what is plain is wrong, and later where not. */
function checked<Plain>(
    owner: string,
    wire: Pems,
    check: (there: Plain) => Fault[],
    openOf = (): Opened => opened(wire),
): Pick<PemCheck, "faults" | "gate"> {
    const faults = check(knownPart(wire) as Plain);
    if (faults.length > 0 || ![...Object.values(wire.pems), ...(wire.names ?? [])].some(isLater)) return { faults, gate: undefined };
    const { open, there } = openOf();
    return { faults, gate: pulumi.unsecret(checkedLater(owner, open, check, { paths: PATHS_ARE_OURS, there }).apply(() => true)) };
}
