/** What the objects that say who may pass take: their names, and issuers whose tokens a gateway can verify in one way only. */
import { mentionsUnknown, type ObjectName, type Setting } from "../arguments";
import { gatewayText, type AnyRef } from "../gateway";
import { jwtRule, policyName } from "./objects";
import { accessParts, hasTokens, jwtList, type AccessData, type AccessOrder } from "./place";

export function accessNames({ access, place }: AccessOrder, namespace: string, path: string): ObjectName[] {
    const named = (kind: string, part: Parameters<typeof policyName>[1]): ObjectName => ({
        kind,
        namespace,
        name: policyName(place, part),
        path,
    });
    return [
        ...accessParts(access).map((part) => named("AuthorizationPolicy", part)),
        ...(hasTokens(access) ? [named("RequestAuthentication", "jwt")] : []),
    ];
}

/**
 * Tokens are verified for the whole gateway, before its hosts are looked at: of two ways to verify those of one issuer the
 * milder would hold for both.
 */
export function issuerSettings(access: AccessData | undefined, gateway: AnyRef, path: string): Setting[] {
    return jwtList(access?.jwt)
        .filter((jwt) => !mentionsUnknown([jwtRule(jwt), gatewayText(gateway)]))
        .map((jwt, index) => ({
            key: `issuer ${gatewayText(gateway)} ${jwt.issuer}`,
            path: Array.isArray(access?.jwt) ? `${path}[${index}]` : path,
            what: `how tokens of the issuer ${jwt.issuer} are verified on the gateway ${gatewayText(gateway)}`,
            value: JSON.stringify(Object.entries(jwtRule(jwt)).sort(([a], [b]) => (a < b ? -1 : 1))),
        }));
}
