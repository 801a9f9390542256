/** Signatures and the form of tokens, held against jose: what is taken here jose takes, with the same claims. */
import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import fc from "fast-check";
import { compactVerify, importJWK, type JWK } from "jose";
import { before, describe, it } from "mocha";
import { readKeySet } from "../../../../istio/semantics";
import { bindAuthentication, verifyToken, type BoundJwtRule } from "../../../../proxy/snapshot/access/authentication";
import { VerifiedTokens } from "../../../../proxy/snapshot/access/verified-tokens";
import { judgeToken } from "../../../../proxy/snapshot";
import { parseToken, type SignedToken } from "../../../../proxy/snapshot/access/authentication-token";
import type { JwtRuleEntry } from "../../../../proxy/tables";
import { issuer, unsigned, type Issuer } from "../../../support/tokens";

const RULE: JwtRuleEntry = {
    field: "spec.jwtRules[0]",
    issuer: "i",
    audiences: [],
    keySet: "k",
    fromHeaders: [],
    fromParams: [],
    fromCookies: [],
    forwardOriginalToken: false,
    outputPayloadToHeader: "",
    outputClaimToHeaders: [],
    spaceDelimitedClaims: ["scope"],
};
const origin = { group: "", kind: "", namespace: "", name: "", field: "" };

function bound(...keys: readonly object[]): BoundJwtRule {
    const { jwks, why } = readKeySet(JSON.stringify({ keys }));
    const entry = { key: "a", rules: [RULE], origin };
    return bindAuthentication([entry], new Map([["k", { key: "k", jwks, why }]]))!.rules[0]!;
}

const NOW = 1_700_000_000;
const verdict = (token: string, ...keys: readonly object[]): string => {
    const verified = verifyToken(token, bound(...keys), NOW);
    return typeof verified === "string" ? verified : "good";
};

const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
const FAILS = "Jwt verification fails";
const NO_KEY = "Jwks doesn't have key to match kid or alg from Jwt";

describe("the signature of a token", () => {
    const issuers = new Map<string, Issuer>();
    before(async () => {
        for (const alg of ALGORITHMS) issuers.set(alg, await issuer(alg));
    });
    const of = (alg: string): Issuer => issuers.get(alg)!;

    it("is verified by every algorithm, with a key that says its own and with one that does not", async () => {
        for (const alg of ALGORITHMS) {
            const token = await of(alg).sign({ iss: "i" });
            assert.equal(verdict(token, of(alg).jwk), "good", alg);
            assert.equal(verdict(token, { ...of(alg).jwk, alg }), "good", alg);
            const others = ALGORITHMS.filter((one) => one !== alg).map((one) => ({ ...of(one).jwk, alg: one }));
            assert.equal(verdict(token, ...others), NO_KEY, alg);
        }
    });

    it("is bound to the type of the key: one for another curve, padding or hash fails", async () => {
        const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" });
        const signed = unsigned({ alg: "ES256" }, { iss: "i" }, "");
        const signature = sign("sha256", Buffer.from(signed.slice(0, -1)), { key: p384.privateKey, dsaEncoding: "ieee-p1363" });
        assert.equal(verdict(signed + signature.toString("base64url"), jwkOf(p384.publicKey)), FAILS);
        const rs = await of("RS256").sign({ iss: "i" });
        assert.equal(verdict(rs, { ...of("RS256").jwk, alg: "PS256" }), NO_KEY);
        const parts = rs.split(".");
        for (const alg of ["RS512", "PS256", "ES256", "EdDSA"])
            assert.equal(verdict(`${unsigned({ alg }, "", "")}`.replace(/\..*$/, `.${parts[1]}.${parts[2]}`), of("RS256").jwk), FAILS, alg);
    });

    it("is never one by a secret, least of all by a public key taken for one", () => {
        const rsa = of("RS256").jwk;
        const signed = unsigned({ alg: "HS256" }, { iss: "i" }, "");
        const secrets = [JSON.stringify(rsa), String(rsa.n), "secret"];
        for (const secret of secrets) {
            const mac = createHmac("sha256", secret).update(signed.slice(0, -1)).digest("base64url");
            assert.equal(
                verdict(signed + mac, rsa, { kty: "oct", k: Buffer.from(secret).toString("base64url") }),
                "Jwt header [alg] is not supported",
            );
        }
    });

    it("is looked for under the key that the token names, and under all where it names none", async () => {
        const named = await issuer("ES256", "a");
        const token = await named.sign({ iss: "i" });
        const bare = await named.sign({ iss: "i" }, { kid: undefined });
        assert.equal(verdict(token, { ...of("ES256").jwk, kid: "b" }, named.jwk), "good");
        assert.equal(verdict(token, { ...named.jwk, kid: "b" }), NO_KEY);
        assert.equal(verdict(token, { ...named.jwk, kid: undefined }), "good");
        assert.equal(verdict(bare, { ...of("ES256").jwk, kid: "b" }, named.jwk), "good");
        assert.equal(verdict(bare, { ...of("ES256").jwk, kid: "b" }), FAILS);
    });

    it("fails where there are no keys", async () => {
        assert.equal(verdict(await of("ES256").sign({ iss: "i" })), FAILS);
        assert.equal(verdict(await of("ES256").sign({ iss: "i", exp: 1 })), "Jwt is expired");
    });

    it("is good here only where jose finds it good, with the same claims; and never of a token that was changed", async () => {
        const key = of("ES256");
        const known = await importJWK(key.jwk as JWK, "ES256");
        const claims = fc
            .record({ iss: fc.constant("i") }, { requiredKeys: ["iss"] })
            .chain((base) => fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })).map((more) => ({ ...more, ...base })));
        await fc.assert(
            fc.asyncProperty(claims, fc.nat(), fc.constantFrom("A", ".", "=", "-", "", "é", " "), async (payload, place, letter) => {
                const token = await key.sign(payload);
                const verified = verifyToken(token, bound(key.jwk), NOW);
                if (typeof verified !== "string") {
                    const theirs = await compactVerify(token, known);
                    assert.deepEqual(verified.claims, JSON.parse(Buffer.from(theirs.payload).toString()));
                }
                const at = place % token.length;
                const changed = token.slice(0, at) + letter + token.slice(at + 1);
                if (changed !== token) assert.equal(typeof verifyToken(changed, bound(key.jwk), NOW), "string", changed);
            }),
            { numRuns: 60 },
        );
    });
});

