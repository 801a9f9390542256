/** Policies and routes that look at what a verified token says. */
import { allows, denies, from, get, HOST, policy, GATEWAY_PODS, to, when } from "../support/access";
import {
    answering,
    ask,
    GATEWAY_SELECTOR,
    httpGateway,
    httpServer,
    istioObject,
    nameOf,
    type Ask,
    type Case,
    type Topic,
} from "../support/case";
import { authentication, bearer, ISSUER, jwkOf, rule, setOf, token, verified, withToken } from "../support/tokens";

const TOKENS = (): Record<string, string | undefined> => ({
    none: undefined,
    plain: token(),
    "of bob": token({ sub: "bob" }),
    "without a subject": token({ sub: undefined }),
    "for shop": token({ aud: "shop", azp: "app" }),
    "for two": token({ aud: ["other", "shop"] }),
    "an admin": token({
        role: "admin",
        group: ["dev", "ops"],
        scope: "read write",
        permission: "a b",
        level: 3,
        on: true,
        "a.b": "dotted",
        "a/b": "slashed",
    }),
    nested: token({
        realm_access: { roles: ["admin", "user"], name: "x" },
        deep: { more: { text: "down" } },
        "https://claims.test/groups": ["ops"],
    }),
    "odd values": token({ role: "", group: [], scope: ["read"], realm_access: "admin", level: "3", on: "true" }),
    "odd lists": token({ role: ["admin"], group: [1, "ops", null], scope: "", realm_access: { roles: "admin user" } }),
    "like a prefix": token({ role: "administrator", group: "dev ops", sub: "annette" }),
});

const RULES: Readonly<Record<string, object>> = {
    "any owner": from({ requestPrincipals: ["*"] }),
    "no owner": from({ notRequestPrincipals: ["*"] }),
    "an owner": from({ requestPrincipals: [`${ISSUER}/ann`] }),
    "not an owner": from({ notRequestPrincipals: [`${ISSUER}/ann`] }),
    "owners by their beginning": from({ requestPrincipals: [`${ISSUER}/a*`] }),
    "owners by their end": from({ requestPrincipals: ["*/bob"] }),
    "request.auth.principal": when("request.auth.principal", [`${ISSUER}/bob`]),
    "request.auth.audiences": when("request.auth.audiences", ["shop"]),
    "request.auth.audiences that are not": when("request.auth.audiences", undefined, ["shop"]),
    "request.auth.audiences by their beginning": when("request.auth.audiences", ["sh*"]),
    "any request.auth.audiences": when("request.auth.audiences", ["*"]),
    "request.auth.presenter": when("request.auth.presenter", ["app"]),
    "request.auth.presenter that is not": when("request.auth.presenter", undefined, ["app"]),
    "a claim": when("request.auth.claims[role]", ["admin"]),
    "a claim that is not": when("request.auth.claims[role]", undefined, ["admin"]),
    "a claim by its beginning": when("request.auth.claims[role]", ["admin*"]),
    "a claim by its end": when("request.auth.claims[role]", ["*min"]),
    "a claim that is there": when("request.auth.claims[role]", ["*"]),
    "a claim that is not there": when("request.auth.claims[role]", undefined, ["*"]),
    "an entry of a list": when("request.auth.claims[group]", ["ops"]),
    "no entry of a list": when("request.auth.claims[group]", undefined, ["ops"]),
    "any entry of a list": when("request.auth.claims[group]", ["*"]),
    "a scope": when("request.auth.claims[scope]", ["read"]),
    "a scope that is not": when("request.auth.claims[scope]", undefined, ["read"]),
    "the whole scope": when("request.auth.claims[scope]", ["read write"]),
    "a permission": when("request.auth.claims[permission]", ["b"]),
    "a number": when("request.auth.claims[level]", ["3"]),
    "a boolean": when("request.auth.claims[on]", ["true"]),
    "a name with a dot": when("request.auth.claims[a.b]", ["dotted"]),
    "a name with a slash": when("request.auth.claims[a/b]", ["slashed"]),
    "a nested list": when("request.auth.claims[realm_access][roles]", ["admin"]),
    "no entry of a nested list": when("request.auth.claims[realm_access][roles]", undefined, ["admin"]),
    "a nested claim": when("request.auth.claims[realm_access][name]", ["x"]),
    "a claim that is nested twice": when("request.auth.claims[deep][more][text]", ["down"]),
    "an object": when("request.auth.claims[deep][more]", ["*"]),
    "a URL as a name": when("request.auth.claims[https://claims.test/groups]", ["ops"]),
    "the issuer": when("request.auth.claims[iss]", [ISSUER]),
    "the subject": when("request.auth.claims[sub]", ["ann", "bob"], ["bob"]),
    "the end": when("request.auth.claims[exp]", ["4102444800"]),
    "the audience as a claim": when("request.auth.claims[aud]", ["shop"]),
};

