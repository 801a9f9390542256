/** What a RequestAuthentication's rule says of its keys, as far as the object itself tells. */
import type { JwtRule } from "../../types";
import type { Loose } from "../../validation";
import { isRecord } from "../../validation/outline";

export interface KeyFaults {
    /** Why no token can be verified; undefined: keys are there, or somewhere to be fetched. */
    readonly none?: { readonly field: string; readonly why: string; readonly fix: string };
    /** Where keys are fetched from without TLS. */
    readonly inClear?: { readonly field: string; readonly url: string };
    /** Keys that are nobody else's business. */
    readonly privateKeys?: string;
}

/** Types of keys that verify the signatures that are served. */
const PUBLIC_TYPES: readonly unknown[] = ["RSA", "EC", "OKP"];

export function keyFaults(rule: Loose<JwtRule>, field: string): KeyFaults {
    const { jwks, issuer } = rule;
    if (jwks !== undefined && jwks !== "") return inlineFaults(jwks, `${field}.jwks`);
    const [uri, uriField] = rule.jwksUri ? [rule.jwksUri, "jwksUri"] : [rule.jwks_uri, "jwks_uri"];
    if (uri !== undefined && uri !== "") return isPlain(uri) ? { inClear: { field: `${field}.${uriField}`, url: uri } } : {};
    if (issuer === undefined || issuer === "") return {};
    // Istio asks the issuer where its keys are (OpenID Connect Discovery).
    if (!/^https?:\/\//i.test(issuer)) {
        return {
            none: {
                field: `${field}.issuer`,
                why: "there is neither `jwks` nor `jwksUri`, and the issuer is no URL that could be asked where its keys are",
                fix: "Write the keys' address into `jwksUri`, or the keys themselves into `jwks`.",
            },
        };
    }
    return isPlain(issuer) ? { inClear: { field: `${field}.issuer`, url: issuer } } : {};
}

function inlineFaults(jwks: string, field: string): KeyFaults {
    const keys = keysIn(jwks);
    // What is no set at all is a fault of the object by itself.
    if (keys === undefined) return {};
    const serving = keys.filter((key) => PUBLIC_TYPES.includes(key["kty"]) && key["use"] !== "enc");
    const secret = keys.filter((key) => key["kty"] === "oct" || key["d"] !== undefined);
    const why =
        keys.length === 0
            ? "the set is empty"
            : `the set has no public key of a signature: ${[...new Set(keys.map((key) => `kty ${String(key["kty"]).slice(0, 20)}${key["use"] === "enc" ? " for encryption" : ""}`))].join(", ")}`;
    return {
        ...(serving.length === 0
            ? { none: { field, why, fix: "Write the issuer's public keys (RSA, EC or Ed25519), or their address into `jwksUri`." } }
            : {}),
        ...(secret.length > 0 ? { privateKeys: field } : {}),
    };
}

function keysIn(jwks: string): Readonly<Record<string, unknown>>[] | undefined {
    let value: unknown;
    try {
        value = JSON.parse(jwks);
    } catch {
        return undefined;
    }
    if (!isRecord(value)) return undefined;
    const { keys } = value;
    if (!Object.hasOwn(value, "keys")) return Object.hasOwn(value, "kty") ? [value] : undefined;
    return keys === null ? [] : Array.isArray(keys) ? keys.filter(isRecord) : undefined;
}

/** Of one's own machine nobody is between. */
function isPlain(url: string): boolean {
    return /^http:\/\//i.test(url) && !/^http:\/\/(?:localhost|127\.|\[::1\])/i.test(url);
}
