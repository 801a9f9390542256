/** Which tokens are good, where they are looked for, and what is passed on of them. */
import { allows, from, get, GATEWAY_PODS, HOST, to } from "../support/access";
import { answering, ask, httpGateway, to as route, type Answer, type Ask, type Topic } from "../support/case";
import {
    ALGORITHMS,
    authentication,
    bearer,
    coded,
    hmacToken,
    ISSUER,
    jwkOf,
    keyOf,
    rule,
    setOf,
    token,
    verified,
    withToken,
    type TokenOptions,
} from "../support/tokens";

const NOW = (): number => Math.floor(Date.now() / 1000);
/** With characters that the two alphabets of base64 do not share. */
const GOOD = ((): string => {
    for (;;) {
        const one = token();
        if (/[-_]/.test(one.slice(one.lastIndexOf(".")))) return one;
    }
})();
const BAD = token({}, { signer: "other" });
const asks = (tokens: Readonly<Record<string, string>>): Record<string, Ask> =>
    Object.fromEntries(Object.entries(tokens).map(([title, text]) => [title, withToken(text)]));
const parts = (text: string): [string, string, string] => text.split(".") as [string, string, string];

/** Claims as text, and then what is signed of them. */
const raw = (payload: string, options: TokenOptions = {}): string => token({}, { payload, ...options });

const wrong = (): Record<string, string> => {
    const [head, body, signature] = parts(GOOD);
    const pem = keyOf("ES256").publicKey.export({ type: "spki", format: "pem" }) as string;
    return {
        good: GOOD,
        "another key": BAD,
        "a signature of zeros": `${head}.${body}.${coded("\0".repeat(64))}`,
        "an empty signature": `${head}.${body}.`,
        "no signature": `${head}.${body}`,
        "four parts": `${GOOD}.x`,
        "no token": "x",
        "three dots": "..",
        "a head that is no base64": `!!.${body}.${signature}`,
        "a head that is no JSON": `${coded("x")}.${body}.${signature}`,
        "claims that are no JSON": raw("x"),
        "claims that are a list": raw("[]"),
        "claims with a duplicate": raw(`{"iss":"x","iss":"${ISSUER}","sub":"ann","exp":4102444800}`),
        "a changed claim": `${head}.${coded(JSON.stringify({ iss: ISSUER, sub: "root", exp: 4_102_444_800 }))}.${signature}`,
        padding: `${head}.${body}.${signature}==`,
        "the other alphabet": `${head}.${body}.${signature.replaceAll("-", "+").replaceAll("_", "/")}`,
        none: `${coded(JSON.stringify({ alg: "none", typ: "JWT" }))}.${body}.`,
        "None with a signature": `${coded(JSON.stringify({ alg: "None", typ: "JWT" }))}.${body}.${signature}`,
        "HMAC with the public key": hmacToken(pem),
        "no algorithm": token({}, { header: { alg: undefined } }),
        "an algorithm in small letters": token({}, { header: { alg: "es256" } }),
        "an algorithm of another curve": token({}, { header: { alg: "ES384" } }),
        "RSA's algorithm": token({}, { header: { alg: "RS256" } }),
        "another kind of text": token({}, { header: { typ: "at+jwt" } }),
        "something critical": token({}, { header: { crit: ["x"], x: 1 } }),
        "a key in its head": token({}, { signer: "other", header: { jwk: jwkOf("ES256", {}, "other") } }),
        "a kid": token({}, { header: { kid: "any" } }),
        "a kid that is a number": token({}, { header: { kid: 1 } }),
    };
};

const times = (): Record<string, string> => ({
    "ended two minutes ago": token({ exp: NOW() - 120 }),
    "ended half a minute ago": token({ exp: NOW() - 30 }),
    "begins in two minutes": token({ nbf: NOW() + 120 }),
    "begins in half a minute": token({ nbf: NOW() + 30 }),
    "made in an hour": token({ iat: NOW() + 3_600 }),
    "no end": token({ exp: undefined }),
    "an end of 0": token({ exp: 0 }),
    "an end of -1": token({ exp: -1 }),
    "an end that is text": token({ exp: "4102444800" }),
    "an end that is null": token({ exp: null }),
    "an end with a fraction": raw(`{"iss":"${ISSUER}","sub":"ann","exp":4102444800.5}`),
    "an end that ended with a fraction": raw(`{"iss":"${ISSUER}","sub":"ann","exp":1000000000.5}`),
    "an end with an exponent": raw(`{"iss":"${ISSUER}","sub":"ann","exp":4.1e9}`),
    "an end that is huge": raw(`{"iss":"${ISSUER}","sub":"ann","exp":99999999999999999999}`),
    "a beginning that is text": token({ nbf: "1" }),
    "a beginning of 0": token({ nbf: 0 }),
});

