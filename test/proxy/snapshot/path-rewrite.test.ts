import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { bindRewrite, rewritePath, type RewriteEntry } from "../../../proxy/snapshot/path-rewrite";
import type { RouteMatchEntry } from "../../../proxy/tables";

type PathEntry = RouteMatchEntry["path"];
const rewrite = (entry: RewriteEntry, match: PathEntry, path: string): string => rewritePath(bindRewrite(entry, match), path);
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
        ["by pattern puts groups in their places", regex("^/service/([^/]+)(/.*)$", "\\2/instance/\\1"), undefined, "/service/foo/v1/api", "/v1/api/instance/foo"],
        ["by pattern replaces every match", regex("one", "two"), undefined, "/xxx/one/yyy/one/zzz", "/xxx/two/yyy/two/zzz"],
        ["by pattern takes no dollar for a group", regex("a", "$1"), undefined, "/a", "/$1"],
        ["by pattern leaves what does not match", regex("q+", "z"), undefined, "/a", "/a"],
        ["by pattern replaces no empty match right behind another", regex("a*", "x"), undefined, "/aab", "/x/xbx"],
    ];
    for (const [name, entry, match, from, to] of cases) {
        it(name, () => assert.equal(rewrite(entry, match, from), to));
    }

    it("that no path can hold is an error", () => {
        assert.throws(() => bindRewrite(prefix("/a b"), undefined), /character that no path may have/);
        assert.throws(() => bindRewrite(prefix("/a\r\nx: y"), undefined), /character that no path may have/);
        assert.throws(() => bindRewrite(regex("a", "\\1"), undefined), /group 1/);
        assert.throws(() => bindRewrite(regex("a", "x\\"), undefined), /backslash/);
        assert.throws(() => bindRewrite(regex("(a", "x"), undefined));
    });
});
