/** JSON Web Keys (RFC 7517, RFC 7518) as Istio's parser takes them: each key has the members of its type, whatever their worth. */
import { isRecord } from "../outline";

/** Members that a key of a type has. */
const MEMBERS: ReadonlyMap<unknown, readonly string[]> = new Map([
    ["RSA", ["n", "e"]],
    ["EC", ["crv", "x", "y"]],
    ["OKP", ["crv", "x"]],
    ["oct", ["k"]],
]);
/** In base64, with the letters of RFC 4648 §4 or §5. */
const ENCODED: readonly string[] = ["n", "e", "x", "y", "k", "d"];
const TEXTS: readonly string[] = ["kid", "alg", "use", "crv"];

/** A set, or one key. */
export function isKeySet(text: string): boolean {
    let value: unknown;
    try {
        value = JSON.parse(text);
    } catch {
        return false;
    }
    if (!isRecord(value)) {
        return false;
    }
    return Object.hasOwn(value, "keys") ? value.keys === null || (Array.isArray(value.keys) && value.keys.every(isKey)) : isKey(value);
}

function isKey(value: unknown): boolean {
    const members = isRecord(value) ? MEMBERS.get(value.kty) : undefined;
    return (
        isRecord(value) &&
        members !== undefined &&
        members.every((name) => typeof value[name] === "string") &&
        ENCODED.every((name) => value[name] === undefined || isEncoded(value[name])) &&
        TEXTS.every((name) => value[name] === undefined || typeof value[name] === "string") &&
        (value.x5c === undefined || (Array.isArray(value.x5c) && value.x5c.every((one) => isEncoded(one) && String(one).length % 4 === 0)))
    );
}

function isEncoded(value: unknown): boolean {
    return typeof value === "string" && /^[A-Za-z0-9+/_-]*={0,2}$/.test(value);
}
