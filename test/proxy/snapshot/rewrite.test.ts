import assert from "node:assert/strict";
import { describe, it } from "mocha";
import fc from "fast-check";
import { normalisePath } from "../../../istio/semantics/path";
import { bindRewrite, MAX_PATTERN_STEPS, rewritePath, substitute, type RewriteEntry } from "../../../proxy/snapshot/features/rewrite";
import { compilePattern } from "../../../proxy/snapshot/match/patterns";
import type { RouteMatchEntry } from "../../../proxy/tables";

type PathEntry = RouteMatchEntry["path"];
const rewrite = (entry: RewriteEntry, match: PathEntry, path: string): string | number => rewritePath(bindRewrite(entry, match), path);
const on = (kind: "exact" | "prefix" | "regex" | "segment", value: string): PathEntry => ({ kind, value, ignoreCase: false });
const prefix = (value: string): RewriteEntry => ({ kind: "prefix", value });
const regex = (match: string, substitution: string): RewriteEntry => ({ kind: "regex", match, substitution });

describe("a path rewrite", () => {
    const cases: readonly (readonly [string, RewriteEntry, PathEntry, string, string])[] = [
        ["replaces only the prefix that matched", prefix("/"), on("prefix", "/foo"), "/foo/bar", "//bar"],
        ["replaces the prefix inside a segment too", prefix("/b"), on("prefix", "/foo"), "/foobar", "/bbar"],
        ["replaces the whole path of an exact match", prefix("/x"), on("exact", "/foo"), "/foo", "/x"],
        ["replaces the whole path of a regex match", prefix("/x"), on("regex", "/f.*"), "/foo/bar", "/x"],
        ["without a path match puts its prefix in front", prefix("/h"), undefined, "/a", "/h/a"],
        ["without a path match leaves a path under the root alone", prefix("/"), undefined, "/a/b", "/a/b"],
        ["of the root prefix puts its prefix in front", prefix("/h"), on("prefix", "/"), "/a", "/h/a"],
        ["of the root itself is the prefix", prefix("/h"), undefined, "/", "/h"],
        ["by segment keeps the slash that follows", prefix("/x"), on("segment", "/foo/"), "/foo/bar", "/x/bar"],
        ["in full replaces everything", { kind: "full", value: "/all" }, on("prefix", "/foo"), "/foo/bar", "/all"],
        ["gives a root to a value without one", { kind: "full", value: "all" }, undefined, "/a", "/all"],
        [
            "by pattern puts groups in their places",
            regex("^/service/([^/]+)(/.*)$", "\\2/instance/\\1"),
            undefined,
            "/service/foo/v1/api",
            "/v1/api/instance/foo",
        ],
        ["by pattern replaces every match", regex("one", "two"), undefined, "/xxx/one/yyy/one/zzz", "/xxx/two/yyy/two/zzz"],
        ["by pattern takes no dollar for a group", regex("a", "$1"), undefined, "/a", "/$1"],
        ["by pattern leaves what does not match", regex("q+", "z"), undefined, "/a", "/a"],
        ["by pattern replaces no empty match right behind another", regex("a*", "x"), undefined, "/aab", "/x/xbx"],
    ];
    for (const [name, entry, match, from, to] of cases) {
        it(name, () => assert.equal(rewrite(entry, match, from), to));
    }

    it("puts into a request line what no path may hold in its encoded form", () => {
        assert.equal(rewrite(prefix("/a b"), on("prefix", "/x"), "/x/1"), "/a%20b/1");
        assert.equal(rewrite(prefix("/straße"), on("prefix", "/x"), "/x/1"), "/stra%C3%9Fe/1");
        assert.equal(rewrite({ kind: "full", value: "/50%#\\\t" }, undefined, "/x"), "/50%25%23%5C%09");
        assert.equal(rewrite({ kind: "full", value: "/q?z=a b#ü" }, undefined, "/x"), "/q?z=a%20b%23%C3%BC");
        assert.equal(rewrite(regex("/x", "/ü \\0"), undefined, "/x"), "/%C3%BC%20/x");
        assert.equal(rewrite({ kind: "full", value: "/%61/%c3%bc" }, undefined, "/x"), "/a/%c3%bc");
    });

    it("puts into a location what the configuration says, in UTF-8", () => {
        const location = (entry: RewriteEntry, match: PathEntry, path: string): string | number =>
            rewritePath(bindRewrite(entry, match, "location"), path);
        assert.equal(location({ kind: "full", value: "/straße" }, undefined, "/x"), "/stra\xc3\x9fe");
        assert.equal(location(prefix("/a b"), on("prefix", "/x"), "/x/1"), "/a b/1");
        assert.equal(location({ kind: "full", value: "a" }, undefined, "/x"), "/a");
        assert.equal(location(prefix("/files/"), on("prefix", "/static"), "/static../secret"), 400);
    });

    it("that a head can't hold is an error", () => {
        assert.throws(() => bindRewrite(prefix("/a\r\nx: y"), undefined), /control character/);
        assert.throws(() => bindRewrite(prefix("/a\0"), undefined, "location"), /control character/);
        assert.throws(() => bindRewrite(prefix("/a%00"), undefined), /%00/);
        assert.throws(() => bindRewrite(regex("(a", "x"), undefined));
    });

    it("takes what is wrong in a substitution as Envoy does", () => {
        assert.equal(rewrite(regex("/a(.*)", "/b\\z"), undefined, "/a/1"), "/b");
        assert.equal(rewrite(regex("/a(.*)", "/b\\"), undefined, "/a/1"), "/b");
        assert.equal(rewrite(regex("/a(.*)", "/b\\3"), undefined, "/a/1"), "/a/1");
    });

    it("refuses a path that it would lead up by dot segments", () => {
        assert.equal(rewrite(prefix("/files/"), on("prefix", "/static"), "/static../secret"), 400);
        assert.equal(rewrite(prefix("/files/"), on("prefix", "/static"), "/static./x"), 400);
        assert.equal(rewrite(prefix("/files/"), on("prefix", "/static"), "/static.."), 400);
        assert.equal(rewrite(prefix("/files/"), on("prefix", "/static"), "/static..;a/x"), 400);
        assert.equal(rewrite(prefix("/files/."), on("prefix", "/static"), "/static./x"), 400);
        assert.equal(rewrite(prefix("/files/.."), on("prefix", "/static"), "/static/x"), 400);
        assert.equal(rewrite(prefix("/..;a"), undefined, "/x"), 400);
        assert.equal(rewrite(regex("^/static", "/files/"), undefined, "/static../secret"), 400);
        assert.equal(rewrite(regex("x", ""), undefined, "/a/.x./b"), 400);
        assert.equal(rewrite(prefix("/files"), on("prefix", "/static"), "/static../secret"), "/files../secret");
        assert.equal(rewrite(prefix("/a/../files/"), on("prefix", "/static"), "/static/x"), "/files//x");
    });

    it("never lets an escape come out that did not come in", () => {
        assert.equal(rewrite(prefix("/x"), on("prefix", "/a%"), "/a%2e2e"), "/x2e2e");
        assert.equal(rewrite(regex("Z", "%2e"), undefined, "/aZb"), "/a.b");
        assert.equal(rewrite(regex("Z", ""), undefined, "/a%Z2e"), "/a.");
        assert.equal(rewrite(regex("2F", ""), undefined, "/a%2Fb"), 400);
    });

    it("comes out in normal form, or is refused, whatever goes in", () => {
        const piece = fc.constantFrom("/", ".", "..", "a", "static", "%2f", "%c3", ";", "b.", "~");
        const paths = fc
            .array(piece, { maxLength: 8 })
            .map((parts) => normalisePath(`/${parts.join("")}`))
            .filter((path) => path !== undefined);
        const value = fc
            .array(fc.oneof(piece, fc.constantFrom(" ", "ü", "%", "\\", "{")), { minLength: 1, maxLength: 4 })
            .map((parts) => parts.join(""));
        fc.assert(
            fc.property(paths, value, fc.nat(6), fc.boolean(), (path, to, cut, byPattern) => {
                const from = path.slice(0, cut);
                const entry = byPattern ? regex(from.replace(/[.;~/%]/g, "\\$&") || "a", to.replaceAll("\\", "")) : prefix(to);
                const outcome = rewrite(entry, from === "" ? undefined : on("prefix", from), path);
                assert.ok(
                    outcome === 400 || (typeof outcome === "string" && normalisePath(outcome) === outcome),
                    `${path} → ${String(outcome)}`,
                );
            }),
            { numRuns: 2000 },
        );
    });

    it("by a pattern looks at so many characters and no more", () => {
        const cost = (pattern: string, path: string): { readonly result: string | undefined; readonly steps: number } => {
            let steps = 0;
            const compiled = compilePattern(pattern);
            const counted = {
                matcher: (input: string) => {
                    const matcher = compiled.matcher(input);
                    let from = 0;
                    return {
                        find: () => {
                            steps += input.length - from;
                            const found = matcher.find();
                            from = found ? matcher.end() : input.length;
                            return found;
                        },
                        start: () => matcher.start(),
                        end: () => matcher.end(),
                        group: (at: number) => matcher.group(at),
                    };
                },
            };
            return { result: substitute(counted as unknown as typeof compiled, ["x"], path), steps };
        };
        for (const [pattern, path] of [
            ["a.*c|a", `/${"a".repeat(8000)}`],
            ["a*", `/${"b".repeat(8000)}`],
            ["", `/${"b".repeat(8000)}`],
        ] as const) {
            const { result, steps } = cost(pattern, path);
            assert.ok(steps <= MAX_PATTERN_STEPS + 2 * path.length, `${pattern}: ${steps} characters looked at`);
            assert.equal(result, undefined);
        }
        assert.equal(rewrite(regex("a.*c|a", "x"), undefined, `/${"a".repeat(8000)}`), 414);
        assert.equal(rewrite(regex("^/api/(.*)$", "/\\1"), undefined, `/api/${"a".repeat(8000)}`), `/${"a".repeat(8000)}`);
        assert.equal(rewrite(regex("_", "-"), undefined, `/${"a_".repeat(250)}`), `/${"a-".repeat(250)}`);
        assert.equal(rewrite(regex("q", "z"), undefined, `/${"a".repeat(8192)}`), 414);
    });
});