describe("a set of keys", () => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const why = (...keys: readonly unknown[]): string => readKeySet(JSON.stringify({ keys })).why;

    it("is kept without its secrets", () => {
        const { jwks } = readKeySet(
            JSON.stringify({
                keys: [
                    { ...rsa.privateKey.export({ format: "jwk" }), kid: "a" },
                    { kty: "oct", k: "AAAA" },
                ],
            }),
        );
        assert.deepEqual(JSON.parse(jwks), { keys: [{ ...rsa.publicKey.export({ format: "jwk" }), kid: "a" }] });
    });

    it("says what of it verifies nothing", () => {
        const jwk = jwkOf(rsa.publicKey);
        assert.match(why({ ...jwk, use: "enc" }), /one is for `use: enc`/);
        assert.match(why({ ...jwk, key_ops: ["encrypt"] }), /`key_ops` without `verify`/);
        assert.match(why({ ...jwk, alg: "RSA-OAEP" }), /`alg: RSA-OAEP`/);
        assert.match(why({ ...jwk, alg: "ES256" }), /`alg: ES256`/);
        assert.match(why({ kty: "EC", crv: "P-256", x: "AA", y: "AA" }, { kty: "oct", k: "AA" }), /can't be read; one is a shared secret/);
        assert.match(why(jwkOf(generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey)), /1024 bits/);
        assert.match(why(jwkOf(generateKeyPairSync("ec", { namedCurve: "secp256k1" }).publicKey)), /curve secp256k1/);
        assert.match(why(jwkOf(generateKeyPairSync("ed448").publicKey)), /curve Ed448/);
        assert.match(why(5, { kty: "x\r\ny" }), /one is no object; one has `kty: x\?\?y`/);
        assert.equal(why(), "it has no keys");
        assert.match(why(...Array.from({ length: 101 }, () => jwk)), /101 keys/);
        for (const [text, said] of [
            ["<html>", "it is no JSON"],
            ["[]", "it is no JSON object"],
            ["{}", "it has no `keys`"],
            ['{"keys":{}}', "its `keys` are no list"],
            [JSON.stringify(jwk), "it has no `keys`"],
            [" ".repeat(1024 * 1024 + 1), "it is longer than 1048576 bytes"],
        ])
            assert.equal(readKeySet(text!).why, said);
        assert.equal(why({ kty: "new" }, { ...jwk, alg: 5, kid: 5 }), "", "what can't be used takes nothing away");
    });
});

