/** A key that can be computed, or a signature that can be forged, protects nothing. */
import { isSignedWithSha1 } from "../../istio";
import type { Checks } from "../check";
import { heldCertificates } from "../objects/certificates";
import { keyOf, requestedKey, type KeyStrength } from "../objects/key-strength";
import type { ParametersOf } from "../table";
import { fault } from "../thing";

type Parameters = ParametersOf<"certificate-weak-key">;

function weakness(key: KeyStrength | undefined, { rsaBits, ecBits }: Parameters): string | undefined {
    if (!key) return undefined;
    const least = key.kind === "RSA" ? rsaBits : ecBits;
    return key.bits < least ? `is an ${key.kind} key of ${key.bits} bits. Want ${least} or more.` : undefined;
}

export const certificateWeakKey: Checks<"certificate-weak-key"> = {
    resource: (thing, parameters) => {
        const key = requestedKey(thing);
        const asked = weakness(key, parameters);
        return [
            ...(key && asked ? [fault(thing, key.field, asked)] : []),
            ...heldCertificates(thing).flatMap(({ field, chain }) =>
                chain.flatMap((one, index) => {
                    const where = index === 0 ? field : `${field} certificate ${index + 1}`;
                    const weak = weakness(keyOf(one, field), parameters);
                    // Nobody checks the signature of a root: it is trusted by itself.
                    const forged = isSignedWithSha1(one) && !(one.ca && one.issuer === one.subject);
                    return [
                        ...(weak ? [fault(thing, where, weak)] : []),
                        ...(forged ? [fault(thing, where, "is signed over SHA-1. Want SHA-256 or better.")] : []),
                    ];
                }),
            ),
        ];
    },
};
