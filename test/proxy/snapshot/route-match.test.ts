import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { bindRouteMatch, matchesRoute } from "../../../proxy/snapshot/match/route-match";
import { queryValue, type RoutedRequest } from "../../../proxy/snapshot/match/routed-request";
import type { RouteMatchEntry } from "../../../proxy/tables";
import { match } from "./entries";

function request(path: string, more: Partial<RoutedRequest> = {}): RoutedRequest {
    return {
        method: "GET",
        scheme: "http",
        authority: "web.test:8080",
        path,
        pathname: path.split("?")[0]!,
        headers: [],
        upgrade: "",
        payload: undefined,
        ...more,
    };
}
const matches = (entry: Partial<RouteMatchEntry>, of: RoutedRequest): boolean => matchesRoute(bindRouteMatch(match(entry)), of);
const path = (kind: "exact" | "prefix" | "regex" | "segment", value: string, ignoreCase = false) => ({ path: { kind, value, ignoreCase } });

describe("the path of a route", () => {
    const cases: readonly (readonly [Partial<RouteMatchEntry>, string, boolean])[] = [
        [path("exact", "/foo"), "/foo", true],
        [path("exact", "/foo"), "/foo?x=1", true],
        [path("exact", "/foo"), "/foo/", false],
        [path("prefix", "/foo"), "/foobar", true],
        [path("prefix", "/foo"), "/FOO", false],
        [path("prefix", "/foo", true), "/FOObar", true],
        [path("exact", "/Foo", true), "/fOO", true],
        [path("regex", "/foo/[a-z]+"), "/foo/ab", true],
        [path("regex", "/foo/[a-z]+"), "/foo/ab/c", false],
        [path("regex", "/Foo", true), "/foo", false],
        [path("segment", "/foo"), "/foo", true],
        [path("segment", "/foo"), "/foo/bar", true],
        [path("segment", "/foo"), "/foobar", false],
        [path("segment", "/foo/"), "/foo", true],
        [path("segment", "/"), "/x", true],
        [{}, "/any", true],
    ];
    for (const [entry, text, expected] of cases) {
        it(`${entry.path ? `${entry.path.kind} ${entry.path.value}${entry.path.ignoreCase ? " in any case" : ""}` : "without a condition"} ${expected ? "takes" : "leaves"} ${text}`, () =>
            assert.equal(matches(entry, request(text)), expected));
    }
});

describe("conditions on headers", () => {
    const withHeader = (...headers: string[]): RoutedRequest => request("/", { headers });
    const on = (match: RouteMatchEntry["headers"][number]["match"], invert = false) => ({ headers: [{ name: "x-user", match, invert }] });

    it("hold for a header that is there and not for one that is absent", () => {
        assert.equal(matches(on({ kind: "exact", value: "ann" }), withHeader("x-user", "ann")), true);
        assert.equal(matches(on({ kind: "exact", value: "ann" }), withHeader("x-user", "Ann")), false);
        assert.equal(matches(on({ kind: "present" }), withHeader("x-user", "")), true);
        assert.equal(matches(on({ kind: "present" }), withHeader("x-other", "")), false);
    });

    it("turned around pass where the header is absent", () => {
        assert.equal(matches(on({ kind: "exact", value: "ann" }, true), withHeader()), true);
        assert.equal(matches(on({ kind: "exact", value: "ann" }, true), withHeader("x-user", "ann")), false);
        assert.equal(matches(on({ kind: "exact", value: "ann" }, true), withHeader("x-user", "bob")), true);
        assert.equal(matches(on({ kind: "present" }, true), withHeader("x-user", "")), false);
    });

    it("see the values of a repeated header one by one, as cookies in several lines are", () => {
        const both = withHeader("x-user", "ann", "x-user", "bob");
        for (const value of ["ann", "bob"]) {
            assert.equal(matches(on({ kind: "exact", value }), both), true);
            assert.equal(matches(on({ kind: "exact", value }, true), both), false);
        }
        assert.equal(matches(on({ kind: "exact", value: "ann,bob" }), both), false);
        assert.equal(matches(on({ kind: "regex", value: "a.*b" }), both), false);
        assert.equal(matches(on({ kind: "exact", value: "eve" }, true), both), true);
    });

    it("see the host and the upgrade, which are no header any more", () => {
        const on = (name: string, value: string) =>
            matches({ headers: [{ name, match: { kind: "exact", value }, invert: false }] }, request("/", { upgrade: "websocket" }));
        assert.deepEqual([on("host", "web.test:8080"), on("upgrade", "websocket"), on("upgrade", "h2c")], [true, true, false]);
        assert.equal(matches({ headers: [{ name: "upgrade", match: { kind: "present" }, invert: true }] }, request("/")), true);
    });

    it("may name what HTTP/2 writes with a colon", () => {
        const named = (name: string, value: string) =>
            matches({ headers: [{ name, match: { kind: "exact", value }, invert: false }] }, request("/a?b"));
        assert.deepEqual(
            [named(":method", "GET"), named(":authority", "web.test:8080"), named(":scheme", "http"), named(":path", "/a?b")],
            [true, true, true, true],
        );
    });

    it("hold together with those on method, scheme and authority", () => {
        const entry = {
            method: { kind: "exact", value: "POST" },
            scheme: { kind: "exact", value: "http" },
            authority: { kind: "prefix", value: "web.test" },
        } as const;
        assert.equal(matches(entry, request("/", { method: "POST" })), true);
        for (const other of [{ method: "post" }, { method: "POST", scheme: "https" }, { method: "POST", authority: "shop.test" }]) {
            assert.equal(matches(entry, request("/", other)), false);
        }
    });
});

describe("query parameters", () => {
    it("are found as a plain split would find them", () => {
        const part = fc.constantFrom("a", "ab", "b", "", "a=", "=a", "a=1", "b=2", "ab=3", "a=1=2");
        fc.assert(
            fc.property(fc.array(part, { maxLength: 5 }), fc.constantFrom("a", "ab", "b"), (parts, name) => {
                const first = parts.find((one) => one === name || one.startsWith(`${name}=`));
                const expected = first === undefined ? undefined : first.slice(name.length + 1);
                assert.equal(queryValue(`/p?${parts.join("&")}`, 2, name), expected);
            }),
            { numRuns: 500 },
        );
        assert.equal(queryValue("/p", 2, "a"), undefined);
    });

    it("decide by value or presence", () => {
        const on = (match: RouteMatchEntry["queryParams"][number]["match"]) => ({ queryParams: [{ name: "v", match }] });
        assert.equal(matches(on({ kind: "present" }), request("/?v")), true);
        assert.equal(matches(on({ kind: "exact", value: "1" }), request("/?v=1")), true);
        assert.equal(matches(on({ kind: "exact", value: "1" }), request("/?v=2&v=1")), false);
        assert.equal(matches(on({ kind: "regex", value: "[0-9]+" }), request("/?v=12")), true);
        assert.equal(matches(on({ kind: "present" }), request("/v")), false);
    });
});
