/** An issuer's keys as a program gives them: public ones, of algorithms by which tokens are verified (RFC 7517, RFC 7518). */
import { ALGORITHMS } from "../../istio/semantics/key-sets";
import { isRecord } from "../../istio/validation/outline";
import { fault, type Fault } from "../arguments";

const VERIFIED: readonly string[] = Object.values(ALGORITHMS).flat();
/** What only a private key has. */
const PRIVATE = ["d", "p", "q", "dp", "dq", "qi", "oth"];

type Key = Readonly<Record<string, unknown>>;

/** None where the text is none at all: that is what the rules for Istio's objects say. */
function keysOf(jwks: string): readonly Key[] | undefined {
    try {
        const set: unknown = JSON.parse(jwks);
        if (!isRecord(set)) return undefined;
        return Object.hasOwn(set, "keys") ? (Array.isArray(set["keys"]) ? set["keys"].filter(isRecord) : []) : [set];
    } catch {
        return undefined;
    }
}

function keyFaults(path: string, key: Key, index: number): Fault[] {
    const wrong = (what: string, fix: string): Fault[] => [fault("GH0213", path, `the key ${index + 1} ${what}.`, fix)];
    if (key["kty"] === "oct")
        return wrong("is a secret that both sides know, and stands here for all to read", "Give public keys: RSA, EC or OKP.");
    if (PRIVATE.some((name) => key[name] !== undefined))
        return wrong("is a private one, and stands here for all to read", "Give its public part, and take another key into use.");
    const { alg } = key;
    return alg === undefined || (typeof alg === "string" && VERIFIED.includes(alg))
        ? []
        : wrong(`has an algorithm that no token is verified by`, `There are ${VERIFIED.join(", ")}.`);
}

export function keySetFaults(path: string, jwks: string): Fault[] {
    const keys = keysOf(jwks);
    if (keys === undefined) return [];
    return keys.length === 0
        ? [fault("GH0213", path, "there is no key, so that no token is good.")]
        : keys.flatMap((key, index) => keyFaults(path, key, index));
}
