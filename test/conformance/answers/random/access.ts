/** Policies and requests at random, from values of which many nearly fit each other. */
import * as fc from "fast-check";
import { GATEWAY_PODS, HOST, policy } from "../../../answers/support/access";
import { answering, ask, httpGateway, type Ask, type Case } from "../../../answers/support/case";
import { authentication, bearer, ISSUER, rule, token } from "../../../answers/support/tokens";

const HOSTS = [HOST, "b.test", "www.a.test", "a.test:80", "A.test"];
const PATHS = [
    "/a",
    "/a/",
    "/a/b",
    "/a/b/c",
    "/A",
    "/b",
    "//a",
    "/./a",
    "/x/../a",
    "/%61",
    "/a%2fb",
    "/a?b=c",
    "/a;b",
    "/files/x.php",
    "/",
    "/a/%2e%2e/b",
    "/a/*",
];
const METHODS = ["GET", "POST", "PUT", "HEAD", "OPTIONS"];
const ADDRESSES = ["127.0.0.1", "127.0.0.9", "127.1.0.1"];
const LINES = ["x-a: 1", "x-a: 2", "x-a: 12", "x-a:", "X-A: one", "x-b: 1", "cookie: a=1", "x-forwarded-for: 9.9.9.9"];

const strings = (...values: readonly string[]): fc.Arbitrary<string[]> =>
    fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });

/** Values of a field, of its `not…`, or of both. */
function field(name: string, ...values: readonly string[]): fc.Arbitrary<Record<string, string[]>> {
    const not = `not${name[0]?.toUpperCase() ?? ""}${name.slice(1)}`;
    const list = strings(...values);
    return fc.oneof(
        { weight: 4, arbitrary: list.map((one) => ({ [name]: one })) },
        { weight: 2, arbitrary: list.map((one) => ({ [not]: one })) },
        { weight: 1, arbitrary: fc.tuple(list, list).map(([one, other]) => ({ [name]: one, [not]: other })) },
    );
}

const several = (...fields: readonly fc.Arbitrary<Record<string, string[]>>[]): fc.Arbitrary<Record<string, string[]>> =>
    fc.array(fc.oneof(...fields), { minLength: 1, maxLength: 2 }).map((all) => Object.assign({}, ...all) as Record<string, string[]>);

const OPERATION = several(
    field("hosts", HOST, "*.test", "a.*", "B.test", "*", "a.test:80", "a.test:*"),
    field("paths", "/a", "/a*", "/a/*", "*/b", "*.php", "*", "/a/{*}", "/a/{**}", "/{*}/b", "/{**}/c", "//a", "/%61", "/A"),
    field("methods", "GET", "P*", "POST", "*", "*T", "get"),
);
const SOURCE = several(
    field("ipBlocks", "127.0.0.1", "127.0.0.9/32", "127.1.0.0/16", "0.0.0.0/0", "::/0", "10.0.0.0/8"),
    field("remoteIpBlocks", "127.0.0.9", "127.0.0.0/24", "9.9.9.9"),
    field("requestPrincipals", "*", `${ISSUER}/ann`, `${ISSUER}/*`, "*/bob"),
    field("principals", "*", "cluster.local/ns/a/sa/b"),
);
const CONDITION = fc
    .oneof(
        field("request.headers[x-a]", "1", "1*", "*2", "*", "one"),
        field("request.headers[X-B]", "1", "*"),
        field("request.headers[cookie]", "a=1", "*"),
        field("source.ip", "127.0.0.1", "127.1.0.0/16"),
        field("remote.ip", "127.0.0.9", "9.9.9.9"),
        field("request.auth.claims[role]", "admin", "adm*", "*", "user"),
        field("request.auth.claims[realm][roles]", "admin", "us*", "*"),
        field("request.auth.audiences", "shop", "*"),
        field("request.auth.principal", `${ISSUER}/ann`, "*"),
    )
    .map((fields) => {
        const [key = ""] = Object.keys(fields).filter((name) => !name.startsWith("not"));
        const [not = ""] = Object.keys(fields).filter((name) => name.startsWith("not"));
        const name = key === "" ? `${not.slice(3, 4).toLowerCase()}${not.slice(4)}` : key;
        return { key: name, ...(key === "" ? {} : { values: fields[key] }), ...(not === "" ? {} : { notValues: fields[not] }) };
    });

const RULE = fc.record(
    {
        from: fc.array(
            SOURCE.map((source) => ({ source })),
            { minLength: 1, maxLength: 2 },
        ),
        to: fc.array(
            OPERATION.map((operation) => ({ operation })),
            { minLength: 1, maxLength: 2 },
        ),
        when: fc.array(CONDITION, { minLength: 1, maxLength: 2 }),
    },
    { requiredKeys: [] },
);
const POLICY = fc.record({
    action: fc.constantFrom("ALLOW", "DENY", "DENY", "AUDIT"),
    rules: fc.array(RULE, { minLength: 1, maxLength: 3 }),
});

const TOKENS: readonly (Record<string, unknown> | undefined)[] = [
    undefined,
    {},
    { sub: "bob", role: "admin" },
    { role: ["user", "admin"], aud: "shop" },
    { realm: { roles: ["user"] }, aud: ["x", "shop"] },
];
const REQUEST = fc.record({
    host: fc.constantFrom(...HOSTS),
    path: fc.constantFrom(...PATHS),
    method: fc.constantFrom(...METHODS),
    from: fc.constantFrom(...ADDRESSES),
    lines: fc.uniqueArray(fc.constantFrom(...LINES), { maxLength: 3 }),
    claims: fc.constantFrom(...TOKENS),
});

/** A configuration and its requests; the title says all of it. */
export const ACCESS: fc.Arbitrary<Case> = fc
    .tuple(fc.array(POLICY, { minLength: 1, maxLength: 3 }), fc.array(REQUEST, { minLength: 25, maxLength: 25 }))
    .map(([policies, requests]) => ({
        title: JSON.stringify(policies),
        make: (setting) => {
            const asks: Record<string, Ask> = {};
            for (const request of requests) {
                const { host, path, method, from, lines, claims } = request;
                asks[JSON.stringify(request)] = ask(host, `${method} ${path}`, [...lines, ...(claims ? [bearer(token(claims))] : [])], {
                    from,
                });
            }
            return {
                objects: [
                    ...httpGateway(setting, ["*"], [answering("in")]),
                    authentication("auth", [rule()]),
                    ...policies.map((spec, at) => policy(`policy-${at}`, { ...GATEWAY_PODS, ...spec })),
                ],
                asks,
            };
        },
    }));
