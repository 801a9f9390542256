/** Where an issuer's keys come from, and sets of keys that are odd. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import { deniedHere, get, LET_IN } from "../support/access";
import type { Answer, Ask, Case, Topic } from "../support/case";
import { authentication, jwkOf, keyOf, rule, setOf, token, verified, withToken } from "../support/tokens";

const TOKENS = (): Record<string, Ask> => ({
    good: withToken(token()),
    "with a kid": withToken(token({}, { header: { kid: "a" } })),
    "of RSA": withToken(token({}, { algorithm: "RS256" })),
    bad: withToken(token({}, { signer: "other" })),
    none: get("/"),
});

const KEY = (): object => jwkOf("ES256");
const secret = (): object => ({ kty: "oct", k: "c2VjcmV0", alg: "HS256" });

const SETS: Readonly<Record<string, () => string>> = {
    "no keys": () => setOf(),
    "no JSON": () => "nonsense",
    "an empty text": () => "",
    "no list": () => "{}",
    "a list": () => JSON.stringify([KEY()]),
    "a key alone": () => JSON.stringify(KEY()),
    "keys that are an object": () => JSON.stringify({ keys: KEY() }),
    "spaces around": () => `\n  ${setOf(KEY())}\n`,
    "more beside the keys": () => JSON.stringify({ issuer: "x", keys: [KEY()] }),
    "an unknown kind beside one": () => setOf({ kty: "new", x: "y" }, KEY()),
    "a secret beside one": () => setOf(secret(), KEY()),
    "a secret alone": () => setOf(secret()),
    "a key without its curve beside one": () => setOf({ ...KEY(), crv: undefined }, KEY()),
    "a key off its curve beside one": () => setOf({ ...KEY(), x: "AAAA" }, KEY()),
    "null beside one": () => `{"keys":[null,${JSON.stringify(KEY())}]}`,
    "a text beside one": () => `{"keys":["x",${JSON.stringify(KEY())}]}`,
    "several without a kid": () => setOf(jwkOf("ES256", {}, "other"), jwkOf("RS256"), KEY()),
    "several of one kid": () => setOf(jwkOf("ES256", { kid: "a" }, "third"), { ...KEY(), kid: "a" }),
    "another kid": () => setOf({ ...KEY(), kid: "b" }),
    "the kid": () => setOf({ ...KEY(), kid: "a" }),
    "a kid that is a number": () => setOf({ ...KEY(), kid: 1 }),
    "an algorithm": () => setOf({ ...KEY(), alg: "ES256" }),
    "another algorithm": () => setOf({ ...KEY(), alg: "ES384" }),
    "an algorithm that is none": () => setOf({ ...KEY(), alg: "x" }),
    "for encryption": () => setOf({ ...KEY(), use: "enc" }),
    "for other operations": () => setOf({ ...KEY(), key_ops: ["encrypt"] }),
    "a private key": () => setOf(keyOf("ES256").privateKey.export({ format: "jwk" })),
    "RSA for RS512": () => setOf(jwkOf("RS256", { alg: "RS512" })),
    "RSA for PS256": () => setOf(jwkOf("RS256", { alg: "PS256" })),
    "RSA without an algorithm": () => setOf(jwkOf("RS256")),
    "Ed25519 beside one": () => setOf(jwkOf("EdDSA"), KEY()),
    "a certificate's fields": () => setOf({ ...KEY(), x5c: ["x"], x5t: "y" }),
};

/** Answers each path of a server of keys. */
function served(
    title: string,
    answer: (response: http.ServerResponse) => void,
    more: object = {},
    path = "/keys",
    differences: NonNullable<Case["differences"]> = {},
): Case {
    return {
        title,
        differences,
        make: async (setting) => {
            const server = http.createServer((_request, response) => answer(response));
            server.listen(0, "127.0.0.1");
            await new Promise((resolve) => server.once("listening", resolve));
            const { port } = server.address() as AddressInfo;
            const play = await verified(
                title,
                [authentication("auth", [rule({ jwksUri: `http://127.0.0.1:${port}${path}`, ...more }, null)])],
                TOKENS(),
            ).make(setting);
            return {
                ...play,
                stop: async () => {
                    server.closeAllConnections();
                    await new Promise((resolve) => server.close(resolve));
                },
            };
        },
    };
}

