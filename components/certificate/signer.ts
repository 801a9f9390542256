/** What of an authority is the same for all that it signs, made once: each Output is a dozen promises, and hosts come in hundreds. */
import * as pulumi from "@pulumi/pulumi";
import type { AuthorityKeys } from "./source";

export interface Signer {
    /** As it was given, the key with it and not marked: for a check that says no word of it. */
    readonly open: { readonly pems: AuthorityKeys };
    readonly there: pulumi.Output<unknown>;
    readonly certificatePem: pulumi.Output<string>;
    /** Kept secret wherever it goes. */
    readonly privateKeyPem: pulumi.Output<string>;
    /** What follows a certificate of its own. */
    readonly chain: pulumi.Output<readonly (string | undefined)[]>;
}

interface Kept {
    readonly given: AuthorityKeys;
    readonly signer: Signer;
}

const signers = new WeakMap<AuthorityKeys, Kept>();

export function signerOf(ca: AuthorityKeys): Signer {
    const { certificatePem, privateKeyPem, chainPem } = ca;
    const kept = signers.get(ca);
    // A program may have put another PEM into the object meanwhile.
    if (kept?.given.certificatePem === certificatePem && kept.given.privateKeyPem === privateKeyPem && kept.given.chainPem === chainPem)
        return kept.signer;
    const open = { pems: { certificatePem, privateKeyPem: pulumi.unsecret(pulumi.output(privateKeyPem)), chainPem } };
    const signer: Signer = {
        open,
        there: pulumi.output(open),
        certificatePem: pulumi.output(certificatePem),
        privateKeyPem: pulumi.secret(privateKeyPem) as pulumi.Output<string>,
        chain: pulumi.all([certificatePem, chainPem]),
    };
    signers.set(ca, { given: { certificatePem, privateKeyPem, ...(chainPem === undefined ? {} : { chainPem }) }, signer });
    return signer;
}
