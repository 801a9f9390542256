/** Issuers of tokens for tests: keys are made when they are needed, and tokens signed by them with jose. */
import { CompactSign, exportJWK, generateKeyPair, type JWK } from "jose";

export interface Issuer {
    readonly alg: string;
    readonly kid: string;
    /** Public. */
    readonly jwk: JWK;
    /** A text is signed as it is. */
    sign(claims: Readonly<Record<string, unknown>> | string, header?: Readonly<Record<string, unknown>>): Promise<string>;
}

export async function issuer(alg = "ES256", kid = ""): Promise<Issuer> {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    const named = kid === "" ? {} : { kid };
    return {
        alg,
        kid,
        jwk: { ...(await exportJWK(publicKey)), ...named },
        sign: (claims, header = {}) =>
            new CompactSign(Buffer.from(typeof claims === "string" ? claims : JSON.stringify(claims)))
                .setProtectedHeader({ alg, ...named, ...header })
                .sign(privateKey),
    };
}

export function keySet(...issuers: readonly { readonly jwk: JWK }[]): string {
    return JSON.stringify({ keys: issuers.map(({ jwk }) => jwk) });
}

/** One that nobody has signed. */
export function unsigned(header: unknown, claims: unknown, signature = "AAAA"): string {
    const part = (value: unknown): string => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
    return `${part(header)}.${part(claims)}.${signature}`;
}
