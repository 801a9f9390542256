/** The table of conditions: what is compared, said and made up of one key is the same condition. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { exampleFor, targetOf, type ExampleRequest } from "../../../proxy/explain";
import { judge } from "../../../proxy/explain/conditions";
import type { RoutedRequest } from "../../../proxy/snapshot";
import type { ConditionItem, ConditionKey } from "../../../proxy/snapshot/match/conditions";
import { bindRouteMatch, bindUnderstood, conditionsIn, matchesRoute } from "../../../proxy/snapshot/match/route-match";
import { patternExample } from "../../../proxy/snapshot/match/pattern-example";
import { compilePattern } from "../../../proxy/snapshot/match/patterns";
import type { RouteMatchEntry, StringMatchEntry } from "../../../proxy/tables";
import { isCatchAll } from "../../../proxy/compiler/routing/matches";
import { forwardTo, match, route } from "./entries";

const PLAIN: ExampleRequest = {
    method: "GET",
    scheme: "http",
    authority: "web.test:8080",
    pathname: "/",
    query: "",
    headers: new Map([["x-debug", "1"]]),
};

function routed(request: ExampleRequest): RoutedRequest {
    const { method, scheme, authority, pathname, headers } = request;
    return { method, scheme, authority, pathname, path: targetOf(request), headers: [...headers].flat(), upgrade: "", payload: undefined };
}

const exact = (value: string): StringMatchEntry => ({ kind: "exact", value });
const path = (kind: ConditionItem<"path">["kind"], value: string, ignoreCase = false): ConditionItem<"path"> => ({
    kind,
    value,
    ignoreCase,
});

/** Of every key conditions that the plain request does not meet, and one that can. */
const UNMET: { readonly [K in ConditionKey]-?: readonly ConditionItem<K>[] } = {
    path: [path("exact", "/a b/ü"), path("prefix", "/Api", true), path("segment", "/shop/"), path("regex", "/(v1|v2)/[^/]+/.*")],
    method: [exact("POST"), { kind: "prefix", value: "PU" }, { kind: "regex", value: "PUT|PATCH" }],
    scheme: [],
    authority: [exact("web.test"), { kind: "regex", value: "[a-z]+\\.example" }],
    headers: [
        { name: "x-user", match: { kind: "present" }, invert: false },
        { name: "x-user", match: exact("Zoë"), invert: false },
        { name: "x-user", match: { kind: "prefix", value: "" }, invert: false },
        { name: "x-debug", match: { kind: "present" }, invert: true },
        { name: ":path", match: exact("/x?y=1"), invert: false },
        { name: ":method", match: exact("PUT"), invert: false },
        { name: "host", match: exact("other.test"), invert: false },
    ],
    queryParams: [
        { name: "v", match: { kind: "present" } },
        { name: "v", match: exact("a=1/2") },
        { name: "v", match: { kind: "regex", value: "\\d{3}(,\\d)?" } },
    ],
    // No request can be made up that has one.
    claims: [],
};
const alone = (key: string, item: unknown): RouteMatchEntry =>
    match({ [key]: key === "headers" || key === "queryParams" || key === "claims" ? [item] : item });