const WHO = ["good", "with a kid", "of RSA", "bad", "none"];
const NOT_TAKEN = "istiod's own validation refuses it, and an object that is bad lets nobody in";
const NO_LISTENER = "Envoy does not open the listener for it; nobody is let in here either, and it is said why";
const NO_KEY = "no key of it may verify tokens (RFC 7517 §4.2, §4.3), and a rule without keys lets nobody in";
const WITHOUT_KEYS: Readonly<Record<string, string>> = {
    "no keys": NO_LISTENER,
    "no JSON": NO_LISTENER,
    "no list": NO_LISTENER,
    "a list": NO_LISTENER,
    "a key alone": NO_LISTENER,
    "keys that are an object": NO_LISTENER,
    "another algorithm": NO_LISTENER,
    "an algorithm that is none": NO_LISTENER,
    "an unknown kind beside one": NOT_TAKEN,
    "a key without its curve beside one": NOT_TAKEN,
    "null beside one": NOT_TAKEN,
    "a text beside one": NOT_TAKEN,
    "a kid that is a number": NOT_TAKEN,
    "a certificate's fields": NOT_TAKEN,
    "a secret alone": NO_KEY,
    "for encryption": NO_KEY,
    "for other operations": NO_KEY,
};
const fault = (body: string): Partial<Answer> => ({
    status: 401,
    ended: undefined as never,
    headers: {
        "content-length": `${body.length}`,
        "content-type": "text/plain",
        "www-authenticate": 'Bearer realm="http://a.test/", error="invalid_token"',
    },
    body,
});
const UNVERIFIED = fault("Jwt verification fails");
const WORDS = { "of RSA": { ours: UNVERIFIED, why: "which of the keys was tried last is nobody's business" } };
/** Of what an address serves. */
const DEAD = Object.fromEntries(
    WHO.map((title) => [
        title,
        {
            ours: title === "none" ? LET_IN : UNVERIFIED,
            why: "Envoy does not open the listener; an issuer whose keys can't be had is no reason to keep out who shows no token",
        },
    ]),
);

export const tokenKeys: Topic = {
    name: "token-keys",
    cases: [
        ...Object.entries(SETS).map(([title, set]) =>
            verified(`a set: ${title}`, () => [authentication("auth", [rule({}, set())])], TOKENS, {
                differences:
                    title in WITHOUT_KEYS ? deniedHere(WITHOUT_KEYS[title] ?? "", ...WHO) : title === "Ed25519 beside one" ? WORDS : {},
            }),
        ),
        verified("neither a set nor an address", () => [authentication("auth", [rule({}, null)])], TOKENS),
        served("an address that serves them", (response) => response.end(setOf(KEY()))),
        served("an address with a query", (response) => response.end(setOf(KEY())), {}, "/keys?a=b"),
        served("an address that says another type", (response) => response.setHeader("content-type", "text/plain").end(setOf(KEY()))),
        served("an address that serves none", (response) => response.writeHead(404).end("no")),
        served("an address that serves nonsense", (response) => response.end("nonsense"), {}, "/keys", DEAD),
        served("an address that serves an empty set", (response) => response.end(setOf()), {}, "/keys", DEAD),
        served("an address that ends connections", (response) => response.destroy()),
        served("an address beside a set", (response) => response.end(setOf(jwkOf("ES256", {}, "other"))), { jwks: setOf(jwkOf("ES256")) }),
        verified(
            "an address where nobody listens",
            () => [authentication("auth", [rule({ jwksUri: "http://127.0.0.1:9/keys" }, null)])],
            TOKENS,
        ),
        verified("an address of another scheme", () => [authentication("auth", [rule({ jwksUri: "ftp://127.0.0.1/keys" }, null)])], TOKENS),
        verified("an address that is none", () => [authentication("auth", [rule({ jwksUri: "nonsense" }, null)])], TOKENS),
        verified("an address that is empty", () => [authentication("auth", [rule({ jwksUri: "" }, null)])], TOKENS),
        verified(
            "one issuer with keys and one without",
            () => [authentication("auth", [rule(), rule({ issuer: "https://two.test", jwksUri: "http://127.0.0.1:9/keys" }, null)])],
            () => ({
                ...TOKENS(),
                "of the one without": withToken(token({ iss: "https://two.test" })),
            }),
        ),
    ],
};