const names = (): Record<string, string> => ({
    "another issuer": token({ iss: "https://other.test" }),
    "an issuer with a slash": token({ iss: `${ISSUER}/` }),
    "no issuer": token({ iss: undefined }),
    "an issuer that is a list": token({ iss: [ISSUER] }),
    "an issuer that is a number": token({ iss: 1 }),
    "no subject": token({ sub: undefined }),
    "a subject that is a number": token({ sub: 7 }),
    "an empty subject": token({ sub: "" }),
    "an audience": token({ aud: "x" }),
    "a list of audiences with a number": token({ aud: [1] }),
    "an audience that is an object": token({ aud: {} }),
    "an id that is a number": token({ jti: 1 }),
});

const audience = (aud: unknown): string => token({ aud });
const AUDIENCES = {
    none: GOOD,
    "the one": audience("shop"),
    another: audience("other"),
    "in a list": audience(["x", "shop"]),
    "an empty list": audience([]),
    "in capitals": audience("SHOP"),
    "with a scheme": audience("https://shop"),
    "with a slash": audience("shop/"),
    "with both": audience("http://shop/"),
    "the second": audience("https://api.test/v1/"),
    "the second without a scheme": audience("api.test/v1"),
};

const line = (...headers: readonly string[]): Ask => get("/", headers);

const places = (good: string, bad: string): Record<string, Ask> => ({
    "the usual": line(bearer(good)),
    bad: line(bearer(bad)),
    nowhere: line(),
    "small letters": line(`authorization: bearer ${good}`),
    capitals: line(`authorization: BEARER ${good}`),
    "no scheme": line(`authorization: ${good}`),
    "no scheme, and bad": line(`authorization: ${bad}`),
    "two spaces": line(`authorization: Bearer  ${good}`),
    "a tab": line(`authorization: Bearer\t${good}`),
    "nothing behind": line("authorization: Bearer"),
    "a space behind": line("authorization: Bearer "),
    "something before, and bad": line(`authorization: x Bearer ${bad}`),
    "another scheme": line("authorization: Basic eDp5"),
    "another scheme before": line(`authorization: Basic eDp5, Bearer ${good}`),
    "two lines": line(bearer(good), bearer(bad)),
    "two lines, bad first": line(bearer(bad), bearer(good)),
    "two in a line": line(`authorization: Bearer ${good}, Bearer ${bad}`),
    "text behind": line(`authorization: Bearer ${good} x`),
    "a comma behind": line(`authorization: Bearer ${good},x=1`),
    parameter: get(`/?access_token=${good}`),
    "a bad parameter": get(`/?access_token=${bad}`),
    "a parameter among others": get(`/?a=1&access_token=${good}&b=2`),
    "an encoded parameter": get(`/?access_token=${good.replaceAll(".", "%2e").replaceAll("e", "%65")}`),
    "an encoded name": get(`/?access%5ftoken=${good}`),
    "two parameters": get(`/?access_token=${good}&access_token=${bad}`),
    "two parameters, bad first": get(`/?access_token=${bad}&access_token=${good}`),
    "a parameter in capitals": get(`/?ACCESS_TOKEN=${bad}`),
    "an empty parameter": get("/?access_token="),
    "a parameter behind a fragment": get(`/#?access_token=${bad}`),
    "a header and a bad parameter": get(`/?access_token=${bad}`, [bearer(good)]),
    "a bad header and a parameter": get(`/?access_token=${good}`, [bearer(bad)]),
    "both good": get(`/?access_token=${good}`, [bearer(good)]),
    "a form": get("POST /", ["content-type: application/x-www-form-urlencoded"], { body: `access_token=${bad}` }),
    "a cookie": line(`cookie: access_token=${bad}`),
});

const refused = (body: string, realm = "http://a.test/"): Partial<Answer> => ({
    status: 401,
    headers: {
        "content-length": `${body.length}`,
        "content-type": "text/plain",
        "www-authenticate": `Bearer realm="${realm}", error="invalid_token"`,
    },
    body,
    backend: undefined as never,
});
const ENCODING = "Jwt signature is an invalid Base64url encoded";
const STRICTER = {
    padding: { ours: refused(ENCODING), why: "RFC 7515 §2: there is no padding" },
    "HMAC with the public key": { ours: refused("Jwt header [alg] is not supported"), why: "what everybody knows is no secret" },
    "RSA's algorithm": { ours: refused("Jwt verification fails"), why: "RFC 8725 §3.1: a key is for the algorithms of its own kind alone" },
    "something critical": {
        ours: refused("Jwt header [crit] field is not supported"),
        why: "RFC 7515 §4.1.11: whoever does not know what is critical refuses the token",
    },
};
const PLACES = {
    "text behind": { ours: refused(ENCODING), why: "RFC 6750 §2.1: no token has a space" },
    "a bad header and a parameter": {
        ours: refused("Jwt verification fails"),
        why: "RFC 6750 §5.3: a token that is good is not repeated in an answer",
    },
};