function claims(title: string, action: "ALLOW" | "DENY", rules: Readonly<Record<string, object>>): Case {
    return {
        title,
        make: (setting) => {
            const all = Object.entries(rules).map(([name, said], at) => ({ name, said, host: `h${at}.test` }));
            const asks: Record<string, Ask> = {};
            for (const { name, host } of all)
                for (const [which, text] of Object.entries(TOKENS()))
                    asks[`${name}: ${which}`] = ask(host, "GET /", text === undefined ? [] : [bearer(text)]);
            return {
                objects: [
                    ...httpGateway(setting, ["*"], [answering("in")]),
                    authentication("auth", [rule({ audiences: undefined })]),
                    ...all.map(({ name, said, host }) =>
                        policy(nameOf(name), { ...GATEWAY_PODS, action, rules: [{ to: [{ operation: { hosts: [host] } }], ...said }] }),
                    ),
                ],
                asks,
            };
        },
    };
}

const FIRST = ["an owner", "a claim", "a claim that is not", "an entry of a list", "a nested list", "no entry of a nested list"];

const ROUTES: Readonly<Record<string, object>> = {
    exact: { headers: { "@request.auth.claims.role": { exact: "admin" } } },
    prefix: { headers: { "@request.auth.claims.role": { prefix: "admin" } } },
    regex: { headers: { "@request.auth.claims.role": { regex: "adm.n" } } },
    "an entry of a list": { headers: { "@request.auth.claims.group": { exact: "ops" } } },
    "a prefix of an entry": { headers: { "@request.auth.claims.group": { prefix: "op" } } },
    "a nested list": { headers: { "@request.auth.claims.realm_access.roles": { exact: "admin" } } },
    "a nested claim in brackets": { headers: { "@request.auth.claims[realm_access][roles]": { exact: "admin" } } },
    "a URL in brackets": { headers: { "@request.auth.claims[https://claims.test/groups]": { exact: "ops" } } },
    "a name with a dot in brackets": { headers: { "@request.auth.claims[a.b]": { exact: "dotted" } } },
    "a number": { headers: { "@request.auth.claims.level": { exact: "3" } } },
    "a boolean": { headers: { "@request.auth.claims.on": { exact: "true" } } },
    "a scope": { headers: { "@request.auth.claims.scope": { exact: "read" } } },
    "the subject": { headers: { "@request.auth.claims.sub": { exact: "bob" } } },
    "the audience": { headers: { "@request.auth.claims.aud": { exact: "shop" } } },
    "capitals in the name": { headers: { "@request.auth.claims.Role": { exact: "admin" } } },
    "capitals in the key": { headers: { "@Request.Auth.Claims.role": { exact: "admin" } } },
    "not so": { withoutHeaders: { "@request.auth.claims.role": { exact: "admin" } } },
    "not by its beginning": { withoutHeaders: { "@request.auth.claims.role": { prefix: "admin" } } },
    "two claims": { headers: { "@request.auth.claims.role": { exact: "admin" }, "@request.auth.claims.group": { exact: "ops" } } },
    "a claim and a path": { uri: { prefix: "/" }, headers: { "@request.auth.claims.role": { exact: "admin" } } },
};

/** Whatever one of them costs, the others are in force. */
const ALONE = ["regex", "not so", "not by its beginning", "capitals in the name", "capitals in the key"];

/** Each match on a host of its own. */
function routes(title: string, matches: Readonly<Record<string, object>>): Case {
    return {
        title,
        make: (setting) => {
            const all = Object.entries(matches).map(([name, match], at) => ({ name, match, host: `h${at}.test` }));
            const asks: Record<string, Ask> = {};
            for (const { name, host } of all) {
                for (const [which, text] of Object.entries(TOKENS()))
                    asks[`${name}: ${which}`] = ask(host, "GET /", text === undefined ? [] : [bearer(text)]);
                asks[`${name}: said by the client`] = ask(host, "GET /", ["x-role: admin"]);
            }
            return {
                objects: [
                    istioObject("Gateway", "gw", { selector: GATEWAY_SELECTOR, servers: [httpServer(setting.ports.http, ["*"])] }),
                    ...all.map(({ name, match, host }) =>
                        istioObject("VirtualService", nameOf(name), {
                            hosts: [host],
                            gateways: ["gw"],
                            http: [answering("by claim", { match: [match] }), answering("otherwise")],
                        }),
                    ),
                    authentication("auth", [rule()]),
                ],
                asks,
            };
        },
    };
}

