/**
 * Tokens are looked at for the whole gateway: once one host has an issuer, a token of any other is answered 401 on every host
 * (Istio's RequestAuthentication). A host that says nothing of tokens may have a backend that takes some: its owner is told.
 */
import * as pulumi from "@pulumi/pulumi";
import { mentionsUnknown, programRegister, type Owner } from "../arguments";
import { gatewayText, type AnyRef } from "../gateway";

export function tokensText(demanding: string, silent: string, gateway: string): string {
    return (
        `GH0214: ${demanding} has access.jwt and ${silent} has none, on one gateway ${gateway}: a request for the hosts of ${silent} ` +
        "that brings a token of another issuer in `Authorization: Bearer` is answered 401. Where its backend takes such tokens, give it " +
        "that issuer too, with `required: false`, or a gateway of its own."
    );
}

/** Says so once for a pair of hosts of a gateway. */
export function warnOfTokens(component: pulumi.Resource, owner: Owner, gateway: AnyRef | string, demands: boolean): void {
    if (typeof gateway === "string" || mentionsUnknown([gateway.namespace, gateway.name])) return;
    const name = gatewayText(gateway);
    const { tokens } = programRegister();
    const hosts = tokens.get(name) ?? { demanding: undefined, silent: undefined };
    const before = hosts.demanding !== undefined && hosts.silent !== undefined;
    const now = demands ? { ...hosts, demanding: hosts.demanding ?? owner.text } : { ...hosts, silent: hosts.silent ?? owner.text };
    tokens.set(name, now);
    if (!before && now.demanding !== undefined && now.silent !== undefined)
        void pulumi.log.warn(tokensText(now.demanding, now.silent, name), component);
}