export const tokens: Topic = {
    name: "tokens",
    http2: ["clients", "backends"],
    cases: [
        verified(
            "algorithms",
            () => [authentication("auth", [rule({}, setOf(...ALGORITHMS.map((algorithm) => jwkOf(algorithm, { kid: algorithm }))))])],
            () => ({
                ...asks(
                    Object.fromEntries(ALGORITHMS.map((algorithm) => [algorithm, token({}, { algorithm, header: { kid: algorithm } })])),
                ),
                ...asks(Object.fromEntries(ALGORITHMS.map((algorithm) => [`${algorithm} without a kid`, token({}, { algorithm })]))),
                "RS256 for a kid of ES256": withToken(token({}, { algorithm: "RS256", header: { kid: "ES256" } })),
                "a kid that is not there": withToken(token({}, { header: { kid: "x" } })),
            }),
        ),
        verified(
            "what is wrong with a token",
            () => [authentication("auth", [rule()])],
            () => asks(wrong()),
            { differences: STRICTER },
        ),
        verified(
            "times",
            () => [authentication("auth", [rule()])],
            () => asks(times()),
        ),
        verified(
            "names in a token",
            () => [authentication("auth", [rule()])],
            () => asks(names()),
        ),
        verified("audiences", () => [authentication("auth", [rule({ audiences: ["shop", "https://api.test/v1"] })])], asks(AUDIENCES)),
        verified(
            "a rule without an issuer's name",
            () => [authentication("auth", [rule({ issuer: "" })])],
            () => asks(names()),
        ),
        verified("where a token stands", () => [authentication("auth", [rule()])], places(GOOD, BAD), {
            backend: true,
            differences: PLACES,
        }),
        verified("a token that is passed on", () => [authentication("auth", [rule({ forwardOriginalToken: true })])], places(GOOD, BAD), {
            backend: true,
            differences: { "text behind": PLACES["text behind"] },
        }),
        ...(["forwarded", "kept"] as const).map((title) =>
            verified(
                `other places, and a token that is ${title}`,
                () => [
                    authentication("auth", [
                        rule({
                            forwardOriginalToken: title === "forwarded",
                            fromHeaders: [{ name: "X-Token" }, { name: "x-other", prefix: "Token " }, { name: "cookie", prefix: "raw=" }],
                            fromParams: ["token", "Access-Token"],
                            fromCookies: ["session", "Other"],
                        }),
                    ]),
                ],
                {
                    "the usual place, and bad": line(bearer(BAD)),
                    "the usual parameter, and bad": get(`/?access_token=${BAD}`),
                    header: line(`x-token: ${GOOD}`),
                    "a bad header": line(`x-token: ${BAD}`),
                    "an empty header": line("x-token:"),
                    "a header in capitals": line(`X-TOKEN: ${GOOD}`),
                    "a header in two lines": line(`x-token: ${GOOD}`, `x-token: ${BAD}`),
                    "a prefix": line(`x-other: Token ${GOOD}`),
                    "a prefix in small letters, and bad": line(`x-other: token ${BAD}`),
                    "no prefix, and bad": line(`x-other: ${BAD}`),
                    "a prefix in the middle": line(`x-other: a Token ${BAD}`),
                    parameter: get(`/?token=${GOOD}&x=1`),
                    "another parameter": get(`/?x=1&Access-Token=${GOOD}`),
                    "another parameter in small letters, and bad": get(`/?access-token=${BAD}`),
                    cookie: line(`cookie: a=1; session=${GOOD}; b=2`),
                    "a bad cookie": line(`cookie: session=${BAD}`),
                    "another cookie": line(`cookie: Other=${GOOD}`),
                    "another cookie in small letters, and bad": line(`cookie: other=${BAD}`),
                    "a cookie in quotes": line(`cookie: session="${GOOD}"`),
                    "two lines of cookies": line("cookie: a=1", `cookie: session=${GOOD}`),
                    "two cookies of a name": line(`cookie: session=${GOOD}; session=${BAD}`),
                    "two cookies of a name, bad first": line(`cookie: session=${BAD}; session=${GOOD}`),
                    "a header and a bad cookie": line(`x-token: ${GOOD}`, `cookie: session=${BAD}`),
                    "a header and a good cookie": line(`x-token: ${GOOD}`, `cookie: session=${GOOD}`),
                },
                { backend: true },
            ),
        ),
        verified(
            "what is said of a token to a backend",
            () => [
                authentication("auth", [
                    rule({
                        outputPayloadToHeader: "x-payload",
                        outputClaimToHeaders: [
                            { header: "x-sub", claim: "sub" },
                            { header: "X-List", claim: "list" },
                            { header: "x-object", claim: "nested.more" },
                            { header: "x-nested", claim: "nested.key" },
                            { header: "x-deep", claim: "nested.more.deep" },
                            { header: "x-dotted", claim: "a.b" },
                            { header: "x-number", claim: "number" },
                            { header: "x-fraction", claim: "fraction" },
                            { header: "x-big", claim: "big" },
                            { header: "x-bool", claim: "bool" },
                            { header: "x-null", claim: "null" },
                            { header: "x-empty", claim: "empty" },
                            { header: "x-none", claim: "none" },
                            { header: "x-text", claim: "text" },
                            { header: "x-aud", claim: "aud" },
                            { header: "x-exp", claim: "exp" },
                        ],
                    }),
                ]),
            ],
            () => ({
                some: withToken(
                    token({
                        list: ["a", "b"],
                        nested: { key: "value", more: { deep: "down" } },
                        "a.b": "dotted",
                        number: 7,
                        fraction: 1.5,
                        big: 12_345_678_901,
                        bool: true,
                        null: null,
                        empty: "",
                        text: "a b, \u00fc",
                        aud: "x",
                    }),
                ),
                "claims that break lines": withToken(token({ text: "a\r\nx-evil: 1", sub: "a\0b" })),
                "said by the client": withToken(token(), "/", ["x-sub: evil", "x-list: evil", "x-none: evil", "x-payload: evil"]),
                "said by the client without a token": line("x-sub: evil", "x-list: evil", "x-none: evil", "x-payload: evil"),
                "said by the client with a bad one": line(bearer(BAD), "x-sub: evil"),
            }),
            { backend: true },
        ),
        verified(
            "several issuers in one object",
            () => [
                authentication("auth", [
                    rule(),
                    rule({ issuer: "https://two.test", fromHeaders: [{ name: "x-two" }] }, setOf(jwkOf("ES256", {}, "two"))),
                ]),
            ],
            () => ({
                one: withToken(GOOD),
                two: line(`x-two: ${token({ iss: "https://two.test" }, { signer: "two" })}`),
                "two in the place of one": withToken(token({ iss: "https://two.test" }, { signer: "two" })),
                "one in the place of two": line(`x-two: ${GOOD}`),
                "both good": withToken(GOOD, "/", [`x-two: ${token({ iss: "https://two.test" }, { signer: "two" })}`]),
                "one good, one bad": withToken(GOOD, "/", ["x-two: x"]),
                "one bad, one good": withToken(BAD, "/", [`x-two: ${token({ iss: "https://two.test" }, { signer: "two" })}`]),
                none: line(),
                "two signed by one": line(`x-two: ${token({ iss: "https://two.test" })}`),
            }),
        ),
        verified(
            "several objects",
            () => [
                authentication("auth-a", [rule()]),
                authentication("auth-b", [
                    rule({ issuer: "https://two.test", fromHeaders: [{ name: "x-two" }] }, setOf(jwkOf("ES256", {}, "two"))),
                ]),
            ],
            () => ({
                one: withToken(GOOD),
                two: line(`x-two: ${token({ iss: "https://two.test" }, { signer: "two" })}`),
                "both good": withToken(GOOD, "/", [`x-two: ${token({ iss: "https://two.test" }, { signer: "two" })}`]),
                "one good, one bad": withToken(GOOD, "/", ["x-two: x"]),
                "one bad, one good": withToken(BAD, "/", [`x-two: ${token({ iss: "https://two.test" }, { signer: "two" })}`]),
                "both bad": withToken(BAD, "/", ["x-two: x"]),
                none: line(),
            }),
        ),
        verified(
            "the same issuer twice",
            () => [authentication("auth", [rule(), rule({}, setOf(jwkOf("ES256", {}, "other")))])],
            () => ({ first: withToken(GOOD), second: withToken(BAD), neither: withToken(token({}, { signer: "third" })) }),
        ),
        verified(
            "a token that must be there",
            () => [authentication("auth", [rule()]), allows(from({ requestPrincipals: ["*"] }))],
            () => ({
                good: withToken(GOOD),
                none: line(),
                bad: withToken(BAD),
                "of another issuer": withToken(token({ iss: "https://other.test" })),
                preflight: get("OPTIONS /", ["origin: https://x.test", "access-control-request-method: GET"]),
                "a wrong audience": withToken(token({ aud: "x" })),
            }),
        ),
        {
            title: "how a bad token is answered",
            make: (setting) => ({
                objects: [
                    ...httpGateway(
                        setting,
                        [HOST],
                        [
                            { match: [{ uri: { prefix: "/moved" } }], redirect: { uri: "/new" } },
                            answering("direct", { match: [{ uri: { prefix: "/direct" } }] }),
                            route(setting.backends[0], {
                                headers: { response: { set: { "x-route": "yes" } } },
                                corsPolicy: { allowOrigins: [{ exact: "https://other.test" }], allowMethods: ["GET"] },
                            }),
                        ],
                    ),
                    authentication("auth", [rule()]),
                ],
                asks: {
                    "a route": withToken(BAD),
                    HEAD: withToken(BAD, "HEAD /"),
                    "a query": withToken(BAD, "/a/b?c=d&e=%22"),
                    "an escaped path": withToken(BAD, "/%61/../b;c"),
                    "a long path": withToken(BAD, `/${"x".repeat(300)}`),
                    "a quote in the path": withToken(BAD, '/a"b'),
                    "a host with a port": ask("a.test:80", "GET /", [bearer(BAD)]),
                    "a host in capitals": ask("A.test", "GET /", [bearer(BAD)]),
                    "an absolute target": ask("b.test", "GET http://a.test/x", [bearer(BAD)]),
                    "an ended token": withToken(token({ exp: 1 })),
                    "no such host": ask("no.test", "GET /", [bearer(BAD)]),
                    "a redirect": withToken(BAD, "/moved"),
                    "a direct response": withToken(BAD, "/direct"),
                    "an origin": withToken(BAD, "/", ["origin: https://other.test"]),
                    "a preflight": withToken(BAD, "OPTIONS /", ["origin: https://other.test", "access-control-request-method: GET"]),
                    "half a preflight": withToken(BAD, "OPTIONS /", ["origin: https://other.test"]),
                    "OPTIONS with a method and no origin": withToken(BAD, "OPTIONS /", ["access-control-request-method: GET"]),
                    gRPC: withToken(BAD, "POST /a.B/C", ["content-type: application/grpc"]),
                    "a wrong audience for gRPC": withToken(token({ iss: "https://other.test" }), "POST /a.B/C", [
                        "content-type: application/grpc",
                    ]),
                    "a body": ask(HOST, "POST /", [bearer(BAD)], { body: "hello" }),
                    "a token that is long": withToken(`${"x".repeat(20_000)}.${"y".repeat(20_000)}.z`),
                },
            }),
        },
        verified("a wrong audience", () => [authentication("auth", [rule({ audiences: ["shop"] })])], {
            "another one": withToken(audience("other")),
            HEAD: withToken(audience("other"), "HEAD /"),
            gRPC: withToken(audience("other"), "POST /a.B/C", ["content-type: application/grpc"]),
        }),
        ...(
            [
                ["no selector", {}],
                ["a selector for others", { selector: { matchLabels: { istio: "other" } } }],
                ["a reference to a Gateway", { targetRefs: [{ kind: "Gateway", group: "gateway.networking.k8s.io", name: "gw" }] }],
            ] as const
        ).map(([title, scope]) =>
            verified(`an object with ${title}`, () => [authentication("auth", [rule()], scope)], {
                good: withToken(GOOD),
                bad: withToken(BAD),
            }),
        ),
        verified("no rules", () => [authentication("auth", [])], { bad: withToken(BAD) }),
        verified(
            "a rule for a path alone comes behind",
            () => [authentication("auth", [rule()]), allows(to({ paths: ["/open"] }), from({ requestPrincipals: [`${ISSUER}/*`] }))],
            {
                "without a token": get("/open"),
                "with a bad one": withToken(BAD, "/open"),
                "elsewhere without": get("/x"),
                "elsewhere with": withToken(GOOD, "/x"),
            },
        ),
        verified(
            "an older version of the API",
            () => [{ ...authentication("auth", [rule()], GATEWAY_PODS), apiVersion: "security.istio.io/v1beta1" }],
            { good: withToken(GOOD), bad: withToken(BAD) },
        ),
    ],
};
