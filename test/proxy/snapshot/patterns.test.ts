import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { RE2JS } from "re2js";
import { simplePattern } from "../../../proxy/snapshot/match/patterns";
import { bindStringMatch, EXACT, matchesString, PREFIX, PRESENT, REGEX } from "../../../proxy/snapshot/match/string-match";

const regex = (value: string) => bindStringMatch({ kind: "regex", value });

describe("a pattern that is a plain comparison", () => {
    it("decides as RE2 does, for any text", () => {
        const piece = fc.constantFrom(
            "/api",
            "a",
            "\\.",
            "v1",
            "-",
            ".*",
            "$",
            "^",
            ".",
            "\\",
            "\\$",
            "\\*",
            "%2F",
            "\\-",
            "*",
            "(a)",
            " ",
        );
        const pattern = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(""));
        const text = fc
            .array(fc.constantFrom("/api", "a", ".", "v1", "-", "x", "$", "^", "*", "%2F", "\\", " "), { maxLength: 5 })
            .map((pieces) => pieces.join(""));
        let simple = 0;
        fc.assert(
            fc.property(pattern, text, (source, input) => {
                const found = simplePattern(source);
                if (found === undefined) return;
                simple++;
                const plain = found.kind === "exact" ? input === found.value : input.startsWith(found.value);
                assert.equal(plain, RE2JS.compile(source).testExact(input), source);
            }),
            { numRuns: 3000 },
        );
        assert.ok(simple > 300, `${simple} patterns were simple`);
    });

    it("needs no automaton", () => {
        assert.equal(regex("/status").kind, EXACT);
        assert.equal(regex("^/v1\\.0/.*$").kind, PREFIX);
        assert.equal(regex(".*").kind, PRESENT);
        assert.equal(regex("/a|/b").kind, REGEX);
        assert.equal(regex("/status/[0-9]+").kind, REGEX);
    });
});

describe("a pattern", () => {
    it("matches the whole text or not at all", () => {
        assert.equal(matchesString(regex("/status/[0-9]+"), "/status/200"), true);
        assert.equal(matchesString(regex("/status/[0-9]+"), "/status/200/x"), false);
        assert.equal(matchesString(regex("/a|/b"), "/bx"), false);
        assert.equal(matchesString(regex("(?i)chrome.*"), "Chrome/99"), true);
    });

    it("costs no more for an evil text than for another", () => {
        const before = process.hrtime.bigint();
        matchesString(regex("(a+)+b"), `${"a".repeat(2000)}!`);
        assert.ok(Number(process.hrtime.bigint() - before) < 1e9);
    });

    it("that does not compile is an error", () => assert.throws(() => regex("(a")));
});