describe("a condition", () => {
    for (const [key, items] of Object.entries(UNMET)) {
        for (const item of items)
            it(`on ${key} is met by the request that is made up for it, and not by another: ${JSON.stringify(item)}`, () => {
                const entry = alone(key, item);
                const bound = bindRouteMatch(entry);
                assert.equal(matchesRoute(bound, routed(PLAIN)), false);
                const { matched, text } = judge(entry, routed(PLAIN));
                assert.equal(matched, false);
                assert.match(text, /^wanted: (path|method|authority|header|query parameter) /);
                const made = exampleFor(entry, PLAIN);
                assert.equal(matchesRoute(bound, routed(made)), true, JSON.stringify({ ...made, headers: [...made.headers] }));
                assert.equal(judge(entry, routed(made)).text, text.slice("wanted: ".length));
                assert.equal(isCatchAll(route(forwardTo("c"), { match: entry })), false);
            });
    }

    it("that the port decides is left as it is", () => {
        const entry = match({ scheme: exact("https") });
        assert.deepEqual(exampleFor(entry, PLAIN), PLAIN);
        assert.equal(judge(entry, routed(PLAIN)).text, 'wanted: scheme is "https"');
    });

    it("leaves a request alone that meets it", () => {
        const request = { ...PLAIN, pathname: "/v2/known" };
        assert.deepEqual(exampleFor(match({ path: path("regex", "/v[0-9]/.*") }), request), request);
    });

    it("holds for a request as all of them together do", () => {
        const items = Object.entries(UNMET).flatMap(([key, all]) => (all as readonly unknown[]).map((item) => [key, item] as const));
        const one = fc.constantFrom(...items);
        fc.assert(
            fc.property(fc.uniqueArray(one, { selector: ([key]) => key, maxLength: 4 }), (chosen) => {
                const entry = Object.assign(
                    match({}),
                    ...chosen.map(([key, item]) => ({ [key]: alone(key, item)[key as ConditionKey] })),
                ) as RouteMatchEntry;
                const request = routed(exampleFor(entry, PLAIN));
                assert.equal(
                    matchesRoute(bindRouteMatch(entry), request),
                    chosen.every(([key, item]) => matchesRoute(bindRouteMatch(alone(key, item)), request)),
                );
                assert.equal(judge(entry, request).matched, matchesRoute(bindRouteMatch(entry), request));
            }),
        );
    });

    it("of no shape that there is, is never left out without a word", () => {
        for (const odd of [
            { headers: undefined },
            { headers: 5 },
            { queryParams: { name: "v" } },
            { path: [path("exact", "/a")] },
            { path: null },
        ]) {
            const entry = { ...match({ method: exact("PUT") }), ...odd } as unknown as RouteMatchEntry;
            assert.throws(() => bindRouteMatch(entry), JSON.stringify(odd));
            assert.deepEqual(
                conditionsIn(bindUnderstood(entry)).map(({ about }) => about),
                ["method"],
            );
        }
    });
});

describe("a text made up for an expression", () => {
    it("is one that it takes", () => {
        for (const pattern of [
            "",
            "/v[0-9]+",
            "(a|b)c?d*e+",
            "(?i)/API",
            "(?i:api)/(?P<id>\\d+)",
            "^/x$",
            "[^a-z/]{2,3}x{0}y{0,}",
            "[[:upper:]][]a][^]a]",
            "\\pL\\x41\\.\\w\\bz?",
            "/straße/(ü|€)",
        ]) {
            assert.notEqual(patternExample(pattern), undefined, pattern);
        }
        for (const pattern of ["(", "a\\b\\Bb", "x{600}y{600}", "é{2}", "[€-₮]"]) assert.equal(patternExample(pattern), undefined, pattern);
    });

    it("is so for expressions of every kind", () => {
        const atom = fc.constantFrom("a", "/", ".", "[a-f]", "[^/]", "\\d", "\\w", "\\.");
        const { expression } = fc.letrec<{ expression: string; part: string; sequence: string }>((tie) => ({
            part: fc.oneof(
                { maxDepth: 3 },
                atom,
                tie("expression").map((inner) => `(${inner})`),
                tie("expression").map((inner) => `(?:${inner})`),
            ),
            sequence: fc
                .array(fc.tuple(tie("part"), fc.constantFrom("", "*", "+", "?", "{2}", "{0,2}", "+?")), { maxLength: 4 })
                .map((parts) => parts.map((part) => part.join("")).join("")),
            expression: fc.array(tie("sequence"), { minLength: 1, maxLength: 2 }).map((all) => all.join("|")),
        }));
        fc.assert(
            fc.property(expression, (pattern) => {
                compilePattern(pattern);
                assert.notEqual(patternExample(pattern), undefined, pattern);
            }),
        );
    });
});
