/**
 * A signed token in its compact form (RFC 7515 §7.1, RFC 7519), read strictly and within bounds. What is wrong is said in the
 * words of Envoy's JWT filter, which clients know.
 */
import { isUtf8 } from "node:buffer";
import { ALGORITHMS } from "../../../istio/semantics";
import { parseObject } from "./authentication-json";

export type Claims = Readonly<Record<string, unknown>>;

export interface SignedToken {
    readonly text: string;
    readonly alg: string;
    /** Empty: none. */
    readonly kid: string;
    /** As it was signed. */
    readonly payload: string;
    readonly signature: Buffer;
    readonly claims: Claims;
    /** Empty: none, as in what follows. */
    readonly issuer: string;
    readonly audiences: readonly string[];
    /** Seconds since 1970; 0: none. */
    readonly notBefore: number;
    readonly expires: number;
}

/** No head that is taken is longer; a longer one comes of another way here. */
export const MAX_TOKEN_LENGTH = 64 * 1024;

/** Claims that are whole numbers, and those that are texts. */
const TIMES = ["iat", "nbf", "exp"] as const;
/** Unsigned 64 bits. */
const MAX_TIME = 2 ** 64;

const KNOWN_ALGORITHMS: ReadonlySet<string> = new Set(Object.values(ALGORITHMS).flat());

/** Or what is wrong with it. */
export function parseToken(text: string): SignedToken | string {
    if (text.length > MAX_TOKEN_LENGTH) return `Jwt is longer than ${MAX_TOKEN_LENGTH} bytes`;
    const first = text.indexOf(".");
    const second = text.indexOf(".", first + 1);
    if (first <= 0 || second <= first + 1 || second === text.length - 1 || text.includes(".", second + 1)) {
        return "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections";
    }
    const head = decoded(text.slice(0, first));
    if (head === undefined) return "Jwt header is an invalid Base64url encoded";
    const header = objectIn(head);
    if (header === undefined) return "Jwt header is an invalid JSON";
    const fault = headerFault(header);
    if (fault !== "") return fault;
    const payload = text.slice(first + 1, second);
    const body = decoded(payload);
    if (body === undefined) return "Jwt payload is an invalid Base64url encoded";
    const claims = objectIn(body);
    if (claims === undefined) return "Jwt payload is an invalid JSON";
    const claimFault = claimsFault(claims);
    if (claimFault !== "") return claimFault;
    const signature = decoded(text.slice(second + 1));
    if (signature === undefined) return "Jwt signature is an invalid Base64url encoded";
    return {
        text,
        alg: header.alg as string,
        kid: textOf(header, "kid"),
        payload,
        signature,
        claims,
        issuer: textOf(claims, "iss"),
        audiences: audiencesOf(claims),
        notBefore: secondsOf(claims, "nbf"),
        expires: secondsOf(claims, "exp"),
    };
}

function headerFault(header: Claims): string {
    const { alg, kid } = header;
    if (typeof alg !== "string") return "Jwt header [alg] field is required and must be a string";
    if (!KNOWN_ALGORITHMS.has(alg)) return "Jwt header [alg] is not supported";
    if (Object.hasOwn(header, "kid") && typeof kid !== "string") return "Jwt header [kid] field is not a string";
    // RFC 7515 §4.1.11: what must be understood, and is not, makes the token invalid. Nothing of it is understood here.
    return Object.hasOwn(header, "crit") ? "Jwt header [crit] field is not supported" : "";
}

/** In Envoy's order. */
function claimsFault(claims: Claims): string {
    for (const name of ["iss", "sub"]) if (isOther(claims, name, "string")) return `Jwt payload [${name}] field is not a string`;
    for (const name of TIMES) {
        if (isOther(claims, name, "number")) return `Jwt payload [${name}] field is not an integer`;
        const value = claims[name];
        if (typeof value === "number" && (value < 0 || value >= MAX_TIME)) {
            return `Jwt payload [${name}] field is not a positive 64 bit integer`;
        }
    }
    if (isOther(claims, "jti", "string")) return "Jwt payload [jti] field is not a string";
    const { aud } = claims;
    const isList = Array.isArray(aud) && aud.every((one) => typeof one === "string");
    return isList || !isOther(claims, "aud", "string") ? "" : "Jwt payload [aud] field is not a string or string list";
}

function isOther(claims: Claims, name: string, type: "string" | "number"): boolean {
    return Object.hasOwn(claims, name) && typeof claims[name] !== type;
}

function textOf(claims: Claims, name: string): string {
    const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
    return typeof value === "string" ? value : "";
}

function secondsOf(claims: Claims, name: string): number {
    const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
    return typeof value === "number" ? Math.trunc(value) : 0;
}

const NOBODY: readonly string[] = [];

function audiencesOf(claims: Claims): readonly string[] {
    const value = Object.hasOwn(claims, "aud") ? claims.aud : undefined;
    if (typeof value === "string") return [value];
    return Array.isArray(value) ? (value as string[]) : NOBODY;
}

function objectIn(bytes: Buffer): Claims | undefined {
    return isUtf8(bytes) ? parseObject(bytes.toString("utf8")) : undefined;
}

/** Strictly as RFC 7515 §2 has it: no padding, no other letter, no bit that means nothing. Two texts never mean the same bytes. */
function decoded(text: string): Buffer | undefined {
    const rest = text.length % 4;
    if (rest === 1 || !BASE64URL.test(text)) return undefined;
    if (rest !== 0 && (SIX_BITS.indexOf(text[text.length - 1]!) & (rest === 2 ? 15 : 3)) !== 0) return undefined;
    return Buffer.from(text, "base64url");
}

const BASE64URL = /^[A-Za-z0-9_-]+$/;
const SIX_BITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
