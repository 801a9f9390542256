/** Tokens of an issuer whose keys are made anew in every run, good and bad, signed by hand so that nothing well-meant stands between. */
import { constants, createHmac, generateKeyPairSync, sign, type JsonWebKey, type KeyObject } from "node:crypto";
import type { KubeObject } from "../../../istio";
import { GATEWAY_PODS, HOST, SECURITY } from "./access";
import { answering, ask, httpGateway, istioObject, to, type Ask, type Case, type Setting } from "./case";

export type Algorithm = "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" | "ES256" | "ES384" | "ES512" | "EdDSA";
export const ALGORITHMS: readonly Algorithm[] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

export const ISSUER = "https://issuer.test";
/** So far away that what a token says is the same in every run. */
const FAR = 4_102_444_800;

interface Pair {
    readonly privateKey: KeyObject;
    readonly publicKey: KeyObject;
}
const kept = new Map<string, Pair>();

/** The same pair for a name within a run. */
export function keyOf(algorithm: Algorithm, name = ""): Pair {
    const kind = /^[RP]S/.test(algorithm) ? "rsa" : algorithm;
    const pair = kept.get(`${kind} ${name}`) ?? made(kind);
    kept.set(`${kind} ${name}`, pair);
    return pair;
}

function made(kind: string): Pair {
    if (kind === "rsa") return generateKeyPairSync("rsa", { modulusLength: 2048 });
    if (kind === "EdDSA") return generateKeyPairSync("ed25519");
    return generateKeyPairSync("ec", { namedCurve: { ES256: "P-256", ES384: "P-384", ES512: "P-521" }[kind] ?? "P-256" });
}

export function jwkOf(algorithm: Algorithm, more: object = {}, name = ""): JsonWebKey {
    return { ...keyOf(algorithm, name).publicKey.export({ format: "jwk" }), ...more };
}

export const setOf = (...keys: readonly object[]): string => JSON.stringify({ keys });

export interface TokenOptions {
    readonly algorithm?: Algorithm;
    /** Of another pair. */
    readonly signer?: string;
    /** Beside `alg` and `typ`; undefined leaves one out. */
    readonly header?: Readonly<Record<string, unknown>>;
    /** Instead of the claims. */
    readonly payload?: string;
}

export const coded = (text: string | Buffer): string => Buffer.from(text as string).toString("base64url");

/** With issuer, subject and an end; undefined leaves a claim out. */
export function token(claims: Readonly<Record<string, unknown>> = {}, options: TokenOptions = {}): string {
    const { algorithm = "ES256", signer = "", header = {}, payload } = options;
    const head = JSON.stringify({ alg: algorithm, typ: "JWT", ...header });
    const text = `${coded(head)}.${coded(payload ?? JSON.stringify({ iss: ISSUER, sub: "ann", exp: FAR, ...claims }))}`;
    return `${text}.${coded(signature(algorithm, keyOf(algorithm, signer).privateKey, text))}`;
}

function signature(algorithm: Algorithm, key: KeyObject, text: string): Buffer {
    if (algorithm === "EdDSA") return sign(null, Buffer.from(text), key);
    const digest = `sha${algorithm.slice(2)}`;
    if (algorithm.startsWith("PS"))
        return sign(digest, Buffer.from(text), {
            key,
            padding: constants.RSA_PKCS1_PSS_PADDING,
            saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
        });
    return sign(digest, Buffer.from(text), algorithm.startsWith("ES") ? { key, dsaEncoding: "ieee-p1363" } : key);
}

/** Signed with a secret that everybody has. */
export function hmacToken(secret: string, header: object = {}): string {
    const text = `${coded(JSON.stringify({ alg: "HS256", typ: "JWT", ...header }))}.${coded(JSON.stringify({ iss: ISSUER, sub: "ann", exp: FAR }))}`;
    return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

export const bearer = (text: string): string => `authorization: Bearer ${text}`;

/** Lines of authorization with this token. */
export const withToken = (text: string, target = "/", more: readonly string[] = []): Ask =>
    ask(HOST, target.includes(" ") ? target : `GET ${target}`, [bearer(text), ...more]);

/** A RequestAuthentication in the gateway's namespace. */
export function authentication(name: string, jwtRules: readonly object[], scope: object = GATEWAY_PODS): KubeObject {
    return istioObject("RequestAuthentication", name, { ...scope, jwtRules }, { apiVersion: SECURITY });
}

/** A rule of the issuer with these keys; null: none. */
export function rule(more: object = {}, jwks: string | null = setOf(jwkOf("ES256"))): object {
    return { issuer: ISSUER, ...(jwks === null ? {} : { jwks }), ...more };
}

/** What comes of these requests; `backend` shows what is passed on. */
export function verified(
    title: string,
    objects: readonly KubeObject[] | ((setting: Setting) => readonly KubeObject[]),
    asks: Readonly<Record<string, Ask>> | ((setting: Setting) => Readonly<Record<string, Ask>>),
    { backend = false, ...more }: { readonly backend?: boolean } & Partial<Case> = {},
): Case {
    return {
        title,
        make: (setting) => ({
            objects: [
                ...httpGateway(setting, ["*"], [backend ? to(setting.backends[0]) : answering("in")]),
                ...(typeof objects === "function" ? objects(setting) : objects),
            ],
            asks: typeof asks === "function" ? asks(setting) : asks,
        }),
        ...more,
    };
}