describe("tokens that were verified", () => {
    it("are known by their bytes, within bounds, until they expire or their keys change", async () => {
        const key = await issuer("ES256");
        const rule = bound(key.jwk);
        const token = await key.sign({ iss: "i", exp: NOW + 10 });
        const first = verifyToken(token, rule, NOW);
        assert.equal(typeof first, "object");
        assert.equal(rule.keySet.verified.size, 1);
        assert.equal(verifyToken(token, rule, NOW), verifyToken(token, rule, NOW));
        assert.equal(verifyToken(token, rule, NOW + 71), "Jwt is expired");
        assert.equal(rule.keySet.verified.size, 0);
        assert.equal(verifyToken(`${token.slice(0, -4)}AAAA`, rule, NOW), FAILS);
        assert.equal(rule.keySet.verified.size, 0, "a bad one is not remembered");
        verifyToken(token, rule, NOW);
        const rotated = bound((await issuer("ES256")).jwk);
        assert.equal(verifyToken(token, rotated, NOW), FAILS);
    });

    it("are forgotten where there are many or long ones, the latest last", () => {
        const base = parseToken(unsigned({ alg: "ES256" }, { iss: "i" })) as SignedToken;
        const tokens = new VerifiedTokens();
        for (let at = 0; at < 10_000; at++) {
            tokens.add({ ...base, text: `t${at}` });
            assert.ok(tokens.find("t0"), "one that is in use stays");
        }
        assert.ok(tokens.size <= 4096 && tokens.find("t9999") !== undefined && tokens.find("t5") === undefined);
        for (let at = 0; at < 200; at++) tokens.add({ ...base, text: `${at}${"x".repeat(60_000)}` });
        assert.ok(tokens.size * 60_000 <= 4 * 1024 * 1024);
    });
});

describe("the judgement of a token", () => {
    it("says of each rule what does not agree, and nothing of who it is", async () => {
        const key = await issuer("ES256", "k1");
        const set = (jwks: string, why = ""): Map<string, { key: string; jwks: string; why: string }> =>
            new Map([["k", { key: "k", jwks, why }]]);
        const keys = set(JSON.stringify({ keys: [key.jwk] }));
        const words = (token: string, rule: Partial<JwtRuleEntry> = {}, sets = keys): string =>
            judgeToken(token, [{ ...RULE, ...rule }], sets, NOW * 1000)[0]!.words;
        const claims = { iss: "i", sub: "somebody" };
        assert.equal(
            words(await key.sign({ ...claims, exp: NOW + 60 })),
            'it is good: signed by ES256 with the key "k1"; it expires at 2023-11-14T22:14:20Z.',
        );
        assert.match(words(await key.sign({ ...claims, exp: NOW - 7200 })), /expired at 2023-11-14T20:13:20Z, 2 h ago/);
        assert.match(words(await key.sign({ ...claims, nbf: NOW + 600 })), /valid from 2023-11-14T22:23:20Z on, 10 min from now/);
        assert.match(words(await key.sign({ ...claims, iss: "j" })), /issuer is "j", and the rule is for "i"/);
        assert.match(words(await key.sign(claims), { audiences: ["q"] }), /it is for nobody .*, and the rule wants one of "q"/);
        assert.match(words(await key.sign(claims, { kid: "k2" })), /key "k2", which is not among the issuer's keys: "k1" \(P-256\)/);
        assert.match(
            words(await key.sign(claims), {}, set("", "it answers with status 500")),
            /no keys to verify it with: it answers with status 500/,
        );
        assert.match(words(await (await issuer("ES256", "k1")).sign(claims)), /none of the issuer's keys that may be meant has signed it/);
        assert.match(words("a.b"), /^Jwt is not in the form/);
        for (const rule of [{}, { issuer: "x" }, { audiences: ["q"] }])
            assert.doesNotMatch(words(await key.sign(claims), rule), /somebody/);
    });
});

function jwkOf(key: KeyObject): object {
    return key.export({ format: "jwk" });
}
