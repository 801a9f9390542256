/** The keys of an issuer, fetched once: a set, by way of its OpenID configuration where no address of the set is known. */
import { importJWK, type JWK } from "jose";
import { MAX_KEY_SET_BYTES, readKeySet, type KeySet } from "../../istio/semantics";
import type { KeySource } from "../tables";
import { fetchText, shown, type FetchOptions } from "./fetch";

/** Rejects with an Error whose message says why there are none. */
export async function fetchKeys({ kind, address, timeoutMs }: KeySource, ca?: readonly string[]): Promise<string> {
    const options: FetchOptions = { timeoutMs, maxBytes: MAX_KEY_SET_BYTES, ...(ca ? { ca } : {}) };
    const place = kind === "keys" ? address : keysAddress(await fetchText(address, options));
    const { jwks, why } = await confirmed(readKeySet(await fetchText(place, options)));
    if (jwks === "") throw new Error(`what ${shown(place)} answers with is no set of keys to verify tokens by: ${why}`);
    return jwks;
}

function keysAddress(text: string): string {
    let configuration: unknown;
    try {
        configuration = JSON.parse(text);
    } catch {
        throw new Error("its OpenID configuration is no JSON");
    }
    const address = typeof configuration === "object" && configuration !== null ? Reflect.get(configuration, "jwks_uri") : undefined;
    if (typeof address !== "string") throw new Error("its OpenID configuration has no `jwks_uri`");
    return address;
}

/** A second reader must find keys in it too: what comes from outside is believed only where both agree. */
async function confirmed(set: KeySet): Promise<KeySet> {
    if (set.jwks === "") return set;
    const { keys } = JSON.parse(set.jwks) as { readonly keys: readonly JWK[] };
    const kept: JWK[] = [];
    for (const key of keys) {
        // A key that does not say its algorithm is read by one of its type.
        const alg = key.alg ?? (key.kty === "RSA" ? "RS256" : key.kty === "EC" ? "ES256" : "EdDSA");
        if (await importJWK(key, alg).then(Boolean, () => false)) kept.push(key);
    }
    if (kept.length === keys.length) return set;
    return kept.length === 0 ? { jwks: "", why: "its keys can't be read" } : { jwks: JSON.stringify({ keys: kept }), why: "" };
}
