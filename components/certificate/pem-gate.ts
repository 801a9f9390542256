/**
 * Checks the PEMs that a program gives, for themselves and against the hosts they are to serve. They are secrets and
 * stay out of everything else: what comes out of the check is that it was passed.
 */
import * as pulumi from "@pulumi/pulumi";
import { isLater, knownPart, refuse } from "../arguments";
import { pemFaults, type GivenPems } from "./pem-faults";
import type { TlsArgs } from "./tls";

function givenPems({ certificate, clientCaPem }: Pick<TlsArgs, "certificate" | "clientCaPem">): { readonly [K in keyof GivenPems]: pulumi.Input<string> | undefined } {
    const pair = certificate.kind === "fromPem" ? certificate : undefined;
    return { certificatePem: pair?.certificatePem, privateKeyPem: pair?.privateKeyPem, chainPem: pair?.chainPem, clientCaPem };
}

/** Throws at once for what is plain; the value it returns is there when the rest has passed. */
export function pemGate(owner: string, path: string, tls: Pick<TlsArgs, "certificate" | "clientCaPem">, hosts: readonly pulumi.Input<string>[]): pulumi.Output<boolean> {
    if (typeof tls.certificate !== "object" || tls.certificate === null) return pulumi.output(true);
    const pems = givenPems(tls);
    refuse(owner, pemFaults(path, knownPart(pems) as GivenPems, knownPart(hosts) as string[], Date.now()));
    if (![...Object.values(pems), ...hosts].some(isLater)) return pulumi.output(true);
    return pulumi.unsecret(pulumi.all([pulumi.output(pems), pulumi.output([...hosts])]).apply(([there, names]) => {
        refuse(owner, pemFaults(path, there as GivenPems, names, Date.now()));
        return true;
    }));
}