export const tokenClaims: Topic = {
    name: "token-claims",
    http2: ["clients"],
    cases: [
        claims("claims that are denied", "DENY", RULES),
        claims("claims that are allowed", "ALLOW", Object.fromEntries(FIRST.map((name) => [name, RULES[name] ?? {}]))),
        verified(
            "claims of two tokens",
            () => [
                authentication("auth", [
                    rule(),
                    rule({ issuer: "https://two.test", fromHeaders: [{ name: "x-two" }] }, setOf(jwkOf("ES256", {}, "two"))),
                ]),
                allows(from({ requestPrincipals: ["https://two.test/ann"] }), {
                    ...from({ requestPrincipals: [`${ISSUER}/*`] }),
                    ...when("request.auth.claims[role]", ["admin"]),
                }),
            ],
            () => {
                const two = token({ iss: "https://two.test", role: "admin" }, { signer: "two" });
                return {
                    "the first": withToken(token()),
                    "the first, an admin": withToken(token({ role: "admin" })),
                    "the second": get("/", [`x-two: ${two}`]),
                    both: withToken(token(), "/", [`x-two: ${two}`]),
                    "both, the first an admin": withToken(token({ role: "admin" }), "/", [
                        `x-two: ${token({ iss: "https://two.test" }, { signer: "two" })}`,
                    ]),
                };
            },
        ),
        verified(
            "claims of two objects",
            () => [
                authentication("auth-a", [rule()]),
                authentication("auth-b", [
                    rule({ issuer: "https://two.test", fromHeaders: [{ name: "x-two" }] }, setOf(jwkOf("ES256", {}, "two"))),
                ]),
                denies(from({ requestPrincipals: ["https://two.test/ann"] })),
            ],
            () => {
                const two = token({ iss: "https://two.test" }, { signer: "two" });
                return {
                    "the first": withToken(token()),
                    "the second": get("/", [`x-two: ${two}`]),
                    both: withToken(token(), "/", [`x-two: ${two}`]),
                    "the first, and one that is bad": withToken(token(), "/", ["x-two: x"]),
                    "one that is bad, and the second": withToken("x", "/", [`x-two: ${two}`]),
                };
            },
        ),
        verified(
            "spaces in claims of one's own",
            () => [
                authentication("auth", [rule({ spaceDelimitedClaims: ["roles", "scp"] })]),
                allows(when("request.auth.claims[roles]", ["admin"]), when("request.auth.claims[scope]", ["read"])),
            ],
            () => ({
                "the claim": withToken(token({ roles: "user admin" })),
                "the usual": withToken(token({ scope: "read write" })),
                neither: withToken(token({ scp: "admin" })),
            }),
        ),
        routes("routes by claims", Object.fromEntries(Object.entries(ROUTES).filter(([name]) => !ALONE.includes(name)))),
        ...ALONE.map((name) => routes(`routes by claims: ${name}`, { [name]: ROUTES[name] ?? {} })),
        {
            title: "routes by claims where no token is verified",
            make: (setting) => ({
                objects: httpGateway(setting, [HOST], [answering("by claim", { match: [ROUTES["exact"] ?? {}] }), answering("otherwise")]),
                asks: { "a token": withToken(token({ role: "admin" })), none: get("/") },
            }),
        },
        {
            title: "a policy and a route by claims",
            make: (setting) => ({
                objects: [
                    ...httpGateway(
                        setting,
                        [HOST],
                        [
                            answering("by claim", {
                                match: [ROUTES["exact"] ?? {}],
                                headers: { response: { set: { "x-route": "claim" } } },
                            }),
                            answering("otherwise", { headers: { response: { set: { "x-route": "other" } } } }),
                        ],
                    ),
                    authentication("auth", [rule()]),
                    denies(to({ paths: ["/denied"] })),
                ],
                asks: {
                    "an admin": withToken(token({ role: "admin" })),
                    "an admin, denied": withToken(token({ role: "admin" }), "/denied"),
                    "somebody, denied": withToken(token(), "/denied"),
                    "a bad token": withToken("x"),
                },
            }),
        },
    ],
};
